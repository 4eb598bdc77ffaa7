// Takes a spinlock that it holds already: the kernel tells it and panics, instead of standing still.

import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";

let twice: embed<spinlock_t>;

function spin_twice_init(): int {
  spin_lock(twice);
  spin_lock(twice);
  spin_unlock(twice);
  return 0;
}

function spin_twice_exit(): void {}

module_init(spin_twice_init);
module_exit(spin_twice_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Takes a spinlock twice");

// Faults for the debug image (CONFIG_DEBUG_LIST, _SPINLOCK, _ATOMIC_SLEEP, SLUB_DEBUG_ON) to find: `insmod self-check.ko what=NAME` makes one.

import { EINVAL } from "linux/errno";
import { INIT_LIST_HEAD, list_add, list_del, type list_head } from "linux/list";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { schedule, set_current_state } from "linux/sched";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { spin_lock, spin_lock_irqsave, spin_unlock, spin_unlock_irqrestore, type spinlock_t } from "linux/spinlock";
import { strcmp } from "linux/string";

let what: cstr = "";
module_param(what, "charp", 0o444);
MODULE_PARM_DESC(what, "the fault to make");

let head: embed<list_head>;
let first: embed<list_head>;
let second: embed<list_head>;
let lock: embed<spinlock_t>;
let sleeper: embed<mutex>;

function add_twice(): void {
  INIT_LIST_HEAD(head);
  list_add(first, head);
  list_add(first, head);
}

function delete_twice(): void {
  INIT_LIST_HEAD(head);
  list_add(first, head);
  list_del(first);
  list_del(first);
}

function damaged_neighbour(): void {
  INIT_LIST_HEAD(head);
  list_add(first, head);
  first.prev = second;
  list_add(second, head);
}

function sleep_under_spinlock(): void {
  spin_lock(lock);
  mutex_lock(sleeper);
  mutex_unlock(sleeper);
  spin_unlock(lock);
}

function allocate_without_interrupts(): void {
  const flags = spin_lock_irqsave(lock);
  kfree(kmalloc(64, GFP_KERNEL));
  spin_unlock_irqrestore(lock, flags);
}

function schedule_under_spinlock(): void {
  spin_lock(lock);
  schedule();
}

function unlock_what_is_free(): void {
  spin_lock(lock);
  spin_unlock(lock);
  spin_unlock(lock);
}

function lock_what_is_no_lock(): void {
  lock.locked = 0x6b6b6b6b;
  spin_lock(lock);
}

function block_while_not_running(): void {
  set_current_state(2);
  mutex_lock(sleeper);
  mutex_unlock(sleeper);
  set_current_state(0);
}

function write_after_free(): void {
  const p = kmalloc(3000, GFP_KERNEL) as u8[];
  kfree(p);
  p[100] = 1;
  // The last one freed is the next one given out.
  kfree(kmalloc(3000, GFP_KERNEL));
}

function free_twice(): void {
  const p = kmalloc(200, GFP_KERNEL);
  kfree(p);
  kfree(p);
}

interface fault extends struct<"fault"> {
  name?: cstr;
  make?: () => void;
}

const faults: fault[] = [
  { name: "add-twice", make: add_twice },
  { name: "delete-twice", make: delete_twice },
  { name: "damaged-neighbour", make: damaged_neighbour },
  { name: "sleep-under-spinlock", make: sleep_under_spinlock },
  { name: "allocate-without-interrupts", make: allocate_without_interrupts },
  { name: "schedule-under-spinlock", make: schedule_under_spinlock },
  { name: "unlock-what-is-free", make: unlock_what_is_free },
  { name: "lock-what-is-no-lock", make: lock_what_is_no_lock },
  { name: "block-while-not-running", make: block_while_not_running },
  { name: "write-after-free", make: write_after_free },
  { name: "free-twice", make: free_twice },
  {},
];

function self_check_init(): int {
  for (let i = 0; faults[i].name !== null; i++) {
    if (strcmp(faults[i].name, what) !== 0) continue;
    faults[i].make();
    return 0;
  }
  return -EINVAL;
}

function self_check_exit(): void {}

module_init(self_check_init);
module_exit(self_check_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Faults for the debug image to find");

// A letter and seconds written to /proc/lockup: s spins with preemption off, i with interrupts off too, u sleeps uninterruptibly, t spins as
// any kernel code does, r returns at once. For the detectors of stuck CPUs and hung tasks.

import { complete, type completion, init_completion, wait_for_completion } from "linux/completion";
import { mdelay } from "linux/delay";
import { EFAULT, EINVAL, ENOMEM } from "linux/errno";
import type { file } from "linux/fs";
import { local_irq_restore, local_irq_save } from "linux/irqflags";
import { kstrtouint } from "linux/kernel";
import { preempt_disable, preempt_enable } from "linux/preempt";
import { proc_create, type proc_ops, remove_proc_entry } from "linux/proc_fs";
import { strim } from "linux/string";
import { copy_from_user } from "linux/uaccess";

let wake_up: embed<completion>;

function spin(seconds: u32): void {
  for (let i: u32 = 0; i < seconds; i++) mdelay(1000);
}
noinline(spin);

function lockup_write(_file: file, buf: u8[], n: u64, _pos: s64[]): s64 {
  let text: array<u8, 16>;
  let seconds: u32 = 0;
  if (n < u64(2) || n > u64(15)) return -EINVAL;
  if (copy_from_user(text, buf, n) !== u64(0)) return -EFAULT;
  text[n] = 0;
  if (kstrtouint(strim(add(text, 1)), 10, addr(seconds)) !== 0) return -EINVAL;
  if (text[0] === 0x73) {
    preempt_disable();
    spin(seconds);
    preempt_enable();
  } else if (text[0] === 0x69) {
    const flags = local_irq_save();
    spin(seconds);
    local_irq_restore(flags);
  } else if (text[0] === 0x74) {
    spin(seconds);
  } else if (text[0] === 0x75) {
    wait_for_completion(wake_up);
  } else if (text[0] === 0x72) {
    complete(wake_up);
  } else {
    return -EINVAL;
  }
  return s64(n);
}

const ops: proc_ops = { proc_write: lockup_write };

function lockup_init(): int {
  init_completion(wake_up);
  return proc_create("lockup", 0o200, null, ops) !== null ? 0 : -ENOMEM;
}
init(lockup_init);

function lockup_exit(): void {
  remove_proc_entry("lockup", null);
}
exit(lockup_exit);

module_init(lockup_init);
module_exit(lockup_exit);
MODULE_LICENSE("GPL");

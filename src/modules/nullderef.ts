// A letter written to /proc/nullderef: n null dereference, b BUG, w WARN, d division by zero, p panic.

import { BUG, WARN } from "linux/bug";
import { EFAULT, ENOMEM } from "linux/errno";
import type { file } from "linux/fs";
import { panic } from "linux/kernel";
import { proc_create, type proc_ops, remove_proc_entry } from "linux/proc_fs";
import { copy_from_user } from "linux/uaccess";

let zero: int = 0;

function nd_null(): void {
  at<u32[]>(0x10)[0] = 1;
}
noinline(nd_null);

function nd_write(_file: file, buf: u8[], n: u64, _pos: s64[]): s64 {
  let c: u8 = 0;
  if (n !== u64(0) && copy_from_user(addr(c), buf, 1) !== u64(0)) return -EFAULT;
  if (c === 0x6e) nd_null();
  if (c === 0x62) BUG();
  if (c === 0x77) WARN(true, "nullderef: a warning\n");
  if (c === 0x70) panic("nullderef: panic asked");
  if (c === 0x64) zero = int((int(n) * 1000) / zero);
  return s64(n);
}

const ops: proc_ops = { proc_write: nd_write };

function nullderef_init(): int {
  return proc_create("nullderef", 0o666, null, ops) !== null ? 0 : -ENOMEM;
}
init(nullderef_init);

function nullderef_exit(): void {
  return remove_proc_entry("nullderef", null);
}
exit(nullderef_exit);
tail_call(nullderef_exit);

module_init(nullderef_init);
module_exit(nullderef_exit);
MODULE_LICENSE("GPL");

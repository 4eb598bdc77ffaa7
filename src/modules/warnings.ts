// A letter written to /proc/warnings: o WARN_ON_ONCE, w WARN_ON, p WARN_ONCE with a text of its own. What each gives back is told.

import { WARN_ON, WARN_ON_ONCE, WARN_ONCE } from "linux/bug";
import { EFAULT, EINVAL, ENOMEM } from "linux/errno";
import type { file } from "linux/fs";
import { proc_create, type proc_ops, remove_proc_entry } from "linux/proc_fs";
import { copy_from_user } from "linux/uaccess";

const pr_fmt = KBUILD_MODNAME + ": ";

function warnings_write(_file: file, buf: u8[], n: u64, _pos: s64[]): s64 {
  let c: u8 = 0;
  if (n === 0 || copy_from_user(addr(c), buf, 1) !== u64(0)) return -EFAULT;
  if (WARN_ON_ONCE(c === 0x6f)) pr_info("WARN_ON_ONCE was true\n");
  else if (WARN_ON(c === 0x77)) pr_info("WARN_ON was true\n");
  else if (WARN_ONCE(c === 0x70, "letter %c of %s\n", int(c), "somebody")) pr_info("WARN_ONCE was true\n");
  else return -EINVAL;
  return s64(n);
}

const ops: proc_ops = { proc_write: warnings_write };

function warnings_init(): int {
  return proc_create("warnings", 0o200, null, ops) !== null ? 0 : -ENOMEM;
}
init(warnings_init);

function warnings_exit(): void {
  remove_proc_entry("warnings", null);
}
exit(warnings_exit);

module_init(warnings_init);
module_exit(warnings_exit);
MODULE_LICENSE("GPL");

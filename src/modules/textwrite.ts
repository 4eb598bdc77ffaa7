// Writes directly over kernel text, which is read-only: a page fault. cr0=1 first tries to clear write protection.

import { lookup_any } from "./include/hookgen";

const pr_fmt = KBUILD_MODNAME + ": ";

let cr0: int = 0;
module_param(cr0, "int", 0o444);

function do_write(target: u8[]): void {
  target[0] = 0xc3;
}
noinline(do_write);

function i(): int {
  const target: u8[] = at<u8[]>(lookup_any("cmdline_proc_show"));
  pr_info("before: %*ph\n", 5, target);
  if (cr0) {
    pr_info("write_cr0 clearing WP\n");
    write_cr0(read_cr0() & ~u64(0x10000));
  }
  do_write(target);
  pr_info("after: %*ph\n", 5, target);
  return 0;
}
init(i);

function x(): void {}
exit(x);

module_init(i);
module_exit(x);
MODULE_LICENSE("GPL");

// A kprobe on cmdline_proc_show() (or parameter sym); post=1 adds a post_handler, off=N an offset.

import type { pt_regs } from "asm/ptrace";
import { type kprobe, register_kprobe, unregister_kprobe } from "linux/kprobes";

const pr_fmt = KBUILD_MODNAME + ": ";

let post: int = 0;
module_param(post, "int", 0o444);
let off: int = 0;
module_param(off, "int", 0o444);
let sym: cstr = "cmdline_proc_show";
module_param(sym, "charp", 0o444);

function pre_handler(p: kprobe, regs: pt_regs): int {
  pr_info("pre_handler: p->addr = %pS, ip-addr = %ld\n", at<ptr>(p.addr), regs.ip - p.addr);
  return 0;
}

function post_handler(p: kprobe, _regs: pt_regs, _flags: u64): void {
  pr_info("post_handler: p->addr = %pS\n", at<ptr>(p.addr));
}

const kp: kprobe = { pre_handler };

function kp_init(): int {
  kp.symbol_name = sym;
  kp.offset = u32(off);
  if (post) kp.post_handler = post_handler;
  const ret = register_kprobe(kp);
  if (ret < 0) {
    pr_err("register_kprobe failed, returned %d\n", ret);
    return ret;
  }
  pr_info("planted kprobe at %pS\n", at<ptr>(kp.addr));
  return 0;
}
init(kp_init);

function kp_exit(): void {
  unregister_kprobe(kp);
  pr_info("kprobe unregistered\n");
}
exit(kp_exit);

module_init(kp_init);
module_exit(kp_exit);
MODULE_LICENSE("GPL");

// A second hook of cmdline_proc_show(), for what happens when two want to redirect one function. As ftrace-hook, with another text.

import {
  FTRACE_OPS_FL_IPMODIFY,
  FTRACE_OPS_FL_RECURSION,
  FTRACE_OPS_FL_SAVE_REGS,
  ftrace_get_regs,
  type ftrace_ops,
  type ftrace_regs,
} from "linux/ftrace";
import { within_module } from "linux/module";
import { type seq_file, seq_printf } from "linux/seq_file";
import { hook_install, hook_remove, lookup_any } from "./include/hookgen";

let orig: (m: seq_file, v: ptr) => int;
let address: u64 = 0;

function hook_cmdline_proc_show(m: seq_file, v: ptr): int {
  seq_printf(m, "%s\n", "this has been ftrace hooked again");
  return orig(m, v);
}

function thunk(_ip: u64, parent_ip: u64, _ops: ftrace_ops, fregs: ftrace_regs): void {
  const regs = ftrace_get_regs(fregs);
  if (!within_module(parent_ip, THIS_MODULE)) regs.ip = u64(hook_cmdline_proc_show);
}
notrace(thunk);

const ops: ftrace_ops = { func: thunk, flags: FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_RECURSION | FTRACE_OPS_FL_IPMODIFY };

function hook_init(): int {
  address = lookup_any("cmdline_proc_show");
  orig = at<(m: seq_file, v: ptr) => int>(address);
  return hook_install(ops, "cmdline_proc_show", address);
}
init(hook_init);

function hook_exit(): void {
  hook_remove(ops, address);
}
exit(hook_exit);

module_init(hook_init);
module_exit(hook_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ftrace hook of cmdline_proc_show");

// A hook that sleeps before it returns and holds no reference: unloading it pulls the text from under the sleeper.

import { msleep } from "linux/delay";
import {
  FTRACE_OPS_FL_IPMODIFY,
  FTRACE_OPS_FL_RECURSION,
  FTRACE_OPS_FL_SAVE_REGS,
  ftrace_get_regs,
  type ftrace_ops,
  type ftrace_regs,
  ftrace_set_filter_ip,
  register_ftrace_function,
  unregister_ftrace_function,
} from "linux/ftrace";
import { within_module } from "linux/module";
import { type seq_file, seq_puts } from "linux/seq_file";
import { lookup_any } from "./include/hookgen";

const pr_fmt = KBUILD_MODNAME + ": ";

let secs: int = 6;
module_param(secs, "int", 0o644);
let address: u64 = 0;

function hook_sleep_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "this has been ftrace hooked, slowly\n");
  msleep(u32(secs * 1000));
  return 0;
}
noinline(hook_sleep_show);

function thunk(_ip: u64, parent_ip: u64, _ops: ftrace_ops, fregs: ftrace_regs): void {
  const regs = ftrace_get_regs(fregs);
  if (!within_module(parent_ip, THIS_MODULE)) regs.ip = u64(hook_sleep_show);
}
notrace(thunk);

const ops: ftrace_ops = { func: thunk, flags: FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_RECURSION | FTRACE_OPS_FL_IPMODIFY };

function hook_init(): int {
  address = lookup_any("cmdline_proc_show");
  let err = ftrace_set_filter_ip(ops, address, 0, 0);
  if (err === 0) err = register_ftrace_function(ops);
  pr_info("loaded (%d)\n", err);
  return err;
}
init(hook_init);

function hook_exit(): void {
  unregister_ftrace_function(ops);
  pr_info("unloaded\n");
}
exit(hook_exit);

module_init(hook_init);
module_exit(hook_exit);
MODULE_LICENSE("GPL");

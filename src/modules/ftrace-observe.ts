// Counts the calls of cmdline_proc_show() (parameter hits), with or without saved registers.

import { atomic_inc, atomic_read, type atomic_t } from "linux/atomic";
import {
  FTRACE_OPS_FL_RECURSION,
  FTRACE_OPS_FL_SAVE_REGS,
  type ftrace_ops,
  type ftrace_regs,
  ftrace_set_filter_ip,
  register_ftrace_function,
  unregister_ftrace_function,
} from "linux/ftrace";
import { sprintf } from "linux/kernel";
import type { kernel_param, kernel_param_ops } from "linux/moduleparam";
import { lookup_any } from "./include/hookgen";

const pr_fmt = KBUILD_MODNAME + ": ";

let saveregs: int = 0;
module_param(saveregs, "int", 0o444);
let address: u64 = 0;
let hits: embed<atomic_t>;

function get_hits(buffer: u8[], _kp: kernel_param): int {
  return sprintf(buffer, "%d\n", atomic_read(hits));
}
const hits_ops: kernel_param_ops = { get: get_hits };
module_param_cb("hits", hits_ops, null, 0o444);

function cb(_ip: u64, _parent_ip: u64, _ops: ftrace_ops, _fregs: ftrace_regs): void {
  atomic_inc(hits);
}
notrace(cb);

const ops: ftrace_ops = { func: cb, flags: FTRACE_OPS_FL_RECURSION };

function observe_init(): int {
  if (saveregs) ops.flags |= u64(FTRACE_OPS_FL_SAVE_REGS);
  address = lookup_any("cmdline_proc_show");
  let err = ftrace_set_filter_ip(ops, address, 0, 0);
  if (err === 0) err = register_ftrace_function(ops);
  pr_info("register: %d\n", err);
  return err;
}
init(observe_init);

function observe_exit(): void {
  unregister_ftrace_function(ops);
}
exit(observe_exit);

module_init(observe_init);
module_exit(observe_exit);
MODULE_LICENSE("GPL");

// As ftrace-hook, but its exit forgets to unregister.

import { ENOENT } from "linux/errno";
import {
  FTRACE_OPS_FL_IPMODIFY,
  FTRACE_OPS_FL_RECURSION,
  FTRACE_OPS_FL_SAVE_REGS,
  ftrace_get_regs,
  type ftrace_ops,
  type ftrace_regs,
  ftrace_set_filter_ip,
  register_ftrace_function,
} from "linux/ftrace";
import { type kprobe, register_kprobe, unregister_kprobe } from "linux/kprobes";
import { within_module } from "linux/module";
import { type seq_file, seq_printf } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

let orig: (m: seq_file, v: ptr) => int;
let address: u64 = 0;

/** kallsyms_lookup_name is not exported, but a kprobe finds it. */
function lookup_any(name: cstr): u64 {
  const kp: kprobe = { symbol_name: "kallsyms_lookup_name" };
  const ret = register_kprobe(kp);
  if (ret < 0) {
    pr_err("register_kprobe(kallsyms_lookup_name) = %d\n", ret);
    return 0;
  }
  const lookup = at<(name: cstr) => u64>(kp.addr);
  unregister_kprobe(kp);
  return lookup(name);
}

function hook_cmdline_proc_show(m: seq_file, v: ptr): int {
  seq_printf(m, "%s\n", "this has been ftrace hooked");
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
  if (address === u64(0)) {
    pr_err("unresolved symbol: cmdline_proc_show\n");
    return -ENOENT;
  }
  orig = at<(m: seq_file, v: ptr) => int>(address);
  let err = ftrace_set_filter_ip(ops, address, 0, 0);
  if (err !== 0) {
    pr_err("ftrace_set_filter_ip() failed: %d\n", err);
    return err;
  }
  err = register_ftrace_function(ops);
  if (err !== 0) {
    pr_err("register_ftrace_function() failed: %d\n", err);
    ftrace_set_filter_ip(ops, address, 1, 0);
    return err;
  }
  pr_info("module loaded\n");
  return 0;
}
init(hook_init);

function hook_exit(): void {
  pr_info("module unloaded without unregistering\n");
}
exit(hook_exit);

module_init(hook_init);
module_exit(hook_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ftrace hook of cmdline_proc_show");

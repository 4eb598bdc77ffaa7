// What the hooks share, as a C header has it: everything is inline, so that each module has its own. ftrace-hook.ts stands alone: read it first.

import { ENOENT } from "linux/errno";
import { type ftrace_ops, ftrace_set_filter_ip, register_ftrace_function, unregister_ftrace_function } from "linux/ftrace";
import { type kprobe, register_kprobe, unregister_kprobe } from "linux/kprobes";

const pr_fmt = KBUILD_MODNAME + ": ";

/** kallsyms_lookup_name is not exported, but a kprobe finds it. */
export function lookup_any(name: cstr): u64 {
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
inline(lookup_any);

/** Attaches the ops to the function at `address`, which lookup_any has found; an errno. */
export function hook_install(ops: ftrace_ops, name: cstr, address: u64): int {
  if (address === u64(0)) {
    pr_err("unresolved symbol: %s\n", name);
    return -ENOENT;
  }
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
inline(hook_install);

export function hook_remove(ops: ftrace_ops, address: u64): void {
  let err = unregister_ftrace_function(ops);
  if (err !== 0) pr_err("unregister_ftrace_function() failed: %d\n", err);
  err = ftrace_set_filter_ip(ops, address, 1, 0);
  if (err !== 0) pr_err("ftrace_set_filter_ip() failed: %d\n", err);
  pr_info("module unloaded\n");
}
inline(hook_remove);

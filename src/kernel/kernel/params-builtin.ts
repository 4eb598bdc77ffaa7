// Parameters of what is built in, shown below /sys/module/<part>/parameters: each is the variable that the kernel itself reads. Those that Linux
// has and that are missing here would change nothing.

import type { kernel_param } from "linux/moduleparam";
import { panic_on_warn, panic_print, panic_timeout } from "./panic";
import { param_ops_bool, param_ops_int, param_ops_ulong } from "./params-ops";
import { ignore_loglevel, printk_time } from "./printk/printk";
import { rcu_cpu_stall_suppress, rcu_cpu_stall_timeout } from "./rcu/tree_stall";

export interface builtin_module extends struct<"builtin_module"> {
  name?: cstr;
  count?: u32;
  params?: kernel_param[];
}

const kernel_params: kernel_param[] = [
  { name: "panic", ops: param_ops_int, perm: 0o644, arg: addr(panic_timeout) },
  { name: "panic_print", ops: param_ops_ulong, perm: 0o644, arg: addr(panic_print) },
  { name: "panic_on_warn", ops: param_ops_int, perm: 0o644, arg: addr(panic_on_warn) },
];

const printk_params: kernel_param[] = [
  { name: "time", ops: param_ops_bool, perm: 0o644, arg: addr(printk_time) },
  { name: "ignore_loglevel", ops: param_ops_bool, perm: 0o644, arg: addr(ignore_loglevel) },
];

const rcupdate_params: kernel_param[] = [
  { name: "rcu_cpu_stall_timeout", ops: param_ops_int, perm: 0o644, arg: addr(rcu_cpu_stall_timeout) },
  { name: "rcu_cpu_stall_suppress", ops: param_ops_int, perm: 0o644, arg: addr(rcu_cpu_stall_suppress) },
];

export const builtin_modules: builtin_module[] = [
  { name: "kernel", count: 3, params: kernel_params },
  { name: "printk", count: 2, params: printk_params },
  { name: "rcupdate", count: 2, params: rcupdate_params },
  {},
];

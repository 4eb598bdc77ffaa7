// The proof that precedes the unmapping of a module's memory: nothing points into it, and nobody is inside it or will return into it.
// docs/unload-safety.md says what counts. Left out of images without CONFIG_MODULE_UNLOAD_PROOF.

import type { kernfs_node } from "linux/kernfs";
import type { module } from "linux/module";
import { within_module } from "linux/module";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import type { proc_dir_entry } from "linux/proc_fs";
import { rcu_barrier, synchronize_rcu } from "linux/rcupdate";
import { schedule_timeout_uninterruptible } from "linux/sched";
import { stop_machine } from "linux/stop_machine";
import { memcpy, strlen } from "linux/string";
import { misc_in_module } from "../../drivers/char/misc";
import { chrdev_in_module } from "../../fs/char_dev";
import { binfmt_in_module } from "../../fs/exec";
import { filesystem_in_module } from "../../fs/filesystems";
import { kernfs_in_module } from "../../fs/kernfs/dir";
import { sysfs_root_kn } from "../../fs/kernfs/inode";
import { proc_in_module, proc_root } from "../../fs/proc/generic";
import { die_chain } from "../die";
import { irq_in_module } from "../irq/manage";
import { kprobe_in_module } from "../kprobes";
import { klp_func_in_module } from "../livepatch/patch";
import { notifier_in_module } from "../notifier";
import { panic_notifier_list } from "../panic";
import { console_in_module } from "../printk/printk";
import { rcu_tasks_in_module } from "../rcu/tasks";
import { rcu_in_module } from "../rcu/tree";
import { tasklet_in_module } from "../tasklet";
import { hrtimer_in_module } from "../time/hrtimer";
import { timer_in_module } from "../time/timer";
import { ftrace_ops_in_module } from "../trace/ftrace-ops";
import { module_notify_list } from "./notify";
import { any_reason, forget_reasons, function_reason, name_reason, print_reasons } from "./unload-reasons";
import { check_tasks } from "./unload-tasks";

const STILL_REGISTERED = "still registered";
const STILL_THERE = "still there";
/** Rounds before a refusal; before round n+1 there is a sleep of 2^n jiffies: about 250 ms in all, in which a grace period of RCU-tasks ends
 *  that nobody holds up for long. */
const ROUNDS = 7;

let unload_mutex: embed<mutex>;
let path: array<u8, 96>;

/** Puts "/name" in front of what stands at `end` of the path; where it begins then. Too long a path loses its front. */
function prepend(end: u64, name: cstr): u64 {
  const len = strlen(name);
  if (len + 1 > end) return end;
  memcpy(add(path, end - len), name, len);
  path[end - len - 1] = 0x2f;
  return end - len - 1;
}

function proc_path(de: proc_dir_entry): cstr {
  path[95] = 0;
  let end: u64 = 95;
  for (let p = de; p !== proc_root; p = p.parent) end = prepend(end, p.name);
  return add(path, prepend(end, "proc"));
}

function sysfs_path(kn: kernfs_node): cstr {
  path[95] = 0;
  let end: u64 = 95;
  for (let p = kn; p.parent !== null; p = p.parent) end = prepend(end, p.name);
  return add(path, prepend(end, "sys"));
}

function check_probes(mod: module): void {
  const ops = ftrace_ops_in_module(mod);
  if (ops !== null) function_reason("ftrace_ops of", within_module(u64(ops.func), mod) ? u64(ops.func) : u64(ops), STILL_REGISTERED);
  const probe = kprobe_in_module(mod);
  if (probe !== null) function_reason("kprobe at", probe.addr, STILL_REGISTERED);
  const func = klp_func_in_module(mod);
  if (func !== null) function_reason("livepatch function", u64(func.new_func), "still in force");
}

function check_files(mod: module): void {
  const de = proc_in_module(proc_root, mod);
  if (de !== null) name_reason("proc entry", proc_path(de), STILL_THERE);
  const kn = kernfs_in_module(sysfs_root_kn, mod.mkobj.kobj.sd, mod);
  if (kn !== null) name_reason("sysfs entry", sysfs_path(kn), STILL_THERE);
  const chrdev = chrdev_in_module(mod);
  if (chrdev !== null) name_reason("character device", chrdev, STILL_REGISTERED);
  const misc = misc_in_module(mod);
  if (misc !== null) name_reason("misc device", misc, STILL_REGISTERED);
  const fs = filesystem_in_module(mod);
  if (fs !== null) name_reason("file system", fs, STILL_REGISTERED);
}

function function_check(what: cstr, func: u64, state: cstr): void {
  if (func !== 0) function_reason(what, func, state);
}

function check_callbacks(mod: module): void {
  function_check("timer of", timer_in_module(mod), "still pending");
  function_check("tasklet", tasklet_in_module(mod), "still scheduled");
  function_check("hrtimer of", hrtimer_in_module(mod), "still pending");
  function_check("RCU callback", rcu_in_module(mod), "still to come");
  function_check("RCU-tasks callback", rcu_tasks_in_module(mod), "still to come");
  function_check("interrupt handler", irq_in_module(mod), STILL_REGISTERED);
  function_check("module notifier", notifier_in_module(module_notify_list.head, mod), STILL_REGISTERED);
  function_check("die notifier", notifier_in_module(die_chain.head, mod), STILL_REGISTERED);
  function_check("panic notifier", notifier_in_module(panic_notifier_list.head, mod), STILL_REGISTERED);
  function_check("console", console_in_module(mod), STILL_REGISTERED);
  function_check("binary format", binfmt_in_module(mod), STILL_REGISTERED);
}

/**
 * Under stop_machine: one moment for everything, or what one check has seen could change before the next. The checks take no locks. Of what
 * a spinlock guards nothing is half done, since its holder cannot be preempted. The holder of a mutex can: lists under one are walked
 * forward alone, which any step of list_add and list_del leaves whole, and an entry is freed only after it was unlinked.
 */
function check_all(data: ptr): int {
  const mod = data as module;
  forget_reasons();
  check_probes(mod);
  check_files(mod);
  check_callbacks(mod);
  check_tasks(mod);
  return any_reason() ? 1 : 0;
}

/** May the module's memory go? Else says why in the log. Sleeps; mod.exit has run. */
export function prove_unused(mod: module): bool {
  mutex_lock(unload_mutex);
  rcu_barrier();
  let used = true;
  for (let round = 0; used && round < ROUNDS; round++) {
    if (round > 0) schedule_timeout_uninterruptible(s64(1) << (round - 1));
    synchronize_rcu();
    used = stop_machine(check_all, mod, null) !== 0;
  }
  if (used) print_reasons(mod);
  mutex_unlock(unload_mutex);
  return !used;
}

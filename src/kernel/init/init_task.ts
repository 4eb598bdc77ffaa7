// The first task: it boots, and becomes CPU 0's idle task. Everything it needs before there is memory to allocate is static.

import { INIT_LIST_HEAD } from "linux/list";
import { refcount_set } from "linux/refcount";
import type { task_struct } from "linux/sched";
import { DEFAULT_PRIO, PF_IDLE, PF_KTHREAD, THREAD_SIZE } from "linux/sched";
import type { sighand_struct, signal_struct } from "linux/signal";
import {
  RLIM_INFINITY,
  RLIMIT_CORE,
  RLIMIT_MEMLOCK,
  RLIMIT_MSGQUEUE,
  RLIMIT_NICE,
  RLIMIT_NOFILE,
  RLIMIT_RTPRIO,
  RLIMIT_STACK,
} from "linux/signal";
import { init_cred } from "../kernel/cred";
import { init_struct_pid } from "../kernel/pid";

export let init_task: embed<task_struct>;
export let init_signals: embed<signal_struct>;
export let init_sighand: embed<sighand_struct>;
export let init_stack: array<u8, 16384>;
aligned(init_stack, 16384);
aligned(init_task, 64);

/** Makes the running code a task: called once, before anything that asks for the current task. */
export function init_task_init(): void {
  const t = init_task;
  t.stack = u64(init_stack);
  t.flags = PF_KTHREAD | PF_IDLE;
  t.prio = DEFAULT_PRIO;
  t.timer_slack_ns = 50000;
  t.static_prio = DEFAULT_PRIO;
  t.normal_prio = DEFAULT_PRIO;
  t.cpus_mask = 0xff;
  t.patch_state = -1;
  t.on_cpu = 1;
  refcount_set(t.usage, 2);
  refcount_set(t.rcu_users, 1);
  refcount_set(t.stack_refcount, 1);
  INIT_LIST_HEAD(t.tasks);
  INIT_LIST_HEAD(t.children);
  INIT_LIST_HEAD(t.sibling);
  INIT_LIST_HEAD(t.thread_group);
  INIT_LIST_HEAD(t.pending.list);
  INIT_LIST_HEAD(t.se.run_list);
  t.real_parent = t;
  t.parent = t;
  t.group_leader = t;
  t.real_cred = init_cred;
  t.cred = init_cred;
  t.signal = init_signals;
  t.sighand = init_sighand;
  t.thread_pid = init_struct_pid;
  const name: cstr = "swapper/0";
  for (let i: u64 = 0; i < 10; i++) t.comm[i] = name[i];
  const sig = init_signals;
  sig.nr_threads = 1;
  refcount_set(sig.sigcnt, 1);
  INIT_LIST_HEAD(sig.thread_head);
  INIT_LIST_HEAD(sig.shared_pending.list);
  sig.pgrp = init_struct_pid;
  sig.session = init_struct_pid;
  for (let i: u64 = 0; i < 16; i++) {
    sig.rlim[i].rlim_cur = RLIM_INFINITY;
    sig.rlim[i].rlim_max = RLIM_INFINITY;
  }
  sig.rlim[RLIMIT_STACK].rlim_cur = 0x800000;
  sig.rlim[RLIMIT_MEMLOCK].rlim_cur = 0x800000;
  sig.rlim[RLIMIT_MEMLOCK].rlim_max = 0x800000;
  sig.rlim[RLIMIT_MSGQUEUE].rlim_cur = 819200;
  sig.rlim[RLIMIT_MSGQUEUE].rlim_max = 819200;
  sig.rlim[RLIMIT_NICE].rlim_cur = 0;
  sig.rlim[RLIMIT_NICE].rlim_max = 0;
  sig.rlim[RLIMIT_RTPRIO].rlim_cur = 0;
  sig.rlim[RLIMIT_RTPRIO].rlim_max = 0;
  sig.rlim[RLIMIT_CORE].rlim_cur = 0;
  sig.rlim[RLIMIT_NOFILE].rlim_cur = 1024;
  sig.rlim[RLIMIT_NOFILE].rlim_max = 4096;
  refcount_set(init_sighand.count, 1);
}
init(init_task_init);
EXPORT_SYMBOL(init_task);

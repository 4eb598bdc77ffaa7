// Kernel threads: made by kthreadd (pid 2) on request, started by wake_up_process, stopped by kthread_stop.

import type { completion } from "linux/completion";
import { get_current } from "linux/current";
import { ERR_PTR, IS_ERR } from "linux/err";
import { EINTR, ENOMEM } from "linux/errno";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty } from "linux/list";
import type { task_struct } from "linux/sched";
import {
  __set_current_state,
  CLONE_FILES,
  CLONE_FS,
  get_task_struct,
  PF_NO_SETAFFINITY,
  put_task_struct,
  set_current_state,
  TASK_INTERRUPTIBLE,
  TASK_UNINTERRUPTIBLE,
} from "linux/sched";
import { SIGCHLD } from "linux/signal";
import type { spinlock_t } from "linux/spinlock";
import { spin_lock, spin_unlock } from "linux/spinlock";
import type { list_head } from "linux/types";
import { vsnprintf } from "../lib/vsprintf";
import { kfree, kzalloc } from "../mm/slab";
import { do_exit } from "./exit";
import { kernel_thread } from "./fork";
import { set_task_comm } from "./sched/comm";
import { complete, init_completion, wait_for_completion } from "./sched/completion";
import { schedule, wake_up_process } from "./sched/core";
import { ignore_signals } from "./signal-pending";

export interface kthread_struct extends struct<"kthread"> {
  flags?: u64;
  result?: int;
  threadfn?: (data: ptr) => int;
  data?: ptr;
  exited?: embed<completion>;
}

const KTHREAD_SHOULD_STOP = 1;

interface kthread_create_info extends struct<"kthread_create_info"> {
  threadfn?: (data: ptr) => int;
  data?: ptr;
  name?: array<u8, 16>;
  result?: task_struct;
  done?: embed<completion>;
  list?: embed<list_head>;
}

let kthread_create_lock: embed<spinlock_t>;
let kthread_create_list: embed<list_head>;
export let kthreadd_task: task_struct = null;

export function to_kthread(t: task_struct): kthread_struct {
  return t.worker_private as kthread_struct;
}

/** First function of every kernel thread that kthreadd makes: sleeps until it is started. */
function kthread(arg: ptr): int {
  const info = arg as kthread_create_info;
  const threadfn = info.threadfn;
  const data = info.data;
  const t = get_current();
  const self = kzalloc(sizeof<kthread_struct>(), 0) as kthread_struct;
  if (self === null) {
    info.result = ERR_PTR(-ENOMEM) as task_struct;
    complete(info.done);
    do_exit(0);
  }
  init_completion(self.exited);
  self.threadfn = threadfn;
  self.data = data;
  t.worker_private = self;
  t.vfork_done = self.exited;
  set_task_comm(t, info.name);
  set_current_state(TASK_UNINTERRUPTIBLE);
  info.result = t;
  complete(info.done);
  schedule();
  let ret: int = -EINTR;
  if ((self.flags & KTHREAD_SHOULD_STOP) === 0) ret = threadfn(data);
  self.result = ret;
  do_exit(0);
}

function create_v(threadfn: (data: ptr) => int, data: ptr, fmt: cstr, args: va_list): task_struct {
  const info = kzalloc(sizeof<kthread_create_info>(), 0) as kthread_create_info;
  if (info === null) return ERR_PTR(-ENOMEM) as task_struct;
  info.threadfn = threadfn;
  info.data = data;
  vsnprintf(info.name, 16, fmt, args);
  init_completion(info.done);
  spin_lock(kthread_create_lock);
  list_add_tail(info.list, kthread_create_list);
  spin_unlock(kthread_create_lock);
  wake_up_process(kthreadd_task);
  wait_for_completion(info.done);
  const t = info.result;
  kfree(info);
  return t;
}

export function kthread_create_on_node(threadfn: (data: ptr) => int, data: ptr, _node: int, fmt: cstr, ...args: va_list): task_struct {
  return create_v(threadfn, data, fmt, args);
}

/** The thread sleeps until wake_up_process. */
export function kthread_create(threadfn: (data: ptr) => int, data: ptr, fmt: cstr, ...args: va_list): task_struct {
  return create_v(threadfn, data, fmt, args);
}

export function kthread_run(threadfn: (data: ptr) => int, data: ptr, fmt: cstr, ...args: va_list): task_struct {
  const t = create_v(threadfn, data, fmt, args);
  if (!IS_ERR(t)) wake_up_process(t);
  return t;
}

export function kthread_bind(t: task_struct, cpu: u32): void {
  t.flags = t.flags | PF_NO_SETAFFINITY;
  t.cpus_mask = u64(1) << cpu;
}

export function kthread_create_on_cpu(threadfn: (data: ptr) => int, data: ptr, cpu: u32, fmt: cstr): task_struct {
  const t = kthread_create(threadfn, data, fmt, cpu);
  if (!IS_ERR(t)) kthread_bind(t, cpu);
  return t;
}

export function kthread_should_stop(): bool {
  return (READ_ONCE(to_kthread(get_current()).flags) & KTHREAD_SHOULD_STOP) !== 0;
}

export function kthread_data(t: task_struct): ptr {
  return to_kthread(t).data;
}

/** Asks it to end, waits, and returns what its function returned. */
export function kthread_stop(t: task_struct): int {
  get_task_struct(t);
  const k = to_kthread(t);
  lock_or(addr(k.flags), u64(KTHREAD_SHOULD_STOP));
  wake_up_process(t);
  wait_for_completion(k.exited);
  const ret = k.result;
  put_task_struct(t);
  return ret;
}

/** Freed with the task. */
export function free_kthread_struct(t: task_struct): void {
  if (t.worker_private !== null) kfree(t.worker_private);
}

/** Pid 2. */
export function kthreadd(_unused: ptr): int {
  const t = get_current();
  set_task_comm(t, "kthreadd");
  ignore_signals(t);
  for (;;) {
    set_current_state(TASK_INTERRUPTIBLE);
    if (list_empty(kthread_create_list)) schedule();
    __set_current_state(0);
    spin_lock(kthread_create_lock);
    while (!list_empty(kthread_create_list)) {
      const info = container_of<kthread_create_info>(kthread_create_list.next, "list");
      list_del_init(info.list);
      spin_unlock(kthread_create_lock);
      const pid = kernel_thread(kthread, info, CLONE_FS | CLONE_FILES | u64(SIGCHLD));
      if (pid < 0) {
        info.result = ERR_PTR(s64(pid)) as task_struct;
        complete(info.done);
      }
      spin_lock(kthread_create_lock);
    }
    spin_unlock(kthread_create_lock);
  }
}

export function kthread_init(task: task_struct): void {
  kthreadd_task = task;
}

export function kthread_lists_init(): void {
  INIT_LIST_HEAD(kthread_create_list);
}
init(kthread_lists_init);

EXPORT_SYMBOL(kthread_create_on_node);
EXPORT_SYMBOL(kthread_stop);
EXPORT_SYMBOL(kthread_should_stop);
EXPORT_SYMBOL(kthread_create);
EXPORT_SYMBOL(kthread_run);
EXPORT_SYMBOL(kthread_bind);
EXPORT_SYMBOL(kthread_data);
EXPORT_SYMBOL(kthread_create_on_cpu);

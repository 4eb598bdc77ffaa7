// The consistency model: every task moves from the old to the new functions (or back) at a moment when it runs none of them.

import { WARN_ON_ONCE } from "linux/bug";
import { get_current } from "linux/current";
import { EADDRINUSE, EBUSY, EINVAL } from "linux/errno";
import { HZ, round_jiffies_relative } from "linux/jiffies";
import { list_is_singular } from "linux/list";
import { KLP_PATCHED, KLP_UNDEFINED, KLP_UNPATCHED, type klp_func, type klp_patch } from "linux/livepatch";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { preempt_disable_notrace, preempt_enable_notrace } from "linux/preempt";
import {
  idle_task,
  kick_process,
  PF_KTHREAD,
  TASK_INTERRUPTIBLE,
  task_curr,
  task_rq_lock,
  task_rq_unlock,
  type task_struct,
  tasklist_lock,
  wake_up_if_idle,
  wake_up_state,
} from "linux/sched";
import { cpu_online, cpus_read_lock, cpus_read_unlock, num_possible_cpus } from "linux/smp";
import { read_lock, read_unlock } from "linux/spinlock";
import { stack_trace_save_tsk_reliable } from "linux/stacktrace";
import {
  clear_tsk_thread_flag,
  set_tsk_thread_flag,
  TIF_NOTIFY_SIGNAL,
  TIF_PATCH_PENDING,
  test_and_clear_tsk_thread_flag,
  test_tsk_thread_flag,
} from "linux/thread_info";
import { type delayed_work, INIT_DELAYED_WORK, schedule_delayed_work, schedule_on_each_cpu, type work_struct } from "linux/workqueue";
import { klp_post_patch_callback, klp_post_unpatch_callback } from "./callbacks";
import { klp_mutex } from "./core";
import {
  klp_discard_nops,
  klp_free_patch_async,
  klp_free_replaced_patches_async,
  klp_mark_others_forced,
  klp_unpatch_replaced_patches,
} from "./free";
import {
  first_process_thread,
  klp_first_func,
  klp_first_object,
  klp_is_object_loaded,
  klp_next_func,
  klp_next_object,
  next_process_thread,
} from "./objects";
import { klp_find_ops, klp_unpatch_objects } from "./patch";

const pr_fmt = "livepatch: ";

const MAX_STACK_ENTRIES = 100;
/** Retries before stragglers are poked, and between pokes. */
const SIGNALS_TIMEOUT = 15;

/** The patch in transition, or null; and where tasks go. Under klp_mutex. */
export let klp_transition_patch: klp_patch = null;
let klp_target_state: int = KLP_UNDEFINED;
let klp_signals_cnt: u32 = 0;
let klp_transition_work: embed<delayed_work>;
/** Of the task being checked. Under klp_mutex. */
let stack_entries: array<u64, 100>;

function klp_transition_work_fn(_work: work_struct): void {
  mutex_lock(klp_mutex);
  if (klp_transition_patch !== null) klp_try_complete_transition();
  mutex_unlock(klp_mutex);
}

export function klp_transition_init(): void {
  INIT_DELAYED_WORK(klp_transition_work, klp_transition_work_fn);
}
init(klp_transition_init);

function direction(): cstr {
  return klp_target_state === KLP_PATCHED ? "patching" : "unpatching";
}

function klp_sync(_work: work_struct): void {}

/** Every CPU has scheduled: no handler is between reading the function stack and the task's state any more. */
function klp_synchronize_transition(): void {
  schedule_on_each_cpu(klp_sync);
}

function set_transition_flags(patch: klp_patch, value: bool): void {
  for (let obj = klp_first_object(patch); obj !== null; obj = klp_next_object(patch, obj)) {
    for (let func = klp_first_func(obj); func !== null; func = klp_next_func(obj, func)) func.transition = value;
  }
}

/** All tasks are in the target state: what is left over goes, and the transition is over. */
function klp_complete_transition(): void {
  const patch = klp_transition_patch;
  pr_debug("'%s': completing %s transition\n", patch.mod.name, direction());
  if (patch.replace && klp_target_state === KLP_PATCHED) {
    klp_unpatch_replaced_patches(patch);
    klp_discard_nops(patch);
  }
  if (klp_target_state === KLP_UNPATCHED) {
    klp_unpatch_objects(patch);
    // No handler may still see the functions' transition flags, which are about to be cleared.
    klp_synchronize_transition();
  }
  set_transition_flags(patch, false);
  // No handler may see a task in an undefined state while it thinks that the transition runs.
  if (klp_target_state === KLP_PATCHED) klp_synchronize_transition();

  read_lock(tasklist_lock);
  for (let t = first_process_thread(); t !== null; t = next_process_thread(t)) {
    WARN_ON_ONCE(test_tsk_thread_flag(t, TIF_PATCH_PENDING));
    t.patch_state = KLP_UNDEFINED;
  }
  read_unlock(tasklist_lock);
  for (let cpu: int = 0; cpu < num_possible_cpus(); cpu++) {
    const t = idle_task(cpu);
    WARN_ON_ONCE(test_tsk_thread_flag(t, TIF_PATCH_PENDING));
    t.patch_state = KLP_UNDEFINED;
  }
  for (let obj = klp_first_object(patch); obj !== null; obj = klp_next_object(patch, obj)) {
    if (!klp_is_object_loaded(obj)) continue;
    if (klp_target_state === KLP_PATCHED) klp_post_patch_callback(obj);
    else klp_post_unpatch_callback(obj);
  }
  pr_notice("'%s': %s complete\n", patch.mod.name, direction());
  klp_target_state = KLP_UNDEFINED;
  klp_transition_patch = null;
}

/** A patch that could not be enabled: nothing was switched yet, so it is over at once. */
export function klp_cancel_transition(): void {
  if (WARN_ON_ONCE(klp_target_state !== KLP_PATCHED)) return;
  pr_debug("'%s': canceling patching transition, going to unpatch\n", klp_transition_patch.mod.name);
  klp_target_state = KLP_UNPATCHED;
  klp_complete_transition();
}

/** On the way to user mode and in the idle loop: the task is in no patched function. Must not be traced by the patch that it serves. */
export function klp_update_patch_state(task: task_struct): void {
  preempt_disable_notrace();
  if (test_and_clear_tsk_thread_flag(task, TIF_PATCH_PENDING)) task.patch_state = READ_ONCE(klp_target_state);
  preempt_enable_notrace();
}
notrace(klp_update_patch_state);

/**
 * Is the task in the version that it would leave? Unpatching: the patch's own; patching: the one just below on that address's stack, the
 * original if there is no other.
 */
function klp_check_stack_func(func: klp_func, nr: int): int {
  let start: u64;
  let size: u64;
  if (klp_target_state === KLP_UNPATCHED) {
    start = u64(func.new_func);
    size = func.new_size;
  } else {
    const ops = klp_find_ops(func.old_func);
    if (list_is_singular(ops.func_stack)) {
      start = func.old_func;
      size = func.old_size;
    } else {
      const prev = container_of<klp_func>(func.stack_node.next, "stack_node");
      start = u64(prev.new_func);
      size = prev.new_size;
    }
  }
  for (let i: int = 0; i < nr; i++) {
    if (stack_entries[i] >= start && stack_entries[i] < start + size) return -EADDRINUSE;
  }
  return 0;
}

/** oldname[0]: the function in which it sleeps. */
function klp_check_stack(task: task_struct, oldname: ref<u8[]>[]): int {
  const nr = stack_trace_save_tsk_reliable(task, stack_entries, MAX_STACK_ENTRIES);
  if (nr < 0) return -EINVAL;
  for (let obj = klp_first_object(klp_transition_patch); obj !== null; obj = klp_next_object(klp_transition_patch, obj)) {
    if (!obj.patched) continue;
    for (let func = klp_first_func(obj); func !== null; func = klp_next_func(obj, func)) {
      const ret = klp_check_stack_func(func, nr);
      if (ret !== 0) {
        oldname[0] = func.old_name as u8[];
        return -EADDRINUSE;
      }
    }
  }
  return 0;
}

/** With the task kept from running (its run queue's lock). */
function klp_check_and_switch_task(task: task_struct, oldname: ref<u8[]>[]): int {
  if (task_curr(task) && task !== get_current()) return -EBUSY;
  const ret = klp_check_stack(task, oldname);
  if (ret !== 0) return ret;
  clear_tsk_thread_flag(task, TIF_PATCH_PENDING);
  task.patch_state = klp_target_state;
  return 0;
}

/** True if the task is in the target state now. */
function klp_try_switch_task(task: task_struct): bool {
  let old_name: u8[] = null;
  if (task.patch_state === klp_target_state) return true;
  let flags: u64 = 0;
  const rq = task_rq_lock(task, addr(flags));
  const ret = klp_check_and_switch_task(task, addr(old_name));
  task_rq_unlock(rq, task, addr(flags));
  switch (ret) {
    case 0:
      break;
    case -EBUSY:
      pr_debug("%s: %s:%d is running\n", "klp_try_switch_task", task.comm, task.pid);
      break;
    case -EINVAL:
      pr_debug("%s: %s:%d has an unreliable stack\n", "klp_try_switch_task", task.comm, task.pid);
      break;
    case -EADDRINUSE:
      pr_debug("%s: %s:%d is sleeping on function %s\n", "klp_try_switch_task", task.comm, task.pid, old_name);
      break;
    default:
      pr_debug("%s: Unknown error code (%d) when trying to switch %s:%d\n", "klp_try_switch_task", ret, task.comm, task.pid);
  }
  return ret === 0;
}

/** Stragglers: kthreads are woken, user tasks leave their system call by a signal that nobody sees. */
function klp_send_signals(): void {
  if (klp_signals_cnt === SIGNALS_TIMEOUT) pr_notice("signaling remaining tasks\n");
  read_lock(tasklist_lock);
  for (let t = first_process_thread(); t !== null; t = next_process_thread(t)) {
    if (!test_tsk_thread_flag(t, TIF_PATCH_PENDING)) continue;
    if (t.flags & PF_KTHREAD) {
      wake_up_state(t, TASK_INTERRUPTIBLE);
    } else {
      set_tsk_thread_flag(t, TIF_NOTIFY_SIGNAL);
      if (!wake_up_state(t, TASK_INTERRUPTIBLE)) kick_process(t);
    }
  }
  read_unlock(tasklist_lock);
}

/** Switches whom it can; the rest is tried again each second (rounded, as Linux does). */
export function klp_try_complete_transition(): void {
  let complete = true;
  if (WARN_ON_ONCE(klp_target_state === KLP_UNDEFINED)) return;
  read_lock(tasklist_lock);
  for (let t = first_process_thread(); t !== null; t = next_process_thread(t)) {
    if (!klp_try_switch_task(t)) complete = false;
  }
  read_unlock(tasklist_lock);

  cpus_read_lock();
  for (let cpu: int = 0; cpu < num_possible_cpus(); cpu++) {
    const t = idle_task(cpu);
    if (cpu_online(cpu)) {
      if (!klp_try_switch_task(t)) {
        complete = false;
        wake_up_if_idle(cpu);
      }
    } else if (t.patch_state !== klp_target_state) {
      clear_tsk_thread_flag(t, TIF_PATCH_PENDING);
      t.patch_state = klp_target_state;
    }
  }
  cpus_read_unlock();

  if (!complete) {
    if (klp_signals_cnt !== 0 && klp_signals_cnt % SIGNALS_TIMEOUT === 0) klp_send_signals();
    klp_signals_cnt++;
    schedule_delayed_work(klp_transition_work, round_jiffies_relative(HZ));
    return;
  }
  const patch = klp_transition_patch;
  klp_complete_transition();
  if (!patch.enabled) klp_free_patch_async(patch);
  else if (patch.replace) klp_free_replaced_patches_async(patch);
}

/** From here on tasks switch by themselves too. */
export function klp_start_transition(): void {
  WARN_ON_ONCE(klp_target_state === KLP_UNDEFINED);
  pr_notice("'%s': starting %s transition\n", klp_transition_patch.mod.name, direction());
  read_lock(tasklist_lock);
  for (let t = first_process_thread(); t !== null; t = next_process_thread(t)) {
    if (t.patch_state !== klp_target_state) set_tsk_thread_flag(t, TIF_PATCH_PENDING);
  }
  read_unlock(tasklist_lock);
  for (let cpu: int = 0; cpu < num_possible_cpus(); cpu++) {
    const t = idle_task(cpu);
    if (t.patch_state !== klp_target_state) set_tsk_thread_flag(t, TIF_PATCH_PENDING);
  }
  klp_signals_cnt = 0;
}

/** All tasks start in the opposite state; functions are marked before any of them is put on a stack. */
export function klp_init_transition(patch: klp_patch, state: int): void {
  const initial_state: int = state === KLP_PATCHED ? KLP_UNPATCHED : KLP_PATCHED;
  WARN_ON_ONCE(klp_target_state !== KLP_UNDEFINED);
  klp_transition_patch = patch;
  klp_target_state = state;
  pr_debug("'%s': initializing %s transition\n", patch.mod.name, direction());
  read_lock(tasklist_lock);
  for (let t = first_process_thread(); t !== null; t = next_process_thread(t)) {
    WARN_ON_ONCE(t.patch_state !== KLP_UNDEFINED);
    t.patch_state = initial_state;
  }
  read_unlock(tasklist_lock);
  for (let cpu: int = 0; cpu < num_possible_cpus(); cpu++) {
    const t = idle_task(cpu);
    WARN_ON_ONCE(t.patch_state !== KLP_UNDEFINED);
    t.patch_state = initial_state;
  }
  barrier();
  set_transition_flags(patch, true);
}

/** Turns round in the middle; completion comes from the worker that is scheduled already. */
export function klp_reverse_transition(): void {
  const patch = klp_transition_patch;
  const way: cstr = klp_target_state === KLP_PATCHED ? "patching to unpatching" : "unpatching to patching";
  pr_debug("'%s': reversing transition from %s\n", patch.mod.name, way);
  patch.enabled = !patch.enabled;
  klp_target_state = klp_target_state === KLP_PATCHED ? KLP_UNPATCHED : KLP_PATCHED;
  // Nobody switches to the old target while the flags are cleared.
  read_lock(tasklist_lock);
  for (let t = first_process_thread(); t !== null; t = next_process_thread(t)) clear_tsk_thread_flag(t, TIF_PATCH_PENDING);
  read_unlock(tasklist_lock);
  for (let cpu: int = 0; cpu < num_possible_cpus(); cpu++) clear_tsk_thread_flag(idle_task(cpu), TIF_PATCH_PENDING);
  klp_synchronize_transition();
  klp_start_transition();
}

/** A child is where its parent is. Called under tasklist_lock, before the child is on the list. */
export function klp_copy_process(child: task_struct): void {
  const current = get_current();
  if (test_tsk_thread_flag(current, TIF_PATCH_PENDING)) set_tsk_thread_flag(child, TIF_PATCH_PENDING);
  else clear_tsk_thread_flag(child, TIF_PATCH_PENDING);
  child.patch_state = current.patch_state;
}

/** Everybody, wherever he is. Then the code that may still be run must never go. */
export function klp_force_transition(): void {
  const patch = klp_transition_patch;
  pr_warn("forcing remaining tasks to the patched state\n");
  read_lock(tasklist_lock);
  for (let t = first_process_thread(); t !== null; t = next_process_thread(t)) klp_update_patch_state(t);
  read_unlock(tasklist_lock);
  for (let cpu: int = 0; cpu < num_possible_cpus(); cpu++) klp_update_patch_state(idle_task(cpu));
  if (klp_target_state === KLP_UNPATCHED) patch.forced = true;
  else if (patch.replace) klp_mark_others_forced(patch);
}

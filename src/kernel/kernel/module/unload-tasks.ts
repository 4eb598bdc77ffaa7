// Which tasks are inside a module's text or will return into it. All other CPUs stand still (stop_machine), so every task's stack is what
// it will go on with, and no spinlock is held anywhere: what one guards, a table of open files for instance, is read without it.

import { type pt_regs, user_mode } from "asm/ptrace";
import {
  unwind_done,
  unwind_error,
  unwind_get_entry_regs,
  unwind_get_return_address_ptr,
  unwind_next_frame,
  unwind_recover_ret_addr,
  unwind_start,
  unwind_start_frame,
  type unwind_state,
} from "asm/unwind";
import { get_current } from "linux/current";
import { kernel_text_address } from "linux/kernel";
import type { kretprobe_instance } from "linux/kprobes";
import { type module, within_module } from "linux/module";
import { idle_task, PF_KTHREAD, PF_WQ_WORKER, task_curr, type task_struct } from "linux/sched";
import { cpu_online, num_possible_cpus } from "linux/smp";
import { stop_machine_frame } from "linux/stop_machine";
import { to_kthread } from "../kthread";
import { first_process_thread, next_process_thread } from "../livepatch/objects";
import type { ftrace_ret_stack } from "../trace/fgraph";
import { is_ftrace_trampoline_text } from "../trace/trace-functions";
import { work_in_module } from "../workqueue";
import { function_reason, task_reason } from "./unload-reasons";

const IS_AT = "is at";
const MAY_RETURN = "may return to";

function within_text(address: u64, mod: module): bool {
  return address - mod.core_layout.base < u64(mod.core_layout.text_size) || address - mod.init_layout.base < u64(mod.init_layout.text_size);
}

/** The first word of [start, end) that is an address in the module's text, or 0. */
function text_word(start: u64, end: u64, mod: module): u64 {
  for (let p = (start + 7) & ~u64(7); p + 8 <= end; p += 8) {
    const word = at<u64[]>(p)[0];
    if (within_text(word, mod)) return word;
  }
  return 0;
}

/**
 * An interrupted kernel function may be before `push rbp` or behind `pop rbp`, or have none at all (assembler): then its return address is in
 * no frame, but between the interrupted stack pointer and the next frame. It may also hold a pointer in a register that it is about to
 * call. So these words count as they are.
 */
function interrupted_word(state: unwind_state, regs: pt_regs, mod: module): u64 {
  const held = text_word(u64(regs), u64(regs) + offsetof<pt_regs>("ip"), mod);
  if (held !== 0) return held;
  if (regs.sp < state.stack_lo || regs.sp >= state.stack_hi) return 0;
  const frame = regs.bp >= regs.sp && regs.bp < state.stack_hi ? regs.bp : regs.sp;
  return text_word(regs.sp, frame + 16 <= state.stack_hi ? frame + 16 : state.stack_hi, mod);
}

function start_walk(state: unwind_state, task: task_struct): void {
  if (task === get_current() || !task_curr(task)) unwind_start(state, task, null, 0);
  else unwind_start_frame(state, task, stop_machine_frame(int(task.thread_info.cpu)));
}

/** Reports the innermost place; false if there is none. Frames are exact; where they end without an entry to the kernel, every word further out counts. */
function check_stack(task: task_struct, mod: module): bool {
  let state: embed<unwind_state>;
  start_walk(state, task);
  let last: u64 = task === get_current() || task_curr(task) ? state.bp : task.thread.sp;
  while (!unwind_done(state)) {
    const regs = unwind_get_entry_regs(state);
    if (regs !== null && user_mode(regs)) return false;
    const slot = unwind_get_return_address_ptr(state);
    const kept = at<u64[]>(slot)[0];
    const address = regs === null ? unwind_recover_ret_addr(state, kept, slot) : kept;
    if (within_text(address, mod)) {
      task_reason(task, IS_AT, address, regs === null);
      return true;
    }
    if (regs !== null) {
      const word = interrupted_word(state, regs, mod);
      if (word !== 0) {
        task_reason(task, MAY_RETURN, word, true);
        return true;
      }
    } else if (!kernel_text_address(address)) {
      state.error = true;
    }
    last = slot;
    if (unwind_error(state)) break;
    unwind_next_frame(state);
    if (regs === null && is_ftrace_trampoline_text(address) && !unwind_error(state)) {
      // A callback may have put the address to go on at into the registers that the trampoline has saved.
      const word = text_word(slot + 8, unwind_done(state) ? state.stack_hi : state.bp, mod);
      if (word !== 0) {
        task_reason(task, MAY_RETURN, word, true);
        return true;
      }
    }
  }
  if (!unwind_error(state) || last < state.stack_lo || last >= state.stack_hi) return false;
  const word = text_word(last, state.stack_hi, mod);
  if (word !== 0) task_reason(task, MAY_RETURN, word, true);
  return word !== 0;
}

/** Return addresses that were taken off the stack by return probes and the graph tracer: all that are kept, found in a frame or not. */
function check_taken(task: task_struct, mod: module): bool {
  let word: u64 = 0;
  for (let ri = task.kprobe_instances as kretprobe_instance; ri !== null && word === 0; ri = ri.next) {
    if (within_text(ri.ret_addr, mod)) word = ri.ret_addr;
  }
  const calls = task.ret_stack as ftrace_ret_stack[];
  if (calls !== null) {
    for (let i = task.curr_ret_stack; i >= 0 && word === 0; i--) if (within_text(calls[i].ret, mod)) word = calls[i].ret;
  }
  if (word !== 0) task_reason(task, MAY_RETURN, word, true);
  return word !== 0;
}

function check_thread(task: task_struct, mod: module): void {
  if ((task.flags & PF_KTHREAD) !== 0 && task.worker_private !== null) {
    const threadfn = u64(to_kthread(task).threadfn);
    if (within_module(threadfn, mod)) task_reason(task, "is a kernel thread of", threadfn, false);
    if ((task.flags & PF_WQ_WORKER) !== 0) {
      const func = work_in_module(task, mod);
      if (func !== 0) function_reason("work of", func, "still queued or running");
    }
  }
}

function check_files(task: task_struct, mod: module): void {
  const files = task.files;
  if (files === null) return;
  for (let fd: u32 = 0; fd < files.max_fds; fd++) {
    const f = files.fd[fd];
    if (f === null || !within_module(u64(f.f_op), mod)) continue;
    task_reason(task, "has an open file with the operations", u64(f.f_op), false);
    return;
  }
}

/** A task that has exited never comes back to what is on its stack. */
function check_task(task: task_struct, mod: module): void {
  if (task.exit_state !== 0 || task.stack === 0) return;
  if (!check_stack(task, mod) && !check_taken(task, mod)) check_thread(task, mod);
  check_files(task, mod);
}

export function check_tasks(mod: module): void {
  for (let t = first_process_thread(); t !== null; t = next_process_thread(t)) check_task(t, mod);
  for (let cpu: int = 0; cpu < num_possible_cpus(); cpu++) {
    if (cpu_online(cpu) && !check_stack(idle_task(cpu), mod)) check_taken(idle_task(cpu), mod);
  }
}

// The frame-pointer unwinder. A frame is the saved rbp and, above it, the return address. A saved rbp with bit 0 set is not a frame but
// the address + 1 of a struct pt_regs, put there by entry code.

import type { inactive_task_frame } from "asm/processor";
import type { pt_regs } from "asm/ptrace";
import { user_mode } from "asm/ptrace";
import type { unwind_state } from "asm/unwind";
import { get_current } from "linux/current";
import type { task_struct } from "linux/sched";
import { PF_IDLE } from "linux/sched";
import { THREAD_SIZE } from "linux/thread_info";
import { __kernel_text_address } from "../../../kernel/extable";
import { kretprobe_ret_addr } from "../../../kernel/kretprobe";
import { ftrace_graph_ret_addr } from "../../../kernel/trace/fgraph";
import { IRQ_STACK_SIZE, irq_stack_of } from "../entry/irq-stack";
import { EXCEPTION_STACK_SIZE, exception_stack_of } from "./cpu/common";
import { task_pt_regs } from "./process";

/** Is [p, p + size) on the stack of the state's task, or for the running task on this CPU's interrupt stack or one of its exception stacks? */
function on_stack(state: unwind_state, p: u64, size: u64): bool {
  if (p >= state.stack_lo && p + size <= state.stack_hi) return true;
  if (state.task !== get_current()) return false;
  const irq = irq_stack_of(p);
  if (irq !== 0) return p + size <= irq + IRQ_STACK_SIZE;
  const ist = exception_stack_of(p);
  return ist !== 0 && p + size <= ist + EXCEPTION_STACK_SIZE;
}

/** Takes a saved frame pointer: the next frame, entry registers, or the end. */
function advance(state: unwind_state, bp: u64): bool {
  state.regs = null;
  if ((bp & 1) !== 0) {
    const regs = bp - 1;
    if ((regs & 7) !== 0 || !on_stack(state, regs, sizeof<pt_regs>())) {
      state.error = true;
      state.done = true;
      return false;
    }
    const r = at<pt_regs>(regs);
    state.bp = regs;
    state.regs = r;
    // A kernel thread's bottom frame points to registers that were never saved.
    if (r === task_pt_regs(state.task) && !user_mode(r)) {
      state.regs = null;
      state.done = true;
      return false;
    }
    return true;
  }
  if (bp === 0 && (state.task.flags & PF_IDLE) !== 0) {
    // The idle task's first frame: the boot code pushed a zero.
    state.done = true;
    return false;
  }
  const backwards =
    bp <= state.bp && bp >= state.stack_lo && bp < state.stack_hi && state.bp >= state.stack_lo && state.bp < state.stack_hi;
  if ((bp & 7) !== 0 || backwards || !on_stack(state, bp, 16)) {
    state.error = true;
    state.done = true;
    return false;
  }
  state.bp = bp;
  return true;
}

function unwind_reset(state: unwind_state, task: task_struct): void {
  state.task = task;
  state.stack_lo = task.stack;
  state.stack_hi = task.stack + THREAD_SIZE;
  state.graph_idx = 0;
  state.error = false;
  state.done = false;
  state.got_irq = false;
  state.regs = null;
  state.ip = 0;
}

/** A task that a CPU has on its hands right now, from a frame on its stack that stays as it is meanwhile. */
export function unwind_start_frame(state: unwind_state, task: task_struct, frame: u64): void {
  unwind_reset(state, task);
  state.bp = frame;
  if (!on_stack(state, frame, 16)) {
    state.error = true;
    state.done = true;
  }
}

export function unwind_start(state: unwind_state, task: task_struct, regs: pt_regs, first_frame: u64): void {
  unwind_reset(state, task);
  if (regs !== null) {
    if (user_mode(regs)) {
      state.done = true;
      return;
    }
    // The interrupted instruction is the first address; its frame comes next.
    state.ip = regs.ip;
    state.bp = u64(regs);
    state.regs = regs;
    return;
  }
  if (task === get_current()) {
    state.bp = frame_address();
  } else {
    const frame = at<inactive_task_frame>(task.thread.sp);
    state.bp = u64(addr(frame.bp));
    if (!on_stack(state, state.bp, 16)) {
      state.error = true;
      state.done = true;
      return;
    }
  }
  while (!state.done && state.bp < first_frame && on_stack(state, state.bp, 16)) unwind_next_frame(state);
}

export function unwind_next_frame(state: unwind_state): bool {
  if (state.done) return false;
  const regs = state.regs;
  if (regs !== null) {
    if (user_mode(regs)) {
      state.done = true;
      return false;
    }
    return advance(state, regs.bp);
  }
  return advance(state, at<u64[]>(state.bp)[0]);
}

/** Where the current frame's return address stands on the stack; 0 at entry registers. */
export function unwind_get_return_address_ptr(state: unwind_state): u64 {
  if (state.done) return 0;
  if (state.regs !== null) return u64(addr(state.regs.ip));
  return state.bp + 8;
}

/** The address in a return slot before the graph tracer or return probes took it, or both, in any order. */
export function unwind_recover_ret_addr(state: unwind_state, address: u64, slot: u64): u64 {
  let ret = kretprobe_ret_addr(state.task, address, slot);
  ret = ftrace_graph_ret_addr(state.task, ret, slot);
  return kretprobe_ret_addr(state.task, ret, slot);
}

/** The current frame's return address, or 0 if that is no kernel text. */
export function unwind_get_return_address(state: unwind_state): u64 {
  if (state.done) return 0;
  const address = state.regs !== null ? state.regs.ip : unwind_recover_ret_addr(state, at<u64[]>(state.bp + 8)[0], state.bp + 8);
  return __kernel_text_address(address) ? address : u64(0);
}

/** Registers that entry code saved at the current frame, or null. */
export function unwind_get_entry_regs(state: unwind_state): pt_regs {
  return state.done ? null : state.regs;
}

/** Ends the walk as one that cannot be trusted. */
export function unwind_give_up(state: unwind_state): void {
  state.error = true;
  state.done = true;
}

export function unwind_done(state: unwind_state): bool {
  return state.done;
}

export function unwind_error(state: unwind_state): bool {
  return state.error;
}
notrace(on_stack);
notrace(advance);
notrace(unwind_reset);
notrace(unwind_start_frame);
notrace(unwind_start);
notrace(unwind_next_frame);

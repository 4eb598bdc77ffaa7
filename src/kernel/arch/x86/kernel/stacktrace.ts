// Walks of a task's stack for the generic stack-trace functions and for livepatch.

import type { pt_regs } from "asm/ptrace";
import { user_mode } from "asm/ptrace";
import type { unwind_state } from "asm/unwind";
import { EINVAL } from "linux/errno";
import type { task_struct } from "linux/sched";
import {
  unwind_done,
  unwind_error,
  unwind_get_entry_regs,
  unwind_get_return_address,
  unwind_next_frame,
  unwind_start,
} from "./unwind_frame";

export function arch_stack_walk(consume: (cookie: ptr, address: u64) => bool, cookie: ptr, task: task_struct, regs: pt_regs): void {
  let state: embed<unwind_state>;
  unwind_start(state, task, regs, 0);
  while (!unwind_done(state)) {
    const address = unwind_get_return_address(state);
    if (address === 0 || !consume(cookie, address)) return;
    unwind_next_frame(state);
  }
}

/** 0 only if every frame down to the entry is known for sure. An interrupt's registers on the way make it -EINVAL: the interrupted
 *  function may not have built its frame. */
export function arch_stack_walk_reliable(consume: (cookie: ptr, address: u64) => bool, cookie: ptr, task: task_struct): int {
  let state: embed<unwind_state>;
  unwind_start(state, task, null, 0);
  while (!unwind_done(state) && !unwind_error(state)) {
    const regs = unwind_get_entry_regs(state);
    if (regs !== null) return user_mode(regs) ? 0 : -EINVAL;
    const address = unwind_get_return_address(state);
    if (address === 0) return -EINVAL;
    if (!consume(cookie, address)) return -EINVAL;
    unwind_next_frame(state);
  }
  return unwind_error(state) ? -EINVAL : 0;
}

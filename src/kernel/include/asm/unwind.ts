// The frame-pointer unwinder's state (arch/x86/kernel/unwind_frame.ts).

import type { pt_regs } from "asm/ptrace";
import type { task_struct } from "linux/sched";

export interface unwind_state extends struct<"unwind_state"> {
  task?: task_struct;
  stack_lo?: u64;
  stack_hi?: u64;
  graph_idx?: int;
  error?: bool;
  done?: bool;
  got_irq?: bool;
  /** Address of the saved frame pointer of the current frame, 0 when done. */
  bp?: u64;
  ip?: u64;
  regs?: pt_regs;
  /** Frames the return-address slot of which is not to be reported: the entry's. */
  ret_addr_p?: u64;
}

export {
  __show_regs,
  die,
  oops_begin,
  oops_end,
  show_regs,
  show_trace_log_lvl,
  task_stack_page,
} from "../../arch/x86/kernel/dumpstack";
export { arch_stack_walk, arch_stack_walk_reliable } from "../../arch/x86/kernel/stacktrace";
export {
  unwind_done,
  unwind_error,
  unwind_get_entry_regs,
  unwind_get_return_address,
  unwind_get_return_address_ptr,
  unwind_next_frame,
  unwind_recover_ret_addr,
  unwind_start,
  unwind_start_frame,
} from "../../arch/x86/kernel/unwind_frame";

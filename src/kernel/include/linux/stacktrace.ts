// Stack traces as arrays of return addresses.

export {
  stack_trace_print,
  stack_trace_save,
  stack_trace_save_regs,
  stack_trace_save_tsk,
  stack_trace_save_tsk_reliable,
  stack_trace_snprint,
} from "../../kernel/stacktrace";

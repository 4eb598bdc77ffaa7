// What die notifiers (kprobes) are told.

export interface die_args extends struct<"die_args"> {
  regs?: import("asm/ptrace").pt_regs;
  str?: cstr;
  err?: s64;
  trapnr?: int;
  signr?: int;
}

export const DIE_OOPS = 1;
export const DIE_INT3 = 2;
export const DIE_DEBUG = 3;
export const DIE_NMI = 6;
export const DIE_TRAP = 7;
export const DIE_GPF = 8;

export { notify_die, register_die_notifier, unregister_die_notifier } from "../../kernel/die";

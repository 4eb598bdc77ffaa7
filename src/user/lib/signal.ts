// Signal handlers.

import { syscall6 } from "./unistd";

export const SIGINT = 2;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGUSR1 = 10;
export const SIGSEGV = 11;
export const SIGUSR2 = 12;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGTERM = 15;
export const SIGCHLD = 17;

export const SA_SIGINFO = 4;
export const SA_ONSTACK = 0x8000000;
export const SA_RESTART = 0x10000000;
export const SA_NODEFER = 0x40000000;
export const SA_RESETHAND = 0x80000000;
const SA_RESTORER = 0x4000000;

const NR_rt_sigaction = 13;

export interface siginfo extends struct<"siginfo"> {
  si_signo?: int;
  si_errno?: int;
  si_code?: int;
  pad?: int;
  /** Of a fault; of a signal from a process the low half is its pid. */
  si_addr?: u64;
}

export interface sigaction extends struct<"sigaction"> {
  handler?: u64;
  flags?: u64;
  restorer?: u64;
  mask?: u64;
}

/** Where a handler returns to. */
const restore_rt = asm<() => never>("restore_rt", () => {
  mov(eax, 15);
  syscall();
});

/** handler: a function of the signal and, as pointers, its siginfo and ucontext; flags: SA_*. */
export function on_signal(sig: int, handler: (sig: int, info: siginfo, context: ptr) => void, flags: u64): int {
  const action: sigaction = { handler: u64(handler), flags: flags | SA_RESTORER, restorer: u64(restore_rt) };
  return int(syscall6(NR_rt_sigaction, u64(sig), u64(action), 0, 8, 0, 0));
}

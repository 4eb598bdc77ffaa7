// Signal names and numbers of x86-64 Linux, sigaction by what a host program can want, and what a wait status says in words.
import { GATE_SIGNAL_ENTRY, GATE_TEXT } from "../../abi/gate.js";
import { SYS } from "../../abi/syscalls.js";
import { call } from "./calls.js";
import type { Sys } from "./request.js";

export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGSEGV = 11;
export const SIGPIPE = 13;
export const SIGTERM = 15;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGTSTP = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const SIGWINCH = 28;

/** By number; busybox's `kill -l` prints 1 to 31. */
export const SIGNAL_NAMES: readonly string[] = (
  "EXIT HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM " +
  "PROF WINCH POLL PWR SYS"
).split(" ");

/** glibc's strsignal for those that a shell reports. */
const SIGNAL_TEXTS: readonly string[] = [
  "",
  "Hangup",
  "Interrupt",
  "Quit",
  "Illegal instruction",
  "Trace/breakpoint trap",
  "Aborted",
  "Bus error",
  "Floating point exception",
  "Killed",
  "User defined signal 1",
  "Segmentation fault",
  "User defined signal 2",
  "Broken pipe",
  "Alarm clock",
  "Terminated",
  "Stack fault",
  "Child exited",
  "Continued",
  "Stopped (signal)",
  "Stopped",
  "Stopped (tty input)",
  "Stopped (tty output)",
  "Urgent I/O condition",
  "CPU time limit exceeded",
  "File size limit exceeded",
  "Virtual timer expired",
  "Profiling timer expired",
  "Window changed",
  "I/O possible",
  "Power failure",
  "Bad system call",
];

export const signalText = (signal: number): string => SIGNAL_TEXTS[signal] ?? `Unknown signal ${signal}`;

const DIGITS = /^[0-9]{1,3}$/;

/** A signal by number, name or SIGname in either case; -1 where there is none. */
export function signalNumber(text: string): number {
  if (DIGITS.test(text)) return Number(text) < 65 ? Number(text) : -1;
  const upper = text.toUpperCase();
  const name = upper.startsWith("SIG") ? upper.slice(3) : upper;
  if (name === "IOT") return 6;
  if (name === "IO") return 29;
  return SIGNAL_NAMES.indexOf(name);
}

export type Disposition = "default" | "ignore" | "catch";

const SA_RESTORER = 0x04000000;
const SA_RESTART = 0x10000000;

/** A caught signal enters the gate text's handler, which the gate's host side records and the program sees between its calls. */
export function* sigaction(signal: number, disposition: Disposition, restart = false): Sys<number> {
  const entry = GATE_TEXT + BigInt(GATE_SIGNAL_ENTRY);
  const action = Buffer.alloc(32);
  action.writeBigUInt64LE(disposition === "default" ? 0n : disposition === "ignore" ? 1n : entry, 0);
  action.writeBigUInt64LE(BigInt(SA_RESTORER | (restart ? SA_RESTART : 0)), 8);
  // x86-64 wants a restorer; the gate's handler calls rt_sigreturn itself, so it is never reached.
  action.writeBigUInt64LE(entry, 16);
  return yield* call(SYS.rt_sigaction, signal, action, 0, 8);
}

/** Is the signal ignored now? A shell leaves alone what was ignored when it started. */
export function* isIgnored(signal: number): Sys<boolean> {
  const reply = yield { kind: "call", number: SYS.rt_sigaction, arguments: [signal, 0, { out: 32 }, 8] };
  const bytes = reply.out[0];
  return bytes !== undefined && Buffer.from(bytes).readBigUInt64LE(0) === 1n;
}

export const exited = (status: number): boolean => (status & 0x7f) === 0;
export const exitStatus = (status: number): number => (status >> 8) & 0xff;
export const stopped = (status: number): boolean => (status & 0xff) === 0x7f;
export const stopSignal = (status: number): number => (status >> 8) & 0xff;
export const signalled = (status: number): boolean => !exited(status) && !stopped(status);
export const termSignal = (status: number): number => status & 0x7f;

/** $? of a wait status: 128 + n for a signal. */
export function shellStatus(status: number): number {
  if (exited(status)) return exitStatus(status);
  return 128 + (stopped(status) ? stopSignal(status) : termSignal(status));
}

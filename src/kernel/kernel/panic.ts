// Taint, warnings, bugs, panic.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { KERN_DEFAULT, KERN_WARNING } from "linux/kern_levels";
import { print_modules } from "linux/module";
import type { notifier_head } from "linux/notifier";
import { LOCKDEP_NOW_UNRELIABLE, LOCKDEP_STILL_OK, TAINT_DIE } from "linux/panic";
import { preempt_disable_notrace } from "linux/preempt";
import { smp_processor_id } from "linux/smp";
import { show_regs } from "../arch/x86/kernel/dumpstack";
import { smp_send_stop } from "../arch/x86/kernel/smp";
import { mdelay } from "../arch/x86/lib/delay";
import { dump_stack } from "../lib/dump_stack";
import { trigger_all_cpu_backtrace } from "../lib/nmi_backtrace";
import { vscnprintf } from "../lib/vsprintf";
import { show_mem } from "../mm/show-mem";
import { atomic_notifier_call_chain } from "./notifier";
import { _printk, bust_spinlocks, console_verbose, oops_in_progress, vprintk } from "./printk/printk";
import { emergency_restart } from "./reboot";
import { show_state } from "./sched/show-state";
import { disable_trace_on_warning } from "./trace/ftrace-sysctl";

const PORT_DEBUG_EXIT = 0xf4;
const EXIT_PANIC = 2;

/** Bit set of TAINT_*; /proc/sys/kernel/tainted. */
export let tainted_mask: u64 = 0;
/** Seconds after which a panic restarts: 0 never, negative at once. panic= */
export let panic_timeout: int = 0;
export let panic_on_oops: int = 0;
export let panic_on_warn: int = 0;
let panic_cpu: int = -1;
export let panic_notifier_list: embed<notifier_head>;
/** So many warnings are the end; 0: never. */
export let warn_limit: u32 = 0;
/** Warnings so far, for /sys/kernel/warn_count. */
export let warn_count: u32 = 0;
export let oops_count: u32 = 0;
/** So many oopses are the end; 0: never. */
export let oops_limit: u32 = 10000;
export let oops_all_cpu_backtrace: int = 0;
/** What a panic tells besides: PANIC_PRINT_*. */
export let panic_print: u64 = 0;
const PANIC_PRINT_TASK_INFO = 1;
const PANIC_PRINT_MEM_INFO = 2;
const PANIC_PRINT_ALL_CPU_BT = 0x40;

/** Letters of the taint bits, set and (for the first) clear. */
const taint_letters: cstr = "PFSRMBUDAWCIOELKXTN";
let taint_text: array<u8, 40>;

/** Lock debugging is off from the first taint on that makes it unreliable. */
export let debug_locks = true;

export function debug_locks_off(): void {
  debug_locks = false;
}

export function add_taint(flag: u32, lockdep_ok: int): void {
  if (lockdep_ok === LOCKDEP_NOW_UNRELIABLE && debug_locks) {
    debug_locks = false;
    pr_warn("Disabling lock debugging due to kernel taint\n");
  }
  tainted_mask |= u64(1) << flag;
}

export function test_taint(flag: u32): bool {
  return ((tainted_mask >> flag) & 1) !== 0;
}

export function get_taint(): u64 {
  return tainted_mask;
}

/** "Tainted: G        W  O     " or "Not tainted". */
export function print_tainted(): cstr {
  if (tainted_mask === 0) return "Not tainted";
  const head: cstr = "Tainted: ";
  let n: u64 = 0;
  while (head[n] !== 0) {
    taint_text[n] = head[n];
    n++;
  }
  for (let i: u64 = 0; taint_letters[i] !== 0; i++) {
    const is_set = ((tainted_mask >> i) & 1) !== 0;
    taint_text[n] = is_set ? taint_letters[i] : i === 0 ? 71 : 32;
    n++;
  }
  taint_text[n] = 0;
  return taint_text;
}

function print_oops_end_marker(): void {
  _printk(KERN_WARNING + "---[ end trace %016lx ]---\n", 0);
}

/** Begin of an oops' report. */
export function oops_enter(): void {
  debug_locks_off();
  if (oops_all_cpu_backtrace !== 0) trigger_all_cpu_backtrace();
}

/** End of an oops' report. */
export function oops_exit(): void {
  print_oops_end_marker();
}

/** panic_on_warn and warn_limit: a warning may be the end. */
export function check_panic_on_warn(origin: cstr): void {
  if (panic_on_warn !== 0) panic("%s: panic_on_warn set ...\n", origin);
  if (warn_limit !== 0 && warn_count >= warn_limit) {
    panic("%s: system warned too often (kernel.warn_limit is %d)", origin, warn_limit);
  }
}

let panic_buf: array<u8, 1024>;

/** The end: the reason is told, the other CPUs stop, and the machine with them. panic_timeout says whether it starts anew. */
export function panic(fmt: cstr, ...args: va_list): never {
  // A warning on the way shall not begin this again.
  panic_on_warn = 0;
  cli();
  preempt_disable_notrace();
  const cpu = smp_processor_id();
  const old = cmpxchg(addr(panic_cpu), -1, cpu);
  if (old !== -1 && old !== cpu) {
    for (;;) hlt();
  }
  console_verbose();
  bust_spinlocks(1);
  let len = vscnprintf(panic_buf, 1024, fmt, args);
  if (len > 0 && panic_buf[len - 1] === 10) {
    len--;
    panic_buf[len] = 0;
  }
  pr_emerg("Kernel panic - not syncing: %s\n", panic_buf);
  // An oops has told already how it came here.
  if (!test_taint(TAINT_DIE) && oops_in_progress <= 1) dump_stack();
  if ((panic_print & PANIC_PRINT_ALL_CPU_BT) !== 0) trigger_all_cpu_backtrace();
  smp_send_stop();
  atomic_notifier_call_chain(panic_notifier_list, 0, panic_buf);
  if ((panic_print & PANIC_PRINT_TASK_INFO) !== 0) show_state();
  if ((panic_print & PANIC_PRINT_MEM_INFO) !== 0) show_mem();
  bust_spinlocks(0);
  if (panic_timeout > 0) {
    pr_emerg("Rebooting in %d seconds..\n", panic_timeout);
    for (let i: int = 0; i < panic_timeout; i++) mdelay(1000);
  }
  if (panic_timeout !== 0) emergency_restart();
  pr_emerg("---[ end Kernel panic - not syncing: %s ]---\n", panic_buf);
  outl(EXIT_PANIC, PORT_DEBUG_EXIT);
  for (;;) hlt();
}

/** Body of a warning, after the mark and its own text. file may be null. */
export function __warn(file: cstr, line: int, caller: u64, taint: u32, regs: pt_regs): void {
  warn_count++;
  disable_trace_on_warning();
  if (file !== null) {
    _printk(KERN_WARNING + "WARNING: CPU: %d PID: %d at %s:%d %pS\n", smp_processor_id(), get_current().pid, file, line, caller);
  } else {
    _printk(KERN_WARNING + "WARNING: CPU: %d PID: %d at %pS\n", smp_processor_id(), get_current().pid, caller);
  }
  print_modules();
  if (regs !== null) show_regs(regs);
  check_panic_on_warn("kernel");
  if (regs === null) dump_stack();
  print_oops_end_marker();
  add_taint(taint, LOCKDEP_STILL_OK);
}

/** What WARN() says for itself, before its trap. */
export function __warn_printk(fmt: cstr, ...args: va_list): void {
  _printk(KERN_DEFAULT + "------------[ cut here ]------------\n");
  vprintk(fmt, args);
}

EXPORT_SYMBOL(panic);
EXPORT_SYMBOL(__warn_printk);
EXPORT_SYMBOL(add_taint);
EXPORT_SYMBOL(test_taint);
EXPORT_SYMBOL(panic_notifier_list);

export function set_panic_timeout(seconds: int): void {
  panic_timeout = seconds;
}

/** How many oopses there have been, with this one. */
export function count_oops(): u32 {
  oops_count++;
  return oops_count;
}

/** oops=panic, panic_on_warn. */
export function set_panic_on(oops: bool, warn: bool): void {
  if (oops) panic_on_oops = 1;
  if (warn) panic_on_warn = 1;
}

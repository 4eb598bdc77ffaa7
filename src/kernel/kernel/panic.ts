// Taint, warnings, bugs, panic.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { KERN_EMERG, KERN_WARNING } from "linux/kern_levels";
import { print_modules } from "linux/module";
import type { notifier_head } from "linux/notifier";
import { LOCKDEP_NOW_UNRELIABLE, LOCKDEP_STILL_OK, TAINT_WARN } from "linux/panic";
import { smp_processor_id } from "linux/smp";
import { die, dump_stack, show_regs } from "../arch/x86/kernel/dumpstack";
import { mdelay } from "../arch/x86/lib/delay";
import { vscnprintf } from "../lib/vsprintf";
import { atomic_notifier_call_chain } from "./notifier";
import { _printk, bust_spinlocks, console_verbose, vprintk } from "./printk/printk";
import { emergency_restart } from "./reboot";

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
/** Warnings so far, for /sys/kernel/warn_count. */
export let warn_count: int = 0;
export let oops_count: int = 0;

/** Letters of the taint bits, set and (for the first) clear. */
const taint_letters: cstr = "PFSRMBUDAWCIOELKXTN";
let taint_text: array<u8, 40>;

/** Lock debugging is off from the first taint on that makes it unreliable. */
let debug_locks = true;

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

export function print_oops_end_marker(): void {
  _printk(KERN_WARNING + "---[ end trace %016lx ]---\n", 0);
}

/** The end: the reason is told, and the machine stops. */
export function panic(fmt: cstr, ...args: va_list): never {
  let buf: array<u8, 1024>;
  cli();
  if (panic_cpu >= 0) {
    for (;;) hlt();
  }
  panic_cpu = smp_processor_id();
  console_verbose();
  bust_spinlocks(1);
  let len = vscnprintf(buf, 1024, fmt, args);
  if (len > 0 && buf[len - 1] === 10) {
    len--;
    buf[len] = 0;
  }
  _printk(KERN_EMERG + "Kernel panic - not syncing: %s\n", buf);
  if (oops_count === 0 && !test_taint(7)) dump_stack();
  atomic_notifier_call_chain(panic_notifier_list, 0, buf);
  bust_spinlocks(0);
  if (panic_timeout > 0) {
    _printk(KERN_EMERG + "Rebooting in %d seconds..\n", panic_timeout);
    for (let i: int = 0; i < panic_timeout; i++) mdelay(1000);
  }
  if (panic_timeout !== 0) emergency_restart();
  _printk(KERN_EMERG + "---[ end Kernel panic - not syncing: %s ]---\n", buf);
  outl(EXIT_PANIC, PORT_DEBUG_EXIT);
  for (;;) hlt();
}

/** rdi: where to; every general register as it is here. Segments and flags too. */
const capture_regs = asm<(regs: pt_regs) => void>("capture_regs", () => {
  mov(mem(rdi, offsetof<pt_regs>("r15")), r15);
  mov(mem(rdi, offsetof<pt_regs>("r14")), r14);
  mov(mem(rdi, offsetof<pt_regs>("r13")), r13);
  mov(mem(rdi, offsetof<pt_regs>("r12")), r12);
  mov(mem(rdi, offsetof<pt_regs>("bx")), rbx);
  mov(mem(rdi, offsetof<pt_regs>("r11")), r11);
  mov(mem(rdi, offsetof<pt_regs>("r10")), r10);
  mov(mem(rdi, offsetof<pt_regs>("r9")), r9);
  mov(mem(rdi, offsetof<pt_regs>("r8")), r8);
  mov(mem(rdi, offsetof<pt_regs>("ax")), rax);
  mov(mem(rdi, offsetof<pt_regs>("cx")), rcx);
  mov(mem(rdi, offsetof<pt_regs>("dx")), rdx);
  mov(mem(rdi, offsetof<pt_regs>("si")), rsi);
  mov(mem(rdi, offsetof<pt_regs>("di")), rdi);
  mov(qword(mem(rdi, offsetof<pt_regs>("orig_ax"))), -1);
  mov(qword(mem(rdi, offsetof<pt_regs>("cs"))), 0x10);
  mov(qword(mem(rdi, offsetof<pt_regs>("ss"))), 0x18);
  pushfq();
  pop(rax);
  mov(mem(rdi, offsetof<pt_regs>("flags")), rax);
  ret();
});

/** WARN and BUG are functions here, no trapping macros: the registers to show are those of the caller, whose call has just been made.
 *  frame: the frame address of the function that it called. */
function caller_regs(regs: pt_regs, frame: u64): void {
  capture_regs(regs);
  const saved = at<u64[]>(frame);
  regs.bp = saved[0];
  regs.ip = saved[1];
  regs.sp = frame + 16;
}

/** Body of a warning, after its own text. */
function __warn(frame: u64): void {
  let regs: embed<pt_regs>;
  caller_regs(regs, frame);
  _printk(KERN_WARNING + "WARNING: CPU: %d PID: %d at %pS\n", smp_processor_id(), get_current().pid, regs.ip);
  warn_count++;
  print_modules();
  if (panic_on_warn !== 0) panic("panic_on_warn set ...\n");
  show_regs(regs);
  print_oops_end_marker();
  add_taint(TAINT_WARN, LOCKDEP_STILL_OK);
}

function cut_here(): void {
  _printk(KERN_WARNING + "------------[ cut here ]------------\n");
}

/** frame: of the function whose caller is warned about. */
export function warn_slowpath_fmt(frame: u64, fmt: cstr, ...args: va_list): void {
  cut_here();
  if (fmt !== null) vprintk(fmt, args);
  __warn(frame);
}

export function WARN_ON(condition: bool): bool {
  if (condition) {
    cut_here();
    __warn(frame_address());
  }
  return condition;
}

/** once: a flag of the caller's, false at first. */
export function WARN_ON_ONCE(condition: bool, once: bool[]): bool {
  if (condition && !once[0]) {
    once[0] = true;
    cut_here();
    __warn(frame_address());
  }
  return condition;
}

export function WARN(condition: bool, fmt: cstr, ...args: va_list): bool {
  if (condition) {
    cut_here();
    vprintk(fmt, args);
    __warn(frame_address());
  }
  return condition;
}

export function WARN_ONCE(condition: bool, once: bool[], fmt: cstr, ...args: va_list): bool {
  if (condition && !once[0]) {
    once[0] = true;
    cut_here();
    vprintk(fmt, args);
    __warn(frame_address());
  }
  return condition;
}

function bug(frame: u64): never {
  let regs: embed<pt_regs>;
  caller_regs(regs, frame);
  _printk(KERN_EMERG + "------------[ cut here ]------------\n");
  _printk(KERN_EMERG + "kernel BUG at %pS!\n", regs.ip);
  die("invalid opcode", regs, 0);
  for (;;) hlt();
}

/** Ends this task with an oops "invalid opcode", at the caller's place. */
export function BUG(): never {
  bug(frame_address());
}

export function BUG_ON(condition: bool): void {
  if (condition) bug(frame_address());
}

/** ud2 of code that has no bug table entry: not ours to skip. */
export function fixup_bug(_regs: pt_regs): bool {
  return false;
}
EXPORT_SYMBOL(panic);
EXPORT_SYMBOL(add_taint);
EXPORT_SYMBOL(test_taint);
EXPORT_SYMBOL(warn_slowpath_fmt);
EXPORT_SYMBOL(WARN_ON);
EXPORT_SYMBOL(WARN);
EXPORT_SYMBOL(BUG);
EXPORT_SYMBOL(BUG_ON);
EXPORT_SYMBOL(WARN_ON_ONCE);
EXPORT_SYMBOL(WARN_ONCE);
EXPORT_SYMBOL(panic_notifier_list);

export function set_panic_timeout(seconds: int): void {
  panic_timeout = seconds;
}

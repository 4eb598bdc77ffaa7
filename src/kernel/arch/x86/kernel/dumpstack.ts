// Oopses: registers, code bytes and call trace as Linux prints them, and the end of the task that caused one.

import { X86_EFLAGS_IF } from "asm/processor";
import type { pt_regs } from "asm/ptrace";
import { user_mode } from "asm/ptrace";
import type { unwind_state } from "asm/unwind";
import { get_current } from "linux/current";
import { DIE_OOPS, notify_die } from "linux/kdebug";
import { KERN_DEFAULT, KERN_EMERG } from "linux/kern_levels";
import { print_modules } from "linux/module";
import { NOTIFY_STOP } from "linux/notifier";
import { LOCKDEP_NOW_UNRELIABLE, TAINT_DIE } from "linux/panic";
import { in_interrupt } from "linux/preempt";
import { PF_IDLE, type task_struct } from "linux/sched";
import { SIGSEGV } from "linux/signal";
import { smp_processor_id } from "linux/smp";
import type { spinlock_t } from "linux/spinlock";
import { THREAD_SIZE } from "linux/thread_info";
import { __kernel_text_address } from "../../../kernel/extable";
import { add_taint, debug_locks_off, oops_enter, oops_exit, panic, panic_on_oops } from "../../../kernel/panic";
import { _printk, bust_spinlocks, console_verbose } from "../../../kernel/printk/printk";
import { dump_stack_print_info, show_regs_print_info } from "../../../lib/dump_stack";
import { snprintf } from "../../../lib/vsprintf";
import { copy_from_kernel_nofault } from "../../../mm/maccess";
import { rewind_stack_and_make_dead } from "../entry/entry_64";
import { IRQ_STACK_SIZE, irq_stack_of } from "../entry/irq-stack";
import { copy_from_user_nofault } from "../lib/usercopy";
import { EXCEPTION_STACK_SIZE, exception_stack_index, exception_stack_of } from "./cpu/common";
import { task_pt_regs } from "./process";
import {
  unwind_done,
  unwind_error,
  unwind_get_return_address,
  unwind_get_return_address_ptr,
  unwind_give_up,
  unwind_next_frame,
  unwind_start,
} from "./unwind_frame";

const PROLOGUE_SIZE = 42;
const EPILOGUE_SIZE = 21;
const OPCODE_BUFSIZE = 64;
/** In one trace: a task's, the interrupts' and an exception's above both. */
const MAX_STACKS = 4;
const MSR_FS_BASE = 0xc0000100;
const MSR_GS_BASE = 0xc0000101;
const MSR_KERNEL_GS_BASE = 0xc0000102;
export const SHOW_REGS_SHORT = 0;
export const SHOW_REGS_USER = 1;
export const SHOW_REGS_ALL = 2;

let die_counter: int = 0;
let die_nest_count: u32 = 0;
let die_owner: int = -1;
let die_lock: embed<spinlock_t>;
/** Registers of the oops, to be repeated after its end mark. */
let exec_summary_regs: embed<pt_regs>;

/** The instruction bytes around ip, the one at ip in brackets. */
export function show_opcodes(regs: pt_regs, log_lvl: cstr): void {
  let opcodes: array<u8, 64>;
  let line: array<u8, 256>;
  const start = regs.ip - PROLOGUE_SIZE;
  let rc: s64 = 0;
  if (user_mode(regs)) rc = copy_from_user_nofault(opcodes, at<ptr>(start), OPCODE_BUFSIZE);
  else rc = copy_from_kernel_nofault(opcodes, at<ptr>(start), OPCODE_BUFSIZE);
  if (rc !== 0) {
    _printk("%sCode: Unable to access opcode bytes at 0x%lx.\n", log_lvl, start);
    return;
  }
  let n: int = 0;
  for (let i: int = 0; i < OPCODE_BUFSIZE; i++) {
    const format: cstr = i === PROLOGUE_SIZE ? "<%02x> " : i === PROLOGUE_SIZE + EPILOGUE_SIZE ? "%02x" : "%02x ";
    n += snprintf(add(line, n), 256 - u64(n), format, u32(opcodes[i]));
  }
  _printk("%sCode: %s\n", log_lvl, line);
}

function show_ip(regs: pt_regs, log_lvl: cstr): void {
  if (user_mode(regs)) _printk("%sRIP: %04x:0x%lx\n", log_lvl, u32(regs.cs), regs.ip);
  else _printk("%sRIP: %04x:%pS\n", log_lvl, u32(regs.cs), regs.ip);
  show_opcodes(regs, log_lvl);
}

function show_iret_regs(regs: pt_regs, log_lvl: cstr): void {
  show_ip(regs, log_lvl);
  if (s64(regs.orig_ax) !== -1) {
    _printk("%sRSP: %04x:%016lx EFLAGS: %08lx ORIG_RAX: %016lx\n", log_lvl, u32(regs.ss), regs.sp, regs.flags, regs.orig_ax);
  } else {
    _printk("%sRSP: %04x:%016lx EFLAGS: %08lx\n", log_lvl, u32(regs.ss), regs.sp, regs.flags);
  }
}

export function __show_regs(regs: pt_regs, mode: int, log_lvl: cstr): void {
  show_iret_regs(regs, log_lvl);
  _printk("%sRAX: %016lx RBX: %016lx RCX: %016lx\n", log_lvl, regs.ax, regs.bx, regs.cx);
  _printk("%sRDX: %016lx RSI: %016lx RDI: %016lx\n", log_lvl, regs.dx, regs.si, regs.di);
  _printk("%sRBP: %016lx R08: %016lx R09: %016lx\n", log_lvl, regs.bp, regs.r8, regs.r9);
  _printk("%sR10: %016lx R11: %016lx R12: %016lx\n", log_lvl, regs.r10, regs.r11, regs.r12);
  _printk("%sR13: %016lx R14: %016lx R15: %016lx\n", log_lvl, regs.r13, regs.r14, regs.r15);
  if (mode !== SHOW_REGS_ALL) return;
  _printk(
    "%sFS:  %016lx(%04x) GS:%016lx(%04x) knlGS:%016lx\n",
    log_lvl,
    rdmsr(MSR_FS_BASE),
    0,
    rdmsr(MSR_GS_BASE),
    0,
    rdmsr(MSR_KERNEL_GS_BASE),
  );
  _printk("%sCS:  %04x DS: %04x ES: %04x CR0: %016lx\n", log_lvl, u32(regs.cs), 0, 0, read_cr0());
  _printk("%sCR2: %016lx CR3: %016lx CR4: %016lx\n", log_lvl, read_cr2(), read_cr3(), read_cr4());
}

/** A stack's kind: this for a task's, the next for the interrupts', the others for the exceptions that have one. */
export const STACK_TYPE_TASK = 1;
const STACK_TYPE_IRQ = 2;
const STACK_TYPE_EXCEPTION = 3;
const stack_type_names: array<cstr, 7> = ["", "TASK", "IRQ", "#DF", "NMI", "#DB", "#MC"];

export interface stack_info extends struct<"stack_info"> {
  begin?: u64;
  end?: u64;
  /** Where the stack goes on that was left for this one; 0 for a task's. */
  next_sp?: u64;
}

/** The stack that holds sp, for `task`: its own or, for the running one, one of this CPU's. Returns its kind, 0 if there is none. */
function get_stack_info(sp: u64, task: task_struct, info: stack_info): int {
  info.next_sp = 0;
  if (sp >= task.stack && sp < task.stack + THREAD_SIZE) {
    info.begin = task.stack;
    info.end = task.stack + THREAD_SIZE;
    return STACK_TYPE_TASK;
  }
  if (task !== get_current()) return 0;
  const irq = irq_stack_of(sp);
  if (irq !== 0) {
    info.begin = irq;
    info.end = irq + IRQ_STACK_SIZE - 8;
    info.next_sp = at<u64[]>(info.end)[0];
    return STACK_TYPE_IRQ;
  }
  const ist = exception_stack_of(sp);
  if (ist === 0) return 0;
  info.begin = ist;
  info.end = ist + EXCEPTION_STACK_SIZE - sizeof<pt_regs>();
  info.next_sp = at<pt_regs>(info.end).sp;
  return STACK_TYPE_EXCEPTION + exception_stack_index(ist);
}

export function task_stack_page(task: task_struct): u64 {
  return task.stack;
}

/** Every kernel text address on the stack: those on the unwinder's path plain, the others with a question mark. */
export function show_trace_log_lvl(task: task_struct, regs: pt_regs, stack: u64, log_lvl: cstr): void {
  let state: embed<unwind_state>;
  let info: embed<stack_info>;
  _printk("%sCall Trace:\n", log_lvl);
  unwind_start(state, task, regs, stack);
  let sp = stack;
  // The registers' own ip was told already.
  // From an address that is no code the frame pointer is nobody's: all that follows is a guess.
  if (regs !== null && !user_mode(regs) && !__kernel_text_address(regs.ip)) unwind_give_up(state);
  else if (regs !== null) unwind_next_frame(state);
  for (let stacks: int = 0; stacks < MAX_STACKS && sp !== 0; stacks++) {
    let type = get_stack_info(sp, task, info);
    if (type === 0) {
      // Below its stack, in the guard page: the stack itself still tells how it came there.
      sp = (sp + 4095) & ~u64(4095);
      type = get_stack_info(sp, task, info);
    }
    if (type === 0) break;
    _printk("%s <%s>\n", log_lvl, stack_type_names[type]);
    sp = show_trace_stack(state, info, sp, log_lvl);
    _printk("%s </%s>\n", log_lvl, stack_type_names[type]);
  }
}

/** One stack of a trace, from sp on; where the next one begins, 0 if this is the last. */
function show_trace_stack(state: unwind_state, info: stack_info, start: u64, log_lvl: cstr): u64 {
  // The idle task's stack has frames where others have the user's registers.
  const user_regs = (state.task.flags & PF_IDLE) !== 0 ? u64(0) : u64(task_pt_regs(state.task));
  let sp = start;
  while (sp < info.end) {
    if (sp === user_regs) {
      if (!unwind_error(state) && user_mode(at<pt_regs>(user_regs))) __show_regs(at<pt_regs>(user_regs), SHOW_REGS_SHORT, log_lvl);
      return 0;
    }
    // Registers of an entry in the middle of the stack: told in short, and skipped.
    if (!unwind_done(state) && state.regs !== null && !user_mode(state.regs) && sp === u64(state.regs)) {
      const entry = state.regs;
      __show_regs(entry, SHOW_REGS_SHORT, log_lvl);
      unwind_next_frame(state);
      if (entry.sp < info.begin || entry.sp >= info.end) return entry.sp;
      sp = entry.sp;
      continue;
    }
    const address = at<u64[]>(sp)[0];
    if (__kernel_text_address(address)) {
      if (!unwind_done(state) && unwind_get_return_address_ptr(state) === sp) {
        _printk("%s %pB\n", log_lvl, address);
        unwind_next_frame(state);
      } else {
        _printk("%s ? %pB\n", log_lvl, address);
      }
    }
    sp += 8;
  }
  return info.next_sp;
}

export function show_stack(task: task_struct, sp: u64, log_lvl: cstr): void {
  const t = task === null ? get_current() : task;
  let from = sp;
  if (from === 0) from = t === get_current() ? frame_address() : t.thread.sp;
  show_trace_log_lvl(t, null, from, log_lvl);
}

export function show_regs(regs: pt_regs): void {
  show_regs_print_info(KERN_DEFAULT);
  __show_regs(regs, user_mode(regs) ? SHOW_REGS_USER : SHOW_REGS_ALL, KERN_DEFAULT);
  if (!user_mode(regs)) show_trace_log_lvl(get_current(), regs, regs.sp, KERN_DEFAULT);
}

export function oops_begin(): u64 {
  oops_enter();
  const flags = read_rflags();
  cli();
  const cpu = smp_processor_id();
  if (die_owner !== cpu) {
    while (xchg(addr(die_lock.locked), u32(1)) !== 0) cpu_relax();
  }
  die_nest_count++;
  die_owner = cpu;
  console_verbose();
  bust_spinlocks(1);
  return flags;
}

/** regs null or signr 0: the machine goes on as if nothing had been. Else the task ends here. */
export function oops_end(flags: u64, regs: pt_regs, signr: int): void {
  bust_spinlocks(0);
  die_owner = -1;
  add_taint(TAINT_DIE, LOCKDEP_NOW_UNRELIABLE);
  die_nest_count--;
  if (die_nest_count === 0) WRITE_ONCE(die_lock.locked, u32(0));
  if ((flags & X86_EFLAGS_IF) !== 0) sti();
  oops_exit();
  __show_regs(exec_summary_regs, SHOW_REGS_ALL, KERN_DEFAULT);
  if (signr === 0) return;
  if (in_interrupt()) panic("Fatal exception in interrupt");
  if (panic_on_oops !== 0) panic("Fatal exception");
  rewind_stack_and_make_dead(signr);
}

/** Header, registers, trace, modules. Non-zero: somebody took care of it. */
export function __die(str: cstr, regs: pt_regs, err: s64): int {
  die_counter++;
  // Of the first oops: what comes after it may be its consequence.
  if (die_counter === 1) copy(exec_summary_regs, regs);
  _printk("%s: %04x [#%d] PREEMPT SMP NOPTI\n", str, u32(err & 0xffff), die_counter);
  dump_stack_print_info(KERN_DEFAULT);
  __show_regs(regs, SHOW_REGS_ALL, KERN_DEFAULT);
  show_trace_log_lvl(get_current(), regs, regs.sp, KERN_DEFAULT);
  print_modules();
  return notify_die(DIE_OOPS, str, regs, err, int(get_current().thread.trap_nr), SIGSEGV) === NOTIFY_STOP ? 1 : 0;
}

export function die(str: cstr, regs: pt_regs, err: s64): void {
  const flags = oops_begin();
  let sig: int = SIGSEGV;
  if (__die(str, regs, err) !== 0) sig = 0;
  oops_end(flags, regs, sig);
}

/** The kind of stack whose guard page, the unmapped one below it, holds the address; 0 if it is none. */
export function get_stack_guard_info(address: u64, info: stack_info): int {
  const type = get_stack_info((address + 4096) & ~u64(4095), get_current(), info);
  return type === STACK_TYPE_TASK || type === STACK_TYPE_IRQ ? (address < info.begin && address >= info.begin - 4096 ? type : 0) : 0;
}

export function handle_stack_overflow(regs: pt_regs, fault_address: u64, type: int, info: stack_info): never {
  const name = stack_type_names[type];
  const end = type === STACK_TYPE_IRQ ? info.end + 7 : info.end - 1;
  _printk(KERN_EMERG + "BUG: %s stack guard page was hit at %p (stack is %p..%p)\n", name, fault_address, info.begin, end);
  die("stack guard page", regs, 0);
  panic("%s stack guard hit", name);
}

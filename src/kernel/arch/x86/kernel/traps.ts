// Exceptions other than page faults: signals for user mode, the exception table and then an oops for the kernel.

import { X86_EFLAGS_IF, X86_EFLAGS_TF } from "asm/processor";
import type { pt_regs } from "asm/ptrace";
import { current_pt_regs, user_mode } from "asm/ptrace";
import { get_current } from "linux/current";
import { DIE_DEBUG, DIE_GPF, DIE_INT3, DIE_NMI, DIE_TRAP, notify_die } from "linux/kdebug";
import { NOTIFY_STOP } from "linux/notifier";
import { nmi_enter, nmi_exit } from "linux/preempt";
import { force_sig, force_sig_fault, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP, unhandled_signal } from "linux/signal";
import { smp_processor_id } from "linux/smp";
import { panic } from "../../../kernel/panic";
import { BUG_TRAP_TYPE_WARN, report_bug } from "../../../lib/bug";
import { nmi_cpu_backtrace } from "../../../lib/nmi_backtrace";
import { copy_from_kernel_nofault } from "../../../mm/maccess";
import { fixup_exception } from "../mm/extable";
import { show_trap_msg } from "../mm/fault";
import { poke_int3_handler } from "./alternative";
import { die, get_stack_guard_info, handle_stack_overflow, STACK_TYPE_TASK, type stack_info } from "./dumpstack";
import { irq_nmi_count } from "./irq";
import { kprobe_debug_handler, kprobe_int3_handler } from "./kprobes/int3";

const X86_TRAP_DE = 0;
const X86_TRAP_DB = 1;
const X86_TRAP_NMI = 2;
const X86_TRAP_BP = 3;
const X86_TRAP_OF = 4;
const X86_TRAP_BR = 5;
const X86_TRAP_UD = 6;
const X86_TRAP_NM = 7;
const X86_TRAP_DF = 8;
const X86_TRAP_OLD_MF = 9;
const X86_TRAP_TS = 10;
const X86_TRAP_NP = 11;
const X86_TRAP_SS = 12;
const X86_TRAP_GP = 13;
const X86_TRAP_MF = 16;
const X86_TRAP_AC = 17;
const X86_TRAP_MC = 18;
const X86_TRAP_XF = 19;

const FPE_INTDIV = 1;
const ILL_ILLOPN = 2;
const BUS_ADRALN = 1;
const TRAP_BRKPT = 1;
const TRAP_TRACE = 2;
const TRAP_HWBKPT = 4;
const DR_TRAP_BITS = 0xf;
const DR_STEP = 0x4000;

function cond_local_irq_enable(regs: pt_regs): void {
  if ((regs.flags & X86_EFLAGS_IF) !== 0) sti();
}

function cond_local_irq_disable(regs: pt_regs): void {
  if ((regs.flags & X86_EFLAGS_IF) !== 0) cli();
}

/** code: siginfo's, with the instruction's address; 0: the signal just comes from the kernel. */
function do_error_trap(regs: pt_regs, error_code: s64, str: cstr, trapnr: int, signr: int, code: int): void {
  if (notify_die(DIE_TRAP, str, regs, error_code, trapnr, signr) === NOTIFY_STOP) return;
  cond_local_irq_enable(regs);
  const task = get_current();
  if (user_mode(regs)) {
    task.thread.trap_nr = u64(trapnr);
    task.thread.error_code = u64(error_code);
    if (unhandled_signal(task, signr)) show_trap_msg("trap ", str, regs, error_code);
    if (code === 0) force_sig(signr);
    else force_sig_fault(signr, code, regs.ip);
  } else if (!fixup_exception(regs, trapnr, u64(error_code), 0)) {
    task.thread.trap_nr = u64(trapnr);
    task.thread.error_code = u64(error_code);
    die(str, regs, error_code);
  }
  cond_local_irq_disable(regs);
}

export function exc_divide_error(regs: pt_regs): void {
  do_error_trap(regs, 0, "divide error", X86_TRAP_DE, SIGFPE, FPE_INTDIV);
}

export function exc_overflow(regs: pt_regs): void {
  do_error_trap(regs, 0, "overflow", X86_TRAP_OF, SIGSEGV, 0);
}

export function exc_bounds(regs: pt_regs): void {
  do_error_trap(regs, 0, "bounds", X86_TRAP_BR, SIGSEGV, 0);
}

const INSN_UD2 = 0x0b0f;
const LEN_UD2 = 2;

/** WARN and BUG are ud2: is this one a warning, so that the code goes on behind it? */
function handle_bug(regs: pt_regs): bool {
  let insn: u16 = 0;
  if (copy_from_kernel_nofault(addr(insn), at<ptr>(regs.ip), 2) !== 0 || insn !== INSN_UD2) return false;
  cond_local_irq_enable(regs);
  const handled = report_bug(regs.ip, regs) === BUG_TRAP_TYPE_WARN;
  if (handled) regs.ip += LEN_UD2;
  cond_local_irq_disable(regs);
  return handled;
}
notrace(handle_bug);

export function exc_invalid_op(regs: pt_regs): void {
  if (!user_mode(regs) && handle_bug(regs)) return;
  do_error_trap(regs, 0, "invalid opcode", X86_TRAP_UD, SIGILL, ILL_ILLOPN);
}

export function exc_device_not_available(regs: pt_regs): void {
  do_error_trap(regs, 0, "device not available", X86_TRAP_NM, SIGFPE, 0);
}

export function exc_coproc_segment_overrun(regs: pt_regs): void {
  do_error_trap(regs, 0, "coprocessor segment overrun", X86_TRAP_OLD_MF, SIGFPE, 0);
}

export function exc_coprocessor_error(regs: pt_regs): void {
  do_error_trap(regs, 0, "fpu exception", X86_TRAP_MF, SIGFPE, 0);
}

export function exc_simd_coprocessor_error(regs: pt_regs): void {
  do_error_trap(regs, 0, "simd exception", X86_TRAP_XF, SIGFPE, 0);
}

export function exc_invalid_tss(regs: pt_regs, error_code: s64): void {
  do_error_trap(regs, error_code, "invalid TSS", X86_TRAP_TS, SIGSEGV, 0);
}

export function exc_segment_not_present(regs: pt_regs, error_code: s64): void {
  do_error_trap(regs, error_code, "segment not present", X86_TRAP_NP, SIGBUS, 0);
}

export function exc_stack_segment(regs: pt_regs, error_code: s64): void {
  do_error_trap(regs, error_code, "stack segment", X86_TRAP_SS, SIGBUS, 0);
}

export function exc_alignment_check(regs: pt_regs, error_code: s64): void {
  do_error_trap(regs, error_code, "alignment check", X86_TRAP_AC, SIGBUS, BUS_ADRALN);
}

export function exc_general_protection(regs: pt_regs, error_code: s64): void {
  const task = get_current();
  cond_local_irq_enable(regs);
  if (user_mode(regs)) {
    task.thread.trap_nr = X86_TRAP_GP;
    task.thread.error_code = u64(error_code);
    if (unhandled_signal(task, SIGSEGV)) show_trap_msg("", "general protection fault", regs, error_code);
    force_sig(SIGSEGV);
  } else if (!fixup_exception(regs, X86_TRAP_GP, u64(error_code), 0)) {
    task.thread.trap_nr = X86_TRAP_GP;
    task.thread.error_code = u64(error_code);
    if (notify_die(DIE_GPF, "general protection fault", regs, error_code, X86_TRAP_GP, SIGSEGV) !== NOTIFY_STOP) {
      die("general protection fault, probably for non-canonical address", regs, error_code);
    }
  }
  cond_local_irq_disable(regs);
}

/** What a handler's ucontext tells of it. */
function user_trap(trapnr: u64): void {
  const task = get_current();
  task.thread.trap_nr = trapnr;
  task.thread.error_code = 0;
}

/** Text patching, kprobes and debuggers share this instruction; each is asked in turn. */
export function exc_int3(regs: pt_regs): void {
  if (!user_mode(regs)) {
    if (poke_int3_handler(regs) !== 0) return;
    if (kprobe_int3_handler(regs) !== 0) return;
  }
  if (notify_die(DIE_INT3, "int3", regs, 0, 3, SIGTRAP) === NOTIFY_STOP) return;
  if (user_mode(regs)) {
    sti();
    user_trap(X86_TRAP_BP);
    if (unhandled_signal(get_current(), SIGTRAP)) show_trap_msg("trap ", "int3", regs, 0);
    force_sig(SIGTRAP);
    cli();
  } else {
    die("int3", regs, 0);
  }
}

export function exc_debug(regs: pt_regs): void {
  const dr6 = read_dr6() ^ 0xffff0ff0;
  write_dr6(0xffff0ff0);
  if (!user_mode(regs) && kprobe_debug_handler(regs) !== 0) return;
  if (notify_die(DIE_DEBUG, "debug", regs, s64(dr6), X86_TRAP_DB, SIGTRAP) === NOTIFY_STOP) return;
  if (user_mode(regs)) {
    sti();
    user_trap(X86_TRAP_DB);
    force_sig_fault(SIGTRAP, (dr6 & DR_STEP) !== 0 ? TRAP_TRACE : (dr6 & DR_TRAP_BITS) !== 0 ? TRAP_HWBKPT : TRAP_BRKPT, regs.ip);
    cli();
  } else regs.flags = regs.flags & ~u64(X86_EFLAGS_TF);
}

const read_dr6 = asm<() => u64>("read_dr6", () => {
  mov(rax, dr6);
  ret();
});

const write_dr6 = asm<(value: u64) => void>("write_dr6", () => {
  mov(dr6, rdi);
  ret();
});

/** The way out to user mode has failed at its iretq: the registers to return to are bad, which is the program's fault (a signal frame that it
 *  has forged, say). Makes the exception one that struck in user mode: pt_regs at the top of the task's stack, where the caller goes on. */
export function fixup_bad_iret(bad: pt_regs): pt_regs {
  let whole: embed<pt_regs>;
  copy(whole, bad);
  const frame = at<u64[]>(bad.sp);
  whole.ip = frame[0];
  whole.cs = frame[1] | 3;
  whole.flags = frame[2];
  whole.sp = frame[3];
  whole.ss = frame[4];
  const regs = current_pt_regs();
  copy(regs, whole);
  return regs;
}
notrace(fixup_bad_iret);

/** A fault while a fault was being delivered: nearly always the end of a kernel stack. */
export function exc_double_fault(regs: pt_regs, error_code: s64): void {
  const task = get_current();
  const address = read_cr2();
  // It may have struck anywhere: like an NMI, so that an oops here is one in an interrupt.
  nmi_enter();
  notify_die(DIE_TRAP, "double fault", regs, error_code, X86_TRAP_DF, SIGSEGV);
  task.thread.trap_nr = X86_TRAP_DF;
  task.thread.error_code = u64(error_code);
  // The guard page tells where it struck.
  let info: embed<stack_info>;
  const type = get_stack_guard_info(address, info);
  if (type !== 0) {
    // Unlike Linux since 5.8, for which every double fault is an oops in an interrupt and the end of the machine, only the task ends whose own
    // stack is full; an overflow within a true interrupt still counts as one.
    if (type === STACK_TYPE_TASK) nmi_exit();
    handle_stack_overflow(regs, address, type, info);
  }
  pr_emerg("PANIC: double fault, error_code: 0x%lx\n", error_code);
  die("double fault", regs, error_code);
  panic("Machine halted.");
}

export function exc_machine_check(regs: pt_regs): void {
  die("machine check", regs, X86_TRAP_MC);
}

/** Who sent it says so in memory; what nobody asked for is told. */
export function exc_nmi(regs: pt_regs): void {
  nmi_enter();
  this_cpu_add(irq_nmi_count, 1);
  if (!nmi_cpu_backtrace(regs) && notify_die(DIE_NMI, "nmi", regs, 0, X86_TRAP_NMI, 0) !== NOTIFY_STOP) {
    pr_emerg("Uhhuh. NMI received for unknown reason 00 on CPU %d.\n", smp_processor_id());
    pr_emerg("Dazed and confused, but trying to continue\n");
  }
  nmi_exit();
}
kprobe_blacklist(exc_int3);
notrace(exc_debug);
notrace(exc_nmi);
notrace(exc_double_fault);
notrace(cond_local_irq_enable);
notrace(cond_local_irq_disable);

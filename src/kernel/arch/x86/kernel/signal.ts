// Delivery of signals to user handlers: the frame on the user stack, rt_sigreturn, and the restart of interrupted system calls.

import { __USER_CS, __USER_DS, X86_EFLAGS_DF, X86_EFLAGS_TF } from "asm/processor";
import type { pt_regs } from "asm/ptrace";
import { current_pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EFAULT, EINTR, ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS } from "linux/errno";
import type { kernel_siginfo } from "linux/signal";
import { force_sig, SA_ONSTACK, SA_RESTART, SA_RESTORER, SIGSEGV } from "linux/signal";
import { do_sigaltstack, on_sig_stack, sas_ss_flags } from "../../../kernel/signal-altstack";
import type { ksignal } from "../../../kernel/signal-deliver";
import { get_signal, set_current_blocked, signal_delivered } from "../../../kernel/signal-deliver";
import { memset } from "../../../lib/string";
import { print_vma_name } from "../../../mm/access";
import { copy_from_user, copy_to_user } from "../lib/usercopy";

const NR_restart_syscall = 219;
const RED_ZONE = 128;
const FIX_EFLAGS = 0x50dd5;
const X86_EFLAGS_RF = 0x10000;
const UC_SIGCONTEXT_SS = 2;
const UC_STRICT_RESTORE_SS = 4;

/** debug.exception-trace: are fatal user faults told? */
let exception_trace: bool = true;

export function show_unhandled_signals(): bool {
  return exception_trace;
}

/** struct sigcontext and ucontext of the x86-64 user ABI, as one. */
interface rt_sigframe extends struct<"rt_sigframe"> {
  pretcode?: u64;
  uc_flags?: u64;
  uc_link?: u64;
  ss_sp?: u64;
  ss_flags?: u64;
  ss_size?: u64;
  r8?: u64;
  r9?: u64;
  r10?: u64;
  r11?: u64;
  r12?: u64;
  r13?: u64;
  r14?: u64;
  r15?: u64;
  di?: u64;
  si?: u64;
  bp?: u64;
  bx?: u64;
  dx?: u64;
  ax?: u64;
  cx?: u64;
  sp?: u64;
  ip?: u64;
  flags?: u64;
  cs?: u16;
  gs?: u16;
  fs?: u16;
  ss?: u16;
  err?: u64;
  trapno?: u64;
  oldmask?: u64;
  cr2?: u64;
  fpstate?: u64;
  reserved1?: array<u64, 8>;
  uc_sigmask?: u64;
  info?: embed<kernel_siginfo>;
}

/** 0, or -EFAULT if the user stack cannot take the frame. */
function setup_rt_frame(ksig: ksignal, regs: pt_regs): int {
  let frame: embed<rt_sigframe>;
  const t = get_current();
  // There is no code of the kernel's to return to: the program must bring it.
  if ((ksig.ka.sa_flags & SA_RESTORER) === 0) return -EFAULT;
  let sp = regs.sp - RED_ZONE;
  const nested = on_sig_stack(t, regs.sp);
  const entering = (ksig.ka.sa_flags & SA_ONSTACK) !== 0 && t.sas_ss_size !== 0 && !nested;
  if (entering) sp = t.sas_ss_sp + t.sas_ss_size;
  const size = sizeof<rt_sigframe>();
  // As after a call: 8 bytes below a multiple of 16.
  sp = ((sp - size) & ~u64(15)) - 8;
  // An alternate stack that is full is no reason to write below it.
  if ((nested || entering) && !on_sig_stack(t, sp)) return -EFAULT;
  memset(frame, 0, size);
  frame.pretcode = ksig.ka.sa_restorer;
  frame.uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
  frame.ss_sp = t.sas_ss_sp;
  frame.ss_flags = u64(sas_ss_flags(t, regs.sp));
  frame.ss_size = t.sas_ss_size;
  frame.r8 = regs.r8;
  frame.r9 = regs.r9;
  frame.r10 = regs.r10;
  frame.r11 = regs.r11;
  frame.r12 = regs.r12;
  frame.r13 = regs.r13;
  frame.r14 = regs.r14;
  frame.r15 = regs.r15;
  frame.di = regs.di;
  frame.si = regs.si;
  frame.bp = regs.bp;
  frame.bx = regs.bx;
  frame.dx = regs.dx;
  frame.ax = regs.ax;
  frame.cx = regs.cx;
  frame.sp = regs.sp;
  frame.ip = regs.ip;
  frame.flags = regs.flags;
  frame.cs = u16(regs.cs);
  frame.ss = u16(regs.ss);
  frame.err = t.thread.error_code;
  frame.trapno = t.thread.trap_nr;
  frame.cr2 = t.thread.cr2;
  frame.oldmask = t.restore_sigmask ? t.saved_sigmask : t.blocked;
  frame.uc_sigmask = frame.oldmask;
  copy(frame.info, ksig.info);
  if (copy_to_user(at<ptr>(sp), frame, size) !== 0) return -EFAULT;
  regs.di = u64(ksig.sig);
  regs.ax = 0;
  regs.si = sp + offsetof<rt_sigframe>("info");
  regs.dx = sp + offsetof<rt_sigframe>("uc_flags");
  regs.ip = ksig.ka.sa_handler;
  regs.sp = sp;
  regs.cs = __USER_CS;
  regs.ss = __USER_DS;
  regs.flags = regs.flags & ~u64(X86_EFLAGS_DF | X86_EFLAGS_TF | X86_EFLAGS_RF);
  return 0;
}

/** The system call begins again when the program goes on. */
function restart_same(regs: pt_regs): void {
  regs.ax = regs.orig_ax;
  regs.ip -= 2;
}

function handle_signal(ksig: ksignal, regs: pt_regs): void {
  if (s64(regs.orig_ax) >= 0) {
    const ret = s64(regs.ax);
    if (ret === -ERESTARTNOHAND || ret === -ERESTART_RESTARTBLOCK) {
      regs.ax = u64(s64(-EINTR));
    } else if (ret === -ERESTARTSYS) {
      if ((ksig.ka.sa_flags & SA_RESTART) === 0) regs.ax = u64(s64(-EINTR));
      else restart_same(regs);
    } else if (ret === -ERESTARTNOINTR) {
      restart_same(regs);
    }
    regs.orig_ax = 0xffffffffffffffff;
  }
  if (setup_rt_frame(ksig, regs) === 0) {
    signal_delivered(ksig);
  } else {
    if (ksig.sig === SIGSEGV) get_current().sighand.action[SIGSEGV - 1].sa_handler = 0;
    force_sig(SIGSEGV);
  }
}

/** On the way to user mode, interrupts on: a signal, or a call to restart (also after a notification that was none). */
export function arch_do_signal_or_restart(regs: pt_regs): void {
  let ksig: embed<ksignal>;
  const t = get_current();
  if (get_signal(ksig)) {
    handle_signal(ksig, regs);
    return;
  }
  if (s64(regs.orig_ax) >= 0) {
    const ret = s64(regs.ax);
    if (ret === -ERESTARTNOHAND || ret === -ERESTARTSYS || ret === -ERESTARTNOINTR) {
      restart_same(regs);
    } else if (ret === -ERESTART_RESTARTBLOCK) {
      regs.ax = NR_restart_syscall;
      regs.ip -= 2;
    }
    regs.orig_ax = 0xffffffffffffffff;
  }
  if (t.restore_sigmask) {
    t.restore_sigmask = false;
    set_current_blocked(t.saved_sigmask);
  }
}

export function __x64_sys_rt_sigreturn(_regs: pt_regs): s64 {
  let frame: embed<rt_sigframe>;
  const regs = current_pt_regs();
  const t = get_current();
  // The handler's return has taken the return address off.
  const sp = regs.sp - 8;
  if (copy_from_user(frame, at<ptr>(sp), sizeof<rt_sigframe>()) !== 0) {
    if (show_unhandled_signals()) {
      let where: array<u8, 96>;
      print_vma_name(where, 96, regs.ip);
      pr_info(
        "%s[%d] bad frame in rt_sigreturn frame:%016lx ip:%lx sp:%lx orax:%lx%s\n",
        t.comm,
        t.pid,
        sp,
        regs.ip,
        regs.sp,
        regs.orig_ax,
        where,
      );
    }
    force_sig(SIGSEGV);
    return 0;
  }
  set_current_blocked(frame.uc_sigmask);
  regs.r8 = frame.r8;
  regs.r9 = frame.r9;
  regs.r10 = frame.r10;
  regs.r11 = frame.r11;
  regs.r12 = frame.r12;
  regs.r13 = frame.r13;
  regs.r14 = frame.r14;
  regs.r15 = frame.r15;
  regs.di = frame.di;
  regs.si = frame.si;
  regs.bp = frame.bp;
  regs.bx = frame.bx;
  regs.dx = frame.dx;
  regs.cx = frame.cx;
  regs.sp = frame.sp;
  regs.ip = frame.ip;
  regs.cs = u64(frame.cs) | 3;
  regs.ss = u64(frame.ss) | 3;
  regs.flags = (regs.flags & ~u64(FIX_EFLAGS)) | (frame.flags & FIX_EFLAGS) | 0x200;
  regs.orig_ax = 0xffffffffffffffff;
  // As far as it makes sense: a frame that asks for nonsense keeps the stack as it is.
  do_sigaltstack(t, frame.ss_sp, u32(frame.ss_flags), frame.ss_size, regs.sp);
  return s64(frame.ax);
}

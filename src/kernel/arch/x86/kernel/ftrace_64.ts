// The trampolines between a call site and the callbacks. A site is the first instruction of its function, `call`, so on entry [rsp] is the
// site + 5 and [rsp + 8] the return address of the traced function's caller. A whole pt_regs is built on the stack; the callback may change its
// ip, and the trampoline returns there: that is how a livepatch or a hook redirects a call.
//
//   stack on entry (S = rsp)      after the prologue
//   S+8   parent's ip             S-8    parent's ip      ┐ two frames as frame pointers would have made them, so that an
//   S     site + 5                S-16   caller's rbp     ┘ unwinder that starts in a callback sees the traced function
//                                 S-24   site + 5         ┐ and its caller
//                                 S-32   S-16             ┘ <- rbp
//                                 S-200  pt_regs             <- rsp

import { __KERNEL_CS, __KERNEL_DS } from "asm/processor";
import type { pt_regs } from "asm/ptrace";
import { restore_argument_regs, restore_other_regs, save_argument_regs, save_other_regs } from "asm/save-regs";
import { ftrace_return_to_handler } from "../../../kernel/trace/fgraph";
import { function_trace_op } from "../../../kernel/trace/ftrace";

const PT_REGS = 168;
const RET_SLOT = PT_REGS + 32; // from rsp to S
const PARENT_SLOT = RET_SLOT + 8;
const MCOUNT_SIZE = 5;

/** What the compiler calls at each site; boot replaces the calls by NOPs, so only code that runs before gets here. */
export const __fentry__ = asm<() => void>("__fentry__", () => {
  ret();
});
EXPORT_SYMBOL(__fentry__);

/** The callback that does nothing. */
export const ftrace_stub = asm<(ip: u64, parent_ip: u64, op: ptr, fregs: ptr) => void>("ftrace_stub", () => {
  ret();
});

/** The two frames and a pt_regs with rax and the arguments. */
function make_frames(): void {
  push(qword(mem(rsp, 8)));
  push(rbp);
  mov(rbp, rsp);
  push(qword(mem(rsp, 16)));
  push(rbp);
  mov(rbp, rsp);
  lea(rsp, mem(rsp, -PT_REGS));
  mov(mem(rsp, offsetof<pt_regs>("ax")), rax);
  save_argument_regs();
}
inline(make_frames);

/** Where the site was called from and is, for the callback: rdi, rsi; and in pt_regs the caller's bp and sp, and the ip to return to. */
function place_arguments(): void {
  mov(rdx, mem(rsp, PT_REGS + 16));
  mov(mem(rsp, offsetof<pt_regs>("bp")), rdx);
  lea(rcx, mem(rsp, PARENT_SLOT));
  mov(mem(rsp, offsetof<pt_regs>("sp")), rcx);
  mov(rsi, mem(rsp, PARENT_SLOT));
  mov(rdi, mem(rsp, RET_SLOT));
  mov(mem(rsp, offsetof<pt_regs>("ip")), rdi);
  lea(rdi, mem(rdi, -MCOUNT_SIZE));
}
inline(place_arguments);

/** Arguments, ip, sp and bp only; cs is 0, by which ftrace_get_regs knows. */
export const ftrace_caller = asm<() => void>("ftrace_caller", () => {
  make_frames();
  mov(qword(mem(rsp, offsetof<pt_regs>("orig_ax"))), 0);
  mov(qword(mem(rsp, offsetof<pt_regs>("cs"))), 0);
  place_arguments();
  symbol("ftrace_caller_op_ptr");
  mov(rdx, rip(function_trace_op));
  mov(rcx, rsp);
  symbol("ftrace_call");
  call(ftrace_stub);
  mov(rax, mem(rsp, offsetof<pt_regs>("ip")));
  mov(mem(rsp, RET_SLOT), rax);
  mov(rbp, mem(rsp, offsetof<pt_regs>("bp")));
  restore_argument_regs();
  mov(rax, mem(rsp, offsetof<pt_regs>("ax")));
  lea(rsp, mem(rsp, RET_SLOT));
  symbol("ftrace_caller_end");
  ret();
});

/** All registers and the flags, and the callback may change all of them but rsp. */
export const ftrace_regs_caller = asm<() => void>("ftrace_regs_caller", () => {
  make_frames();
  save_other_regs();
  pushfq();
  pop(rcx);
  mov(mem(rsp, offsetof<pt_regs>("flags")), rcx);
  mov(qword(mem(rsp, offsetof<pt_regs>("orig_ax"))), 0);
  mov(qword(mem(rsp, offsetof<pt_regs>("cs"))), __KERNEL_CS);
  mov(qword(mem(rsp, offsetof<pt_regs>("ss"))), __KERNEL_DS);
  place_arguments();
  symbol("ftrace_regs_caller_op_ptr");
  mov(rdx, rip(function_trace_op));
  mov(rcx, rsp);
  symbol("ftrace_regs_call");
  call(ftrace_stub);
  mov(rax, mem(rsp, offsetof<pt_regs>("ip")));
  mov(mem(rsp, RET_SLOT), rax);
  restore_other_regs();
  restore_argument_regs();
  push(qword(mem(rsp, offsetof<pt_regs>("flags"))));
  popfq();
  mov(rax, mem(rsp, offsetof<pt_regs>("ax")));
  lea(rsp, mem(rsp, RET_SLOT));
  symbol("ftrace_regs_caller_end");
  ret();
});

/** Where a function returns to whose return address the graph tracer has taken. rax and rdx may hold a result. */
export const return_to_handler = asm<() => void>("return_to_handler", () => {
  lea(rsp, mem(rsp, -16));
  push(rax);
  push(rdx);
  call(ftrace_return_to_handler);
  mov(mem(rsp, 24), rax);
  pop(rdx);
  pop(rax);
  lea(rsp, mem(rsp, 8));
  ret();
});

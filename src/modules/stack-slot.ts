// Shows the stack slot that a redirect changes: where cmdline_proc_show() would continue, before and after an ftrace callback sets regs.ip.

import {
  FTRACE_OPS_FL_IPMODIFY,
  FTRACE_OPS_FL_RECURSION,
  FTRACE_OPS_FL_SAVE_REGS,
  ftrace_get_regs,
  type ftrace_ops,
  type ftrace_regs,
  ftrace_set_filter_ip,
  register_ftrace_function,
  unregister_ftrace_function,
} from "linux/ftrace";
import { type kprobe, register_kprobe, unregister_kprobe } from "linux/kprobes";
import { type seq_file, seq_puts } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

let address: u64 = 0;
let slot_at_entry: u64 = 0;

function replacement(m: seq_file, _v: ptr): int {
  pr_info("replacement: the slot held %pS\n", at<ptr>(slot_at_entry));
  seq_puts(m, "redirected\n");
  return 0;
}
notrace(replacement);

/** The trampoline's ret has just popped the slot, so it lies below the stack pointer until the next push or interrupt. */
const replacement_entry = asm<(m: seq_file, v: ptr) => int>("replacement_entry", () => {
  mov(rax, mem(rsp, -8));
  mov(rip(slot_at_entry), rax);
  jmp(replacement);
});

/** regs.sp is the stack pointer that the traced function's caller left, at its return address; the slot is the word below. */
function callback(ip: u64, parent_ip: u64, _ops: ftrace_ops, fregs: ftrace_regs): void {
  const regs = ftrace_get_regs(fregs);
  const slot: u64[] = at<u64[]>(regs.sp - u64(8));
  pr_info("callback for %pS, called from %ps\n", at<ptr>(ip), at<ptr>(parent_ip));
  pr_info("before: the slot holds %pS, regs.ip is %pS\n", at<ptr>(slot[0]), at<ptr>(regs.ip));
  regs.ip = u64(replacement_entry);
  pr_info("after:  the slot holds %pS, regs.ip is %pS\n", at<ptr>(slot[0]), at<ptr>(regs.ip));
}
notrace(callback);

const ops: ftrace_ops = { func: callback, flags: FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_RECURSION | FTRACE_OPS_FL_IPMODIFY };

function stack_slot_init(): int {
  // A kprobe finds what is not exported.
  const kp: kprobe = { symbol_name: "cmdline_proc_show" };
  let err = register_kprobe(kp);
  if (err < 0) return err;
  address = kp.addr;
  unregister_kprobe(kp);
  err = ftrace_set_filter_ip(ops, address, 0, 0);
  if (err === 0) err = register_ftrace_function(ops);
  return err;
}
init(stack_slot_init);

function stack_slot_exit(): void {
  unregister_ftrace_function(ops);
  ftrace_set_filter_ip(ops, address, 1, 0);
}
exit(stack_slot_exit);

module_init(stack_slot_init);
module_exit(stack_slot_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("The return slot of a redirected call");

// A site does not hold what its record says: the report, and the end of ftrace.

import { WARN_ON } from "linux/bug";
import { EFAULT, EINVAL, EPERM } from "linux/errno";
import { type dyn_ftrace, FTRACE_FL_ENABLED, FTRACE_FL_REGS, FTRACE_FL_TRAMP_EN, MCOUNT_INSN_SIZE } from "linux/ftrace";
import { copy_from_kernel_nofault } from "linux/uaccess";
import { ftrace_expected } from "../../arch/x86/kernel/ftrace";
import { ftrace_get_addr_new, ftrace_kill } from "./ftrace";
import { ftrace_find_tramp_ops_any, ftrace_rec_count } from "./ftrace-records";

notrace_file();

/** At the beginning of a kernel text address: "[<ffffffff814105a0>] name+0x0/0x30". */
function print_ip_sym(ip: u64): void {
  pr_info("[<%px>] %pS\n", at<ptr>(ip), at<ptr>(ip));
}

function print_ip_ins(fmt: cstr, ins: u8[]): void {
  let p: array<u8, 5>;
  if (copy_from_kernel_nofault(p, ins, MCOUNT_INSN_SIZE) !== 0) {
    pr_info("%s[FAULT] %px\n", fmt, ins);
    return;
  }
  pr_info("%s%02x:%02x:%02x:%02x:%02x\n", fmt, p[0], p[1], p[2], p[3], p[4]);
}

/** `rec` null: at boot, when ip tells the site. Afterwards ftrace is dead. */
export function ftrace_bug(failed: int, rec: dyn_ftrace, ip: u64): void {
  pr_info("------------[ ftrace bug ]------------\n");
  switch (failed) {
    case -EFAULT:
      pr_info("ftrace faulted on modifying \n");
      print_ip_sym(ip);
      break;
    case -EINVAL:
      pr_info("ftrace failed to modify \n");
      print_ip_sym(ip);
      print_ip_ins(" actual:   ", at<u8[]>(ip));
      if (ftrace_expected !== null) print_ip_ins(" expected: ", ftrace_expected);
      break;
    case -EPERM:
      pr_info("ftrace faulted on writing \n");
      print_ip_sym(ip);
      break;
    default:
      pr_info("ftrace faulted on unknown error \n");
      print_ip_sym(ip);
  }
  if (rec === null) {
    pr_info("Initializing ftrace call sites\n");
  } else {
    if (rec.flags & u64(FTRACE_FL_ENABLED)) {
      if (ftrace_rec_count(rec) === u64(0)) pr_info("Setting ftrace call site to NOP\n");
      else pr_info("Updating ftrace call site to call a different ftrace function\n");
    } else {
      pr_info("Setting ftrace call site to call ftrace function\n");
    }
    const regs: cstr = rec.flags & u64(FTRACE_FL_REGS) ? " R" : "  ";
    pr_info("ftrace record flags: %lx\n", rec.flags);
    pr_info(" (%ld)%s", ftrace_rec_count(rec), regs);
    if (rec.flags & u64(FTRACE_FL_TRAMP_EN)) {
      const ops = ftrace_find_tramp_ops_any(rec);
      if (ops !== null) pr_cont("\ttramp: %pS (%pS)", at<ptr>(ops.trampoline), ops.func);
      else pr_cont("\ttramp: ERROR!");
    }
    pr_cont("\n expected tramp: %lx\n", ftrace_get_addr_new(rec));
  }
  WARN_ON(true);
  ftrace_kill();
}

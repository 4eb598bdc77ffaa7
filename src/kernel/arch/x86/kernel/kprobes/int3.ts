// The breakpoint of a probe: its handlers are run, its instruction is emulated or stepped over in its copy, and the code goes on.

import { type pt_regs, user_mode } from "asm/ptrace";
import { INT3_INSN_OPCODE } from "asm/text-patching";
import { kprobe_breakpoint_handlers, kprobe_post_handlers, kprobe_wants_post, kprobes_missed } from "../../../../kernel/kprobes-handlers";
import { kprobe_site_at } from "../../../../kernel/kprobes-sites";
import { DO_STEP, type kprobe_site, STEP_OFFSET } from "./core";
import { emulate, X86_EFLAGS_IF } from "./emulate";
import { detour_copy } from "./opt";

notrace_file();

/** What this CPU does. */
interface kprobe_ctlblk extends struct<"kprobe_ctlblk"> {
  site?: kprobe_site; // being stepped
  flags?: u64;
  reentered?: bool; // the step belongs to a probe that was hit in another one's handler
  outer?: kprobe_site;
  outer_flags?: u64;
}
let ctlblk: embed<kprobe_ctlblk>;
percpu(ctlblk);
/** 1 while a probe's handlers run on this CPU or its instruction is stepped. */
export let kprobe_running_on: u32 = 0;
percpu(kprobe_running_on);

/** Sends the interrupted code over the copy; true: it is done already, or nobody needs to know when it is. */
function do_instruction(site: kprobe_site, regs: pt_regs, tell: bool): bool {
  if (site.opt !== null && !tell) {
    // A jump is about to be written here: nobody may come into the bytes that it covers any more, or be preempted there. The detour has
    // them all.
    regs.ip = detour_copy(site);
    return true;
  }
  if (site.kind !== DO_STEP) {
    emulate(site, regs);
    return true;
  }
  if (site.boostable && !tell) {
    regs.ip = site.slot;
    return true;
  }
  const kcb = this_cpu_struct(ctlblk);
  kcb.site = site;
  kcb.flags = regs.flags;
  regs.flags &= ~u64(X86_EFLAGS_IF);
  regs.ip = site.slot + u64(STEP_OFFSET);
  return false;
}

/** A step's breakpoint: the instruction is done. */
function step_done(site: kprobe_site, regs: pt_regs): void {
  const kcb = this_cpu_struct(ctlblk);
  regs.flags |= kcb.flags & u64(X86_EFLAGS_IF);
  regs.ip = site.addr + u64(site.length);
  kcb.site = null;
  if (kcb.reentered) {
    kcb.reentered = false;
    kcb.site = kcb.outer;
    kcb.flags = kcb.outer_flags;
    return;
  }
  kprobe_post_handlers(site.addr, regs);
  this_cpu_write(kprobe_running_on, 0);
}

/** A probe within a probe's handler: counted, its instruction done, its handlers not run. */
function reenter(site: kprobe_site, regs: pt_regs): void {
  kprobes_missed(site.addr);
  const kcb = this_cpu_struct(ctlblk);
  const outer = kcb.site;
  const outer_flags = kcb.flags;
  if (do_instruction(site, regs, false)) return;
  kcb.reentered = true;
  kcb.outer = outer;
  kcb.outer_flags = outer_flags;
}

/** 1: the breakpoint was a probe's. */
export function kprobe_int3_handler(regs: pt_regs): int {
  if (user_mode(regs)) return 0;
  const address = regs.ip - u64(1);
  const stepped = this_cpu_struct(ctlblk).site;
  if (stepped !== null && address === stepped.slot + u64(STEP_OFFSET) + u64(stepped.length)) {
    step_done(stepped, regs);
    return 1;
  }
  const site = kprobe_site_at(address);
  if (site === null) {
    // Removed between the trap and now: the instruction is there again.
    if (at<u8[]>(address)[0] === INT3_INSN_OPCODE) return 0;
    regs.ip = address;
    return 1;
  }
  if (this_cpu_read(kprobe_running_on) !== 0) {
    reenter(site, regs);
    return 1;
  }
  this_cpu_write(kprobe_running_on, 1);
  if (kprobe_breakpoint_handlers(site.addr, regs)) {
    // A handler has sent it elsewhere.
    this_cpu_write(kprobe_running_on, 0);
    return 1;
  }
  const tell = kprobe_wants_post(site.addr);
  if (do_instruction(site, regs, tell)) {
    if (tell) kprobe_post_handlers(site.addr, regs);
    this_cpu_write(kprobe_running_on, 0);
  }
  return 1;
}

/** 1: the single step was a probe's. Steps end with a breakpoint here, so none is. */
export function kprobe_debug_handler(_regs: pt_regs): int {
  return 0;
}

/** The copy has faulted: the fault is that of the probed instruction. True would mean that it is dealt with. */
export function kprobe_page_fault(regs: pt_regs, _trap: u32): bool {
  const kcb = this_cpu_struct(ctlblk);
  const site = kcb.site;
  if (site === null || regs.ip !== site.slot + u64(STEP_OFFSET)) return false;
  regs.ip = site.addr;
  regs.flags |= kcb.flags & u64(X86_EFLAGS_IF);
  kcb.site = null;
  this_cpu_write(kprobe_running_on, 0);
  return false;
}

// On the way of every breakpoint: a probe there would never end.
kprobe_blacklist(do_instruction);
kprobe_blacklist(step_done);
kprobe_blacklist(reenter);
kprobe_blacklist(kprobe_int3_handler);
kprobe_blacklist(kprobe_debug_handler);
kprobe_blacklist(kprobe_page_fault);

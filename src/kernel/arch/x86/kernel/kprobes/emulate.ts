// Instructions that depend on where they stand (jumps, calls, returns, cli, sti) are not copied for a probe but done by hand.

import { type pt_regs } from "asm/ptrace";
import { int3_emulate_push } from "asm/text-patching";
import { DO_CALL, DO_CALL_REG, DO_CLI, DO_JCC, DO_JMP, DO_JMP_REG, DO_RET, DO_STI, type kprobe_site } from "./core";

notrace_file();

export const X86_EFLAGS_IF = 0x200;
/** Registers by their number in an instruction. */
const reg_offset: array<u8, 16> = [80, 88, 96, 40, 152, 32, 104, 112, 72, 64, 56, 48, 24, 16, 8, 0];

function reg_value(regs: pt_regs, n: u8): u64 {
  return at<u64[]>(u64(regs) + u64(reg_offset[n]))[0];
}

/** Condition codes: 0 o, 1 no, 2 b, 3 ae, 4 e, 5 ne, 6 be, 7 a, 8 s, 9 ns, a p, b np, c l, d ge, e le, f g. */
function condition(flags: u64, cond: u8): bool {
  const cf = (flags & u64(1)) !== u64(0);
  const zf = (flags & u64(0x40)) !== u64(0);
  const sf = (flags & u64(0x80)) !== u64(0);
  const of = (flags & u64(0x800)) !== u64(0);
  let yes = false;
  switch (int(cond) >> 1) {
    case 0:
      yes = of;
      break;
    case 1:
      yes = cf;
      break;
    case 2:
      yes = zf;
      break;
    case 3:
      yes = cf || zf;
      break;
    case 4:
      yes = sf;
      break;
    case 5:
      yes = (flags & u64(4)) !== u64(0);
      break;
    case 6:
      yes = sf !== of;
      break;
    case 7:
      yes = zf || sf !== of;
      break;
  }
  return (cond & 1) !== 0 ? !yes : yes;
}

/** Does what the instruction does, by hand. */
export function emulate(site: kprobe_site, regs: pt_regs): void {
  const next = site.addr + u64(site.length);
  switch (site.kind) {
    case DO_CALL:
      int3_emulate_push(regs, next);
      regs.ip = site.target;
      break;
    case DO_JMP:
      regs.ip = site.target;
      break;
    case DO_JCC:
      regs.ip = condition(regs.flags, site.cond) ? site.target : next;
      break;
    case DO_RET:
      regs.ip = at<u64[]>(regs.sp)[0];
      regs.sp += 8;
      break;
    case DO_CALL_REG: {
      const target = reg_value(regs, site.reg);
      int3_emulate_push(regs, next);
      regs.ip = target;
      break;
    }
    case DO_JMP_REG:
      regs.ip = reg_value(regs, site.reg);
      break;
    case DO_CLI:
      regs.flags &= ~u64(X86_EFLAGS_IF);
      regs.ip = next;
      break;
    case DO_STI:
      regs.flags |= u64(X86_EFLAGS_IF);
      regs.ip = next;
      break;
  }
}

kprobe_blacklist(reg_value);
kprobe_blacklist(condition);
kprobe_blacklist(emulate);

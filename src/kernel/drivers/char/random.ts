// getrandom(2).

import type { pt_regs } from "asm/ptrace";
import { EFAULT, EINVAL } from "linux/errno";
import { sched_clock } from "../../arch/x86/kernel/tsc";
import { copy_to_user } from "../../arch/x86/lib/usercopy";

export function __x64_sys_getrandom(regs: pt_regs): s64 {
  // GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE; the last two exclude each other.
  if ((regs.dx & ~u64(7)) !== 0 || (regs.dx & 6) === 6) return -EINVAL;
  // The machine is deterministic: so are its numbers, mixed from the clock.
  let done: u64 = 0;
  while (done < regs.si) {
    let x = (sched_clock() + done) * 0x9e3779b97f4a7c15;
    x = x ^ (x >> 29);
    const n = regs.si - done < 8 ? regs.si - done : u64(8);
    if (copy_to_user(at<ptr>(regs.di + done), addr(x), n) !== 0) return -EFAULT;
    done += n;
  }
  return s64(done);
}

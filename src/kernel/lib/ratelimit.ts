// At most `burst` of something in each `interval`; what is suppressed is counted and told when an interval is over.

import { HZ, jiffies } from "linux/jiffies";
import { spin_lock_irqsave, spin_unlock_irqrestore, type spinlock_t } from "linux/spinlock";
import { type ctl_table, proc_dointvec, proc_dointvec_jiffies, register_sysctl } from "linux/sysctl";

export interface ratelimit_state extends struct<"ratelimit_state"> {
  lock?: embed<spinlock_t>;
  /** Jiffies; 0: no limit. */
  interval?: int;
  burst?: int;
  printed?: int;
  missed?: int;
  begin?: u64;
}

const printk_ratelimit_state: ratelimit_state = { interval: 5 * HZ, burst: 10 };

/** May it be done? `func` is named where suppressed calls are told. */
export function ___ratelimit(rs: ratelimit_state, func: cstr): bool {
  const interval = READ_ONCE(rs.interval);
  if (interval === 0) return true;
  let missed: int = 0;
  const flags = spin_lock_irqsave(rs.lock);
  if (rs.begin === u64(0)) rs.begin = jiffies;
  if (s64(rs.begin + u64(interval) - jiffies) < 0) {
    missed = rs.missed;
    rs.missed = 0;
    rs.begin = jiffies;
    rs.printed = 0;
  }
  const allowed = rs.burst > rs.printed;
  if (allowed) rs.printed++;
  else rs.missed++;
  spin_unlock_irqrestore(rs.lock, flags);
  if (missed !== 0) pr_warn("%s: %d callbacks suppressed\n", func, missed);
  return allowed;
}

/** The limit that all share who can be made to print by user programs: kernel.printk_ratelimit, kernel.printk_ratelimit_burst. */
export function printk_ratelimit(func: cstr): bool {
  return ___ratelimit(printk_ratelimit_state, func);
}

const ratelimit_sysctls: ctl_table[] = [
  {
    procname: "printk_ratelimit",
    data: addr(printk_ratelimit_state.interval),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_jiffies,
  },
  { procname: "printk_ratelimit_burst", data: addr(printk_ratelimit_state.burst), maxlen: 4, mode: 0o644, proc_handler: proc_dointvec },
  {},
];

export function ratelimit_sysctl_init(): int {
  register_sysctl("kernel", ratelimit_sysctls);
  return 0;
}
init(ratelimit_sysctl_init);

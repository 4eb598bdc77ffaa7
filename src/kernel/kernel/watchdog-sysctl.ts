// /proc/sys/kernel's switches of the detectors (soft lockups, hung tasks) and of panic.

import { EINVAL } from "linux/errno";
import type { ctl_table } from "linux/sysctl";
import { register_sysctl } from "../fs/proc/proc_sysctl";
import {
  hung_task_restart,
  sysctl_hung_task_all_cpu_backtrace,
  sysctl_hung_task_check_count,
  sysctl_hung_task_check_interval_secs,
  sysctl_hung_task_panic,
  sysctl_hung_task_timeout_secs,
  sysctl_hung_task_warnings,
} from "./hung_task";
import { oops_all_cpu_backtrace, oops_limit, panic_print } from "./panic";
import { sysctl_max_rcu_stall_to_panic, sysctl_panic_on_rcu_stall } from "./rcu/tree_stall";
import { proc_dointvec_minmax, proc_douintvec, proc_doulongvec_minmax, SYSCTL_ONE, SYSCTL_ZERO } from "./sysctl";
import {
  lockup_detector_update,
  nmi_watchdog_user_enabled,
  soft_watchdog_user_enabled,
  softlockup_all_cpu_backtrace,
  softlockup_panic,
  watchdog_thresh,
  watchdog_user_enabled,
} from "./watchdog";

const sixty: array<int, 1> = [60];
const minus_one: array<int, 1> = [-1];
const int_max: array<int, 1> = [0x7fffffff];
/** LONG_MAX / HZ */
const HUNG_TASK_TIMEOUT_MAX = 0x20c49ba5e353f7;

function proc_watchdog_setting(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  const err = proc_dointvec_minmax(t, write, buf, lenp, ppos);
  if (err === 0 && write !== 0) lockup_detector_update();
  return err;
}

function proc_dohung_task_timeout_secs(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  let v: u64 = at<u64[]>(u64(t.data))[0];
  const tmp: ctl_table = { data: at<ptr>(u64(addr(v))), maxlen: 8 };
  const err = proc_doulongvec_minmax(tmp, write, buf, lenp, ppos);
  if (err !== 0 || write === 0) return err;
  if (v > HUNG_TASK_TIMEOUT_MAX) return -EINVAL;
  at<u64[]>(u64(t.data))[0] = v;
  hung_task_restart();
  return 0;
}

const table: ctl_table[] = [
  {
    procname: "watchdog",
    data: addr(watchdog_user_enabled),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_watchdog_setting,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_ONE,
  },
  {
    procname: "soft_watchdog",
    data: addr(soft_watchdog_user_enabled),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_watchdog_setting,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_ONE,
  },
  {
    procname: "watchdog_thresh",
    data: addr(watchdog_thresh),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_watchdog_setting,
    extra1: SYSCTL_ZERO,
    extra2: sixty,
  },
  // Without a counter that could raise it the hard-lockup detector stays off, as on a PC without one.
  {
    procname: "nmi_watchdog",
    data: addr(nmi_watchdog_user_enabled),
    maxlen: 4,
    mode: 0o444,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_ONE,
  },
  {
    procname: "softlockup_panic",
    data: addr(softlockup_panic),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_ONE,
  },
  {
    procname: "softlockup_all_cpu_backtrace",
    data: addr(softlockup_all_cpu_backtrace),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_ONE,
  },
  {
    procname: "hung_task_timeout_secs",
    data: addr(sysctl_hung_task_timeout_secs),
    maxlen: 8,
    mode: 0o644,
    proc_handler: proc_dohung_task_timeout_secs,
  },
  {
    procname: "hung_task_check_interval_secs",
    data: addr(sysctl_hung_task_check_interval_secs),
    maxlen: 8,
    mode: 0o644,
    proc_handler: proc_dohung_task_timeout_secs,
  },
  {
    procname: "hung_task_check_count",
    data: addr(sysctl_hung_task_check_count),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: int_max,
  },
  {
    procname: "hung_task_warnings",
    data: addr(sysctl_hung_task_warnings),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: minus_one,
    extra2: int_max,
  },
  {
    procname: "hung_task_panic",
    data: addr(sysctl_hung_task_panic),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_ONE,
  },
  {
    procname: "hung_task_all_cpu_backtrace",
    data: addr(sysctl_hung_task_all_cpu_backtrace),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_ONE,
  },
  { procname: "panic_print", data: addr(panic_print), maxlen: 8, mode: 0o644, proc_handler: proc_doulongvec_minmax },
  {
    procname: "oops_all_cpu_backtrace",
    data: addr(oops_all_cpu_backtrace),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_ONE,
  },
  {
    procname: "panic_on_rcu_stall",
    data: addr(sysctl_panic_on_rcu_stall),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_ONE,
  },
  {
    procname: "max_rcu_stall_to_panic",
    data: addr(sysctl_max_rcu_stall_to_panic),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ONE,
    extra2: int_max,
  },
  { procname: "oops_limit", data: addr(oops_limit), maxlen: 4, mode: 0o644, proc_handler: proc_douintvec },
  {},
];

export function watchdog_sysctl_init(): void {
  register_sysctl("kernel", table);
}
init(watchdog_sysctl_init);

// The small files of /proc's root: version, uptime, loadavg, filesystems, devices, execdomains.
import { locks_show } from "linux/filelock";
import { ktime_get_boottime, ktime_get_real_ns, NSEC_PER_SEC } from "linux/ktime";
import { per_cpu_address } from "linux/percpu";
import { proc_create_single } from "linux/proc_fs";
import { init_task, nr_context_switches, nr_running, nr_threads, type task_struct, tasklist_lock, total_forks } from "linux/sched";
import { type seq_file, seq_printf, seq_putc, seq_puts } from "linux/seq_file";
import { cpu_online, nr_cpu_ids, num_online_cpus } from "linux/smp";
import { read_lock, read_unlock } from "linux/spinlock";
import { linux_proc_banner, utsname } from "linux/utsname";
import { apic_timer_irqs, irq_call_count, irq_resched_count, irq_spurious_count } from "../../arch/x86/kernel/irq";
import { irq_desc_table, NR_IRQS } from "../../kernel/irq/manage";
import { last_pid_nr } from "../../kernel/pid";
import { get_idle_time } from "../../kernel/sched/stats";
import { cpustat_system, cpustat_user } from "../../kernel/time/tick";
import { chrdev_show } from "../char_dev";
import { filesystems_proc_show } from "../filesystems";

function version_proc_show(m: seq_file, v: ptr): int {
  const uts = utsname();
  seq_printf(m, linux_proc_banner, uts.sysname, uts.release, uts.version);
  return 0;
}

/** seconds with two places */
function put_hundredths(m: seq_file, ns: u64): void {
  seq_printf(m, "%lu.%02lu", ns / NSEC_PER_SEC, (ns % NSEC_PER_SEC) / 10000000);
}

function uptime_proc_show(m: seq_file, v: ptr): int {
  put_hundredths(m, u64(ktime_get_boottime()));
  seq_putc(m, 32);
  put_hundredths(m, get_idle_time());
  seq_putc(m, 10);
  return 0;
}

/** Averages in 1/2048, brought up to date when somebody looks: no timer wakes an idle machine for them. */
let avenrun: array<u64, 3>;
let avenrun_at: u64 = 0;
const FIXED_1 = 2048;
/** 1/exp(5 s / 1, 5, 15 min) in 1/2048. */
const EXP: array<u64, 3> = [1884, 2014, 2037];

function update_load(): void {
  const now = u64(ktime_get_boottime()) / NSEC_PER_SEC;
  const reader_runs = u64(nr_running());
  // The reader itself is not load that lasts.
  const active: u64 = reader_runs > 0 ? (reader_runs - 1) * FIXED_1 : u64(0);
  let steps: u64 = (now - avenrun_at) / 5;
  avenrun_at += steps * 5;
  if (steps > 1000) steps = 1000;
  for (let s: u64 = 0; s < steps; s++)
    for (let i = 0; i < 3; i++) avenrun[i] = (avenrun[i] * EXP[i] + active * (FIXED_1 - EXP[i])) / FIXED_1;
}

function loadavg_proc_show(m: seq_file, v: ptr): int {
  update_load();
  for (let i = 0; i < 3; i++) {
    const x: u64 = avenrun[i] + FIXED_1 / 200;
    seq_printf(m, "%lu.%02lu ", x >> 11, ((x & (FIXED_1 - 1)) * 100) >> 11);
  }
  seq_printf(m, "%u/%d %d\n", nr_running(), nr_threads, last_pid_nr());
  return 0;
}

/** One personality, that of Linux itself. */
function execdomains_proc_show(m: seq_file, v: ptr): int {
  seq_puts(m, "0-0\tLinux           \t[kernel]\n");
  return 0;
}

export function proc_misc_init(): void {
  proc_create_single("version", 0, null, version_proc_show);
  proc_create_single("uptime", 0, null, uptime_proc_show);
  proc_create_single("loadavg", 0, null, loadavg_proc_show);
  proc_create_single("filesystems", 0, null, filesystems_proc_show);
  proc_create_single("locks", 0, null, locks_show);
  proc_create_single("devices", 0, null, chrdev_show);
  proc_create_single("execdomains", 0, null, execdomains_proc_show);
}

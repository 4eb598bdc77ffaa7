// The small files of /proc's root: version, uptime, loadavg, stat, interrupts, filesystems, devices, execdomains.
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
import { cpustat_system, cpustat_user } from "../../kernel/time/tick";
import { chrdev_show } from "../char_dev";
import { filesystems_proc_show } from "../filesystems";

function version_proc_show(m: seq_file, v: ptr): int {
  const uts = utsname();
  seq_printf(m, linux_proc_banner, uts.sysname, uts.release, uts.version);
  return 0;
}

/** ns of CPU time of all tasks there are and of their reaped children. */
function cpu_times(user: u64[], system: u64[]): void {
  user[0] = 0;
  system[0] = 0;
  read_lock(tasklist_lock);
  for (let p = init_task.tasks.next; p !== init_task.tasks; p = p.next) {
    const t = container_of<task_struct>(p, "tasks");
    user[0] = user[0] + t.utime;
    system[0] = system[0] + t.stime;
    if (t.signal === null) continue;
    user[0] = user[0] + t.signal.cutime;
    system[0] = system[0] + t.signal.cstime;
  }
  read_unlock(tasklist_lock);
}

/** ns that the CPUs had nothing to do: what the boot time has more than the tasks have used. */
function idle_time(): u64 {
  let user: u64 = 0;
  let system: u64 = 0;
  cpu_times(addr(user), addr(system));
  const all: u64 = u64(ktime_get_boottime()) * u64(num_online_cpus());
  return all > user + system ? all - user - system : u64(0);
}

/** seconds with two places */
function put_hundredths(m: seq_file, ns: u64): void {
  seq_printf(m, "%lu.%02lu", ns / NSEC_PER_SEC, (ns % NSEC_PER_SEC) / 10000000);
}

function uptime_proc_show(m: seq_file, v: ptr): int {
  put_hundredths(m, u64(ktime_get_boottime()));
  seq_putc(m, 32);
  put_hundredths(m, idle_time());
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

function show_stat(m: seq_file, v: ptr): int {
  let user: u64 = 0;
  let system: u64 = 0;
  cpu_times(addr(user), addr(system));
  const u: u64 = user / 10000000;
  const s: u64 = system / 10000000;
  const idle: u64 = idle_time() / 10000000;
  seq_printf(m, "cpu  %lu 0 %lu %lu 0 0 0 0 0 0\n", u, s, idle);
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (!cpu_online(cpu)) continue;
    const cpu_user = per_cpu_u64(addr(cpustat_user), cpu);
    const cpu_system = per_cpu_u64(addr(cpustat_system), cpu);
    const busy: u64 = cpu_user + cpu_system;
    const up = u64(ktime_get_boottime());
    const rest: u64 = up > busy ? up - busy : u64(0);
    seq_printf(m, "cpu%d %lu 0 %lu %lu 0 0 0 0 0 0\n", cpu, cpu_user / 10000000, cpu_system / 10000000, rest / 10000000);
  }
  let total: u64 = 0;
  for (let i = 0; i < NR_IRQS; i++) total += irq_desc_table[i].count;
  seq_printf(m, "intr %lu", total);
  for (let i = 0; i < NR_IRQS; i++) seq_printf(m, " %lu", irq_desc_table[i].count);
  const boot: u64 = (ktime_get_real_ns() - u64(ktime_get_boottime())) / NSEC_PER_SEC;
  seq_printf(
    m,
    "\nctxt %lu\nbtime %lu\nprocesses %lu\nprocs_running %u\nprocs_blocked 0\n",
    nr_context_switches(),
    boot,
    total_forks,
    nr_running(),
  );
  return 0;
}

function per_cpu_u64(variable: u64[], cpu: int): u64 {
  return at<u64[]>(per_cpu_address(u64(variable), cpu))[0];
}

/** One line of what is counted per CPU. */
function show_arch_irq(m: seq_file, name: cstr, counter: u64[], text: cstr): void {
  seq_printf(m, "%3s: ", name);
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (cpu_online(cpu)) seq_printf(m, "%10lu ", per_cpu_u64(counter, cpu));
  }
  seq_printf(m, "  %s\n", text);
}

function show_interrupts(m: seq_file, v: ptr): int {
  seq_puts(m, "           ");
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    if (cpu_online(cpu)) seq_printf(m, "CPU%-8d", cpu);
  }
  seq_puts(m, "\n");
  for (let i = 0; i < NR_IRQS; i++) {
    const d = irq_desc_table[i];
    if (d.action === null) continue;
    // The I/O APIC sends every line to CPU 0.
    seq_printf(m, "%3d: %10lu ", int(i), d.count);
    for (let cpu: int = 1; cpu < int(nr_cpu_ids); cpu++) {
      if (cpu_online(cpu)) seq_printf(m, "%10d ", 0);
    }
    seq_printf(m, "  IO-APIC  %2d-edge      %s\n", int(i), d.action.name);
  }
  show_arch_irq(m, "LOC", addr(apic_timer_irqs), "Local timer interrupts");
  show_arch_irq(m, "SPU", addr(irq_spurious_count), "Spurious interrupts");
  show_arch_irq(m, "RES", addr(irq_resched_count), "Rescheduling interrupts");
  show_arch_irq(m, "CAL", addr(irq_call_count), "Function call interrupts");
  seq_puts(m, "ERR:          0\nMIS:          0\n");
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
  proc_create_single("stat", 0, null, show_stat);
  proc_create_single("interrupts", 0, null, show_interrupts);
  proc_create_single("filesystems", 0, null, filesystems_proc_show);
  proc_create_single("locks", 0, null, locks_show);
  proc_create_single("devices", 0, null, chrdev_show);
  proc_create_single("execdomains", 0, null, execdomains_proc_show);
}

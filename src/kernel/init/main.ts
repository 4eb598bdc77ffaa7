// The boot: a straight column of steps, each of which needs only those before it; then pid 1 mounts the root and becomes init.

import { kernel_execve } from "linux/binfmts";
import type { completion } from "linux/completion";
import { get_current } from "linux/current";
import { ENOENT } from "linux/errno";
import { init_files } from "linux/fdtable";
import { init_fs } from "linux/fs_struct";
import { ftrace_init } from "linux/ftrace";
import { KERN_NOTICE } from "linux/kern_levels";
import { CLONE_FILES, CLONE_FS, PF_KTHREAD, THREAD_SIZE } from "linux/sched";
import { irq_init_percpu_irqstack } from "../arch/x86/entry/irq-stack";
import { user_gate_init } from "../arch/x86/entry/user-gate";
import { setup_local_apic } from "../arch/x86/kernel/apic/apic";
import { setup_io_apic } from "../arch/x86/kernel/apic/io_apic";
import { cpu_init } from "../arch/x86/kernel/cpu/common";
import { boot_command_line as loader_command_line, setup_arch } from "../arch/x86/kernel/setup";
import { setup_per_cpu_areas } from "../arch/x86/kernel/setup_percpu";
import { smp_init } from "../arch/x86/kernel/smpboot";
import { free_initmem, mark_rodata_ro } from "../arch/x86/mm/init_64";
import { files_init } from "../fs/fdtable";
import { filelock_init } from "../fs/locks";
import { mnt_init } from "../fs/namespace";
import { nr_cpu_ids } from "../kernel/cpu";
import { fork_init, kernel_thread, user_mode_thread } from "../kernel/fork";
import { futex_init } from "../kernel/futex/core";
import { spawn_ksoftirqd } from "../kernel/ksoftirqd";
import { kthread_init, kthread_lists_init, kthreadd } from "../kernel/kthread";
import { panic } from "../kernel/panic";
import { find_task_by_vpid } from "../kernel/pid";
import { _printk } from "../kernel/printk/printk";
import { rcu_init, rcu_spawn_gp_kthread } from "../kernel/rcu/tree";
import { complete, init_completion, wait_for_completion } from "../kernel/sched/completion";
import { sched_init } from "../kernel/sched/core";
import { cpu_startup_entry } from "../kernel/sched/idle";
import { cpu_stop_init } from "../kernel/stop_machine";
import { softirq_init } from "../kernel/tasklet";
import { hrtimers_init } from "../kernel/time/hrtimer";
import { tick_init } from "../kernel/time/tick";
import { timekeeping_init } from "../kernel/time/timekeeping";
import { init_timers } from "../kernel/time/timer";
import { workqueue_init, workqueue_init_early } from "../kernel/workqueue";
import { memblock_end } from "../mm/memblock";
import { mm_init_pages, nr_free_pages, totalram_pages } from "../mm/page_alloc";
import { kmem_cache_init } from "../mm/slab";
import { kstrdup } from "../mm/util";
import { console_on_rootfs } from "./console";
import { prepare_namespace } from "./do_mounts";
import { init_stack, init_task } from "./init_task";
import { do_basic_setup, vfs_early_init } from "./initcalls";
import { argv_init, envp_init, execute_command, parse_command_line, parse_early_param } from "./params";
import { linux_banner } from "./version";

export const SYSTEM_BOOTING = 0;
export const SYSTEM_SCHEDULING = 1;
export const SYSTEM_FREEING_INITMEM = 2;
export const SYSTEM_RUNNING = 3;
export const SYSTEM_HALT = 4;
export const SYSTEM_POWER_OFF = 5;
export const SYSTEM_RESTART = 6;

export let system_state: int = SYSTEM_BOOTING;
/** /proc/cmdline */
export let saved_command_line: u8[] = null;
export { loader_command_line as boot_command_line };

let kthreadd_done: embed<completion>;

export function start_kernel(): never {
  parse_early_param(loader_command_line);
  _printk(KERN_NOTICE + "%s", linux_banner);
  setup_arch();
  mm_init_pages();
  kmem_cache_init();
  cpu_init(u64(init_stack) + THREAD_SIZE);
  setup_per_cpu_areas();
  saved_command_line = kstrdup(loader_command_line, 0);
  _printk(KERN_NOTICE + "Kernel command line: %s\n", saved_command_line);
  parse_command_line(kstrdup(loader_command_line, 0));
  mm_report();
  ftrace_init();
  sched_init();
  workqueue_init_early();
  rcu_init();
  hrtimers_init();
  timekeeping_init();
  init_timers();
  softirq_init();
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) irq_init_percpu_irqstack(cpu);
  setup_local_apic();
  setup_io_apic();
  sti();
  tick_init();
  fork_init();
  futex_init();
  filelock_init();
  kthread_lists_init();
  init_task.files = init_files;
  init_task.fs = init_fs;
  files_init();
  mnt_init();
  vfs_early_init();
  user_gate_init();
  rest_init();
}
init(start_kernel);

function mm_report(): void {
  const total = memblock_end() >> 10;
  _printk("\x016Memory: %luK/%luK available (%luK reserved)\n", nr_free_pages() << 2, total, total - (totalram_pages() << 2));
}
init(mm_report);

/** Makes pids 1 and 2; the boot task becomes the idle task. Not init text: it never returns from here. */
function rest_init(): never {
  init_completion(kthreadd_done);
  user_mode_thread(kernel_init, null, CLONE_FS);
  const pid = kernel_thread(kthreadd, null, CLONE_FS | CLONE_FILES);
  kthread_init(find_task_by_vpid(pid));
  system_state = SYSTEM_SCHEDULING;
  complete(kthreadd_done);
  cpu_startup_entry();
}

function run_init_process(filename: cstr): int {
  argv_init[0] = kstrdup(filename, 0);
  pr_info("Run %s as init process\n", filename);
  return kernel_execve(filename, argv_init, envp_init);
}

/** An error other than "not there" is told. */
function try_to_run_init_process(filename: cstr): int {
  const ret = run_init_process(filename);
  if (ret !== 0 && ret !== -ENOENT) pr_err("Starting init: %s exists but couldn't execute it (error %d)\n", filename, ret);
  return ret;
}

function kernel_init(_unused: ptr): int {
  wait_for_completion(kthreadd_done);
  spawn_ksoftirqd();
  rcu_spawn_gp_kthread();
  cpu_stop_init();
  smp_init();
  workqueue_init();
  do_basic_setup();
  prepare_namespace();
  console_on_rootfs();
  system_state = SYSTEM_FREEING_INITMEM;
  free_initmem();
  mark_rodata_ro();
  system_state = SYSTEM_RUNNING;
  get_current().flags = get_current().flags & ~u32(PF_KTHREAD);
  if (execute_command !== null) {
    const ret = run_init_process(execute_command);
    if (ret === 0) return 0;
    panic("Requested init %s failed (error %d).", execute_command, ret);
  }
  if (try_to_run_init_process("/sbin/init") === 0) return 0;
  if (try_to_run_init_process("/etc/init") === 0) return 0;
  if (try_to_run_init_process("/bin/init") === 0) return 0;
  if (try_to_run_init_process("/bin/sh") === 0) return 0;
  panic("No working init found.  Try passing init= option to kernel. See Linux Documentation/admin-guide/init.rst for guidance.");
}

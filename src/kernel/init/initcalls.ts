// The kernel's parts beyond the core, in the order in which they need each other.

import { e820__reserve_resources, register_kernel_offset_dumper } from "../arch/x86/kernel/setup";
import { crypto_init_proc } from "../crypto/proc";
import { cpu_dev_init } from "../drivers/base/cpu";
import { devtmpfs_init } from "../drivers/base/devtmpfs";
import { chr_dev_init } from "../drivers/char/mem";
import { misc_init } from "../drivers/char/misc";
import { virtio_console_init } from "../drivers/char/virtio_console";
import { serial8250_console_init, serial8250_init } from "../drivers/tty/serial/8250";
import { sysrq_init } from "../drivers/tty/sysrq";
import { tty_init } from "../drivers/tty/tty_io";
import { virtio_mmio_init } from "../drivers/virtio/virtio_mmio";
import { v9fs_init } from "../fs/9p/vfs_super";
import { init_elf_binfmt } from "../fs/binfmt_elf";
import { init_gate_binfmt } from "../fs/binfmt_gate";
import { init_script_binfmt } from "../fs/binfmt_script";
import { debugfs_init } from "../fs/debugfs/inode";
import { files_maxfiles_init } from "../fs/file_table";
import { sysfs_init } from "../fs/kernfs/inode";
import { init_pipe_fs } from "../fs/pipefs";
import { proc_root_init } from "../fs/proc/root";
import { ramfs_init, tmpfs_register } from "../fs/ramfs";
import { tracefs_init } from "../fs/tracefs/inode";
import { register_warn_debugfs } from "../kernel/clear-warn-once";
import { hung_task_init } from "../kernel/hung_task";
import { debugfs_kprobe_init } from "../kernel/kprobes-debugfs";
import { kallsyms_init } from "../kernel/ksyms-proc";
import { ksysfs_init } from "../kernel/ksysfs";
import { klp_init } from "../kernel/livepatch/core";
import { modules_init } from "../kernel/module/lookup";
import { proc_modules_init } from "../kernel/module/procfs";
import { param_sysfs_init } from "../kernel/module/sysfs";
import { rcu_spawn_tasks_kthread } from "../kernel/rcu/tasks";
import { ioresources_init } from "../kernel/resource";
import { ftrace_sysctl_init } from "../kernel/trace/ftrace-sysctl";
import { tracer_init_tracefs } from "../kernel/trace/trace-init";
import { watchdog_sysctl_init } from "../kernel/watchdog-sysctl";
import { dynamic_debug_init_control } from "../lib/dynamic-debug-control";
import { kobjects_init } from "../lib/kobject";
import { ratelimit_sysctl_init } from "../lib/ratelimit";
import { oom_init } from "../mm/oom_kill";
import { overcommit_init } from "../mm/overcommit";
import { nr_free_pages } from "../mm/page_alloc";
import { shmem_init } from "../mm/shmem";
import { slab_debugfs_init, slab_proc_init } from "../mm/slab-proc";
import { vmalloc_proc_init } from "../mm/vmalloc-proc";
import { p9_virtio_init } from "../net/9p/trans_virtio";

/** Before there are tasks. */
export function vfs_early_init(): void {
  serial8250_console_init();
  modules_init();
  sysfs_init();
  kobjects_init();
  tmpfs_register();
  proc_root_init();
  slab_proc_init();
  crypto_init_proc();
  vmalloc_proc_init();
}
init(vfs_early_init);

/** In pid 1, with a scheduler, work queues and interrupts. */
export function do_basic_setup(): void {
  rcu_spawn_tasks_kthread();
  files_maxfiles_init();
  overcommit_init(nr_free_pages() << 2);
  oom_init();
  devtmpfs_init();
  debugfs_init();
  tracefs_init();
  init_pipe_fs();
  ramfs_init();
  shmem_init();
  init_script_binfmt();
  init_gate_binfmt();
  init_elf_binfmt();
  chr_dev_init();
  misc_init();
  tty_init();
  serial8250_init();
  v9fs_init();
  p9_virtio_init();
  virtio_console_init();
  virtio_mmio_init();
  param_sysfs_init();
  ksysfs_init();
  cpu_dev_init();
  e820__reserve_resources();
  ioresources_init();
  proc_modules_init();
  kallsyms_init();
  ftrace_sysctl_init();
  slab_debugfs_init();
  tracer_init_tracefs();
  register_kernel_offset_dumper();
  sysrq_init();
  watchdog_sysctl_init();
  ratelimit_sysctl_init();
  hung_task_init();
  register_warn_debugfs();
  debugfs_kprobe_init();
  dynamic_debug_init_control();
  klp_init();
}

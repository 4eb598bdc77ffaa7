// SysRq by /proc/sysrq-trigger: one letter, one emergency measure. A letter that means nothing lists those that do.

import { EFAULT } from "linux/errno";
import type { file } from "linux/fs";
import { _printk } from "linux/printk";
import { proc_create, type proc_ops } from "linux/proc_fs";
import { PF_KTHREAD, TASK_UNINTERRUPTIBLE, tasklist_lock } from "linux/sched";
import { SIGKILL, SIGTERM } from "linux/signal";
import { GFP_KERNEL } from "linux/slab";
import { read_lock, read_unlock } from "linux/spinlock";
import { copy_from_user } from "linux/uaccess";
import { INIT_WORK, schedule_work, type work_struct } from "linux/workqueue";
import { show_regs } from "../../arch/x86/kernel/dumpstack";
import { get_irq_regs } from "../../arch/x86/kernel/irq";
import { generic_file_llseek } from "../../fs/read_write";
import { first_process_thread, next_process_thread } from "../../kernel/livepatch/objects";
import { panic } from "../../kernel/panic";
import { console_printk } from "../../kernel/printk/printk";
import { emergency_restart, kernel_power_off } from "../../kernel/reboot";
import { show_state_filter } from "../../kernel/sched/show-state";
import { group_send_sig } from "../../kernel/signal";
import { sysrq_timer_list_show } from "../../kernel/time/hrtimer";
import { ftrace_dump } from "../../kernel/trace/trace-dump";
import { trigger_all_cpu_backtrace } from "../../lib/nmi_backtrace";
import { type oom_control, out_of_memory } from "../../mm/oom_kill";
import { show_mem } from "../../mm/show-mem";

const pr_fmt = "sysrq: ";

const CONSOLE_LOGLEVEL_DEFAULT = 7;

interface sysrq_key_op extends struct<"sysrq_key_op"> {
  /** Its letters: the first and, for the log levels, the last. */
  key?: u8;
  last?: u8;
  help_msg?: cstr;
  action_msg?: cstr;
  handler?: (key: u8) => void;
}

function sysrq_handle_loglevel(key: u8): void {
  const level = int(key) - 0x30;
  console_printk[0] = CONSOLE_LOGLEVEL_DEFAULT;
  pr_info("Loglevel set to %d\n", level);
  console_printk[0] = level;
}

function sysrq_handle_reboot(_key: u8): void {
  emergency_restart();
}

function sysrq_handle_crash(_key: u8): void {
  panic("sysrq triggered crash\n");
}

/** To every process but init and the kernel's threads. */
function send_sig_all(sig: int): void {
  read_lock(tasklist_lock);
  for (let t = first_process_thread(); t !== null; t = next_process_thread(t)) {
    if ((t.flags & PF_KTHREAD) === 0 && t.tgid !== 1 && t.group_leader === t) group_send_sig(sig, t);
  }
  read_unlock(tasklist_lock);
}

function sysrq_handle_term(_key: u8): void {
  send_sig_all(SIGTERM);
  console_printk[0] = 8;
}

function sysrq_handle_kill(_key: u8): void {
  send_sig_all(SIGKILL);
  console_printk[0] = 8;
}

/** In a worker: the killer may sleep, and prints much. */
function moom_callback(_work: work_struct): void {
  const oc: oom_control = { gfp: GFP_KERNEL, gfp_text: "GFP_KERNEL", order: -1 };
  if (!out_of_memory(oc)) pr_info("OOM request ignored. No task eligible\n");
}

let moom_work: embed<work_struct>;

/** The process with the most memory goes. */
function sysrq_handle_moom(_key: u8): void {
  schedule_work(moom_work);
}

function sysrq_handle_showallcpus(_key: u8): void {
  trigger_all_cpu_backtrace();
}

function sysrq_handle_showregs(_key: u8): void {
  const regs = get_irq_regs();
  if (regs !== null) show_regs(regs);
}

function sysrq_handle_showmem(_key: u8): void {
  show_mem();
}

function sysrq_handle_showstate(_key: u8): void {
  show_state_filter(0);
}

function sysrq_handle_showstate_blocked(_key: u8): void {
  show_state_filter(TASK_UNINTERRUPTIBLE);
}

function sysrq_handle_poweroff(_key: u8): void {
  kernel_power_off();
}

function sysrq_ftrace_dump(_key: u8): void {
  ftrace_dump(false);
}

/** No file system here can be frozen. */
function sysrq_handle_thaw(_key: u8): void {
  _printk("\x014Emergency Thaw complete\n");
}

/** Meant for file systems on block devices, of which there are none. */
function sysrq_handle_mountro(_key: u8): void {
  _printk("\x014Emergency Remount complete\n");
}

/** For the programs on the virtual console and its keyboard, of which a machine with a serial line has none; nor are there realtime tasks. */
function sysrq_handle_nobody(_key: u8): void {}

function sysrq_handle_show_timers(_key: u8): void {
  sysrq_timer_list_show();
}

/** The guest caches no file data, so there is none to write. */
function sysrq_handle_sync(_key: u8): void {
  _printk("\x014Emergency Sync complete\n");
}

const ops: sysrq_key_op[] = [
  { key: 0x30, last: 0x39, help_msg: "loglevel(0-9)", action_msg: "Changing Loglevel", handler: sysrq_handle_loglevel },
  { key: 0x62, help_msg: "reboot(b)", action_msg: "Resetting", handler: sysrq_handle_reboot },
  { key: 0x63, help_msg: "crash(c)", action_msg: "Trigger a crash", handler: sysrq_handle_crash },
  { key: 0x65, help_msg: "terminate-all-tasks(e)", action_msg: "Terminate All Tasks", handler: sysrq_handle_term },
  { key: 0x66, help_msg: "memory-full-oom-kill(f)", action_msg: "Manual OOM execution", handler: sysrq_handle_moom },
  { key: 0x69, help_msg: "kill-all-tasks(i)", action_msg: "Kill All Tasks", handler: sysrq_handle_kill },
  { key: 0x6a, help_msg: "thaw-filesystems(j)", action_msg: "Emergency Thaw of all frozen filesystems", handler: sysrq_handle_thaw },
  { key: 0x6b, help_msg: "sak(k)", action_msg: "SAK", handler: sysrq_handle_nobody },
  {
    key: 0x6c,
    help_msg: "show-backtrace-all-active-cpus(l)",
    action_msg: "Show backtrace of all active CPUs",
    handler: sysrq_handle_showallcpus,
  },
  { key: 0x6d, help_msg: "show-memory-usage(m)", action_msg: "Show Memory", handler: sysrq_handle_showmem },
  { key: 0x6e, help_msg: "nice-all-RT-tasks(n)", action_msg: "Nice All RT Tasks", handler: sysrq_handle_nobody },
  { key: 0x6f, help_msg: "poweroff(o)", action_msg: "Power Off", handler: sysrq_handle_poweroff },
  { key: 0x70, help_msg: "show-registers(p)", action_msg: "Show Regs", handler: sysrq_handle_showregs },
  {
    key: 0x71,
    help_msg: "show-all-timers(q)",
    action_msg: "Show clockevent devices & pending hrtimers (no others)",
    handler: sysrq_handle_show_timers,
  },
  { key: 0x72, help_msg: "unraw(r)", action_msg: "Keyboard mode set to system default", handler: sysrq_handle_nobody },
  { key: 0x73, help_msg: "sync(s)", action_msg: "Emergency Sync", handler: sysrq_handle_sync },
  { key: 0x74, help_msg: "show-task-states(t)", action_msg: "Show State", handler: sysrq_handle_showstate },
  { key: 0x75, help_msg: "unmount(u)", action_msg: "Emergency Remount R/O", handler: sysrq_handle_mountro },
  { key: 0x77, help_msg: "show-blocked-tasks(w)", action_msg: "Show Blocked State", handler: sysrq_handle_showstate_blocked },
  { key: 0x7a, help_msg: "dump-ftrace-buffer(z)", action_msg: "Dump ftrace buffer", handler: sysrq_ftrace_dump },
  {},
];

function __handle_sysrq(key: u8): void {
  const level = console_printk[0];
  // The header is told at the usual level, whatever the console's is.
  console_printk[0] = CONSOLE_LOGLEVEL_DEFAULT;
  for (let i: int = 0; ops[i].handler !== null; i++) {
    const op = ops[i];
    if (key !== op.key && (key < op.key || key > op.last)) continue;
    pr_info("%s\n", op.action_msg);
    console_printk[0] = level;
    op.handler(key);
    return;
  }
  pr_info("HELP : ");
  for (let i: int = 0; ops[i].handler !== null; i++) pr_cont("%s ", ops[i].help_msg);
  pr_cont("\n");
  console_printk[0] = level;
}

function write_sysrq_trigger(_f: file, buf: u8[], count: u64, _pos: s64[]): s64 {
  let c: u8 = 0;
  if (count === 0) return 0;
  if (copy_from_user(addr(c), buf, 1) !== 0) return -EFAULT;
  __handle_sysrq(c);
  return s64(count);
}

const sysrq_trigger_proc_ops: proc_ops = { proc_write: write_sysrq_trigger, proc_lseek: generic_file_llseek };

export function sysrq_init(): void {
  INIT_WORK(moom_work, moom_callback);
  proc_create("sysrq-trigger", 0o200, null, sysrq_trigger_proc_ops);
}
init(sysrq_init);

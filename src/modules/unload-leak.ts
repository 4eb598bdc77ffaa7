// Leaves one thing behind that exit should have undone, so that unloading is refused: what=timer, work, thread, kprobe, proc, sysfs,
// chrdev, misc, notifier, rcu or rcu-tasks. Timer and work end after a second, the RCU callback, which queues itself again, after half a
// second, the RCU-tasks callback with its grace period. fail=1: init leaves it behind and fails.

import type { pt_regs } from "asm/ptrace";
import { ECANCELED, EINVAL } from "linux/errno";
import type { file, file_operations } from "linux/fs";
import { register_chrdev } from "linux/fs";
import { HZ, jiffies } from "linux/jiffies";
import { sprintf } from "linux/kernel";
import type { kobj_attribute, kobject } from "linux/kobject";
import { kernel_kobj } from "linux/kobject";
import { type kprobe, register_kprobe } from "linux/kprobes";
import { kthread_run } from "linux/kthread";
import { misc_register, type miscdevice } from "linux/miscdevice";
import { register_module_notifier } from "linux/module";
import type { notifier_block } from "linux/notifier";
import { proc_create_single } from "linux/proc_fs";
import { call_rcu, call_rcu_tasks } from "linux/rcupdate";
import { schedule_timeout_uninterruptible } from "linux/sched";
import { type seq_file, seq_puts } from "linux/seq_file";
import { strcmp } from "linux/string";
import { sysfs_create_file } from "linux/sysfs";
import { mod_timer, type timer_list, timer_setup } from "linux/timer";
import type { callback_head } from "linux/types";
import { type delayed_work, INIT_DELAYED_WORK, schedule_delayed_work, type work_struct } from "linux/workqueue";

let what: cstr = "";
module_param(what, "charp", 0o444);
let fail: int = 0;
module_param(fail, "int", 0o444);

let timer: embed<timer_list>;
let work: embed<delayed_work>;
let rcu: embed<callback_head>;
let rcu_end: u64 = 0;

function leak_timer(_t: timer_list): void {}
function leak_work(_work: work_struct): void {}

function leak_rcu(head: callback_head): void {
  if (s64(jiffies - rcu_end) < 0) call_rcu(head, leak_rcu);
}

function leak_rcu_tasks(_head: callback_head): void {
  pr_info("RCU-tasks callback\n");
}

function leak_thread(_data: ptr): int {
  schedule_timeout_uninterruptible(s64(HZ));
  return 0;
}

function leak_pre(_p: kprobe, _regs: pt_regs): int {
  return 0;
}
const probe: kprobe = { symbol_name: "cmdline_proc_show", pre_handler: leak_pre };

function leak_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "leak\n");
  return 0;
}

function leak_attr_show(_kobj: kobject, _attr: kobj_attribute, buf: u8[]): s64 {
  return s64(sprintf(buf, "leak\n"));
}
const attr: kobj_attribute = { attr: { name: "leak", mode: 0o444 }, show: leak_attr_show };

function leak_read(_f: file, _buf: u8[], _count: u64, _pos: s64[]): s64 {
  return 0;
}
const fops: file_operations = { read: leak_read };
const misc: miscdevice = { minor: 255, name: "leak", fops };

function leak_notify(_nb: notifier_block, _action: u64, _data: ptr): int {
  return 0;
}
const notifier: notifier_block = { notifier_call: leak_notify };

function leave_behind(): int {
  if (strcmp(what, "timer") === 0) {
    timer_setup(timer, leak_timer, 0);
    mod_timer(timer, jiffies + u64(HZ));
  } else if (strcmp(what, "work") === 0) {
    INIT_DELAYED_WORK(work, leak_work);
    schedule_delayed_work(work, HZ);
  } else if (strcmp(what, "rcu") === 0) {
    rcu_end = jiffies + u64(HZ / 2);
    call_rcu(rcu, leak_rcu);
  } else if (strcmp(what, "rcu-tasks") === 0) call_rcu_tasks(rcu, leak_rcu_tasks);
  else if (strcmp(what, "thread") === 0) kthread_run(leak_thread, null, "leak");
  else if (strcmp(what, "kprobe") === 0) return register_kprobe(probe);
  else if (strcmp(what, "proc") === 0) proc_create_single("leak", 0o444, null, leak_show);
  else if (strcmp(what, "sysfs") === 0) return sysfs_create_file(kernel_kobj, attr.attr);
  else if (strcmp(what, "chrdev") === 0) register_chrdev(240, "leak", fops);
  else if (strcmp(what, "misc") === 0) return misc_register(misc);
  else if (strcmp(what, "notifier") === 0) return register_module_notifier(notifier);
  else return -EINVAL;
  return 0;
}

function leak_init(): int {
  const err = leave_behind();
  return err === 0 && fail ? -ECANCELED : err;
}
init(leak_init);

function leak_exit(): void {}
exit(leak_exit);

module_init(leak_init);
module_exit(leak_exit);
MODULE_LICENSE("GPL");

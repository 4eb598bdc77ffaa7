// A thread that does nothing but call a function, on one CPU with everybody else, so that it is mostly preempted there; and rounds in which
// code that it may stand in comes and goes: the function's ftrace trampoline (what=trace), or the bytes behind its entry that a
// probe turns into a jump and back (what=probe). Each round waits for RCU-tasks, or the thread would go on in what is no more.

import type { pt_regs } from "asm/ptrace";
import { msleep } from "linux/delay";
import { IS_ERR, PTR_ERR } from "linux/err";
import { ENOMEM } from "linux/errno";
import {
  type ftrace_ops,
  type ftrace_regs,
  ftrace_set_filter_ip,
  register_ftrace_function,
  unregister_ftrace_function,
} from "linux/ftrace";
import { type kprobe, register_kprobe, unregister_kprobe } from "linux/kprobes";
import { kthread_bind, kthread_create, kthread_should_stop, kthread_stop } from "linux/kthread";
import { type task_struct, wake_up_process } from "linux/sched";
import { kfree, kzalloc } from "linux/slab";
import { strcmp } from "linux/string";

const pr_fmt = KBUILD_MODNAME + ": ";
const CALLS_BETWEEN_SLEEPS = 20000;
const BYTES_BEHIND_ENTRY = 5;

let what: cstr = "trace";
module_param(what, "charp", 0o444);
let rounds: int = 10;
module_param(rounds, "int", 0o444);

let thread: task_struct = null;
let calls: u64 = 0;
let seen: u64 = 0;

function caller(_arg: ptr): int {
  while (!kthread_should_stop()) {
    for (let i: int = 0; i < CALLS_BETWEEN_SLEEPS; i++) {
      target();
      calls++;
    }
    msleep(4);
  }
  return 0;
}

/** Traced and probed. */
function target(): u64 {
  let n: u64 = calls;
  for (let i: int = 0; i < 3; i++) n += u64(i);
  return n;
}
noinline(target);

function callback(_ip: u64, _parent_ip: u64, _ops: ftrace_ops, _fregs: ftrace_regs): void {
  seen++;
}
notrace(callback);

function pre_handler(_p: kprobe, _regs: pt_regs): int {
  seen++;
  return 0;
}

/** A block of its own for each round: its trampoline is freed with it. */
function trace_round(): int {
  const ops = kzalloc(sizeof<ftrace_ops>(), 0) as ftrace_ops;
  if (ops === null) return -ENOMEM;
  ops.func = callback;
  let err = ftrace_set_filter_ip(ops, u64(target), 0, 0);
  if (err === 0) err = register_ftrace_function(ops);
  if (err === 0) {
    msleep(8);
    err = unregister_ftrace_function(ops);
  }
  kfree(ops);
  return err;
}

function probe_round(): int {
  const p = kzalloc(sizeof<kprobe>(), 0) as kprobe;
  if (p === null) return -ENOMEM;
  p.addr = u64(target) + u64(BYTES_BEHIND_ENTRY);
  p.pre_handler = pre_handler;
  const err = register_kprobe(p);
  if (err === 0) {
    msleep(200);
    unregister_kprobe(p);
  }
  kfree(p);
  return err;
}

function preempted_init(): int {
  thread = kthread_create(caller, null, "preempted");
  if (IS_ERR(thread)) return int(PTR_ERR(thread));
  kthread_bind(thread, 0);
  wake_up_process(thread);
  let err: int = 0;
  const probe = strcmp(what, "probe") === 0;
  for (let i: int = 0; i < rounds && err === 0; i++) {
    err = probe ? probe_round() : trace_round();
    msleep(4);
  }
  kthread_stop(thread);
  pr_info("%d rounds of %s: %d, %s\n", rounds, what, err, seen !== u64(0) ? "seen" : "never seen");
  return err;
}

function preempted_exit(): void {}
exit(preempted_exit);

module_init(preempted_init);
module_exit(preempted_exit);
MODULE_LICENSE("GPL");

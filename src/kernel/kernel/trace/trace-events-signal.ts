// Events of signals and of system calls: what enters a task from outside, and what it asks for.

import type { pt_regs } from "asm/ptrace";
import type { task_struct } from "linux/sched";
import { type seq_file, seq_printf } from "linux/seq_file";
import type { kernel_siginfo } from "linux/signal";
import { memcpy } from "linux/string";
import { RING_ENTRY_HEAD, type ring_entry } from "./ring_buffer";
import { type trace_event_call, type trace_event_field, trace_event_hit } from "./trace-events";
import { ftrace_syscall_enter, ftrace_syscall_exit, syscall_events_wanted } from "./trace-syscalls";

notrace_file();

export const TRACE_SIGNAL_DELIVERED = 0;
export const TRACE_SIGNAL_IGNORED = 1;
export const TRACE_SIGNAL_ALREADY_PENDING = 2;
const SI_KERNEL = 0x80;

interface generate_record extends struct<"generate_record"> {
  sig?: int;
  errno?: int;
  code?: int;
  comm?: array<u8, 16>;
  pid?: int;
  group?: int;
  result?: int;
}

interface syscall_record extends struct<"syscall_record"> {
  id?: s64;
  args?: array<u64, 6>;
}

interface sysret_record extends struct<"sysret_record"> {
  id?: s64;
  ret?: s64;
}

function print_generate(m: seq_file, e: ring_entry, _call: trace_event_call): void {
  const r = at<generate_record>(u64(e) + u64(RING_ENTRY_HEAD));
  seq_printf(m, "sig=%d errno=%d code=%d comm=%s pid=%d ", r.sig, r.errno, r.code, r.comm, r.pid);
  seq_printf(m, "grp=%d res=%d", r.group, r.result);
}

function print_enter(m: seq_file, e: ring_entry, _call: trace_event_call): void {
  const r = at<syscall_record>(u64(e) + u64(RING_ENTRY_HEAD));
  seq_printf(m, "NR %ld (%lx, %lx, %lx, ", r.id, r.args[0], r.args[1], r.args[2]);
  seq_printf(m, "%lx, %lx, %lx)", r.args[3], r.args[4], r.args[5]);
}

function print_exit(m: seq_file, e: ring_entry, _call: trace_event_call): void {
  const r = at<sysret_record>(u64(e) + u64(RING_ENTRY_HEAD));
  seq_printf(m, "NR %ld = %ld", r.id, r.ret);
}

const generate_fields: trace_event_field[] = [
  { type: "int", name: "sig", offset: 8, size: 4, is_signed: true },
  { type: "int", name: "errno", offset: 12, size: 4, is_signed: true },
  { type: "int", name: "code", offset: 16, size: 4, is_signed: true },
  { type: "char", name: "comm[16]", offset: 20, size: 16, is_signed: true },
  { type: "pid_t", name: "pid", offset: 36, size: 4, is_signed: true },
  { type: "int", name: "group", offset: 40, size: 4, is_signed: true },
  { type: "int", name: "result", offset: 44, size: 4, is_signed: true },
  {},
];
const enter_fields: trace_event_field[] = [
  { type: "long", name: "id", offset: 8, size: 8, is_signed: true },
  { type: "unsigned long", name: "args[6]", offset: 16, size: 48 },
  {},
];
const exit_fields: trace_event_field[] = [
  { type: "long", name: "id", offset: 8, size: 8, is_signed: true },
  { type: "long", name: "ret", offset: 16, size: 8, is_signed: true },
  {},
];

export const signal_events: trace_event_call[] = [
  {
    name: "signal_generate",
    id: 188,
    fields: generate_fields,
    print_fmt:
      '"sig=%d errno=%d code=%d comm=%s pid=%d grp=%d res=%d", REC->sig, REC->errno, REC->code, REC->comm, REC->pid, REC->group, REC->result',
    print: print_generate,
  },
  {},
];

export const raw_syscall_events: trace_event_call[] = [
  {
    name: "sys_enter",
    id: 351,
    fields: enter_fields,
    print_fmt:
      '"NR %ld (%lx, %lx, %lx, %lx, %lx, %lx)", REC->id, REC->args[0], REC->args[1], REC->args[2], REC->args[3], REC->args[4], REC->args[5]',
    print: print_enter,
  },
  { name: "sys_exit", id: 350, fields: exit_fields, print_fmt: '"NR %ld = %ld", REC->id, REC->ret', print: print_exit },
  {},
];

/** info null: from the kernel, `force` where nobody may ignore it. */
export function trace_signal_generate(sig: int, info: kernel_siginfo, force: bool, t: task_struct, group: bool, result: int): void {
  if (READ_ONCE(signal_events[0].active) === 0) return;
  const r: generate_record = { sig, pid: t.pid, group: group ? 1 : 0, result };
  r.code = info !== null ? info.si_code : force ? SI_KERNEL : 0;
  memcpy(r.comm, t.comm, 16);
  trace_event_hit(signal_events[0], r, 40);
}

export function trace_sys_enter(regs: pt_regs, nr: int): void {
  if (READ_ONCE(syscall_events_wanted) !== 0) ftrace_syscall_enter(regs, nr);
  if (READ_ONCE(raw_syscall_events[0].active) === 0) return;
  const r: syscall_record = { id: s64(nr) };
  r.args[0] = regs.di;
  r.args[1] = regs.si;
  r.args[2] = regs.dx;
  r.args[3] = regs.r10;
  r.args[4] = regs.r8;
  r.args[5] = regs.r9;
  trace_event_hit(raw_syscall_events[0], r, 56);
}

export function trace_sys_exit(regs: pt_regs, nr: int): void {
  if (READ_ONCE(syscall_events_wanted) !== 0) ftrace_syscall_exit(regs, nr);
  if (READ_ONCE(raw_syscall_events[1].active) === 0) return;
  const r: sysret_record = { id: s64(nr), ret: s64(regs.ax) };
  trace_event_hit(raw_syscall_events[1], r, 16);
}

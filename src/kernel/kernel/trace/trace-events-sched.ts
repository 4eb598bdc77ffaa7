// Events of the scheduler: switches, wake-ups, the lives of tasks. The functions are called where it happens and look first whether anybody
// wants to know.

import { task_state_index, type task_struct } from "linux/sched";
import { type seq_file, seq_printf } from "linux/seq_file";
import { memcpy, strlcpy, strlen } from "linux/string";
import { RING_ENTRY_HEAD, type ring_entry } from "./ring_buffer";
import { tracing_record_taskinfo_sched_switch, tracing_record_taskinfo_wakeup } from "./trace-cmdlines";
import { EVENT_COMMON, type trace_event_call, type trace_event_field, trace_event_hit } from "./trace-events";
import { trace_pids_exit, trace_pids_fork } from "./trace-pid-files";

notrace_file();

const TASK_STATE_MAX = 0x100;
const STATE_LETTERS = "SDTtXZPI";
const PATH_MAX = 256;

interface switch_record extends struct<"switch_record"> {
  prev_comm?: array<u8, 16>;
  prev_pid?: int;
  prev_prio?: int;
  prev_state?: s64;
  next_comm?: array<u8, 16>;
  next_pid?: int;
  next_prio?: int;
}

interface wakeup_record extends struct<"wakeup_record"> {
  comm?: array<u8, 16>;
  pid?: int;
  prio?: int;
  target_cpu?: int;
}

interface fork_record extends struct<"fork_record"> {
  parent_comm?: array<u8, 16>;
  parent_pid?: int;
  child_comm?: array<u8, 16>;
  child_pid?: int;
}

interface exec_record extends struct<"exec_record"> {
  filename?: u32;
  pid?: int;
  old_pid?: int;
  text?: array<u8, 256>;
}

function record_of(e: ring_entry): ptr {
  return at<ptr>(u64(e) + u64(RING_ENTRY_HEAD));
}

function print_switch(m: seq_file, e: ring_entry, _call: trace_event_call): void {
  const r = record_of(e) as switch_record;
  seq_printf(m, "prev_comm=%s prev_pid=%d prev_prio=%d prev_state=", r.prev_comm, r.prev_pid, r.prev_prio);
  const state = r.prev_state & s64(TASK_STATE_MAX - 1);
  let first = true;
  for (let i: int = 0; i < 8; i++) {
    if (((state >> i) & s64(1)) === s64(0)) continue;
    seq_printf(m, "%s%c", first ? "" : "|", int(STATE_LETTERS[i]));
    first = false;
  }
  seq_printf(m, "%s%s ==> ", first ? "R" : "", (r.prev_state & s64(TASK_STATE_MAX)) !== s64(0) ? "+" : "");
  seq_printf(m, "next_comm=%s next_pid=%d next_prio=%d", r.next_comm, r.next_pid, r.next_prio);
}

function print_wakeup(m: seq_file, e: ring_entry, _call: trace_event_call): void {
  const r = record_of(e) as wakeup_record;
  seq_printf(m, "comm=%s pid=%d prio=%d target_cpu=%03d", r.comm, r.pid, r.prio, r.target_cpu);
}

function print_fork(m: seq_file, e: ring_entry, _call: trace_event_call): void {
  const r = record_of(e) as fork_record;
  seq_printf(m, "comm=%s pid=%d child_comm=%s child_pid=%d", r.parent_comm, r.parent_pid, r.child_comm, r.child_pid);
}

function print_exec(m: seq_file, e: ring_entry, _call: trace_event_call): void {
  const r = record_of(e) as exec_record;
  const text = at<u8[]>(u64(r) + u64(r.filename & u32(0xffff)) - u64(EVENT_COMMON));
  seq_printf(m, "filename=%s pid=%d old_pid=%d", text, r.pid, r.old_pid);
}

function print_task(m: seq_file, e: ring_entry, _call: trace_event_call): void {
  const r = record_of(e) as wakeup_record;
  seq_printf(m, "comm=%s pid=%d prio=%d", r.comm, r.pid, r.prio);
}

const WAKEUP_FMT = '"comm=%s pid=%d prio=%d target_cpu=%03d", REC->comm, REC->pid, REC->prio, REC->target_cpu';
const TASK_FMT = '"comm=%s pid=%d prio=%d", REC->comm, REC->pid, REC->prio';

const wakeup_fields: trace_event_field[] = [
  { type: "char", name: "comm[16]", offset: 8, size: 16, is_signed: true },
  { type: "pid_t", name: "pid", offset: 24, size: 4, is_signed: true },
  { type: "int", name: "prio", offset: 28, size: 4, is_signed: true },
  { type: "int", name: "target_cpu", offset: 32, size: 4, is_signed: true },
  {},
];
const task_fields: trace_event_field[] = [
  { type: "char", name: "comm[16]", offset: 8, size: 16, is_signed: true },
  { type: "pid_t", name: "pid", offset: 24, size: 4, is_signed: true },
  { type: "int", name: "prio", offset: 28, size: 4, is_signed: true },
  {},
];
const switch_fields: trace_event_field[] = [
  { type: "char", name: "prev_comm[16]", offset: 8, size: 16, is_signed: true },
  { type: "pid_t", name: "prev_pid", offset: 24, size: 4, is_signed: true },
  { type: "int", name: "prev_prio", offset: 28, size: 4, is_signed: true },
  { type: "long", name: "prev_state", offset: 32, size: 8, is_signed: true },
  { type: "char", name: "next_comm[16]", offset: 40, size: 16, is_signed: true },
  { type: "pid_t", name: "next_pid", offset: 56, size: 4, is_signed: true },
  { type: "int", name: "next_prio", offset: 60, size: 4, is_signed: true },
  {},
];
const fork_fields: trace_event_field[] = [
  { type: "char", name: "parent_comm[16]", offset: 8, size: 16, is_signed: true },
  { type: "pid_t", name: "parent_pid", offset: 24, size: 4, is_signed: true },
  { type: "char", name: "child_comm[16]", offset: 28, size: 16, is_signed: true },
  { type: "pid_t", name: "child_pid", offset: 44, size: 4, is_signed: true },
  {},
];
const exec_fields: trace_event_field[] = [
  { type: "__data_loc char[]", name: "filename", offset: 8, size: 4, is_signed: true },
  { type: "pid_t", name: "pid", offset: 12, size: 4, is_signed: true },
  { type: "pid_t", name: "old_pid", offset: 16, size: 4, is_signed: true },
  {},
];

const SWITCH_MASK =
  "((((0x00000000 | 0x00000001 | 0x00000002 | 0x00000004 | 0x00000008 | 0x00000010 | 0x00000020 | 0x00000040) + 1) << 1) - 1)";
const SWITCH_BIT = "(((0x00000000 | 0x00000001 | 0x00000002 | 0x00000004 | 0x00000008 | 0x00000010 | 0x00000020 | 0x00000040) + 1) << 1)";
const SWITCH_FLAGS =
  '{ 0x00000001, "S" }, { 0x00000002, "D" }, { 0x00000004, "T" }, { 0x00000008, "t" }, { 0x00000010, "X" }, { 0x00000020, "Z" }, { 0x00000040, "P" }, { 0x00000080, "I" }';

const SWITCH_FMT =
  '"prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%s%s ==> next_comm=%s next_pid=%d next_prio=%d", REC->prev_comm, REC->prev_pid, ' +
  "REC->prev_prio, (REC->prev_state & " +
  SWITCH_MASK +
  ") ? __print_flags(REC->prev_state & " +
  SWITCH_MASK +
  ', "|", ' +
  SWITCH_FLAGS +
  ') : "R", REC->prev_state & ' +
  SWITCH_BIT +
  ' ? "+" : "", REC->next_comm, REC->next_pid, REC->next_prio';

// In the order of registration; listings show the newest first.
export const sched_events: trace_event_call[] = [
  { name: "sched_waking", id: 322, fields: wakeup_fields, print_fmt: WAKEUP_FMT, print: print_wakeup },
  { name: "sched_wakeup", id: 321, fields: wakeup_fields, print_fmt: WAKEUP_FMT, print: print_wakeup },
  { name: "sched_wakeup_new", id: 320, fields: wakeup_fields, print_fmt: WAKEUP_FMT, print: print_wakeup },
  { name: "sched_switch", id: 319, fields: switch_fields, print_fmt: SWITCH_FMT, print: print_switch },
  { name: "sched_process_free", id: 317, fields: task_fields, print_fmt: TASK_FMT, print: print_task },
  { name: "sched_process_exit", id: 316, fields: task_fields, print_fmt: TASK_FMT, print: print_task },
  {
    name: "sched_process_fork",
    id: 313,
    fields: fork_fields,
    print_fmt: '"comm=%s pid=%d child_comm=%s child_pid=%d", REC->parent_comm, REC->parent_pid, REC->child_comm, REC->child_pid',
    print: print_fork,
  },
  {
    name: "sched_process_exec",
    id: 312,
    fields: exec_fields,
    print_fmt: '"filename=%s pid=%d old_pid=%d", __get_str(filename), REC->pid, REC->old_pid',
    print: print_exec,
  },
  {},
];
const WAKING = 0;
const WAKEUP = 1;
const WAKEUP_NEW = 2;
const SWITCH = 3;
const FREE = 4;
const EXIT = 5;
const FORK = 6;
const EXEC = 7;

function wanted(event: int): bool {
  return READ_ONCE(sched_events[event].active) > 0;
}
inline(wanted);

/** prio as user space counts it: 120 is nice 0. */
function prio_of(t: task_struct): int {
  return t.prio;
}

/** Before the stacks change; interrupts are off. */
export function trace_sched_switch(preempted: bool, prev: task_struct, next: task_struct): void {
  tracing_record_taskinfo_sched_switch(prev, next);
  if (!wanted(SWITCH)) return;
  const r: switch_record = { prev_pid: prev.pid, prev_prio: prio_of(prev), next_pid: next.pid, next_prio: prio_of(next) };
  memcpy(r.prev_comm, prev.comm, 16);
  memcpy(r.next_comm, next.comm, 16);
  // Preempted: still willing to run, whatever it was about to do. Else the bit of the state's letter: a dead task is told as a zombie.
  const state = task_state_index(prev);
  if (preempted) r.prev_state = TASK_STATE_MAX;
  else r.prev_state = state === 0 ? s64(0) : s64(1) << (state - 1);
  trace_event_hit(sched_events[SWITCH], r, 56);
}

function wakeup_hit(event: int, t: task_struct): void {
  if (!wanted(event)) return;
  const r: wakeup_record = { pid: t.pid, prio: prio_of(t), target_cpu: int(t.thread_info.cpu) };
  memcpy(r.comm, t.comm, 16);
  trace_event_hit(sched_events[event], r, 28);
}

export function trace_sched_waking(t: task_struct): void {
  wakeup_hit(WAKING, t);
}

export function trace_sched_wakeup(t: task_struct): void {
  tracing_record_taskinfo_wakeup(t);
  wakeup_hit(WAKEUP, t);
}

export function trace_sched_wakeup_new(t: task_struct): void {
  wakeup_hit(WAKEUP_NEW, t);
}

function task_hit(event: int, t: task_struct): void {
  if (!wanted(event)) return;
  const r: wakeup_record = { pid: t.pid, prio: prio_of(t) };
  memcpy(r.comm, t.comm, 16);
  trace_event_hit(sched_events[event], r, 24);
}

export function trace_sched_process_exit(t: task_struct): void {
  task_hit(EXIT, t);
  trace_pids_exit(t);
}

export function trace_sched_process_free(t: task_struct): void {
  task_hit(FREE, t);
}

export function trace_sched_process_fork(parent: task_struct, child: task_struct): void {
  trace_pids_fork(parent, child);
  if (!wanted(FORK)) return;
  const r: fork_record = { parent_pid: parent.pid, child_pid: child.pid };
  memcpy(r.parent_comm, parent.comm, 16);
  memcpy(r.child_comm, child.comm, 16);
  trace_event_hit(sched_events[FORK], r, 40);
}

export function trace_sched_process_exec(t: task_struct, old_pid: int, filename: cstr): void {
  if (!wanted(EXEC)) return;
  const r: exec_record = { pid: t.pid, old_pid };
  strlcpy(r.text, filename, PATH_MAX);
  const len = u32(strlen(r.text)) + u32(1);
  r.filename = (len << 16) | u32(EVENT_COMMON + 12);
  trace_event_hit(sched_events[EXEC], r, u64(12) + u64(len));
}

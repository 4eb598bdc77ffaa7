// The names of recorded tasks: entries hold pids alone. While a tracer or an event is on, each switch between tasks after an entry saves the
// names (and thread groups) of both; a slot is taken by the pid's low bits, the latest wins.

import { get_current } from "linux/current";
import { ENOMEM } from "linux/errno";
import type { task_struct } from "linux/sched";
import { type seq_file, seq_printf } from "linux/seq_file";
import { memcpy } from "linux/string";
import { vfree, vzalloc } from "linux/vmalloc";

notrace_file();

interface saved_cmdline extends struct<"saved_cmdline"> {
  pid?: int;
  tgid?: int;
  comm?: array<u8, 16>;
}
/** The table that there is from the start; saved_cmdlines_size makes another. */
const SAVED_CMDLINES = 128;
let boot_table: array<saved_cmdline, 128>;
let table: saved_cmdline[] = null;
/** Slots of the table; what the file tells counts as Linux sizes it. */
let slots: u32 = SAVED_CMDLINES;
let shown_size: u32 = 6552;
let cmdline_users: int = 0;
let tgid_users: int = 0;
let event_users: int = 0;
/** Something was recorded on this CPU since its last switch. */
let save_pending: u32 = 0;
percpu(save_pending);

export function tracing_start_cmdline_record(): void {
  cmdline_users++;
}
export function tracing_stop_cmdline_record(): void {
  cmdline_users--;
}
/** The option record-tgid, and events that are on: thread groups are saved where both are. */
export function tracing_record_tgid(on: bool): void {
  tgid_users += on ? 1 : -1;
}
export function tracing_event_users(more: bool): void {
  event_users += more ? 1 : -1;
}

function slot_of(pid: int): saved_cmdline {
  return table === null ? boot_table[u32(pid) & u32(SAVED_CMDLINES - 1)] : table[u32(pid) % slots];
}

function save(task: task_struct): void {
  if (task.pid === 0) return;
  const slot = slot_of(task.pid);
  if (slot.pid !== task.pid) slot.tgid = 0;
  slot.pid = task.pid;
  memcpy(slot.comm, task.comm, 16);
  if (tgid_users > 0 && event_users > 0) slot.tgid = task.tgid;
}

/** An entry of the running task was written. */
export function trace_taskinfo_pending(): void {
  if (cmdline_users > 0) this_cpu_write(save_pending, u32(1));
}

/** The scheduler switches. */
export function tracing_record_taskinfo_sched_switch(prev: task_struct, next: task_struct): void {
  if (cmdline_users === 0 || this_cpu_read(save_pending) === u32(0)) return;
  this_cpu_write(save_pending, u32(0));
  save(prev);
  save(next);
}

/** A wake-up: the woken task mostly runs next here. */
export function tracing_record_taskinfo_wakeup(wakee: task_struct): void {
  if (cmdline_users === 0 || this_cpu_read(save_pending) === u32(0)) return;
  save(get_current());
  save(wakee);
}

export function trace_find_cmdline(pid: int): cstr {
  if (pid === 0) return "<idle>";
  const slot = slot_of(pid);
  return slot.pid === pid ? slot.comm : "<...>";
}

export function trace_find_tgid(pid: int): int {
  const slot = slot_of(pid);
  return slot.pid === pid ? slot.tgid : 0;
}

// ---- the files ----

export function saved_cmdlines_show(m: seq_file, _v: ptr): int {
  for (let i: u32 = 0; i < slots; i++) {
    const s = table === null ? boot_table[i] : table[i];
    if (s.pid !== 0) seq_printf(m, "%d %s\n", s.pid, s.comm);
  }
  return 0;
}

export function saved_tgids_show(m: seq_file, _v: ptr): int {
  for (let i: u32 = 0; i < slots; i++) {
    const s = table === null ? boot_table[i] : table[i];
    if (s.pid !== 0 && s.tgid !== 0) seq_printf(m, "%d %d\n", s.pid, s.tgid);
  }
  return 0;
}

export function saved_cmdlines_size(): u32 {
  return shown_size;
}

/** Linux takes whole blocks of pages, of which a map from pids to slots needs MAP bytes, and makes as many slots as fit. */
const MAP = 131104;

export function saved_cmdlines_resize(n: u32): int {
  let block: u64 = 4096;
  while (block < u64(MAP) + u64(n) * u64(16)) block *= u64(2);
  const fit = u32((block - u64(MAP)) / u64(20));
  const fresh = vzalloc(u64(fit) * sizeof<saved_cmdline>()) as saved_cmdline[];
  if (fresh === null) return -ENOMEM;
  const old = table;
  table = fresh;
  slots = fit;
  shown_size = fit;
  if (old !== null) vfree(old);
  return 0;
}

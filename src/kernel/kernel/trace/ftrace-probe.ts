// Commands of set_ftrace_filter: `function:traceoff[:count]` and its kin. Each kind has an ops of its own whose filter is the functions that
// carry the command; each function has its count. Guarded by ftrace_probe_lock; callbacks read with preemption off.

import { EINVAL, ENODEV, ENOMEM } from "linux/errno";
import {
  type ftrace_ops,
  ftrace_ops_init,
  type ftrace_regs,
  ftrace_set_filter_ip,
  ftrace_test_recursion_trylock,
  ftrace_test_recursion_unlock,
  register_ftrace_function,
  unregister_ftrace_function,
} from "linux/ftrace";
import { kstrtoul } from "linux/kernel";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { synchronize_rcu } from "linux/rcupdate";
import { type seq_file, seq_printf } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strchr, strcmp } from "linux/string";
import { ftrace_match_record } from "./ftrace-match";
import { ftrace_next_rec, type ftrace_rec_iter, ftrace_rec_iter_start } from "./ftrace-pages";
import { ring_set_on } from "./ring_buffer";
import { global_trace } from "./trace";
import { ftrace_dump } from "./trace-dump";
import { event_soft_user, find_event_file, lock_events, type trace_event_file, unlock_events } from "./trace-events";
import { trace_stack } from "./trace-functions";
import { tracing_alloc_snapshot, tracing_snapshot } from "./trace-snapshot";

notrace_file();

/** One function with the command. */
interface probe_entry extends struct<"probe_entry"> {
  next?: probe_entry;
  ip?: u64;
  count?: s64;
  /** enable_event, disable_event. */
  event?: trace_event_file;
}

interface ftrace_func_probe extends struct<"ftrace_func_probe"> {
  name?: cstr;
  counted?: bool;
  func?: (e: probe_entry) => void;
  /** Shown as a count though it was set without one. */
  once?: bool;
  entries?: probe_entry;
  /** Order of being set first, for the listing; 0: not in use. */
  order?: int;
  ops?: embed<ftrace_ops>;
}

function probe_traceon(_e: probe_entry): void {
  ring_set_on(global_trace.buffer, 1);
}

function probe_traceoff(_e: probe_entry): void {
  ring_set_on(global_trace.buffer, 0);
}

function probe_stacktrace(_e: probe_entry): void {
  trace_stack(global_trace, 1, false);
}

function probe_snapshot(_e: probe_entry): void {
  tracing_snapshot(global_trace);
}

function probe_dump(_e: probe_entry): void {
  ftrace_dump(false);
}

function probe_cpudump(_e: probe_entry): void {
  ftrace_dump(true);
}

function probe_enable_event(e: probe_entry): void {
  WRITE_ONCE(e.event.soft_enabled, true);
}

function probe_disable_event(e: probe_entry): void {
  WRITE_ONCE(e.event.soft_enabled, false);
}

const probes: ftrace_func_probe[] = [
  { name: "traceoff", func: probe_traceoff },
  { name: "traceoff", counted: true, func: probe_traceoff },
  { name: "traceon", func: probe_traceon },
  { name: "traceon", counted: true, func: probe_traceon },
  { name: "stacktrace", func: probe_stacktrace },
  { name: "stacktrace", counted: true, func: probe_stacktrace },
  { name: "snapshot", func: probe_snapshot },
  { name: "snapshot", counted: true, func: probe_snapshot },
  { name: "dump", counted: true, once: true, func: probe_dump },
  { name: "cpudump", func: probe_cpudump },
  { name: "enable_event", func: probe_enable_event },
  { name: "enable_event", counted: true, func: probe_enable_event },
  { name: "disable_event", func: probe_disable_event },
  { name: "disable_event", counted: true, func: probe_disable_event },
];
const NR_PROBES = 14;
let ftrace_probe_lock: embed<mutex>;
let next_order: int = 0;

function find_entry(p: ftrace_func_probe, ip: u64): probe_entry {
  let e = READ_ONCE(p.entries);
  while (e !== null && e.ip !== ip) e = e.next;
  return e;
}

function function_trace_probe_call(ip: u64, parent_ip: u64, op: ftrace_ops, _fregs: ftrace_regs): void {
  const bit = ftrace_test_recursion_trylock(ip, parent_ip);
  if (bit < 0) return;
  const p = op.private as ftrace_func_probe;
  const e = find_entry(p, ip);
  if (e !== null) {
    if (!p.counted) {
      p.func(e);
    } else if (READ_ONCE(e.count) > 0) {
      e.count--;
      p.func(e);
    }
  }
  ftrace_test_recursion_unlock(bit);
}

/** dump is always counted, cpudump never: Linux shows them so. */
function find_probe(name: cstr, counted: bool): ftrace_func_probe {
  let fallback: ftrace_func_probe = null;
  for (let i: int = 0; i < NR_PROBES; i++) {
    if (strcmp(probes[i].name, name) !== 0) continue;
    if (probes[i].counted === counted) return probes[i];
    if (probes[i].func === probe_dump || probes[i].func === probe_cpudump) fallback = probes[i];
  }
  return fallback;
}

function set_probe(p: ftrace_func_probe, glob: cstr, count: s64, event: trace_event_file): int {
  let iter: embed<ftrace_rec_iter>;
  let found: int = 0;
  let err: int = 0;
  const first = p.entries === null;
  p.ops.func = function_trace_probe_call;
  p.ops.private = p;
  ftrace_ops_init(p.ops);
  ftrace_rec_iter_start(iter);
  for (let rec = ftrace_next_rec(iter); rec !== null && err === 0; rec = ftrace_next_rec(iter)) {
    if (!ftrace_match_record(rec, glob, null)) continue;
    found++;
    const old = find_entry(p, rec.ip);
    if (old !== null) {
      old.count = count;
      continue;
    }
    const e = kzalloc(sizeof<probe_entry>(), GFP_KERNEL) as probe_entry;
    if (e === null) return -ENOMEM;
    e.ip = rec.ip;
    e.count = count;
    e.event = event;
    if (event !== null) err = event_soft_user(event, true);
    e.next = p.entries;
    WRITE_ONCE(p.entries, e);
    if (err === 0) err = ftrace_set_filter_ip(p.ops, rec.ip, 0, 0);
  }
  if (err !== 0) return err;
  if (found === 0) return -EINVAL;
  if (!first) return 0;
  next_order++;
  p.order = next_order;
  return register_ftrace_function(p.ops);
}

function clear_probe(p: ftrace_func_probe, glob: cstr, event: trace_event_file): int {
  let iter: embed<ftrace_rec_iter>;
  let found: int = 0;
  ftrace_rec_iter_start(iter);
  for (let rec = ftrace_next_rec(iter); rec !== null; rec = ftrace_next_rec(iter)) {
    if (!ftrace_match_record(rec, glob, null)) continue;
    let prev: probe_entry = null;
    let e = p.entries;
    while (e !== null && e.ip !== rec.ip) {
      prev = e;
      e = e.next;
    }
    if (e === null || e.event !== event) continue;
    found++;
    // An empty filter would select everything, so the last function goes with the ops.
    if (p.entries === e && e.next === null) unregister_ftrace_function(p.ops);
    if (prev === null) WRITE_ONCE(p.entries, e.next);
    else WRITE_ONCE(prev.next, e.next);
    ftrace_set_filter_ip(p.ops, rec.ip, 1, 0);
    synchronize_rcu();
    if (e.event !== null) event_soft_user(e.event, false);
    kfree(e);
  }
  return found === 0 ? -ENODEV : 0;
}

/** The text before the next colon; what follows goes back to `rest`, null if nothing does. */
function next_part(rest: ref<u8[]>[]): u8[] {
  const part = rest[0];
  rest[0] = null;
  const colon = part === null ? null : strchr(part, 58);
  if (colon !== null) {
    colon[0] = 0;
    rest[0] = add(colon, 1);
  }
  return part;
}

function run_command(glob: cstr, command: cstr, count_text: cstr, event: trace_event_file): int {
  const p = find_probe(command, count_text !== null);
  if (p === null) return -EINVAL;
  if (glob[0] === 33) return clear_probe(p, add(glob as u8[], 1), event);
  let count: u64 = p.once ? u64(1) : u64(0);
  const err = count_text !== null ? kstrtoul(count_text, 0, addr(count)) : 0;
  if (err !== 0) return err;
  const no_memory = p.func === probe_snapshot ? tracing_alloc_snapshot(global_trace) : 0;
  return no_memory !== 0 ? no_memory : set_probe(p, glob, s64(count), event);
}

/** `glob:command[:count]` or `glob:command:system:event[:count]`, glob with a leading ! to remove. */
export function ftrace_probe_command(glob: cstr, command: cstr, param: u8[]): int {
  let rest: u8[] = param;
  let event: trace_event_file = null;
  lock_events();
  mutex_lock(ftrace_probe_lock);
  let ret: int = 0;
  if (strcmp(command, "enable_event") === 0 || strcmp(command, "disable_event") === 0) {
    const system = next_part(addr(rest));
    const name = next_part(addr(rest));
    event = name === null ? null : find_event_file(global_trace, system, name);
    if (event === null) ret = -EINVAL;
  }
  if (ret === 0) ret = run_command(glob, command, rest, event);
  mutex_unlock(ftrace_probe_lock);
  unlock_events();
  return ret;
}

/** The n-th function with a command into the listing; false behind the last. */
export function ftrace_probe_show(m: seq_file, n: s64, print: bool): bool {
  let left = n;
  let found = false;
  mutex_lock(ftrace_probe_lock);
  for (let order = next_order; order > 0 && !found; order--) {
    for (let i: int = 0; i < NR_PROBES && !found; i++) {
      const p = probes[i];
      if (p.order !== order || p.entries === null) continue;
      for (let e = p.entries; e !== null && !found; e = e.next) {
        if (left > 0) {
          left--;
          continue;
        }
        found = true;
        if (!print) continue;
        seq_printf(m, "%ps:%s:", at<ptr>(e.ip), p.name);
        if (e.event !== null) seq_printf(m, "%s:%s:", e.event.call.system, e.event.call.name);
        if (p.counted) seq_printf(m, "count=%ld\n", e.count);
        else seq_printf(m, "unlimited\n");
      }
    }
  }
  mutex_unlock(ftrace_probe_lock);
  return found;
}

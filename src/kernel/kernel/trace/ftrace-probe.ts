// Commands of set_ftrace_filter: `function:traceoff[:count]` and its kin. Each kind has an ops of its own whose filter is the functions that
// carry the command; each function has its count. Guarded by ftrace_probe_lock; callbacks read with preemption off.

import { EINVAL, ENOMEM } from "linux/errno";
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
import { strcmp } from "linux/string";
import { ftrace_match_record } from "./ftrace-match";
import { ftrace_next_rec, type ftrace_rec_iter, ftrace_rec_iter_start } from "./ftrace-pages";
import { ring_is_on, ring_set_on } from "./ring_buffer";
import { ftrace_dump } from "./trace-dump";
import { trace_stack } from "./trace-functions";

notrace_file();

/** One function with the command. */
interface probe_entry extends struct<"probe_entry"> {
  next?: probe_entry;
  ip?: u64;
  count?: s64;
}

interface ftrace_func_probe extends struct<"ftrace_func_probe"> {
  name?: cstr;
  counted?: bool;
  func?: () => void;
  entries?: probe_entry;
  /** Order of being set first, for the listing; 0: not in use. */
  order?: int;
  ops?: embed<ftrace_ops>;
}

function probe_traceon(): void {
  if (!ring_is_on()) ring_set_on(1);
}

function probe_traceoff(): void {
  if (ring_is_on()) ring_set_on(0);
}

function probe_stacktrace(): void {
  trace_stack(1);
}

function probe_dump(): void {
  ftrace_dump(false);
}

function probe_cpudump(): void {
  ftrace_dump(true);
}

const probes: ftrace_func_probe[] = [
  { name: "traceoff", func: probe_traceoff },
  { name: "traceoff", counted: true, func: probe_traceoff },
  { name: "traceon", func: probe_traceon },
  { name: "traceon", counted: true, func: probe_traceon },
  { name: "stacktrace", func: probe_stacktrace },
  { name: "stacktrace", counted: true, func: probe_stacktrace },
  { name: "dump", func: probe_dump },
  { name: "dump", counted: true, func: probe_dump },
  { name: "cpudump", func: probe_cpudump },
  { name: "cpudump", counted: true, func: probe_cpudump },
];
const NR_PROBES = 10;
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
      p.func();
    } else if (READ_ONCE(e.count) > 0) {
      e.count--;
      p.func();
    }
  }
  ftrace_test_recursion_unlock(bit);
}

function find_probe(name: cstr, counted: bool): ftrace_func_probe {
  for (let i: int = 0; i < NR_PROBES; i++) {
    if (strcmp(probes[i].name, name) === 0 && probes[i].counted === counted) return probes[i];
  }
  return null;
}

function set_probe(p: ftrace_func_probe, glob: cstr, count: s64): int {
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
    e.next = p.entries;
    WRITE_ONCE(p.entries, e);
    err = ftrace_set_filter_ip(p.ops, rec.ip, 0, 0);
  }
  if (err !== 0) return err;
  if (found === 0) return -EINVAL;
  if (!first) return 0;
  next_order++;
  p.order = next_order;
  return register_ftrace_function(p.ops);
}

function clear_probe(p: ftrace_func_probe, glob: cstr): int {
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
    if (e === null) continue;
    found++;
    // An empty filter would select everything, so the last function goes with the ops.
    if (p.entries === e && e.next === null) unregister_ftrace_function(p.ops);
    if (prev === null) WRITE_ONCE(p.entries, e.next);
    else WRITE_ONCE(prev.next, e.next);
    ftrace_set_filter_ip(p.ops, rec.ip, 1, 0);
    synchronize_rcu();
    kfree(e);
  }
  return found === 0 ? -EINVAL : 0;
}

/** `glob:command[:count]`, glob with a leading ! to remove. */
export function ftrace_probe_command(glob: cstr, command: cstr, param: cstr): int {
  const p = find_probe(command, param !== null);
  if (p === null) return -EINVAL;
  mutex_lock(ftrace_probe_lock);
  let ret: int = 0;
  if (glob[0] === 33) {
    ret = clear_probe(p, add(glob as u8[], 1));
  } else {
    let count: u64 = 0;
    if (param !== null) ret = kstrtoul(param, 0, addr(count));
    if (ret === 0) ret = set_probe(p, glob, s64(count));
  }
  mutex_unlock(ftrace_probe_lock);
  return ret;
}

/** The n-th function with a command into the listing; false behind the last. */
export function ftrace_probe_show(m: seq_file, n: s64, print: bool): bool {
  let left = n;
  let found = false;
  mutex_lock(ftrace_probe_lock);
  for (let order: int = 1; order <= next_order && !found; order++) {
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
        if (p.counted) seq_printf(m, "count=%ld\n", e.count);
        else seq_printf(m, "unlimited\n");
      }
    }
  }
  mutex_unlock(ftrace_probe_lock);
  return found;
}

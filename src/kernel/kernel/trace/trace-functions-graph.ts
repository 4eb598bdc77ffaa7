// The function_graph tracer: calls as an indented tree with durations. fgraph.ts hooks the returns; this file filters, records and prints.

import type { ftrace_hash } from "linux/ftrace";
import { scnprintf } from "linux/kernel";
import { synchronize_rcu } from "linux/rcupdate";
import { type seq_file, seq_printf, seq_putc, seq_puts } from "linux/seq_file";
import { NR_CPUS } from "linux/smp";
import { strlen } from "linux/string";
import { graph_ops, register_ftrace_graph, unregister_ftrace_graph } from "./fgraph";
import { free_ftrace_hash, ftrace_hash_empty, ftrace_lookup_ip } from "./ftrace-hash";
import type { ring_entry } from "./ring_buffer";
import {
  register_tracer,
  TRACE_GRAPH_ENT,
  TRACE_GRAPH_RET,
  trace_begin,
  trace_commit,
  trace_find_cmdline,
  trace_this_task,
  type tracer,
} from "./trace";

notrace_file();

export { graph_ops };

interface graph_entry extends struct<"graph_entry"> {
  ent?: embed<ring_entry>;
  func?: u64;
  depth?: s64;
  /** Of a return: ns. */
  calltime?: u64;
  rettime?: u64;
}

/** set_graph_function: only what these call; empty: everything. Published, never changed. */
export let ftrace_graph_hash: ftrace_hash = null;
export let ftrace_graph_notrace_hash: ftrace_hash = null;

export function set_ftrace_graph_hash(hash: ftrace_hash, notrace_: bool): void {
  const old = notrace_ ? ftrace_graph_notrace_hash : ftrace_graph_hash;
  if (notrace_) WRITE_ONCE(ftrace_graph_notrace_hash, hash);
  else WRITE_ONCE(ftrace_graph_hash, hash);
  synchronize_rcu();
  free_ftrace_hash(old);
}

function record(type: u16, func: u64, depth: int, calltime: u64, rettime: u64): bool {
  const flags = read_rflags();
  cli();
  const e = trace_begin(type, type === u16(TRACE_GRAPH_ENT) ? u64(16) : u64(32), flags, 1) as graph_entry;
  if (e !== null) {
    e.func = func;
    e.depth = s64(depth);
    if (type === u16(TRACE_GRAPH_RET)) {
      e.calltime = calltime;
      e.rettime = rettime;
    }
    trace_commit(e.ent);
  }
  if ((flags & u64(0x200)) !== u64(0)) sti();
  return e !== null;
}

/** Shall the call be recorded (and so its return)? `top`: the shadow stack below it. */
export function trace_graph_entry(func: u64, depth: int, traced_above: bool): bool {
  if (!trace_this_task()) return false;
  if (!ftrace_hash_empty(READ_ONCE(ftrace_graph_hash)) && !traced_above && ftrace_lookup_ip(ftrace_graph_hash, func) === null) return false;
  if (!ftrace_hash_empty(READ_ONCE(ftrace_graph_notrace_hash)) && ftrace_lookup_ip(ftrace_graph_notrace_hash, func) !== null) return false;
  return record(u16(TRACE_GRAPH_ENT), func, depth, 0, 0);
}

export function trace_graph_return(func: u64, depth: int, calltime: u64, rettime: u64): void {
  record(u16(TRACE_GRAPH_RET), func, depth, calltime, rettime);
}

// ---- printing ----

/** Of one reader: what it has seen per CPU. */
interface graph_state extends struct<"graph_state"> {
  last_pid?: array<int, 8>;
  seen?: array<u8, 8>;
  /** An entry that waits for the next one of its CPU: a leaf is printed with its return. */
  pending?: array<graph_entry, 8>;
  has_pending?: array<u8, 8>;
}

function print_cpu(m: seq_file, cpu: int): void {
  seq_printf(m, " %d) ", cpu);
}

/** comm-pid in the middle of 14 columns. */
function print_proc(m: seq_file, pid: int): void {
  let comm: array<u8, 8>;
  let num: array<u8, 16>;
  const n: u64 = u64(scnprintf(comm, 8, "%s", trace_find_cmdline(pid)));
  const k: u64 = u64(scnprintf(num, 16, "%d", pid));
  const spaces: int = 14 - int(n) - int(k) - 1;
  for (let i: int = 0; i < (spaces > 0 ? spaces / 2 : 0); i++) seq_putc(m, 32);
  seq_printf(m, "%s-%s", comm, num);
  for (let i: int = 0; i < (spaces > 0 ? spaces - spaces / 2 : 0); i++) seq_putc(m, 32);
}

function verif_pid(m: seq_file, e: ring_entry, s: graph_state): void {
  if (s.seen[e.cpu] !== 0 && s.last_pid[e.cpu] === e.pid) return;
  const first = s.seen[e.cpu] === 0;
  const prev = s.last_pid[e.cpu];
  s.seen[e.cpu] = 1;
  s.last_pid[e.cpu] = e.pid;
  if (first) return;
  seq_puts(m, " ------------------------------------------\n");
  print_cpu(m, e.cpu);
  print_proc(m, prev);
  seq_puts(m, " => ");
  print_proc(m, e.pid);
  seq_puts(m, "\n ------------------------------------------\n\n");
}

function overhead_mark(ns: u64): u8 {
  if (ns > u64(1000000000)) return 36;
  if (ns > u64(100000000)) return 64;
  if (ns > u64(10000000)) return 42;
  if (ns > u64(1000000)) return 35;
  if (ns > u64(100000)) return 33;
  return ns > u64(10000) ? 43 : 32;
}

function print_duration(m: seq_file, ns: u64): void {
  let text: array<u8, 24>;
  let frac: array<u8, 5>;
  seq_printf(m, "%c ", int(overhead_mark(ns)));
  scnprintf(text, 24, "%lu", ns / u64(1000));
  let len = strlen(text);
  seq_puts(m, text);
  if (len < u64(7)) {
    const size: u64 = u64(8) - len < u64(5) ? u64(8) - len : u64(4);
    scnprintf(frac, size < u64(4) ? size : u64(4), "%03lu", ns % u64(1000));
    seq_printf(m, ".%s", frac);
    len += strlen(frac) + u64(1);
  }
  seq_puts(m, " us ");
  for (let i: u64 = len; i < u64(8); i++) seq_putc(m, 32);
  seq_puts(m, "|  ");
}

function indent(m: seq_file, depth: s64): void {
  for (let i: s64 = 0; i < depth * 2; i++) seq_putc(m, 32);
}

function print_nested(m: seq_file, e: graph_entry, s: graph_state): void {
  verif_pid(m, e.ent, s);
  print_cpu(m, e.ent.cpu);
  seq_puts(m, "              |  ");
  indent(m, e.depth);
  seq_printf(m, "%ps() {\n", at<ptr>(e.func));
}

function print_leaf(m: seq_file, e: graph_entry, ret: graph_entry, s: graph_state): void {
  verif_pid(m, e.ent, s);
  print_cpu(m, e.ent.cpu);
  print_duration(m, ret.rettime - ret.calltime);
  indent(m, e.depth);
  seq_printf(m, "%ps();\n", at<ptr>(e.func));
}

function print_return(m: seq_file, e: graph_entry, s: graph_state): void {
  verif_pid(m, e.ent, s);
  print_cpu(m, e.ent.cpu);
  print_duration(m, e.rettime - e.calltime);
  indent(m, e.depth);
  seq_puts(m, "}\n");
}

/** Entries wait for what comes next on their CPU; graph_flush prints what still waits at the end. */
function print_graph_line(m: seq_file, ent: ring_entry, state: ptr): bool {
  const s = state as graph_state;
  const cpu = ent.cpu;
  const e = ent as ptr as graph_entry;
  const held = s.pending[cpu];
  const is_return = int(ent.type) === TRACE_GRAPH_RET;
  if (s.has_pending[cpu] !== 0) {
    s.has_pending[cpu] = 0;
    if (is_return && held.func === e.func && held.depth === e.depth && held.ent.pid === ent.pid) {
      print_leaf(m, held, e, s);
      return true;
    }
    print_nested(m, held, s);
  }
  if (is_return) {
    print_return(m, e, s);
    return true;
  }
  if (int(ent.type) === TRACE_GRAPH_ENT) {
    copy(held, e);
    s.has_pending[cpu] = 1;
    return true;
  }
  return false;
}

export function graph_flush(m: seq_file, state: ptr): void {
  const s = state as graph_state;
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    if (s.has_pending[cpu] === 0) continue;
    s.has_pending[cpu] = 0;
    print_nested(m, s.pending[cpu], s);
  }
}

export function graph_state_size(): u64 {
  return sizeof<graph_state>();
}

function print_graph_header(m: seq_file): void {
  seq_puts(m, "# tracer: function_graph\n#\n");
  seq_puts(m, "# CPU  DURATION                  FUNCTION CALLS\n");
  seq_puts(m, "# |     |   |                     |   |   |   |\n");
}

const graph_trace: tracer = {
  name: "function_graph",
  init: register_ftrace_graph,
  reset: unregister_ftrace_graph,
  print_header: print_graph_header,
  print_line: print_graph_line,
};

export function init_graph_trace(): void {
  register_tracer(graph_trace);
}
init(init_graph_trace);

// How the function_graph tracer's entries look: a tree, leaves on one line, the columns chosen by options.

import { scnprintf } from "linux/kernel";
import { type seq_file, seq_printf, seq_putc, seq_puts } from "linux/seq_file";
import { NR_CPUS } from "linux/smp";
import { strlen } from "linux/string";
import { FTRACE_RETFUNC_DEPTH, register_ftrace_graph, unregister_ftrace_graph } from "./fgraph";
import { ring_entries, type ring_entry } from "./ring_buffer";
import {
  register_tracer,
  TRACE_GRAPH_ENT,
  TRACE_GRAPH_RET,
  TRACE_ITER_LATENCY_FMT,
  type trace_array,
  type tracer,
  type tracer_opt,
} from "./trace";
import { trace_find_cmdline } from "./trace-cmdlines";
import type { graph_entry } from "./trace-functions-graph";
import { print_latency_header } from "./trace-header";
import { trace_has, trace_print_comment, trace_print_lat_fmt } from "./trace-output";

notrace_file();

const GRAPH_OVERRUN = 0x1;
const GRAPH_CPU = 0x2;
const GRAPH_OVERHEAD = 0x4;
const GRAPH_PROC = 0x8;
const GRAPH_DURATION = 0x10;
const GRAPH_ABS_TIME = 0x20;
const GRAPH_IRQS = 0x40;
const GRAPH_TAIL = 0x80;
const GRAPH_SLEEP_TIME = 0x100;

const graph_opts: tracer_opt[] = [
  { name: "funcgraph-overrun", bit: GRAPH_OVERRUN },
  { name: "funcgraph-cpu", bit: GRAPH_CPU },
  { name: "funcgraph-overhead", bit: GRAPH_OVERHEAD },
  { name: "funcgraph-proc", bit: GRAPH_PROC },
  { name: "funcgraph-duration", bit: GRAPH_DURATION },
  { name: "funcgraph-abstime", bit: GRAPH_ABS_TIME },
  { name: "funcgraph-irqs", bit: GRAPH_IRQS },
  { name: "funcgraph-tail", bit: GRAPH_TAIL },
  { name: "sleep-time", bit: GRAPH_SLEEP_TIME },
  {},
];

/** Of one reader: what it has seen per CPU. */
interface graph_state extends struct<"graph_state"> {
  tr?: trace_array;
  last_pid?: array<int, 8>;
  seen?: array<u8, 8>;
  /** An entry that waits for the next one of its CPU: a leaf is printed with its return. */
  pending?: array<graph_entry, 8>;
  has_pending?: array<u8, 8>;
  /** Depth of the innermost open call. */
  depth?: array<int, 8>;
  /** The functions whose braces are open, by depth: FTRACE_RETFUNC_DEPTH for each CPU. */
  open?: array<u64, 400>;
}

function on(flag: u32): bool {
  return (graph_trace.val & flag) !== u32(0);
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

/** The columns before the duration. */
function print_prologue(m: seq_file, e: ring_entry, s: graph_state): void {
  const cpu = e.cpu;
  if (s.seen[cpu] !== 0 && s.last_pid[cpu] !== e.pid) {
    seq_puts(m, " ------------------------------------------\n");
    seq_printf(m, " %d) ", cpu);
    print_proc(m, s.last_pid[cpu]);
    seq_puts(m, " => ");
    print_proc(m, e.pid);
    seq_puts(m, "\n ------------------------------------------\n\n");
  }
  s.seen[cpu] = 1;
  s.last_pid[cpu] = e.pid;
  if (on(GRAPH_ABS_TIME)) {
    const us = e.ts / u64(1000);
    seq_printf(m, "%5lu.%06lu |  ", us / u64(1000000), us % u64(1000000));
  }
  if (on(GRAPH_CPU)) seq_printf(m, " %d) ", cpu);
  if (on(GRAPH_PROC)) {
    print_proc(m, e.pid);
    seq_puts(m, " | ");
  }
  if (trace_has(s.tr, TRACE_ITER_LATENCY_FMT)) {
    seq_putc(m, 32);
    trace_print_lat_fmt(m, e);
    seq_puts(m, " | ");
  }
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
  if (!on(GRAPH_DURATION)) return;
  seq_printf(m, "%c ", on(GRAPH_OVERHEAD) ? int(overhead_mark(ns)) : 32);
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

/** The duration's columns of a line that has none. */
function print_no_duration(m: seq_file): void {
  if (on(GRAPH_DURATION)) seq_puts(m, "              |  ");
}

function indent(m: seq_file, depth: s64): void {
  for (let i: s64 = 0; i < depth * 2; i++) seq_putc(m, 32);
}

function set_open(s: graph_state, e: graph_entry, func: u64): void {
  if (e.depth >= 0 && e.depth < s64(FTRACE_RETFUNC_DEPTH)) s.open[u64(e.ent.cpu * FTRACE_RETFUNC_DEPTH) + u64(e.depth)] = func;
}

function print_nested(m: seq_file, e: graph_entry, s: graph_state): void {
  s.depth[e.ent.cpu] = int(e.depth);
  set_open(s, e, e.func);
  print_prologue(m, e.ent, s);
  print_no_duration(m);
  indent(m, e.depth);
  seq_printf(m, "%ps() {\n", at<ptr>(e.func));
}

function print_leaf(m: seq_file, e: graph_entry, ret: graph_entry, s: graph_state): void {
  s.depth[e.ent.cpu] = int(e.depth) - 1;
  set_open(s, e, 0);
  print_prologue(m, e.ent, s);
  print_duration(m, ret.rettime - ret.calltime);
  indent(m, e.depth);
  seq_printf(m, "%ps();\n", at<ptr>(e.func));
}

function print_return(m: seq_file, e: graph_entry, s: graph_state): void {
  const cpu = e.ent.cpu;
  s.depth[cpu] = int(e.depth) - 1;
  const known = e.depth >= 0 && e.depth < s64(FTRACE_RETFUNC_DEPTH) && s.open[u64(cpu * FTRACE_RETFUNC_DEPTH) + u64(e.depth)] === e.func;
  set_open(s, e, 0);
  print_prologue(m, e.ent, s);
  print_duration(m, e.rettime - e.calltime);
  indent(m, e.depth);
  // A brace whose beginning was not seen says whose it is.
  if (known && !on(GRAPH_TAIL)) seq_puts(m, "}\n");
  else seq_printf(m, "} /* %ps */\n", at<ptr>(e.func));
}

/** Entries of other kinds stand in the tree as comments. */
function print_comment(m: seq_file, e: ring_entry, s: graph_state): void {
  print_prologue(m, e, s);
  print_no_duration(m);
  const depth = s.depth[e.cpu];
  if (depth > 0) indent(m, s64(depth + 1));
  seq_puts(m, "/* ");
  trace_print_comment(m, s.tr, e);
  seq_puts(m, " */\n");
}

/** Entries wait for what comes next on their CPU; graph_flush prints what still waits at the end. */
function print_graph_line(m: seq_file, tr: trace_array, ent: ring_entry, state: ptr): bool {
  const s = state as graph_state;
  const cpu = ent.cpu;
  const e = ent as ptr as graph_entry;
  const held = s.pending[cpu];
  const is_return = int(ent.type) === TRACE_GRAPH_RET;
  s.tr = tr;
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
  } else if (int(ent.type) === TRACE_GRAPH_ENT) {
    copy(held, e);
    s.has_pending[cpu] = 1;
  } else {
    print_comment(m, ent, s);
  }
  return true;
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

function print_graph_header(m: seq_file, tr: trace_array): void {
  const lat = trace_has(tr, TRACE_ITER_LATENCY_FMT);
  if (lat) {
    if (ring_entries(tr.buffer, -1) === u64(0)) return;
    print_latency_header(m, tr);
    seq_puts(m, "#      _-----=> irqs-off        \n");
    seq_puts(m, "#     / _----=> need-resched    \n");
    seq_puts(m, "#    | / _---=> hardirq/softirq \n");
    seq_puts(m, "#    || / _--=> preempt-depth   \n");
    seq_puts(m, "#    ||| /                      \n");
  }
  seq_putc(m, 35);
  if (on(GRAPH_ABS_TIME)) seq_puts(m, "     TIME       ");
  if (on(GRAPH_CPU)) seq_puts(m, " CPU");
  if (on(GRAPH_PROC)) seq_puts(m, "  TASK/PID       ");
  if (lat) seq_puts(m, "||||   ");
  if (on(GRAPH_DURATION)) seq_puts(m, "  DURATION   ");
  seq_puts(m, "               FUNCTION CALLS\n#");
  if (on(GRAPH_ABS_TIME)) seq_puts(m, "      |         ");
  if (on(GRAPH_CPU)) seq_puts(m, " |  ");
  if (on(GRAPH_PROC)) seq_puts(m, "   |    |        ");
  if (lat) seq_puts(m, "||||   ");
  if (on(GRAPH_DURATION)) seq_puts(m, "   |   |      ");
  seq_puts(m, "               |   |   |   |\n");
}

function graph_trace_init(_tr: trace_array): int {
  return register_ftrace_graph();
}

function graph_trace_reset(_tr: trace_array): void {
  unregister_ftrace_graph();
}

export const graph_trace: tracer = {
  name: "function_graph",
  init: graph_trace_init,
  reset: graph_trace_reset,
  print_header: print_graph_header,
  print_line: print_graph_line,
  opts: graph_opts,
  val: GRAPH_CPU | GRAPH_OVERHEAD | GRAPH_DURATION | GRAPH_IRQS | GRAPH_SLEEP_TIME,
};

export function init_graph_trace(): void {
  register_tracer(graph_trace);
}
init(init_graph_trace);

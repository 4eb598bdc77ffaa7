// The function_graph tracer: calls as an indented tree with durations. fgraph.ts hooks the returns, this file filters and records,
// trace-graph-output.ts prints. It belongs to the machine's own trace.

import type { ftrace_hash } from "linux/ftrace";
import { synchronize_rcu } from "linux/rcupdate";
import { graph_ops } from "./fgraph";
import { free_ftrace_hash, ftrace_hash_empty, ftrace_lookup_ip } from "./ftrace-hash";
import type { ring_entry } from "./ring_buffer";
import { global_trace, TRACE_GRAPH_ENT, TRACE_GRAPH_RET, trace_begin, trace_commit, trace_this_task } from "./trace";

notrace_file();

export { graph_ops };

export interface graph_entry extends struct<"graph_entry"> {
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

/** max_graph_depth; 0: no limit. */
export let fgraph_max_depth: u32 = 0;

export function set_fgraph_max_depth(depth: u32): void {
  fgraph_max_depth = depth;
}

function record(type: u16, func: u64, depth: int, calltime: u64, rettime: u64): bool {
  const flags = read_rflags();
  cli();
  const e = trace_begin(global_trace, type, type === u16(TRACE_GRAPH_ENT) ? u64(16) : u64(32), flags, 0) as graph_entry;
  if (e !== null) {
    e.func = func;
    e.depth = s64(depth);
    if (type === u16(TRACE_GRAPH_RET)) {
      e.calltime = calltime;
      e.rettime = rettime;
    }
    trace_commit(global_trace, e.ent);
  }
  if ((flags & u64(0x200)) !== u64(0)) sti();
  return e !== null;
}

/** Shall the call be recorded (and so its return)? `top`: the shadow stack below it. */
export function trace_graph_entry(func: u64, depth: int, traced_above: bool): bool {
  if (!trace_this_task(global_trace)) return false;
  if (fgraph_max_depth !== u32(0) && depth >= int(fgraph_max_depth)) return false;
  if (!ftrace_hash_empty(READ_ONCE(ftrace_graph_hash)) && !traced_above && ftrace_lookup_ip(ftrace_graph_hash, func) === null) return false;
  if (!ftrace_hash_empty(READ_ONCE(ftrace_graph_notrace_hash)) && ftrace_lookup_ip(ftrace_graph_notrace_hash, func) !== null) return false;
  // With a threshold only the returns tell whether the call is worth an entry.
  if (global_trace.tracing_thresh !== u64(0)) return true;
  return record(u16(TRACE_GRAPH_ENT), func, depth, 0, 0);
}

export function trace_graph_return(func: u64, depth: int, calltime: u64, rettime: u64): void {
  if (rettime - calltime < global_trace.tracing_thresh) return;
  record(u16(TRACE_GRAPH_RET), func, depth, calltime, rettime);
}

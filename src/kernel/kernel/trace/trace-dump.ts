// The trace on the console, for the dump commands and whoever dies: entries are consumed as they are printed, in the latency format.

import type { seq_file } from "linux/seq_file";
import { GFP_ATOMIC, kfree, kzalloc } from "linux/slab";
import { smp_processor_id } from "linux/smp";
import { RING_ENTRY_MAX, type ring_cursor, ring_entries, type ring_entry, ring_next, ring_set_on } from "./ring_buffer";
import { global_trace, TRACE_ITER_LATENCY_FMT } from "./trace";
import { print_trace_line } from "./trace-output";

notrace_file();

const LINE = 4096;

function dump_entries(cpu: int): void {
  const cursor: ring_cursor = { cpu, buffer: global_trace.buffer };
  const e = kzalloc(RING_ENTRY_MAX, GFP_ATOMIC) as ring_entry;
  const text = kzalloc(LINE, GFP_ATOMIC) as u8[];
  const flags = global_trace.flags;
  global_trace.flags |= u64(TRACE_ITER_LATENCY_FMT);
  while (e !== null && text !== null && ring_next(cursor, e, true)) {
    const m: seq_file = { buf: text, size: LINE - 1 };
    print_trace_line(m, global_trace, e);
    text[m.count] = 0;
    pr_emerg("%s", text);
  }
  global_trace.flags = flags;
  kfree(text);
  kfree(e);
}

export function ftrace_dump(this_cpu: bool): void {
  const cpu: int = this_cpu ? smp_processor_id() : -1;
  pr_emerg("Dumping ftrace buffer:\n");
  if (ring_entries(global_trace.buffer, cpu) === u64(0)) {
    pr_emerg("   (ftrace buffer empty)\n");
    return;
  }
  pr_emerg("---------------------------------\n");
  dump_entries(cpu);
  pr_emerg("---------------------------------\n");
}

/** kernel.ftrace_dump_on_oops: 1 everything, 2 the CPU that died. */
export function ftrace_dump_on_death(mode: int): void {
  if (mode === 0) return;
  ring_set_on(global_trace.buffer, 0);
  ftrace_dump(mode === 2);
}

// The trace on the console, for the dump commands and whoever dies: entries are consumed as they are printed.

import type { seq_file } from "linux/seq_file";
import { GFP_ATOMIC, kfree, kzalloc } from "linux/slab";
import { smp_processor_id } from "linux/smp";
import { RING_ENTRY_MAX, type ring_cursor, type ring_entry, ring_next } from "./ring_buffer";
import { print_trace_line } from "./trace-output";

notrace_file();

const LINE = 4096;

export function ftrace_dump(this_cpu: bool): void {
  const cursor: ring_cursor = { cpu: this_cpu ? smp_processor_id() : -1 };
  const e = kzalloc(RING_ENTRY_MAX, GFP_ATOMIC) as ring_entry;
  const text = kzalloc(LINE, GFP_ATOMIC) as u8[];
  pr_emerg("Dumping ftrace buffer:\n");
  pr_emerg("---------------------------------\n");
  while (e !== null && text !== null && ring_next(cursor, e, true)) {
    const m: seq_file = { buf: text, size: LINE - 1 };
    print_trace_line(m, e);
    text[m.count] = 0;
    pr_emerg("%s", text);
  }
  pr_emerg("---------------------------------\n");
  kfree(text);
  kfree(e);
}

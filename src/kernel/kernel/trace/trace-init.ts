// Brings up the tracers and the files of tracefs.

import { mutex_init } from "linux/mutex";
import { init_ftrace_graph } from "./fgraph";
import { init_func_files } from "./ftrace-files";
import { global_trace, nop_trace, register_tracer, trace_alloc_boot_rings, trace_types_lock } from "./trace";
import { TRACE_CLOCK_GLOBAL } from "./trace-clock";
import { init_static_events } from "./trace-events-table";
import { init_trace_files } from "./trace-files";
import { init_function_trace } from "./trace-functions";
import { init_graph_trace } from "./trace-graph-output";
import { init_trace_instances } from "./trace-instances";
import { init_kprobe_trace } from "./trace-kprobe-parse";
import { stack_trace_init } from "./trace-stack";

notrace_file();

export function tracer_init_tracefs(): int {
  mutex_init(trace_types_lock);
  register_tracer(nop_trace);
  init_function_trace();
  init_ftrace_graph();
  init_graph_trace();
  // The TSC is not announced as invariant.
  global_trace.buffer.clock = TRACE_CLOCK_GLOBAL;
  trace_alloc_boot_rings();
  init_static_events();
  init_trace_files();
  init_func_files();
  init_trace_instances();
  init_kprobe_trace();
  stack_trace_init();
  return 0;
}
init(tracer_init_tracefs);

// Brings up the tracers and the files of tracefs.

import { mutex_init } from "linux/mutex";
import { init_ftrace_graph } from "./fgraph";
import { init_func_files } from "./ftrace-files";
import { nop_trace, register_tracer, trace_alloc_boot_rings, trace_types_lock } from "./trace";
import { init_trace_files } from "./trace-files";
import { init_function_trace } from "./trace-functions";
import { init_graph_trace } from "./trace-functions-graph";
import { init_kprobe_trace } from "./trace-kprobe";
import { init_error_log } from "./trace-probe-error";

notrace_file();

export function tracer_init_tracefs(): int {
  mutex_init(trace_types_lock);
  register_tracer(nop_trace);
  init_function_trace();
  init_ftrace_graph();
  init_graph_trace();
  trace_alloc_boot_rings();
  init_trace_files();
  init_func_files();
  init_kprobe_trace();
  init_error_log();
  return 0;
}
init(tracer_init_tracefs);

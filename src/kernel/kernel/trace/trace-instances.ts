// instances/: mkdir makes a trace of its own, with a buffer, a tracer, filters and events; rmdir takes it away.

import type { dentry } from "linux/dcache";
import { EBUSY, ENOENT, ENOMEM } from "linux/errno";
import type { ftrace_ops } from "linux/ftrace";
import { ftrace_free_filter } from "linux/ftrace";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strcmp, strlcpy } from "linux/string";
import { tracefs_create_dir, tracefs_create_instance_dir, tracefs_release_dir } from "linux/tracefs";
import { ftrace_clear_mod_filters } from "./ftrace-mod-filter";
import { ring_free } from "./ring_buffer";
import {
  ftrace_trace_arrays,
  global_trace,
  link_trace_array,
  lock_tracers,
  nop_trace,
  type trace_array,
  tracing_resize,
  tracing_set_tracer,
  unlink_trace_array,
  unlock_tracers,
} from "./trace";
import { remove_event_files } from "./trace-events-files";
import { create_trace_files } from "./trace-files";
import { trace_init_ops } from "./trace-functions";
import { trace_nodes_free } from "./trace-nodes";
import { trace_clear_pids } from "./trace-pid-files";
import { tracing_free_snapshot } from "./trace-snapshot";

notrace_file();

let instances_dir: dentry = null;

function instance_mkdir(name: cstr): int {
  const tr = kzalloc(sizeof<trace_array>(), GFP_KERNEL) as trace_array;
  const ops = kzalloc(sizeof<ftrace_ops>(), GFP_KERNEL) as ftrace_ops;
  lock_tracers();
  if (tr !== null && ops !== null) {
    strlcpy(tr.name, name, 64);
    tr.current_trace = nop_trace;
    tr.buffer.on = 1;
    tr.buffer_percent = 50;
    if (tracing_resize(tr, global_trace.kb, -1)) {
      tr.dir = tracefs_create_dir(name, instances_dir);
      if (tr.dir !== null) {
        trace_init_ops(tr, ops);
        create_trace_files(tr);
        link_trace_array(tr);
        unlock_tracers();
        return 0;
      }
    }
    ring_free(tr.buffer);
  }
  unlock_tracers();
  kfree(tr);
  kfree(ops);
  return -ENOMEM;
}

function instance_rmdir(name: cstr): int {
  lock_tracers();
  let tr = ftrace_trace_arrays;
  while (tr !== null && (tr === global_trace || strcmp(tr.name, name) !== 0)) tr = tr.next;
  if (tr === null || tr.ref > 0) {
    unlock_tracers();
    return tr === null ? -ENOENT : -EBUSY;
  }
  tracing_set_tracer(tr, "nop");
  remove_event_files(tr);
  trace_clear_pids(tr);
  ftrace_clear_mod_filters(tr.ops);
  unlink_trace_array(tr);
  tracefs_release_dir(tr.dir);
  ftrace_free_filter(tr.ops);
  tracing_free_snapshot(tr);
  ring_free(tr.buffer);
  trace_nodes_free(tr);
  unlock_tracers();
  kfree(tr.ops);
  kfree(tr);
  return 0;
}

export function init_trace_instances(): void {
  instances_dir = tracefs_create_instance_dir("instances", instance_mkdir, instance_rmdir);
}
init(init_trace_instances);

// The comment lines on top of a trace: what the columns mean.

import { ftrace_is_dead } from "linux/ftrace";
import { type seq_file, seq_printf, seq_puts } from "linux/seq_file";
import { init_uts_ns } from "linux/utsname";
import { num_online_cpus } from "../cpu";
import { ring_entries, ring_overrun, type trace_buffer } from "./ring_buffer";
import {
  TRACE_ITER_CONTEXT_INFO,
  TRACE_ITER_IRQ_INFO,
  TRACE_ITER_LATENCY_FMT,
  TRACE_ITER_RECORD_TGID,
  TRACE_ITER_VERBOSE,
  type trace_array,
} from "./trace";
import { trace_has } from "./trace-output";

notrace_file();

function print_event_info(m: seq_file, b: trace_buffer, cpu: int): void {
  const entries = ring_entries(b, cpu);
  seq_printf(m, "# entries-in-buffer/entries-written: %lu/%lu   #P:%d\n#\n", entries, entries + ring_overrun(b, cpu), num_online_cpus());
}

function print_help(m: seq_file, tgid: bool): void {
  seq_printf(m, "#           TASK-PID    %s CPU#     TIMESTAMP  FUNCTION\n", tgid ? "   TGID   " : "");
  seq_printf(m, "#              | |      %s   |         |         |\n", tgid ? "     |    " : "");
}

function print_help_irq(m: seq_file, tgid: bool): void {
  const pad: cstr = tgid ? "            " : "  ";
  seq_printf(m, "#                            %s  _-----=> irqs-off/BH-disabled\n", pad);
  seq_printf(m, "#                            %s / _----=> need-resched\n", pad);
  seq_printf(m, "#                            %s| / _---=> hardirq/softirq\n", pad);
  seq_printf(m, "#                            %s|| / _--=> preempt-depth\n", pad);
  seq_printf(m, "#                            %s||| / _-=> migrate-disable\n", pad);
  seq_printf(m, "#                            %s|||| /     delay\n", pad);
  seq_printf(m, "#           TASK-PID  %s CPU#  |||||  TIMESTAMP  FUNCTION\n", tgid ? "     TGID   " : "  ");
  seq_printf(m, "#              | |    %s   |   |||||     |         |\n", tgid ? "       |    " : "  ");
}

/** What both latency headers begin with. */
export function print_latency_header(m: seq_file, tr: trace_array): void {
  const entries = ring_entries(tr.buffer, -1);
  const name = tr.current_trace.name;
  seq_printf(m, "# %s latency trace v1.1.5 on %s\n", name, init_uts_ns.release);
  seq_puts(m, "# --------------------------------------------------------------------\n");
  seq_printf(
    m,
    "# latency: %lu us, #%lu/%lu, CPU#%d | (M:desktop VP:0, KP:0, SP:0 HP:0 #P:%d)\n",
    tr.max_latency / u64(1000),
    entries,
    entries + ring_overrun(tr.buffer, -1),
    0,
    num_online_cpus(),
  );
  seq_puts(m, "#    -----------------\n");
  seq_puts(m, "#    | task: -0 (uid:0 nice:0 policy:0 rt_prio:0)\n");
  seq_puts(m, "#    -----------------\n");
  seq_puts(m, "#\n");
}

function print_lat_help(m: seq_file): void {
  seq_puts(m, "#                    _------=> CPU#            \n");
  seq_puts(m, "#                   / _-----=> irqs-off/BH-disabled\n");
  seq_puts(m, "#                  | / _----=> need-resched    \n");
  seq_puts(m, "#                  || / _---=> hardirq/softirq \n");
  seq_puts(m, "#                  ||| / _--=> preempt-depth   \n");
  seq_puts(m, "#                  |||| / _-=> migrate-disable \n");
  seq_puts(m, "#                  ||||| /     delay           \n");
  seq_puts(m, "#  cmd     pid     |||||| time  |   caller     \n");
  seq_puts(m, "#     \\   /        ||||||  \\    |    /       \n");
}

/** The tracer's own header, or the usual one. */
export function print_trace_header(m: seq_file, tr: trace_array, b: trace_buffer, cpu: int): void {
  seq_printf(m, "# tracer: %s\n#\n", tr.current_trace.name);
  if (ftrace_is_dead()) {
    seq_puts(m, "# WARNING: FUNCTION TRACING IS CORRUPTED\n");
    seq_puts(m, "#          MAY BE MISSING FUNCTION EVENTS\n");
  }
  if (tr.current_trace.print_header !== null) {
    tr.current_trace.print_header(m, tr);
    return;
  }
  if (!trace_has(tr, TRACE_ITER_CONTEXT_INFO)) return;
  const verbose = trace_has(tr, TRACE_ITER_VERBOSE);
  if (trace_has(tr, TRACE_ITER_LATENCY_FMT)) {
    // An empty trace has no latency to tell of.
    if (ring_entries(b, cpu) === u64(0)) return;
    print_latency_header(m, tr);
    if (!verbose) print_lat_help(m);
    return;
  }
  if (verbose) return;
  print_event_info(m, b, cpu);
  const tgid = trace_has(tr, TRACE_ITER_RECORD_TGID);
  if (trace_has(tr, TRACE_ITER_IRQ_INFO)) print_help_irq(m, tgid);
  else print_help(m, tgid);
}

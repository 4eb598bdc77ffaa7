// The events of the image, system by system.

import { mutex_init } from "linux/mutex";
import { event_mutex, link_event_call, type trace_event_call } from "./trace-events";
import { ftrace_entry_events } from "./trace-events-ftrace";
import { module_events } from "./trace-events-module";
import { sched_events } from "./trace-events-sched";
import { raw_syscall_events, signal_events } from "./trace-events-signal";

notrace_file();

function add_system(system: cstr, calls: trace_event_call[], described_only: bool): void {
  for (let i: int = 0; calls[i].name !== null; i++) {
    calls[i].system = system;
    calls[i].no_files = described_only;
    link_event_call(calls[i]);
  }
}
init(add_system);

/** Before the first trace gets its files. */
export function init_static_events(): void {
  mutex_init(event_mutex);
  add_system("ftrace", ftrace_entry_events, true);
  add_system("module", module_events, false);
  add_system("raw_syscalls", raw_syscall_events, false);
  add_system("sched", sched_events, false);
  add_system("signal", signal_events, false);
}
init(init_static_events);

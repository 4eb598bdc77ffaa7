// The entries that tracers write, described as events are: they have no switch of their own.

import { TRACE_FN, TRACE_GRAPH_ENT, TRACE_PRINT } from "./trace";
import type { trace_event_call, trace_event_field } from "./trace-events";

notrace_file();

const function_fields: trace_event_field[] = [
  { type: "unsigned long", name: "ip", offset: 8, size: 8 },
  { type: "unsigned long", name: "parent_ip", offset: 16, size: 8 },
  {},
];
const print_fields: trace_event_field[] = [
  { type: "unsigned long", name: "ip", offset: 8, size: 8 },
  { type: "char", name: "buf[]", offset: 16, size: 0, is_signed: true },
  {},
];
const graph_entry_fields: trace_event_field[] = [
  { type: "unsigned long", name: "func", offset: 8, size: 8 },
  { type: "int", name: "depth", offset: 16, size: 4, is_signed: true },
  {},
];

export const ftrace_entry_events: trace_event_call[] = [
  {
    name: "function",
    id: TRACE_FN,
    fields: function_fields,
    print_fmt: '" %ps <-- %ps", (void *)REC->ip, (void *)REC->parent_ip',
  },
  { name: "print", id: TRACE_PRINT, fields: print_fields, print_fmt: '"%ps: %s", (void *)REC->ip, REC->buf' },
  { name: "funcgraph_entry", id: TRACE_GRAPH_ENT, fields: graph_entry_fields, print_fmt: '"--> %ps (%d)", (void *)REC->func, REC->depth' },
  {},
];

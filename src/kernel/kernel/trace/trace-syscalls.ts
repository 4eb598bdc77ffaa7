// events/syscalls: an event for the entry and one for the exit of each system call that the kernel has, named and described as Linux does.
// They are made when somebody looks for the first time: there are some four hundred.

import type { pt_regs } from "asm/ptrace";
import { kallsyms_lookup } from "linux/kallsyms";
import { scnprintf } from "linux/kernel";
import { type seq_file, seq_printf, seq_puts } from "linux/seq_file";
import { GFP_KERNEL, kfree, kmalloc, kzalloc } from "linux/slab";
import { kstrdup, strchr, strlen, strncmp, strrchr } from "linux/string";
import { NR_syscalls, sys_call_table } from "../../arch/x86/entry/syscalls/syscall_64";
import { RING_ENTRY_HEAD, type ring_entry } from "./ring_buffer";
import { global_trace, TRACE_ITER_VERBOSE } from "./trace";
import { type event_context, type trace_event_call, type trace_event_field, trace_event_hit_at } from "./trace-events";
import { register_trace_event } from "./trace-events-files";
import { NR_PROTOTYPES, syscall_prototypes } from "./trace-syscalls-table";

notrace_file();

const PREFIX = "__x64_sys_";
const PREFIX_LEN = 10;
const MAX_ARGS = 6;
/** As on Linux, where these events show the preemption depth of the tracepoint that they hang on. */
const TRACEPOINT_DEPTH = -1;
/** Of a prototype's text, and of what is made of it. */
const TEXT_MAX = 512;
const FMT_MAX = 1024;

interface enter_record extends struct<"enter_record"> {
  nr?: int;
  args?: array<u64, 6>;
}

interface exit_record extends struct<"exit_record"> {
  nr?: int;
  ret?: s64;
}

interface syscall_metadata extends struct<"syscall_metadata"> {
  nr?: int;
  /** As the trace prints it, "sys_NAME". */
  name?: cstr;
  nb_args?: int;
  enter?: embed<trace_event_call>;
  exit?: embed<trace_event_call>;
  /** __syscall_nr, the arguments, the end. */
  fields?: array<trace_event_field, 8>;
}

let registered: bool = false;
/** Addresses of syscall_metadata by number. */
let by_nr: array<u64, 440>;
/** Events that somebody wants: none, and system calls pay for one look. */
export let syscall_events_wanted: int = 0;
/** Where a print format is put together. Under event_mutex. */
let fmt: array<u8, 1024>;

const exit_fields: trace_event_field[] = [
  { type: "int", name: "__syscall_nr", offset: 8, size: 4, is_signed: true },
  { type: "long", name: "ret", offset: 16, size: 8, is_signed: true },
  {},
];

function metadata_of(nr: int): syscall_metadata {
  return u32(nr) < u32(NR_syscalls) ? at<syscall_metadata>(by_nr[nr]) : null;
}

function print_enter(m: seq_file, e: ring_entry, call: trace_event_call): void {
  const s = call.private as syscall_metadata;
  const r = at<enter_record>(u64(e) + u64(RING_ENTRY_HEAD));
  seq_printf(m, "%s(", s.name);
  for (let i: int = 0; i < s.nb_args; i++) {
    if (i > 0) seq_puts(m, ", ");
    if ((global_trace.flags & u64(TRACE_ITER_VERBOSE)) !== u64(0)) seq_printf(m, "%s ", s.fields[i + 1].type);
    seq_printf(m, "%s: %lx", s.fields[i + 1].name, r.args[i]);
  }
  seq_puts(m, ")");
}

function print_exit(m: seq_file, e: ring_entry, call: trace_event_call): void {
  const s = call.private as syscall_metadata;
  const r = at<exit_record>(u64(e) + u64(RING_ENTRY_HEAD));
  seq_printf(m, "%s -> 0x%lx", s.name, r.ret);
}

function reg_syscall(_call: trace_event_call, on: bool): int {
  syscall_events_wanted += on ? 1 : -1;
  return 0;
}

/** From a task's way into the kernel. */
export function ftrace_syscall_enter(regs: pt_regs, nr: int): void {
  const s = metadata_of(nr);
  if (s === null || READ_ONCE(s.enter.active) === 0) return;
  const r: enter_record = { nr };
  const c: event_context = { own: TRACEPOINT_DEPTH };
  r.args[0] = regs.di;
  r.args[1] = regs.si;
  r.args[2] = regs.dx;
  r.args[3] = regs.r10;
  r.args[4] = regs.r8;
  r.args[5] = regs.r9;
  trace_event_hit_at(s.enter, r, u64(8 + 8 * s.nb_args), c);
}

/** And out of it. */
export function ftrace_syscall_exit(regs: pt_regs, nr: int): void {
  const s = metadata_of(nr);
  if (s === null || READ_ONCE(s.exit.active) === 0) return;
  const r: exit_record = { nr, ret: s64(regs.ax) };
  const c: event_context = { own: TRACEPOINT_DEPTH };
  trace_event_hit_at(s.exit, r, 16, c);
}

/** The prototype that begins with the name and a colon; null if there is none. */
function find_prototype(name: cstr): cstr {
  const n = strlen(name);
  let low: int = 0;
  let high: int = NR_PROTOTYPES;
  while (low < high) {
    const mid = (low + high) >> 1;
    const row = syscall_prototypes[mid] as u8[];
    let c = strncmp(row, name, n);
    if (c === 0) c = int(row[n]) - 58;
    if (c === 0) return row;
    if (c < 0) low = mid + 1;
    else high = mid;
  }
  return null;
}

/** `type name,type name…` into fields; the text is cut in place. */
function set_fields(s: syscall_metadata, args: u8[]): void {
  const nr = s.fields[0];
  nr.type = "int";
  nr.name = "__syscall_nr";
  nr.offset = 8;
  nr.size = 4;
  nr.is_signed = true;
  let p = args;
  while (p !== null && p[0] !== 0 && s.nb_args < MAX_ARGS) {
    const comma = strchr(p, 44);
    if (comma !== null) comma[0] = 0;
    const blank = strrchr(p, 32);
    blank[0] = 0;
    const f = s.fields[s.nb_args + 1];
    f.type = p;
    f.name = add(blank, 1);
    f.offset = u32(16 + 8 * s.nb_args);
    f.size = 8;
    s.nb_args++;
    p = comma === null ? null : add(comma, 1);
  }
}

function set_print_fmt(s: syscall_metadata): void {
  let n: int = scnprintf(fmt, FMT_MAX, '"');
  for (let i: int = 1; i <= s.nb_args; i++) {
    n += scnprintf(add(fmt, n), u64(FMT_MAX - n), "%s%s: 0x%%08lx", i > 1 ? ", " : "", s.fields[i].name);
  }
  n += scnprintf(add(fmt, n), u64(FMT_MAX - n), '"');
  for (let i: int = 1; i <= s.nb_args; i++) {
    n += scnprintf(add(fmt, n), u64(FMT_MAX - n), ", ((unsigned long)(REC->%s))", s.fields[i].name);
  }
}

function describe(s: syscall_metadata, call: trace_event_call, name: cstr, id: int): void {
  call.system = "syscalls";
  call.name = name;
  call.id = id;
  call.reg = reg_syscall;
  call.private = s;
  call.whole_line = true;
}

/** One allocation for the texts: prototype and names. */
function make_events(nr: int, prototype: cstr): void {
  const s = kzalloc(sizeof<syscall_metadata>(), GFP_KERNEL) as syscall_metadata;
  const text = kmalloc(TEXT_MAX, GFP_KERNEL) as u8[];
  if (s === null || text === null) {
    kfree(s);
    kfree(text);
    return;
  }
  s.nr = nr;
  let used: int = scnprintf(text, TEXT_MAX, "%s", prototype) + 1;
  const colon = strchr(text, 58);
  colon[0] = 0;
  let id: int = 0;
  let p = add(colon, 1);
  while (p[0] !== 58) {
    id = id * 10 + (int(p[0]) - 48);
    p = add(p, 1);
  }
  const enter_name = add(text, used);
  used += scnprintf(enter_name, u64(TEXT_MAX - used), "sys_enter_%s", text) + 1;
  const exit_name = add(text, used);
  used += scnprintf(exit_name, u64(TEXT_MAX - used), "sys_exit_%s", text) + 1;
  s.name = add(text, used);
  scnprintf(add(text, used), u64(TEXT_MAX - used), "sys_%s", text);
  set_fields(s, add(p, 1));
  set_print_fmt(s);
  describe(s, s.enter, enter_name, id);
  s.enter.fields = s.fields;
  s.enter.print_fmt = kstrdup(fmt, GFP_KERNEL);
  s.enter.print = print_enter;
  describe(s, s.exit, exit_name, id - 1);
  s.exit.fields = exit_fields;
  s.exit.print_fmt = '"0x%lx", REC->ret';
  s.exit.print = print_exit;
  WRITE_ONCE(by_nr[nr], u64(s));
  register_trace_event(s.exit);
  register_trace_event(s.enter);
}

/** One function may serve several numbers; the first has the name. */
function is_named(nr: int): bool {
  for (let i: int = 0; i < nr; i++) if (u64(sys_call_table[i]) === u64(sys_call_table[nr])) return true;
  return false;
}

/** Whoever names these events, or asks for all, comes by here first. The caller holds event_mutex. */
export function syscall_events_register(): void {
  if (registered) return;
  registered = true;
  for (let nr: int = 0; nr < int(NR_syscalls); nr++) {
    const name = kallsyms_lookup(u64(sys_call_table[nr]), null, null, null);
    if (name === null || strncmp(name, PREFIX, PREFIX_LEN) !== 0 || is_named(nr)) continue;
    const prototype = find_prototype(add(name as u8[], PREFIX_LEN));
    if (prototype !== null) make_events(nr, prototype);
  }
}

// Events on probes: what kprobe_events defines (trace-kprobe-parse.ts), here as events that hits of kprobes and kretprobes fire. Several
// probes may share one event.

import type { pt_regs } from "asm/ptrace";
import { EBUSY, EEXIST, EILSEQ, EINVAL, ENOMEM } from "linux/errno";
import { ftrace_location_range } from "linux/ftrace";
import { kallsyms_lookup_name, kallsyms_lookup_size_offset } from "linux/kallsyms";
import { kernel_text_address, scnprintf } from "linux/kernel";
import {
  disable_kprobe,
  enable_kprobe,
  KPROBE_FLAG_DISABLED,
  KPROBE_FLAG_FTRACE,
  type kprobe,
  type kretprobe,
  type kretprobe_instance,
  register_kprobe,
  register_kretprobe,
  unregister_kprobe,
  unregister_kretprobe,
} from "linux/kprobes";
import { MODULE_STATE_COMING, type module, module_exists, register_module_notifier } from "linux/module";
import { NOTIFY_DONE, type notifier_block } from "linux/notifier";
import { type seq_file, seq_printf } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strcmp, strlcpy } from "linux/string";
import { kprobe_in_breakpoint } from "../kprobes-handlers";
import { RING_ENTRY_HEAD, type ring_entry } from "./ring_buffer";
import {
  EVENT_COMMON,
  type event_context,
  find_event_call,
  lock_events,
  type trace_event_call,
  type trace_event_field,
  trace_event_hit_at,
  unlock_events,
} from "./trace-events";
import { register_trace_event, unregister_trace_event } from "./trace-events-files";
import { FETCH_TEXT, fetch_probe_arg, print_probe_arg, type probe_arg } from "./trace-fetch";
import { trace_probe_error } from "./trace-probe-error";

notrace_file();

export const PROBE_NAME_MAX = 64;
export const PROBE_SYMBOL_MAX = 128;
export const PROBE_MAX_ARGS = 16;
/** Room for a record: fixed part and texts. */
const RECORD_MAX = 1024;
/** Events of the image have smaller ids, as Linux numbers its own. */
const FIRST_ID = 1338;

/** One event; its probes are in the list of all probes. */
export interface probe_event extends struct<"probe_event"> {
  call?: embed<trace_event_call>;
  group?: array<u8, 64>;
  name?: array<u8, 64>;
  fields?: trace_event_field[];
  nr_probes?: int;
  on?: bool;
  print_fmt?: array<u8, 1024>;
}

export interface trace_kprobe extends struct<"trace_kprobe"> {
  next?: trace_kprobe;
  event?: probe_event;
  rp?: embed<kretprobe>; // of it kp alone for entry probes
  is_return?: bool;
  registered?: bool;
  nhit?: u64;
  nr_args?: int;
  args?: array<probe_arg, 16>;
  /** Bytes of the record without texts, common fields counted. */
  size?: u32;
  /** MODULE of MODULE:SYMBOL; empty: anywhere. */
  mod?: array<u8, 64>;
  symbol?: array<u8, 128>; // empty: an address
  /** As it was written: symbol and offset. */
  where?: array<u8, 128>;
}

/** All probes, oldest first. Under event_mutex; hits do not look here. */
export let trace_kprobes: trace_kprobe = null;
let next_id: int = FIRST_ID;

// ---- hits ----

function first_offset(tk: trace_kprobe): u64 {
  return tk.is_return ? u64(EVENT_COMMON + 16) : u64(EVENT_COMMON + 8);
}

function record_hit(tk: trace_kprobe, ip: u64, ret_ip: u64, regs: pt_regs): void {
  let data: array<u64, 128>;
  tk.nhit++;
  data[0] = ip;
  if (tk.is_return) data[1] = ret_ip;
  let end: u64 = u64(tk.size);
  for (let i: int = 0; i < tk.nr_args; i++) {
    if (end + u64(FETCH_TEXT) <= u64(RECORD_MAX)) end = fetch_probe_arg(tk.args[i], regs, at<u8[]>(u64(data)), end);
  }
  // Callbacks of ftrace hold preemption off once; a return's trampoline does not.
  const ftrace = !tk.is_return && (tk.rp.kp.flags & KPROBE_FLAG_FTRACE) !== 0;
  const c: event_context = { regs, own: ftrace ? 1 : 0, at_entry: ftrace, breakpoint: !tk.is_return && kprobe_in_breakpoint() };
  trace_event_hit_at(tk.event.call, data, end - u64(EVENT_COMMON), c);
}
notrace(record_hit);

/** A probe of kprobe_events was hit. */
export function kprobe_dispatcher(p: kprobe, regs: pt_regs): int {
  record_hit(container_of<trace_kprobe>(container_of<kretprobe>(p, "kp"), "rp"), p.addr, 0, regs);
  return 0;
}
kprobe_blacklist(kprobe_dispatcher);

export function kretprobe_dispatcher(ri: kretprobe_instance, regs: pt_regs): int {
  const tk = container_of<trace_kprobe>(ri.rp, "rp");
  if (tk.event.on) record_hit(tk, tk.rp.kp.addr, ri.ret_addr, regs);
  return 0;
}
kprobe_blacklist(kretprobe_dispatcher);

function probe_of(e: probe_event): trace_kprobe {
  let tk = trace_kprobes;
  while (tk !== null && tk.event !== e) tk = tk.next;
  return tk;
}

function print_hit(m: seq_file, ent: ring_entry, call: trace_event_call): void {
  // All probes of an event have the same arguments.
  const tk = probe_of(call.private as probe_event);
  const data = at<u64[]>(u64(ent) + u64(RING_ENTRY_HEAD));
  if (tk === null) return;
  if (!tk.is_return) seq_printf(m, "(%pS)", at<ptr>(data[0]));
  else seq_printf(m, "(%pS <- %ps)", at<ptr>(data[1]), at<ptr>(data[0]));
  for (let i: int = 0; i < tk.nr_args; i++) print_probe_arg(m, tk.args[i], at<u8[]>(u64(data)));
}

// ---- the event's description ----

function layout(tk: trace_kprobe): void {
  let offset = u32(first_offset(tk));
  for (let i: int = 0; i < tk.nr_args; i++) {
    tk.args[i].offset = offset;
    offset += tk.args[i].size;
  }
  tk.size = offset;
}

function set_field(f: trace_event_field, type: cstr, name: cstr, offset: u32, size: u32, is_signed: bool): void {
  f.type = type;
  f.name = name;
  f.offset = offset;
  f.size = size;
  f.is_signed = is_signed;
}

function describe(e: probe_event, tk: trace_kprobe): int {
  e.fields = kzalloc(u64(PROBE_MAX_ARGS + 3) * sizeof<trace_event_field>(), GFP_KERNEL) as trace_event_field[];
  if (e.fields === null) return -ENOMEM;
  let n: int = 0;
  if (tk.is_return) {
    set_field(e.fields[n++], "unsigned long", "__probe_func", 8, 8, false);
    set_field(e.fields[n++], "unsigned long", "__probe_ret_ip", 16, 8, false);
  } else {
    set_field(e.fields[n++], "unsigned long", "__probe_ip", 8, 8, false);
  }
  const fmt: u8[] = e.print_fmt;
  let len = scnprintf(fmt, 1024, '"%s', tk.is_return ? "(%lx <- %lx)" : "(%lx)");
  for (let i: int = 0; i < tk.nr_args; i++) {
    const a = tk.args[i];
    set_field(e.fields[n++], a.type.field, a.name, a.offset, a.size, a.type.is_signed);
    len += scnprintf(add(fmt, len), u64(1024 - len), " %s=%s", a.name, a.type.fmt);
  }
  len += scnprintf(add(fmt, len), u64(1024 - len), '", %s', tk.is_return ? "REC->__probe_func, REC->__probe_ret_ip" : "REC->__probe_ip");
  for (let i: int = 0; i < tk.nr_args; i++) {
    const a = tk.args[i];
    len += scnprintf(add(fmt, len), u64(1024 - len), a.is_text ? ", __get_str(%s)" : ", REC->%s", a.name);
  }
  return 0;
}

// ---- registering ----

/** Is the module that a probe names not there yet, or its address no code (yet)? */
function waits_for_module(tk: trace_kprobe): bool {
  if (tk.symbol[0] === 0) return !kernel_text_address(tk.rp.kp.addr);
  return tk.mod[0] !== 0 && !module_exists(tk.mod);
}

/** A function that ftrace does not know may be one that tracing itself runs through. */
function is_notrace(address: u64): bool {
  let size: u64 = 0;
  let offset: u64 = 0;
  if (address === u64(0) || !kallsyms_lookup_size_offset(address, addr(size), addr(offset)) || size === u64(0)) return false;
  const start = address - offset;
  return ftrace_location_range(start, start + size - u64(1)) === u64(0);
}

function register_probe(tk: trace_kprobe): int {
  const kp = tk.rp.kp;
  const address = kp.symbol_name !== null ? kallsyms_lookup_name(kp.symbol_name) + u64(kp.offset) : kp.addr;
  if (is_notrace(address)) {
    pr_warn("trace_kprobe: Could not probe notrace function %s\n", tk.symbol);
    return -EINVAL;
  }
  if (kp.symbol_name !== null) kp.addr = 0;
  kp.flags = tk.event.on ? 0 : KPROBE_FLAG_DISABLED;
  if (tk.is_return) tk.rp.handler = kretprobe_dispatcher;
  else kp.pre_handler = kprobe_dispatcher;
  const err = tk.is_return ? register_kretprobe(tk.rp) : register_kprobe(kp);
  tk.registered = err === 0;
  return err;
}

function unregister_probe(tk: trace_kprobe): void {
  if (!tk.registered) return;
  tk.registered = false;
  if (tk.is_return) unregister_kretprobe(tk.rp);
  else unregister_kprobe(tk.rp.kp);
}

/** The event's switch: all its probes, or none. */
function reg_event(call: trace_event_call, on: bool): int {
  const e = call.private as probe_event;
  e.on = on;
  for (let tk = trace_kprobes; tk !== null; tk = tk.next) {
    if (tk.event !== e || !tk.registered) continue;
    const err = on ? enable_kprobe(tk.rp.kp) : disable_kprobe(tk.rp.kp);
    if (err !== 0 && on) {
      e.on = false;
      return err;
    }
  }
  return 0;
}

export function find_probe_event(group: cstr, name: cstr): probe_event {
  for (let tk = trace_kprobes; tk !== null; tk = tk.next) {
    if (strcmp(tk.event.name, name) === 0 && (group === null || strcmp(tk.event.group, group) === 0)) return tk.event;
  }
  return null;
}

function same_args(a: trace_kprobe, b: trace_kprobe, expressions: bool): bool {
  if (a.nr_args !== b.nr_args) return false;
  for (let i: int = 0; i < a.nr_args; i++) {
    if (strcmp(a.args[i].name, b.args[i].name) !== 0 || a.args[i].type !== b.args[i].type) return false;
    if (expressions && strcmp(a.args[i].comm, b.args[i].comm) !== 0) return false;
  }
  return true;
}

/** May the probe join an event that there is already? */
function check_sibling(e: probe_event, tk: trace_kprobe, args_pos: u64): int {
  const first = probe_of(e);
  if (first.is_return !== tk.is_return) return trace_probe_error(0, "Probe type is different from existing probe", -EEXIST);
  if (!same_args(first, tk, false)) {
    return trace_probe_error(args_pos, "Argument type or name is different from existing probe", -EEXIST);
  }
  for (let other = trace_kprobes; other !== null; other = other.next) {
    if (other.event === e && strcmp(other.where, tk.where) === 0 && same_args(other, tk, true)) {
      return trace_probe_error(0, "There is already the exact same probe event", -EEXIST);
    }
  }
  return 0;
}

function new_event(tk: trace_kprobe, group: cstr, name: cstr): probe_event {
  const e = kzalloc(sizeof<probe_event>(), GFP_KERNEL) as probe_event;
  if (e === null) return null;
  strlcpy(e.group, group, PROBE_NAME_MAX);
  strlcpy(e.name, name, PROBE_NAME_MAX);
  if (describe(e, tk) !== 0) {
    kfree(e);
    return null;
  }
  const call = e.call;
  call.system = e.group;
  call.name = e.name;
  call.id = next_id++;
  call.fields = e.fields;
  call.print_fmt = e.print_fmt;
  call.print = print_hit;
  call.reg = reg_event;
  call.private = e;
  return e;
}

function link_probe(tk: trace_kprobe): void {
  tk.event.nr_probes++;
  if (trace_kprobes === null) {
    trace_kprobes = tk;
    return;
  }
  let last = trace_kprobes;
  while (last.next !== null) last = last.next;
  last.next = tk;
}

function free_event(e: probe_event): void {
  kfree(e.fields);
  kfree(e);
}

/** Makes the parsed probe real. `pos`: where its symbol stands in the command, `args_pos`: its arguments. The caller holds event_mutex. */
export function add_trace_kprobe(tk: trace_kprobe, group: cstr, name: cstr, pos: u64, args_pos: u64): int {
  layout(tk);
  let e = find_probe_event(group, name);
  const is_new = e === null;
  if (!is_new) {
    const err = check_sibling(e, tk, args_pos);
    if (err !== 0) return err;
  } else {
    if (find_event_call(group, name) !== null) {
      return trace_probe_error(0, "Given group/event name is already used by another event", -EEXIST);
    }
    e = new_event(tk, group, name);
    if (e === null) return -ENOMEM;
  }
  tk.event = e;
  let err: int = 0;
  if (waits_for_module(tk)) {
    pr_warn("trace_kprobe: This probe might be able to register after target module is loaded. Continue.\n");
  } else {
    err = register_probe(tk);
  }
  if (err !== 0) {
    if (is_new) free_event(e);
    if (err === -EILSEQ) return trace_probe_error(pos, "Probe point is not an instruction boundary", err);
    return err === -ENOMEM || err === -EEXIST ? err : trace_probe_error(pos, "Failed to register probe event", err);
  }
  link_probe(tk);
  if (is_new) register_trace_event(e.call);
  return 0;
}

function unlink_probe(tk: trace_kprobe): void {
  if (trace_kprobes === tk) {
    trace_kprobes = tk.next;
  } else {
    let prev = trace_kprobes;
    while (prev.next !== tk) prev = prev.next;
    prev.next = tk.next;
  }
}

/** With all its probes. */
export function remove_probe_event(e: probe_event): int {
  if (e.call.active > 0) return -EBUSY;
  unregister_trace_event(e.call);
  for (let tk = trace_kprobes; tk !== null; ) {
    const next = tk.next;
    if (tk.event === e) {
      unregister_probe(tk);
      unlink_probe(tk);
      kfree(tk);
    }
    tk = next;
  }
  free_event(e);
  return 0;
}

/** Probes that name the module: planted when it comes. */
function module_callback(_nb: notifier_block, action: u64, data: ptr): int {
  const mod = data as module;
  if (action !== u64(MODULE_STATE_COMING)) return NOTIFY_DONE;
  lock_events();
  for (let tk = trace_kprobes; tk !== null; tk = tk.next) {
    if (strcmp(tk.mod, mod.name) !== 0) continue;
    unregister_probe(tk);
    const err = register_probe(tk);
    if (err !== 0) pr_warn("trace_kprobe: Failed to re-register probe %s on %s: %d\n", tk.event.name, mod.name, err);
  }
  unlock_events();
  return NOTIFY_DONE;
}

/** After livepatch, before the module's init. */
const trace_kprobe_module_nb: notifier_block = { notifier_call: module_callback, priority: 1 };

export function init_kprobe_events(): void {
  register_module_notifier(trace_kprobe_module_nb);
}
init(init_kprobe_events);

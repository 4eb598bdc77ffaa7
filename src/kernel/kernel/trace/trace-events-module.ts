// Events of modules: they come, go, and are held by references.

import { atomic_read } from "linux/atomic";
import { kallsyms_lookup } from "linux/kallsyms";
import type { module } from "linux/module";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { type seq_file, seq_printf } from "linux/seq_file";
import { strlcpy, strlen } from "linux/string";
import { RING_ENTRY_HEAD, type ring_entry } from "./ring_buffer";
import { EVENT_COMMON, type trace_event_call, type trace_event_field, trace_event_hit } from "./trace-events";

notrace_file();

const NAME_MAX = 64;

interface load_record extends struct<"load_record"> {
  taints?: u32;
  name?: u32;
  text?: array<u8, 64>;
}

interface free_record extends struct<"free_record"> {
  name?: u32;
  text?: array<u8, 64>;
}

interface refcnt_record extends struct<"refcnt_record"> {
  ip?: u64;
  refcnt?: int;
  name?: u32;
  text?: array<u8, 64>;
}

function text_at(record: u64, loc: u32): u8[] {
  return at<u8[]>(record + u64(loc & u32(0xffff)) - u64(EVENT_COMMON));
}

/** Place (fixed bytes of the record, the common ones counted) and length of a text that is copied to `to`. */
function put_text(to: u8[], text: cstr, fixed: u32): u32 {
  strlcpy(to, text, NAME_MAX);
  return ((u32(strlen(to)) + u32(1)) << 16) | (u32(EVENT_COMMON) + fixed);
}

function print_load(m: seq_file, e: ring_entry, _call: trace_event_call): void {
  const at_ = u64(e) + u64(RING_ENTRY_HEAD);
  const r = at<load_record>(at_);
  seq_printf(m, "%s ", text_at(at_, r.name));
  if ((r.taints & u32(1 << 0)) !== u32(0)) seq_printf(m, "P");
  if ((r.taints & u32(1 << 12)) !== u32(0)) seq_printf(m, "O");
  if ((r.taints & u32(1 << 1)) !== u32(0)) seq_printf(m, "F");
  if ((r.taints & u32(1 << 10)) !== u32(0)) seq_printf(m, "C");
  if ((r.taints & u32(1 << 13)) !== u32(0)) seq_printf(m, "E");
}

function print_free(m: seq_file, e: ring_entry, _call: trace_event_call): void {
  const at_ = u64(e) + u64(RING_ENTRY_HEAD);
  seq_printf(m, "%s", text_at(at_, at<free_record>(at_).name));
}

function print_refcnt(m: seq_file, e: ring_entry, _call: trace_event_call): void {
  const at_ = u64(e) + u64(RING_ENTRY_HEAD);
  const r = at<refcnt_record>(at_);
  rcu_read_lock();
  const site = kallsyms_lookup(r.ip, null, null, null);
  seq_printf(m, "%s call_site=%s refcnt=%d", text_at(at_, r.name), site === null ? "0" : site, r.refcnt);
  rcu_read_unlock();
}

function print_request(m: seq_file, e: ring_entry, _call: trace_event_call): void {
  const at_ = u64(e) + u64(RING_ENTRY_HEAD);
  const r = at<refcnt_record>(at_);
  rcu_read_lock();
  const site = kallsyms_lookup(r.ip, null, null, null);
  seq_printf(m, "%s wait=%d call_site=%s", text_at(at_, r.name), r.refcnt, site === null ? "0" : site);
  rcu_read_unlock();
}

const load_fields: trace_event_field[] = [
  { type: "unsigned int", name: "taints", offset: 8, size: 4 },
  { type: "__data_loc char[]", name: "name", offset: 12, size: 4, is_signed: true },
  {},
];
const free_fields: trace_event_field[] = [{ type: "__data_loc char[]", name: "name", offset: 8, size: 4, is_signed: true }, {}];
const refcnt_fields: trace_event_field[] = [
  { type: "unsigned long", name: "ip", offset: 8, size: 8 },
  { type: "int", name: "refcnt", offset: 16, size: 4, is_signed: true },
  { type: "__data_loc char[]", name: "name", offset: 20, size: 4, is_signed: true },
  {},
];
const request_fields: trace_event_field[] = [
  { type: "unsigned long", name: "ip", offset: 8, size: 8 },
  { type: "bool", name: "wait", offset: 16, size: 1 },
  { type: "__data_loc char[]", name: "name", offset: 20, size: 4, is_signed: true },
  {},
];

const LOAD_FMT =
  '"%s %s", __get_str(name), __print_flags(REC->taints, "", { (1UL << 0), "P" }, { (1UL << 12), "O" }, { (1UL << 1), "F" }, ' +
  '{ (1UL << 10), "C" }, { (1UL << 13), "E" })';
const REFCNT_FMT = '"%s call_site=%ps refcnt=%d", __get_str(name), (void *)REC->ip, REC->refcnt';
const REQUEST_FMT = '"%s wait=%d call_site=%ps", __get_str(name), (int)REC->wait, (void *)REC->ip';

export const module_events: trace_event_call[] = [
  { name: "module_load", id: 362, fields: load_fields, print_fmt: LOAD_FMT, print: print_load },
  { name: "module_free", id: 361, fields: free_fields, print_fmt: '"%s", __get_str(name)', print: print_free },
  { name: "module_get", id: 360, fields: refcnt_fields, print_fmt: REFCNT_FMT, print: print_refcnt },
  { name: "module_put", id: 359, fields: refcnt_fields, print_fmt: REFCNT_FMT, print: print_refcnt },
  { name: "module_request", id: 358, fields: request_fields, print_fmt: REQUEST_FMT, print: print_request },
  {},
];
const LOAD = 0;
const FREE = 1;
const GET = 2;
const PUT = 3;

function wanted(event: int): bool {
  return READ_ONCE(module_events[event].active) > 0;
}
inline(wanted);

export function trace_module_load(mod: module): void {
  if (!wanted(LOAD)) return;
  const r: load_record = { taints: u32(mod.taints) };
  r.name = put_text(r.text, mod.name, 8);
  trace_event_hit(module_events[LOAD], r, u64(8) + u64(r.name >> 16));
}

export function trace_module_free(mod: module): void {
  if (!wanted(FREE)) return;
  const r: free_record = {};
  r.name = put_text(r.text, mod.name, 4);
  trace_event_hit(module_events[FREE], r, u64(4) + u64(r.name >> 16));
}

function refcnt_hit(event: int, mod: module, ip: u64): void {
  if (!wanted(event)) return;
  const r: refcnt_record = { ip, refcnt: atomic_read(mod.refcnt) };
  r.name = put_text(r.text, mod.name, 16);
  trace_event_hit(module_events[event], r, u64(16) + u64(r.name >> 16));
}

/** With preemption off. ip: who calls. */
export function trace_module_get(mod: module, ip: u64): void {
  refcnt_hit(GET, mod, ip);
}

export function trace_module_put(mod: module, ip: u64): void {
  refcnt_hit(PUT, mod, ip);
}

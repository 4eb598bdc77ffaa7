// Filters of events: `field op value` joined by && || ! and parentheses, looked at for each hit.

import { isalnum, isdigit, isspace } from "linux/ctype";
import { get_current } from "linux/current";
import { EINVAL, ENOMEM } from "linux/errno";
import { kstrtol, kstrtoul } from "linux/kernel";
import { type seq_file, seq_printf, seq_putc } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { smp_processor_id } from "linux/smp";
import { strcmp, strlcpy, strlen, strncmp } from "linux/string";
import { glob_match } from "../../lib/glob";
import { EVENT_COMMON, type trace_event_call, type trace_event_field } from "./trace-events";

notrace_file();

const MAX_NODES = 64;
const TEXT_MAX = 256;
const VALUE_MAX = 64;

const NODE_AND = 1;
const NODE_OR = 2;
const NODE_NOT = 3;
const NODE_PRED = 4;

const OP_EQ = 0;
const OP_NE = 1;
const OP_LE = 2;
const OP_GE = 3;
const OP_LT = 4;
const OP_GT = 5;
const OP_BAND = 6;
const OP_GLOB = 7;

/** What a predicate looks at: a field of the record, or something of the moment. */
const FIELD_RECORD = 0;
const FIELD_COMM = 1;
const FIELD_CPU = 2;
const FIELD_PID = 3;

interface filter_node extends struct<"filter_node"> {
  kind?: int;
  left?: int;
  right?: int;
  op?: int;
  field_kind?: int;
  offset?: u32;
  size?: u32;
  is_signed?: bool;
  is_string?: bool;
  /** The record holds the string's place and length instead of the string. */
  is_loc?: bool;
  number?: u64;
  text?: array<u8, 64>;
}

interface event_filter extends struct<"event_filter"> {
  root?: int;
  count?: int;
  text?: array<u8, 256>;
  error?: cstr;
  error_pos?: int;
  nodes?: array<filter_node, 64>;
}

/** Of one parse. */
interface filter_parser extends struct<"filter_parser"> {
  f?: event_filter;
  call?: trace_event_call;
  text?: u8[];
  pos?: int;
}

const ops: ref<cstr>[] = ["==", "!=", "<=", ">=", "<", ">", "&", "~"];
const NR_OPS = 8;

function fail(p: filter_parser, error: cstr, pos: int): int {
  if (p.f.error === null) {
    p.f.error = error;
    p.f.error_pos = pos;
  }
  return -EINVAL;
}

function skip_blanks(p: filter_parser): void {
  while (isspace(p.text[p.pos])) p.pos++;
}

function new_node(p: filter_parser, kind: int): int {
  if (p.f.count === MAX_NODES) return fail(p, "Too many terms in predicate expression", p.pos);
  const i = p.f.count;
  p.f.count++;
  p.f.nodes[i].kind = kind;
  return i;
}

export function find_event_field(call: trace_event_call, name: cstr): trace_event_field {
  for (let i: int = 0; call.fields !== null && call.fields[i].name !== null; i++) {
    const f = call.fields[i];
    const n = strlen(name);
    // Arrays are named with their length.
    if (strncmp(f.name, name, n) === 0 && (f.name[n] === 0 || f.name[n] === 91)) return f;
  }
  return null;
}

function is_array(f: trace_event_field): bool {
  return f.name[strlen(f.name) - u64(1)] === 93;
}

function set_field(p: filter_parser, n: filter_node, name: cstr): bool {
  if (strcmp(name, "comm") === 0 || strcmp(name, "COMM") === 0 || strcmp(name, "common_comm") === 0) {
    const own = strcmp(name, "comm") === 0 ? find_event_field(p.call, name) : null;
    if (own === null) {
      n.field_kind = FIELD_COMM;
      n.is_string = true;
      return true;
    }
  }
  if (strcmp(name, "cpu") === 0 || strcmp(name, "CPU") === 0 || strcmp(name, "common_cpu") === 0) {
    n.field_kind = FIELD_CPU;
    return true;
  }
  if (strcmp(name, "common_pid") === 0) {
    n.field_kind = FIELD_PID;
    return true;
  }
  const f = find_event_field(p.call, name);
  if (f === null) return false;
  n.field_kind = FIELD_RECORD;
  n.offset = f.offset;
  n.size = f.size;
  n.is_signed = f.is_signed;
  n.is_loc = strncmp(f.type, "__data_loc char[]", 17) === 0;
  n.is_string = n.is_loc || (strncmp(f.type, "char", 4) === 0 && is_array(f));
  return true;
}

function parse_value(p: filter_parser, n: filter_node): int {
  const start = p.pos;
  const quote = p.text[p.pos];
  let len: int = 0;
  if (quote === 34 || quote === 39) {
    p.pos++;
    while (p.text[p.pos] !== 0 && p.text[p.pos] !== quote) {
      if (len === VALUE_MAX - 1) return fail(p, "Operand too long", p.pos);
      n.text[len] = p.text[p.pos];
      len++;
      p.pos++;
    }
    if (p.text[p.pos] === 0) return fail(p, "Missing quote", start);
    p.pos++;
    if (!n.is_string) return fail(p, "Illegal operation for field type", start);
    if (n.op !== OP_EQ && n.op !== OP_NE && n.op !== OP_GLOB) return fail(p, "Illegal operation for field type", start);
    return 0;
  }
  while (isalnum(p.text[p.pos]) || p.text[p.pos] === 45 || p.text[p.pos] === 95) {
    if (len === VALUE_MAX - 1) return fail(p, "Operand too long", p.pos);
    n.text[len] = p.text[p.pos];
    len++;
    p.pos++;
  }
  if (n.is_string) {
    if (len === 0) return fail(p, "Invalid value (did you forget quotes)?", start);
    return n.op === OP_EQ || n.op === OP_NE || n.op === OP_GLOB ? 0 : fail(p, "Illegal operation for field type", start);
  }
  if (!isdigit(quote) && quote !== 45) return fail(p, "Invalid value (did you forget quotes)?", start);
  if (n.op === OP_GLOB) return fail(p, "Illegal operation for field type", start);
  let value: s64 = 0;
  const bad = quote === 45 ? kstrtol(n.text, 0, addr(value)) : kstrtoul(n.text, 0, addr(n.number));
  if (bad !== 0) return fail(p, "Illegal integer value", start);
  if (quote === 45) n.number = u64(value);
  return 0;
}

function parse_pred(p: filter_parser): int {
  let name: array<u8, 64>;
  let len: int = 0;
  while (isalnum(p.text[p.pos]) || p.text[p.pos] === 95) {
    if (len < 63) name[len++] = p.text[p.pos];
    p.pos++;
  }
  name[len] = 0;
  if (len === 0) return fail(p, "Field not found", p.pos);
  const i = new_node(p, NODE_PRED);
  if (i < 0) return i;
  const n = p.f.nodes[i];
  skip_blanks(p);
  if (!set_field(p, n, name)) return fail(p, "Field not found", p.pos);
  let op: int = 0;
  while (op < NR_OPS && strncmp(add(p.text, p.pos), ops[op], strlen(ops[op])) !== 0) op++;
  if (op === NR_OPS) return fail(p, "Invalid operator", p.pos);
  n.op = op;
  p.pos += int(strlen(ops[op]));
  skip_blanks(p);
  const err = parse_value(p, n);
  return err !== 0 ? err : i;
}

function parse_unary(p: filter_parser): int {
  skip_blanks(p);
  if (p.text[p.pos] === 33) {
    p.pos++;
    const inner = parse_unary(p);
    if (inner < 0) return inner;
    const i = new_node(p, NODE_NOT);
    if (i >= 0) p.f.nodes[i].left = inner;
    return i;
  }
  if (p.text[p.pos] === 40) {
    const open = p.pos;
    p.pos++;
    const inner = parse_or(p);
    if (inner < 0) return inner;
    skip_blanks(p);
    if (p.text[p.pos] !== 41) return fail(p, "Too many '('", open);
    p.pos++;
    return inner;
  }
  return parse_pred(p);
}

function parse_and(p: filter_parser): int {
  let left = parse_unary(p);
  while (left >= 0) {
    skip_blanks(p);
    if (p.text[p.pos] !== 38 || p.text[p.pos + 1] !== 38) break;
    p.pos += 2;
    left = join(p, NODE_AND, left, parse_unary(p));
  }
  return left;
}

function join(p: filter_parser, kind: int, left: int, right: int): int {
  if (right < 0) return right;
  const i = new_node(p, kind);
  if (i < 0) return i;
  p.f.nodes[i].left = left;
  p.f.nodes[i].right = right;
  return i;
}

function parse_or(p: filter_parser): int {
  let left = parse_and(p);
  while (left >= 0) {
    skip_blanks(p);
    if (p.text[p.pos] !== 124 || p.text[p.pos + 1] !== 124) break;
    p.pos += 2;
    left = join(p, NODE_OR, left, parse_and(p));
  }
  return left;
}

/** A filter for the event; with an error the text and the place of it stay in the filter, which selects everything. Null: no memory. */
export function event_filter_parse(call: trace_event_call, text: cstr, err: int[]): ptr {
  const f = kzalloc(sizeof<event_filter>(), GFP_KERNEL) as event_filter;
  err[0] = -ENOMEM;
  if (f === null) return null;
  strlcpy(f.text, text, TEXT_MAX);
  const p: filter_parser = { f, call, text: f.text };
  f.root = parse_or(p);
  if (f.root >= 0 && f.text[p.pos] !== 0) {
    f.root = fail(p, f.text[p.pos] === 41 ? "Too few '('" : "Invalid operator", p.pos);
  }
  err[0] = f.root < 0 ? -EINVAL : 0;
  return f;
}

export function event_filter_error(filter: ptr): cstr {
  return (filter as event_filter).error;
}

export function event_filter_error_pos(filter: ptr): int {
  return (filter as event_filter).error_pos;
}

export function event_filter_text(filter: ptr): cstr {
  return (filter as event_filter).text;
}

export function event_filter_free(filter: ptr): void {
  kfree(filter);
}

export function event_filter_show(m: seq_file, filter: ptr): void {
  const f = filter as event_filter;
  if (f === null) {
    seq_printf(m, "none\n");
    return;
  }
  seq_printf(m, "%s\n", f.text);
  if (f.error === null) return;
  for (let i: int = 0; i < f.error_pos; i++) seq_putc(m, 32);
  seq_printf(m, "^\nparse_error: %s\n\n", f.error);
}

// ---- matching ----

function text_of(n: filter_node, data: u8[]): u8[] {
  if (n.field_kind === FIELD_COMM) return get_current().comm;
  const at_ = u64(data) + u64(n.offset) - u64(EVENT_COMMON);
  if (!n.is_loc) return at<u8[]>(at_);
  return at<u8[]>(u64(data) + u64(at<u32[]>(at_)[0] & u32(0xffff)) - u64(EVENT_COMMON));
}

function number_of(n: filter_node, data: u8[]): u64 {
  if (n.field_kind === FIELD_CPU) return u64(smp_processor_id());
  if (n.field_kind === FIELD_PID) return u64(get_current().pid);
  const p = u64(data) + u64(n.offset) - u64(EVENT_COMMON);
  switch (int(n.size)) {
    case 1:
      return n.is_signed ? u64(s64(at<s8[]>(p)[0])) : u64(at<u8[]>(p)[0]);
    case 2:
      return n.is_signed ? u64(s64(at<s16[]>(p)[0])) : u64(at<u16[]>(p)[0]);
    case 4:
      return n.is_signed ? u64(s64(at<int[]>(p)[0])) : u64(at<u32[]>(p)[0]);
    default:
      return at<u64[]>(p)[0];
  }
}

function match_pred(n: filter_node, data: u8[]): bool {
  if (n.is_string) {
    if (n.op === OP_GLOB) return glob_match(n.text, text_of(n, data));
    return (strcmp(text_of(n, data), n.text) === 0) === (n.op === OP_EQ);
  }
  const v = number_of(n, data);
  switch (n.op) {
    case OP_EQ:
      return v === n.number;
    case OP_NE:
      return v !== n.number;
    case OP_BAND:
      return (v & n.number) !== u64(0);
    case OP_LT:
      return n.is_signed ? s64(v) < s64(n.number) : v < n.number;
    case OP_LE:
      return n.is_signed ? s64(v) <= s64(n.number) : v <= n.number;
    case OP_GT:
      return n.is_signed ? s64(v) > s64(n.number) : v > n.number;
    default:
      return n.is_signed ? s64(v) >= s64(n.number) : v >= n.number;
  }
}

function match_node(f: event_filter, i: int, data: u8[]): bool {
  const n = f.nodes[i];
  switch (n.kind) {
    case NODE_AND:
      return match_node(f, n.left, data) && match_node(f, n.right, data);
    case NODE_OR:
      return match_node(f, n.left, data) || match_node(f, n.right, data);
    case NODE_NOT:
      return !match_node(f, n.left, data);
    default:
      return match_pred(n, data);
  }
}

/** No filter, or one with an error, selects every hit. */
export function event_filter_match(filter: ptr, data: u8[]): bool {
  const f = filter as event_filter;
  return f === null || f.root < 0 || match_node(f, f.root, data);
}

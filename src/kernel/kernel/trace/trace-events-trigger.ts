// Triggers of events: what else a hit does. `command[:arguments][:count] [if filter]`, with a leading ! to take it back.

import { EEXIST, EINVAL, ENOENT, ENOMEM } from "linux/errno";
import { kstrtoul } from "linux/kernel";
import { synchronize_rcu } from "linux/rcupdate";
import { type seq_file, seq_printf, seq_puts } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strchr, strcmp, strim, strlcpy, strstr } from "linux/string";
import { ring_set_on } from "./ring_buffer";
import { type event_context, event_soft_user, event_stack, find_event_file, type trace_event_file } from "./trace-events";
import { event_filter_free, event_filter_match, event_filter_parse, event_filter_text } from "./trace-events-filter";
import { tracing_alloc_snapshot, tracing_snapshot } from "./trace-snapshot";

notrace_file();

const NAMES = "traceon traceoff snapshot stacktrace enable_event disable_event";
const names: ref<cstr>[] = ["traceon", "traceoff", "snapshot", "stacktrace", "enable_event", "disable_event"];
const NR_NAMES = 6;
const CMD_TRACEON = 0;
const CMD_TRACEOFF = 1;
const CMD_SNAPSHOT = 2;
const CMD_STACKTRACE = 3;
const CMD_ENABLE = 4;

interface event_trigger extends struct<"event_trigger"> {
  next?: event_trigger;
  command?: int;
  counted?: bool;
  count?: u64;
  /** enable_event, disable_event. */
  target?: trace_event_file;
  filter?: ptr;
}

/** Its parts, cut out of what was written. */
interface trigger_words extends struct<"trigger_words"> {
  command?: int;
  system?: u8[];
  event?: u8[];
  count?: u8[];
  filter?: u8[];
}

function next_part(p: ref<u8[]>[]): u8[] {
  const part = p[0];
  if (part === null) return null;
  const colon = strchr(part, 58);
  p[0] = null;
  if (colon !== null) {
    colon[0] = 0;
    p[0] = add(colon, 1);
  }
  return part;
}

function split(w: trigger_words, text: u8[]): int {
  const cond = strstr(text, " if ");
  if (cond !== null) {
    cond[0] = 0;
    w.filter = strim(add(cond, 4));
  }
  let rest: u8[] = strim(text);
  const name = next_part(addr(rest));
  w.command = 0;
  while (w.command < NR_NAMES && strcmp(names[w.command], name) !== 0) w.command++;
  if (w.command === NR_NAMES) return -EINVAL;
  if (w.command >= CMD_ENABLE) {
    w.system = next_part(addr(rest));
    w.event = next_part(addr(rest));
    if (w.event === null) return -EINVAL;
  }
  w.count = rest;
  return 0;
}

function is_same(t: event_trigger, command: int, target: trace_event_file): bool {
  return t.command === command && t.target === target;
}

function add_trigger(file: trace_event_file, w: trigger_words, target: trace_event_file): int {
  const t = kzalloc(sizeof<event_trigger>(), GFP_KERNEL) as event_trigger;
  if (t === null) return -ENOMEM;
  let err: int = 0;
  t.command = w.command;
  t.target = target;
  if (w.count !== null) {
    t.counted = true;
    err = kstrtoul(w.count, 0, addr(t.count));
  }
  if (err === 0 && w.filter !== null) t.filter = event_filter_parse(file.call, w.filter, addr(err));
  if (err === 0 && t.command === CMD_SNAPSHOT) err = tracing_alloc_snapshot(file.tr);
  if (err === 0 && target !== null) err = event_soft_user(target, true);
  if (err === 0) err = event_soft_user(file, true);
  if (err !== 0) {
    event_filter_free(t.filter);
    kfree(t);
    return err;
  }
  t.next = file.triggers as event_trigger;
  WRITE_ONCE(file.triggers, t);
  return 0;
}

function drop_trigger(file: trace_event_file, t: event_trigger): void {
  if ((file.triggers as event_trigger) === t) {
    WRITE_ONCE(file.triggers, t.next);
  } else {
    let prev = file.triggers as event_trigger;
    while (prev.next !== t) prev = prev.next;
    WRITE_ONCE(prev.next, t.next);
  }
  event_soft_user(file, false);
  if (t.target !== null) event_soft_user(t.target, false);
  synchronize_rcu();
  event_filter_free(t.filter);
  kfree(t);
}

/** The caller holds event_mutex. */
export function event_trigger_write(file: trace_event_file, line: cstr): int {
  let text: array<u8, 256>;
  strlcpy(text, line, 256);
  const trimmed = strim(text);
  if (trimmed[0] === 0) return 0;
  const remove = trimmed[0] === 33;
  const w: trigger_words = {};
  const err = split(w, remove ? add(trimmed, 1) : trimmed);
  if (err !== 0) return err;
  let target: trace_event_file = null;
  if (w.event !== null) {
    target = find_event_file(file.tr, w.system, w.event);
    if (target === null) return -EINVAL;
  }
  let t = file.triggers as event_trigger;
  while (t !== null && !is_same(t, w.command, target)) t = t.next;
  if (!remove) return t !== null ? -EEXIST : add_trigger(file, w, target);
  if (t === null) return -ENOENT;
  drop_trigger(file, t);
  return 0;
}

export function event_triggers_free(file: trace_event_file): void {
  while (file.triggers !== null) drop_trigger(file, file.triggers as event_trigger);
}

export function event_triggers_show(m: seq_file, file: trace_event_file): void {
  if (file.triggers === null) seq_printf(m, "# Available triggers:\n# %s\n", NAMES);
  for (let t = file.triggers as event_trigger; t !== null; t = t.next) {
    seq_puts(m, names[t.command]);
    if (t.target !== null) seq_printf(m, ":%s:%s", t.target.call.system, t.target.call.name);
    if (t.counted) seq_printf(m, ":count=%lu", t.count);
    else seq_puts(m, ":unlimited");
    if (t.filter !== null) seq_printf(m, " if %s", event_filter_text(t.filter));
    seq_puts(m, "\n");
  }
}

function run(file: trace_event_file, t: event_trigger, c: event_context): void {
  const tr = file.tr;
  switch (t.command) {
    case CMD_TRACEON:
      ring_set_on(tr.buffer, 1);
      break;
    case CMD_TRACEOFF:
      ring_set_on(tr.buffer, 0);
      break;
    case CMD_SNAPSHOT:
      tracing_snapshot(tr);
      break;
    case CMD_STACKTRACE:
      event_stack(tr, c);
      break;
    default:
      WRITE_ONCE(t.target.soft_enabled, t.command === CMD_ENABLE);
  }
}

/** The hit is recorded already. */
export function event_triggers_run(file: trace_event_file, data: u8[], c: event_context): void {
  for (let t = READ_ONCE(file.triggers) as event_trigger; t !== null; t = READ_ONCE(t.next)) {
    if (!event_filter_match(t.filter, data)) continue;
    if (t.counted) {
      if (t.count === u64(0)) continue;
      t.count--;
    }
    run(file, t, c);
  }
}

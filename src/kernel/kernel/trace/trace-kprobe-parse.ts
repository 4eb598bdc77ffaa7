// kprobe_events, dynamic_events and kprobe_profile: probes are defined by lines of
//
//   p[:[GROUP/]NAME] [MODULE:]SYMBOL[+OFFSET]|ADDRESS [ARGUMENT…]          at an instruction
//   r[MAXACTIVE][:[GROUP/]NAME] [MODULE:]SYMBOL[+0] [ARGUMENT…]            at a function's return; also p … SYMBOL%return
//   -:[GROUP/]NAME                                                          takes an event away

import { E2BIG, EBUSY, EFAULT, EINVAL, ENOENT, ENOMEM } from "linux/errno";
import { O_TRUNC } from "linux/fcntl";
import { FMODE_WRITE, type file, type file_operations, type inode } from "linux/fs";
import { kallsyms_lookup_name } from "linux/kallsyms";
import { kstrtoul, scnprintf } from "linux/kernel";
import { module_exists } from "linux/module";
import { type seq_file, seq_lseek, seq_printf, seq_putc, seq_read, single_open, single_release } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strchr, strcmp, strlcpy, strlen } from "linux/string";
import { tracefs_create_file } from "linux/tracefs";
import { copy_from_user } from "linux/uaccess";
import { lock_events, unlock_events } from "./trace-events";
import { is_identifier, parse_probe_arg } from "./trace-fetch";
import {
  add_trace_kprobe,
  find_probe_event,
  init_kprobe_events,
  PROBE_MAX_ARGS,
  PROBE_NAME_MAX,
  PROBE_SYMBOL_MAX,
  remove_probe_event,
  type trace_kprobe,
  trace_kprobes,
} from "./trace-kprobe";
import { trace_written } from "./trace-nodes";
import { trace_probe_error, trace_probe_log_init } from "./trace-probe-error";

notrace_file();

const LINE_MAX = 1024;
const MAXACTIVE_MAX = 4096;

/** Group and name of an event, as far as they are given. */
interface event_name extends struct<"event_name"> {
  group?: array<u8, 64>;
  name?: array<u8, 64>;
}

/** [GROUP/][NAME]; `pos`: where it stands in the command. */
function parse_name(n: event_name, text: u8[], pos: u64): int {
  const slash = strchr(text, 47);
  let name = text;
  let name_pos = pos;
  if (slash !== null) {
    slash[0] = 0;
    if (text[0] === 0) return trace_probe_error(pos, "Group name is not specified", -EINVAL);
    if (strlen(text) >= u64(PROBE_NAME_MAX)) return trace_probe_error(pos, "Group name is too long", -EINVAL);
    if (!is_identifier(text)) return trace_probe_error(pos, "Group name must follow the same rules as C identifiers", -EINVAL);
    strlcpy(n.group, text, PROBE_NAME_MAX);
    name = add(slash, 1);
    name_pos += u64(name) - u64(text);
    // A group alone: the name comes from the probe.
    if (name[0] === 0) return 0;
  }
  if (name[0] === 0) return trace_probe_error(name_pos, "Event name is not specified", -EINVAL);
  if (strlen(name) >= u64(PROBE_NAME_MAX)) return trace_probe_error(name_pos, "Event name is too long", -EINVAL);
  if (!is_identifier(name)) {
    return trace_probe_error(name_pos, "Event name must follow the same rules as C identifiers", -EINVAL);
  }
  strlcpy(n.name, name, PROBE_NAME_MAX);
  return 0;
}

/** [MODULE:]SYMBOL[+OFFSET][%return] or an address. */
function parse_where(tk: trace_kprobe, text: u8[], pos: u64): int {
  let value: u64 = 0;
  const kp = tk.rp.kp;
  if (text[0] >= 48 && text[0] <= 57) {
    if (tk.is_return) return trace_probe_error(pos, "Retprobe address must be an function entry", -EINVAL);
    if (kstrtoul(text, 0, addr(value)) !== 0) return trace_probe_error(pos, "Invalid probed address or symbol", -EINVAL);
    strlcpy(tk.where, text, PROBE_SYMBOL_MAX);
    kp.addr = value;
    return 0;
  }
  const suffix = strchr(text, 37);
  if (suffix !== null) {
    if (strcmp(suffix, "%return") !== 0)
      return trace_probe_error(pos + (u64(suffix) - u64(text)), "Invalid probed address or symbol", -EINVAL);
    suffix[0] = 0;
    tk.is_return = true;
  }
  strlcpy(tk.where, text, PROBE_SYMBOL_MAX);
  const colon = strchr(text, 58);
  let name = text;
  if (colon !== null) {
    colon[0] = 0;
    strlcpy(tk.mod, text, PROBE_NAME_MAX);
    name = add(colon, 1);
  }
  const plus = strchr(name, 43);
  if (plus !== null) {
    plus[0] = 0;
    if (kstrtoul(add(plus, 1), 0, addr(value)) !== 0) return trace_probe_error(pos, "Invalid probed address or symbol", -EINVAL);
    if (tk.is_return && value !== u64(0)) return trace_probe_error(pos, "Retprobe address must be an function entry", -EINVAL);
  }
  strlcpy(tk.symbol, name, PROBE_SYMBOL_MAX);
  if (strchr(name, 45) !== null) return trace_probe_error(pos, "Invalid probed address or symbol", -EINVAL);
  const pending = tk.mod[0] !== 0 && !module_exists(tk.mod);
  if (!pending && kallsyms_lookup_name(tk.symbol) === u64(0)) return trace_probe_error(pos, "Invalid probed address or symbol", -ENOENT);
  kp.symbol_name = tk.symbol;
  kp.offset = u32(value);
  return 0;
}

/** Characters that names may not have become underscores. */
function default_name(tk: trace_kprobe, name: u8[]): void {
  const letter: cstr = tk.is_return ? "r" : "p";
  if (tk.symbol[0] !== 0) scnprintf(name, PROBE_NAME_MAX, "%s_%s_%u", letter, tk.symbol, tk.rp.kp.offset);
  else scnprintf(name, PROBE_NAME_MAX, "%s_0x%lx", letter, tk.rp.kp.addr);
  for (let i: int = 0; name[i] !== 0; i++) if (name[i] === 46 || name[i] === 58) name[i] = 95;
}

/** Cuts the next word off; its offset in the command goes to pos. Null: there is none. */
function next_word(p: ref<u8[]>[], start: u8[], pos: u64[]): u8[] {
  let text: u8[] = p[0];
  while (text[0] === 32 || text[0] === 9) text = add(text, 1);
  if (text[0] === 0) return null;
  pos[0] = u64(text) - u64(start);
  let end = text;
  while (end[0] !== 0 && end[0] !== 32 && end[0] !== 9) end = add(end, 1);
  if (end[0] !== 0) {
    end[0] = 0;
    end = add(end, 1);
  }
  p[0] = end;
  return text;
}

/** p, r, rN */
function parse_kind(tk: trace_kprobe, head: u8[]): int {
  let active: u64 = 0;
  tk.is_return = head[0] === 114;
  if (head[1] === 0) return 0;
  if (!tk.is_return) return trace_probe_error(1, "Maxactive is not for kprobe", -EINVAL);
  if (kstrtoul(add(head, 1), 0, addr(active)) !== 0 || active === u64(0)) return trace_probe_error(1, "Invalid maxactive number", -EINVAL);
  if (active > u64(MAXACTIVE_MAX)) return trace_probe_error(1, "Maxactive is too big", -EINVAL);
  tk.rp.maxactive = int(active);
  return 0;
}

function parse_args(tk: trace_kprobe, rest: ref<u8[]>[], line: u8[], where: u64, first: u64[]): int {
  let pos: u64 = 0;
  for (let word = next_word(rest, line, addr(pos)); word !== null; word = next_word(rest, line, addr(pos))) {
    if (first[0] === u64(0)) first[0] = pos;
    if (tk.nr_args === PROBE_MAX_ARGS) return -E2BIG;
    const arg = tk.args[tk.nr_args];
    tk.nr_args++;
    const err = parse_probe_arg(arg, word, tk.nr_args, tk.is_return, pos, where);
    if (err !== 0) return err;
    for (let i: int = 0; i < tk.nr_args - 1; i++) {
      if (strcmp(tk.args[i].name, arg.name) === 0) return trace_probe_error(pos, "This argument name is already used", -EINVAL);
    }
  }
  return 0;
}

function parse_event(tk: trace_kprobe, line: u8[]): int {
  let rest: u8[] = line;
  let pos: u64 = 0;
  let args_pos: u64 = 0;
  const n: event_name = {};
  strlcpy(n.group, "kprobes", PROBE_NAME_MAX);
  const head = next_word(addr(rest), line, addr(pos));
  const colon = strchr(head, 58);
  if (colon !== null) colon[0] = 0;
  const where = next_word(addr(rest), line, addr(pos));
  if (where === null) return -EINVAL;
  let err = parse_kind(tk, head);
  if (err === 0 && colon !== null) err = parse_name(n, add(colon, 1), u64(colon) - u64(line) + u64(1));
  if (err === 0) err = parse_where(tk, where, pos);
  if (err === 0) err = parse_args(tk, addr(rest), line, pos, addr(args_pos));
  if (err !== 0) return err;
  if (n.name[0] === 0) default_name(tk, n.name);
  return add_trace_kprobe(tk, n.group, n.name, pos, args_pos);
}

/** -:[GROUP/]NAME */
function remove_command(text: u8[]): int {
  if (text[1] !== 58 || text[2] === 0) return -EINVAL;
  const n: event_name = {};
  const err = parse_name(n, add(text, 2), 2);
  if (err !== 0) return err;
  const e = find_probe_event(n.group[0] === 0 ? null : n.group, n.name);
  return e === null ? -ENOENT : remove_probe_event(e);
}

function run_command(line: u8[]): int {
  let i: int = 0;
  while (line[i] === 32 || line[i] === 9) i++;
  const text = add(line, i);
  if (text[0] === 0 || text[0] === 35) return 0;
  trace_probe_log_init(text);
  if (text[0] === 45) return remove_command(text);
  if (text[0] !== 112 && text[0] !== 114) return -EINVAL;
  const tk = kzalloc(sizeof<trace_kprobe>(), GFP_KERNEL) as trace_kprobe;
  if (tk === null) return -ENOMEM;
  const err = parse_event(tk, text);
  if (err !== 0) kfree(tk);
  return err;
}

/** A line at a time; a bad one ends it. */
function run_lines(line: u8[], ubuf: u8[], count: u64): int {
  let err: int = 0;
  let len: int = 0;
  for (let i: u64 = 0; i <= count && err === 0; i++) {
    let c: u8 = 10;
    if (i < count && copy_from_user(addr(c), add(ubuf, i), 1) !== 0) return -EFAULT;
    if (c !== 10) {
      if (len === LINE_MAX - 1) return -EINVAL;
      line[len++] = c;
      continue;
    }
    line[len] = 0;
    len = 0;
    err = run_command(line);
  }
  return err;
}

function events_write(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const line = kzalloc(LINE_MAX, GFP_KERNEL) as u8[];
  if (line === null) return -ENOMEM;
  lock_events();
  const err = run_lines(line, ubuf, count);
  unlock_events();
  kfree(line);
  return err !== 0 ? s64(err) : trace_written(count, ppos);
}

function events_show(m: seq_file, _v: ptr): int {
  lock_events();
  for (let tk = trace_kprobes; tk !== null; tk = tk.next) {
    seq_printf(m, "%c", tk.is_return ? 114 : 112);
    if (tk.is_return && tk.rp.maxactive !== 0) seq_printf(m, "%d", tk.rp.maxactive);
    seq_printf(m, ":%s/%s", tk.event.group, tk.event.name);
    if (tk.symbol[0] === 0) seq_printf(m, " 0x%p", at<ptr>(tk.rp.kp.addr));
    else seq_printf(m, " %s", tk.where);
    for (let i: int = 0; i < tk.nr_args; i++) seq_printf(m, " %s=%s", tk.args[i].name, tk.args[i].comm);
    seq_putc(m, 10);
  }
  unlock_events();
  return 0;
}

function remove_all(): int {
  let err: int = 0;
  lock_events();
  for (let tk = trace_kprobes; tk !== null; tk = tk.next) if (tk.event.call.active > 0) err = -EBUSY;
  while (err === 0 && trace_kprobes !== null) err = remove_probe_event(trace_kprobes.event);
  unlock_events();
  return err;
}

function events_open(_inode: inode, file: file): int {
  if ((file.f_mode & FMODE_WRITE) !== 0 && (file.f_flags & O_TRUNC) !== 0) {
    const err = remove_all();
    if (err !== 0) return err;
  }
  return single_open(file, events_show, null);
}

function profile_show(m: seq_file, _v: ptr): int {
  lock_events();
  for (let tk = trace_kprobes; tk !== null; tk = tk.next) {
    const missed = tk.rp.kp.nmissed + u64(tk.rp.nmissed);
    seq_printf(m, "  %-44s %15lu %15lu\n", tk.event.name, tk.nhit, missed);
  }
  unlock_events();
  return 0;
}

function profile_open(_inode: inode, file: file): int {
  return single_open(file, profile_show, null);
}

const events_fops: file_operations = { open: events_open, read: seq_read, write: events_write, llseek: seq_lseek, release: single_release };
const profile_fops: file_operations = { open: profile_open, read: seq_read, llseek: seq_lseek, release: single_release };

export function init_kprobe_trace(): void {
  init_kprobe_events();
  tracefs_create_file("kprobe_events", 0o640, null, null, events_fops);
  tracefs_create_file("dynamic_events", 0o640, null, null, events_fops);
  tracefs_create_file("kprobe_profile", 0o440, null, null, profile_fops);
}
init(init_kprobe_trace);

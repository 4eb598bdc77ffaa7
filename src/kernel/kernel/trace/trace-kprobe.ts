// Events on probes: kprobe_events defines them, events/kprobes/NAME/enable switches them, each hit is an entry of the trace.
//
//   p[:[kprobes/]NAME] [MODULE:]SYMBOL[+OFFSET]|ADDRESS [ARGUMENT…]     at an instruction
//   r[MAXACTIVE][:[kprobes/]NAME] SYMBOL [ARGUMENT…]                    at a function's return
//   -:[kprobes/]NAME                                                     takes an event away

import type { pt_regs } from "asm/ptrace";
import type { dentry } from "linux/dcache";
import { E2BIG, EBUSY, EEXIST, EFAULT, EILSEQ, EINVAL, ENODEV, ENOENT, ENOMEM } from "linux/errno";
import { O_TRUNC } from "linux/fcntl";
import { FMODE_WRITE, type file, type file_operations, type inode, simple_read_from_buffer } from "linux/fs";
import { kallsyms_lookup_name } from "linux/kallsyms";
import { kstrtoul, scnprintf } from "linux/kernel";
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
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { type seq_file, seq_lseek, seq_printf, seq_putc, seq_read, single_open, single_release } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strchr, strcmp, strlcpy, strlen, strncmp } from "linux/string";
import { tracefs_create_dir, tracefs_create_file, tracefs_remove } from "linux/tracefs";
import { copy_from_user } from "linux/uaccess";
import { RING_ENTRY_HEAD, type ring_entry } from "./ring_buffer";
import {
  TRACE_KPROBE,
  TRACE_KRETPROBE,
  trace_begin,
  trace_commit,
  tracing_start_cmdline_record,
  tracing_stop_cmdline_record,
  tracing_update_buffers,
} from "./trace";
import { fetch_probe_arg, parse_probe_arg, print_probe_arg, type probe_arg, probe_arg_size } from "./trace-fetch";
import { trace_get_number } from "./trace-files";
import { trace_probe_error, trace_probe_log_init } from "./trace-probe-error";

const NAME_MAX = 64;
const SYMBOL_MAX = 128;
const MAX_ARGS = 8;
const LINE_MAX = 256;
const GROUP = "kprobes/";

interface trace_kprobe extends struct<"trace_kprobe"> {
  next?: trace_kprobe;
  rp?: embed<kretprobe>; // of it kp alone for entry probes
  is_return?: bool;
  enabled?: bool;
  /** The hits in the ring name their event by this: it may be gone when they are printed. */
  id?: u64;
  nhit?: u64;
  nr_args?: int;
  args?: array<probe_arg, 8>;
  dir?: dentry;
  event?: array<u8, 64>;
  symbol?: array<u8, 128>;
  /** As it was written: symbol and offset, or address. */
  where?: array<u8, 128>;
}

/** A hit; the arguments follow. ret_ip of returns only. */
interface kprobe_entry extends struct<"kprobe_entry"> {
  ent?: embed<ring_entry>;
  id?: u64;
  ip?: u64;
  ret_ip?: u64;
}
const HIT_HEAD = RING_ENTRY_HEAD + 24;

/** All events, oldest first. Under event_mutex; hits do not look here. */
let events: trace_kprobe = null;
let event_mutex: embed<mutex>;
let next_id: u64 = 1;
let kprobes_dir: dentry = null;

// ---- hits ----

function record_hit(tk: trace_kprobe, type: int, ip: u64, ret_ip: u64, regs: pt_regs): void {
  tk.nhit++;
  let size: u64 = 24;
  for (let i: int = 0; i < tk.nr_args; i++) size += probe_arg_size(tk.args[i]);
  const flags = read_rflags();
  cli();
  // Callbacks of ftrace hold preemption off once.
  const own: int = type === TRACE_KPROBE && (tk.rp.kp.flags & KPROBE_FLAG_FTRACE) !== 0 ? 1 : 0;
  const e = trace_begin(u16(type), size, flags, own) as kprobe_entry;
  if (e !== null) {
    e.id = tk.id;
    e.ip = ip;
    e.ret_ip = ret_ip;
    let pos: u64 = u64(e) + u64(HIT_HEAD);
    for (let i: int = 0; i < tk.nr_args; i++) {
      fetch_probe_arg(tk.args[i], regs, at<u8[]>(pos));
      pos += probe_arg_size(tk.args[i]);
    }
    trace_commit(e.ent);
  }
  if ((flags & u64(0x200)) !== u64(0)) sti();
}
notrace(record_hit);

/** A probe of kprobe_events was hit. */
export function kprobe_dispatcher(p: kprobe, regs: pt_regs): int {
  record_hit(container_of<trace_kprobe>(container_of<kretprobe>(p, "kp"), "rp"), TRACE_KPROBE, p.addr, 0, regs);
  return 0;
}
kprobe_blacklist(kprobe_dispatcher);

export function kretprobe_dispatcher(ri: kretprobe_instance, regs: pt_regs): int {
  const tk = container_of<trace_kprobe>(ri.rp, "rp");
  if (tk.enabled) record_hit(tk, TRACE_KRETPROBE, tk.rp.kp.addr, ri.ret_addr, regs);
  return 0;
}
kprobe_blacklist(kretprobe_dispatcher);

export function trace_kprobe_print(m: seq_file, ent: ring_entry): void {
  const e = ent as ptr as kprobe_entry;
  let tk = events;
  while (tk !== null && tk.id !== e.id) tk = tk.next;
  if (tk === null) {
    seq_printf(m, "[UNKNOWN/BAD] (%pS)\n", at<ptr>(e.ip));
    return;
  }
  if (e.ret_ip === u64(0)) seq_printf(m, "%s: (%pS)", tk.event, at<ptr>(e.ip));
  else seq_printf(m, "%s: (%pS <- %ps)", tk.event, at<ptr>(e.ret_ip), at<ptr>(e.ip));
  let pos: u64 = u64(e) + u64(HIT_HEAD);
  for (let i: int = 0; i < tk.nr_args; i++) {
    print_probe_arg(m, tk.args[i], at<u8[]>(pos));
    pos += probe_arg_size(tk.args[i]);
  }
  seq_putc(m, 10);
}

// ---- events/kprobes/NAME/enable ----

function set_enabled(tk: trace_kprobe, on: bool): int {
  if (tk.enabled === on) return 0;
  if (on && !tracing_update_buffers()) return -ENOMEM;
  const err = on ? enable_kprobe(tk.rp.kp) : disable_kprobe(tk.rp.kp);
  if (err !== 0) return err;
  tk.enabled = on;
  if (on) tracing_start_cmdline_record();
  else tracing_stop_cmdline_record();
  return 0;
}

/** The event of a file, or null for events/kprobes/enable. */
function event_enable_read(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const tk = file.f_inode.i_private as trace_kprobe;
  let on = false;
  let off = false;
  mutex_lock(event_mutex);
  for (let t = events; t !== null; t = t.next) {
    if (tk !== null && t !== tk) continue;
    if (t.enabled) on = true;
    else off = true;
  }
  mutex_unlock(event_mutex);
  return simple_read_from_buffer(ubuf, count, ppos, on && off ? "X\n" : on ? "1\n" : "0\n", 2);
}

function event_enable_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const tk = file.f_inode.i_private as trace_kprobe;
  let value: u64 = 0;
  let err = trace_get_number(addr(value), ubuf, count);
  if (err !== 0) return s64(err);
  if (value > u64(1)) return -EINVAL;
  // Gone meanwhile, while the file was open: nothing matches.
  let found = tk === null;
  mutex_lock(event_mutex);
  for (let t = events; t !== null && err === 0; t = t.next) {
    if (tk !== null && t !== tk) continue;
    found = true;
    err = set_enabled(t, value !== u64(0));
  }
  mutex_unlock(event_mutex);
  if (!found) return -ENODEV;
  if (err !== 0) return s64(err);
  ppos[0] += s64(count);
  return s64(count);
}

const event_enable_fops: file_operations = { read: event_enable_read, write: event_enable_write };

// ---- kprobe_events ----

function find_event(name: cstr): trace_kprobe {
  let tk = events;
  while (tk !== null && strcmp(tk.event, name) !== 0) tk = tk.next;
  return tk;
}

function link_event(tk: trace_kprobe): void {
  if (events === null) {
    events = tk;
    return;
  }
  let last = events;
  while (last.next !== null) last = last.next;
  last.next = tk;
}

function remove_event(tk: trace_kprobe): int {
  if (tk.enabled) return -EBUSY;
  if (tk.is_return) unregister_kretprobe(tk.rp);
  else unregister_kprobe(tk.rp.kp);
  if (events === tk) events = tk.next;
  else {
    let prev = events;
    while (prev.next !== tk) prev = prev.next;
    prev.next = tk.next;
  }
  tracefs_remove(tk.dir);
  kfree(tk);
  return 0;
}

/** "SYMBOL", "SYMBOL+OFFSET" or an address. */
function parse_where(tk: trace_kprobe, text: u8[], pos: u64): int {
  strlcpy(tk.where, text, SYMBOL_MAX);
  let value: u64 = 0;
  if (text[0] >= 48 && text[0] <= 57) {
    if (kstrtoul(text, 0, addr(value)) !== 0) return trace_probe_error(pos, "Invalid probed address or symbol", -EINVAL);
    if (tk.is_return) return trace_probe_error(pos, "Return probe must be on a function entry", -EINVAL);
    tk.rp.kp.addr = value;
    return 0;
  }
  strlcpy(tk.symbol, text, SYMBOL_MAX);
  const plus = strchr(tk.symbol, 43);
  if (plus !== null) {
    plus[0] = 0;
    if (kstrtoul(add(plus, 1), 0, addr(value)) !== 0) return trace_probe_error(pos, "Invalid probed address or symbol", -EINVAL);
    if (tk.is_return && value !== u64(0)) return trace_probe_error(pos, "Return probe must be on a function entry", -EINVAL);
  }
  if (kallsyms_lookup_name(tk.symbol) === u64(0)) return trace_probe_error(pos, "Invalid probed address or symbol", -ENOENT);
  tk.rp.kp.symbol_name = tk.symbol;
  tk.rp.kp.offset = u32(value);
  return 0;
}

function default_name(tk: trace_kprobe): void {
  const letter: cstr = tk.is_return ? "r" : "p";
  if (tk.rp.kp.symbol_name !== null) scnprintf(tk.event, NAME_MAX, "%s_%s_%u", letter, tk.symbol, tk.rp.kp.offset);
  else scnprintf(tk.event, NAME_MAX, "%s_0x%lx", letter, tk.rp.kp.addr);
}

/** The part behind the colon: [kprobes/]NAME. */
function parse_name(tk: trace_kprobe, name: u8[], pos: u64): int {
  const text: u8[] = strncmp(name, GROUP, 8) === 0 ? add(name, 8) : name;
  if (text[0] === 0) return trace_probe_error(pos, "Event name is not specified", -EINVAL);
  if (strlen(text) >= u64(NAME_MAX)) return trace_probe_error(pos, "Event name is too long", -EINVAL);
  for (let i: int = 0; text[i] !== 0; i++) {
    const c = text[i];
    const digit = c >= 48 && c <= 57;
    if (!(c === 95 || (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (digit && i > 0))) {
      return trace_probe_error(pos, "Event name must follow the same rules as C identifiers", -EINVAL);
    }
  }
  strlcpy(tk.event, text, NAME_MAX);
  return 0;
}

function register_event(tk: trace_kprobe, pos: u64): int {
  if (tk.event[0] === 0) default_name(tk);
  if (find_event(tk.event) !== null) return trace_probe_error(0, "Given group/event name is already used by another event", -EEXIST);
  tk.rp.kp.flags = KPROBE_FLAG_DISABLED;
  if (tk.is_return) tk.rp.handler = kretprobe_dispatcher;
  else tk.rp.kp.pre_handler = kprobe_dispatcher;
  const err = tk.is_return ? register_kretprobe(tk.rp) : register_kprobe(tk.rp.kp);
  if (err === -EILSEQ) return trace_probe_error(pos, "Probe point is not an instruction boundary", err);
  if (err !== 0) return trace_probe_error(pos, "Failed to register probe event", err);
  tk.id = next_id;
  next_id++;
  link_event(tk);
  tk.dir = tracefs_create_dir(tk.event, kprobes_dir);
  if (tk.dir !== null) tracefs_create_file("enable", 0o640, tk.dir, tk, event_enable_fops);
  return 0;
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

function parse_event(tk: trace_kprobe, line: u8[]): int {
  let rest: u8[] = line;
  let pos: u64 = 0;
  const head = next_word(addr(rest), line, addr(pos));
  tk.is_return = head[0] === 114;
  const colon = strchr(head, 58);
  if (colon !== null) {
    colon[0] = 0;
    const err = parse_name(tk, add(colon, 1), u64(colon) - u64(line) + u64(1));
    if (err !== 0) return err;
  }
  let active: u64 = 0;
  if (head[1] !== 0) {
    if (!tk.is_return) return trace_probe_error(1, "Maxactive is not for kprobe", -EINVAL);
    if (kstrtoul(add(head, 1), 0, addr(active)) !== 0) return trace_probe_error(1, "Invalid maxactive number", -EINVAL);
    if (active > u64(4096)) return trace_probe_error(1, "Maxactive is too big", -E2BIG);
    tk.rp.maxactive = int(active);
  }
  const where = next_word(addr(rest), line, addr(pos));
  if (where === null) return -EINVAL;
  const where_pos = pos;
  let err = parse_where(tk, where, pos);
  for (let word = next_word(addr(rest), line, addr(pos)); word !== null && err === 0; word = next_word(addr(rest), line, addr(pos))) {
    if (tk.nr_args === MAX_ARGS) return trace_probe_error(pos, "Too many arguments are specified", -E2BIG);
    tk.nr_args++;
    err = parse_probe_arg(tk.args[tk.nr_args - 1], word, tk.nr_args, tk.is_return, pos);
  }
  return err !== 0 ? err : register_event(tk, where_pos);
}

function run_command(line: u8[]): int {
  let i: int = 0;
  while (line[i] === 32 || line[i] === 9) i++;
  const text = add(line, i);
  if (text[0] === 0 || text[0] === 35) return 0;
  trace_probe_log_init(text);
  if (text[0] === 45) {
    if (text[1] !== 58) return -EINVAL;
    const name: u8[] = strncmp(add(text, 2), GROUP, 8) === 0 ? add(text, 10) : add(text, 2);
    const tk = find_event(name);
    return tk === null ? -ENOENT : remove_event(tk);
  }
  if (text[0] !== 112 && text[0] !== 114) return -EINVAL;
  const tk = kzalloc(sizeof<trace_kprobe>(), GFP_KERNEL) as trace_kprobe;
  if (tk === null) return -ENOMEM;
  const err = parse_event(tk, text);
  if (err !== 0) kfree(tk);
  return err;
}

function events_write(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let line: array<u8, 256>;
  let err: int = 0;
  let len: int = 0;
  mutex_lock(event_mutex);
  for (let i: u64 = 0; i <= count && err === 0; i++) {
    let c: u8 = 10;
    if (i < count && copy_from_user(addr(c), add(ubuf, i), 1) !== 0) err = -EFAULT;
    else if (c !== 10) {
      if (len === LINE_MAX - 1) err = -EINVAL;
      else {
        line[len] = c;
        len++;
      }
    } else {
      line[len] = 0;
      len = 0;
      err = run_command(line);
    }
  }
  mutex_unlock(event_mutex);
  if (err !== 0) return s64(err);
  ppos[0] += s64(count);
  return s64(count);
}

function events_show(m: seq_file, _v: ptr): int {
  mutex_lock(event_mutex);
  for (let tk = events; tk !== null; tk = tk.next) {
    seq_printf(m, "%c", tk.is_return ? 114 : 112);
    if (tk.is_return && tk.rp.maxactive !== 0) seq_printf(m, "%d", tk.rp.maxactive);
    seq_printf(m, ":kprobes/%s %s", tk.event, tk.where);
    for (let i: int = 0; i < tk.nr_args; i++) seq_printf(m, " %s=%s", tk.args[i].name, tk.args[i].comm);
    seq_putc(m, 10);
  }
  mutex_unlock(event_mutex);
  return 0;
}

function remove_all(): int {
  let err: int = 0;
  mutex_lock(event_mutex);
  for (let tk = events; tk !== null; tk = tk.next) if (tk.enabled) err = -EBUSY;
  while (err === 0 && events !== null) err = remove_event(events);
  mutex_unlock(event_mutex);
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
  mutex_lock(event_mutex);
  for (let tk = events; tk !== null; tk = tk.next)
    seq_printf(m, "  %-44s %15lu %15lu\n", tk.event, tk.nhit, tk.rp.kp.nmissed + u64(tk.rp.nmissed));
  mutex_unlock(event_mutex);
  return 0;
}

function profile_open(_inode: inode, file: file): int {
  return single_open(file, profile_show, null);
}

const events_fops: file_operations = { open: events_open, read: seq_read, write: events_write, llseek: seq_lseek, release: single_release };
const profile_fops: file_operations = { open: profile_open, read: seq_read, llseek: seq_lseek, release: single_release };

export function init_kprobe_trace(): void {
  tracefs_create_file("kprobe_events", 0o640, null, null, events_fops);
  tracefs_create_file("kprobe_profile", 0o440, null, null, profile_fops);
  const dir = tracefs_create_dir("events", null);
  if (dir !== null) kprobes_dir = tracefs_create_dir("kprobes", dir);
  if (kprobes_dir !== null) tracefs_create_file("enable", 0o640, kprobes_dir, null, event_enable_fops);
}
init(init_kprobe_trace);

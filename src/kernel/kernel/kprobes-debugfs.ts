// /sys/kernel/debug/kprobes: the registered probes, the switch for all of them, and what may not be probed.

import { debugfs_create_dir, debugfs_create_file } from "linux/debugfs";
import { IS_ERR } from "linux/err";
import { EINVAL } from "linux/errno";
import { type file, type file_operations, type inode, simple_read_from_buffer } from "linux/fs";
import { kallsyms_lookup } from "linux/kallsyms";
import { kstrtobool } from "linux/kernel";
import { KPROBE_FLAG_DISABLED, KPROBE_FLAG_FTRACE, KPROBE_FLAG_GONE, KPROBE_FLAG_OPTIMIZED, type kprobe } from "linux/kprobes";
import { MODULE_STATE_GOING, type module, register_module_notifier } from "linux/module";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { NOTIFY_DONE, type notifier_block } from "linux/notifier";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { type seq_file, seq_lseek, seq_printf, seq_read, single_open, single_release } from "linux/seq_file";
import { strim, strncmp } from "linux/string";
import { kallsyms_count, kallsyms_sym_address, kallsyms_sym_name } from "./kallsyms";
import { kprobe_mutex, kprobe_table, kprobes_all_disarmed, kprobes_module_gone, kprobes_set_all } from "./kprobes";
import { pre_handler_kretprobe } from "./kretprobe";
import { trace_get_text } from "./trace/trace-nodes";

declare const __kprobes_text_start: u8[];
declare const __kprobes_text_end: u8[];
declare const __entry_text_start: u8[];
declare const __entry_text_end: u8[];

const NR_SHOWN_FLAGS = KPROBE_FLAG_GONE | KPROBE_FLAG_DISABLED | KPROBE_FLAG_OPTIMIZED | KPROBE_FLAG_FTRACE;

function report_probe(m: seq_file, p: kprobe): void {
  let offset: u64 = 0;
  let mod: module = null;
  const type = p.pre_handler === pre_handler_kretprobe ? "r" : "k";
  rcu_read_lock();
  const name = kallsyms_lookup(p.addr, null, addr(offset), addr(mod));
  const modname: cstr = mod !== null ? mod.name : " ";
  if (name !== null) seq_printf(m, "%px  %s  %s+0x%x  %s ", at<ptr>(p.addr), type, name, u32(offset), modname);
  else seq_printf(m, "%px  %s  %pS ", at<ptr>(p.addr), type, at<ptr>(p.addr));
  rcu_read_unlock();
  const flags = p.flags & NR_SHOWN_FLAGS;
  seq_printf(
    m,
    "%s%s%s%s\n",
    (flags & KPROBE_FLAG_GONE) !== 0 ? "[GONE]" : "",
    (flags & KPROBE_FLAG_DISABLED) !== 0 && (flags & KPROBE_FLAG_GONE) === 0 ? "[DISABLED]" : "",
    (flags & KPROBE_FLAG_OPTIMIZED) !== 0 ? "[OPTIMIZED]" : "",
    (flags & KPROBE_FLAG_FTRACE) !== 0 ? "[FTRACE]" : "",
  );
}

function list_show(m: seq_file, _v: ptr): int {
  mutex_lock(kprobe_mutex);
  for (let n = kprobe_table.first; n !== null; n = n.next) report_probe(m, container_of<kprobe>(n, "hlist"));
  mutex_unlock(kprobe_mutex);
  return 0;
}

function list_open(_inode: inode, file: file): int {
  return single_open(file, list_show, null);
}

/** Stubs of exceptions are marked one by one, as Linux's idtentry macro does; the rest is in as part of its section. */
function is_marked(name: cstr): bool {
  return strncmp(name, "asm_exc_", 8) === 0;
}

/** The linker's marks of the sections are no symbols to be listed. */
function show_area(m: seq_file, from: u64, to: u64, marked_only: bool): void {
  const count = kallsyms_count();
  for (let i: u64 = 0; i + u64(1) < count; i++) {
    const start = kallsyms_sym_address(i);
    const name = kallsyms_sym_name(i);
    if (start < from || start >= to || (marked_only && !is_marked(name))) continue;
    let end = start;
    for (let k: u64 = i + u64(1); k < count && end === start; k++) end = kallsyms_sym_address(k);
    if (strncmp(name, "__entry_text_", 13) === 0 || strncmp(name, "__kprobes_text_", 15) === 0) continue;
    seq_printf(m, "0x%px-0x%px\t%s\n", at<ptr>(start), at<ptr>(end), name);
  }
}

/** What is marked by itself first, then the sections. */
function blacklist_show(m: seq_file, _v: ptr): int {
  show_area(m, u64(__entry_text_start), u64(__entry_text_end), true);
  show_area(m, u64(__kprobes_text_start), u64(__kprobes_text_end), false);
  show_area(m, u64(__entry_text_start), u64(__entry_text_end), false);
  return 0;
}

function blacklist_open(_inode: inode, file: file): int {
  return single_open(file, blacklist_show, null);
}

function enabled_read(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  return simple_read_from_buffer(ubuf, count, ppos, kprobes_all_disarmed ? "0\n" : "1\n", 2);
}

function enabled_write(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 64>;
  let on = false;
  const err = trace_get_text(text, ubuf, count);
  if (err !== 0) return s64(err);
  if (kstrtobool(strim(text), addr(on)) !== 0) return -EINVAL;
  kprobes_set_all(on);
  ppos[0] += s64(count);
  return s64(count);
}

const list_fops: file_operations = { open: list_open, read: seq_read, llseek: seq_lseek, release: single_release };
const blacklist_fops: file_operations = { open: blacklist_open, read: seq_read, llseek: seq_lseek, release: single_release };
const enabled_fops: file_operations = { read: enabled_read, write: enabled_write };

function kprobes_module_callback(_nb: notifier_block, action: u64, data: ptr): int {
  if (action !== u64(MODULE_STATE_GOING)) return NOTIFY_DONE;
  const mod = data as module;
  kprobes_module_gone(mod.core_layout.base, u64(mod.core_layout.size));
  return NOTIFY_DONE;
}

const kprobe_module_nb: notifier_block = { notifier_call: kprobes_module_callback };

export function debugfs_kprobe_init(): int {
  register_module_notifier(kprobe_module_nb);
  const dir = debugfs_create_dir("kprobes", null);
  if (IS_ERR(dir)) return 0;
  debugfs_create_file("list", 0o400, dir, null, list_fops);
  debugfs_create_file("enabled", 0o600, dir, null, enabled_fops);
  debugfs_create_file("blacklist", 0o400, dir, null, blacklist_fops);
  return 0;
}
init(debugfs_kprobe_init);

// The files of tracefs that are about functions: which can be traced, which are, and which shall be.

import { isspace } from "linux/ctype";
import { EFAULT, EINVAL, ENODEV, ENOMEM } from "linux/errno";
import { O_TRUNC } from "linux/fcntl";
import { FMODE_READ, FMODE_WRITE, type file, type file_operations, type inode } from "linux/fs";
import {
  type dyn_ftrace,
  FTRACE_FL_DIRECT,
  FTRACE_FL_DISABLED,
  FTRACE_FL_ENABLED,
  FTRACE_FL_IPMODIFY,
  FTRACE_FL_REGS,
  FTRACE_FL_REGS_EN,
  FTRACE_FL_TRAMP_EN,
  FTRACE_OPS_FL_ENABLED,
  type ftrace_hash,
  ftrace_is_dead,
  type ftrace_ops,
  ftrace_rec_count,
} from "linux/ftrace";
import { kallsyms_lookup } from "linux/kallsyms";
import { type module, module_exists } from "linux/module";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import {
  type seq_file,
  seq_lseek,
  seq_open,
  type seq_operations,
  seq_printf,
  seq_putc,
  seq_puts,
  seq_read,
  seq_release,
} from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strchr, strcmp } from "linux/string";
import { tracefs_create_file } from "linux/tracefs";
import { copy_from_user } from "linux/uaccess";
import { arch_ftrace_trampoline_func } from "../../arch/x86/kernel/ftrace";
import { ftrace_lock } from "./ftrace";
import { ftrace_hash_move_and_update_ops } from "./ftrace-filter";
import {
  alloc_and_copy_ftrace_hash,
  alloc_ftrace_hash,
  FTRACE_HASH_FL_MOD,
  free_ftrace_hash,
  ftrace_hash_empty,
  ftrace_lookup_ip,
} from "./ftrace-hash";
import { ftrace_match_records } from "./ftrace-match";
import { ftrace_mod_filter_reset, ftrace_mod_filter_show, ftrace_mod_filter_word, ftrace_mod_filters_waiting } from "./ftrace-mod-filter";
import { ftrace_next_rec, type ftrace_rec_iter, ftrace_rec_iter_start } from "./ftrace-pages";
import { ftrace_probe_command, ftrace_probe_show } from "./ftrace-probe";
import { ftrace_find_tramp_ops_any, ftrace_find_tramp_ops_next } from "./ftrace-records";
import { global_trace, type trace_array } from "./trace";
import { ftrace_graph_hash, ftrace_graph_notrace_hash, graph_ops, set_ftrace_graph_hash } from "./trace-functions-graph";
import { trace_index_of, trace_node_new, trace_of } from "./trace-nodes";

notrace_file();

/** Which list a file shows. */
const LIST_ALL = 0;
const LIST_ENABLED = 1;
const LIST_FILTER = 2;
const LIST_NOTRACE = 3;
const LIST_GRAPH = 4;
const LIST_GRAPH_NOTRACE = 5;

const WORD_MAX = 256;

/** Of one open file: where a listing stands, and for writers the new hash and the word that has not ended. */
interface func_file extends struct<"func_file"> {
  tr?: trace_array;
  list?: int;
  rec_iter?: embed<ftrace_rec_iter>;
  rec?: dyn_ftrace;
  header?: bool;
  probe?: s64; // -1: still in the records
  mod?: s64; // the same for filters that wait for their module
  hash?: ftrace_hash;
  len?: u32;
  word?: array<u8, 256>;
}

// ---- listings ----

function shown_hash(f: func_file): ftrace_hash {
  if (f.list === LIST_FILTER) return f.tr.ops.func_hash.filter_hash;
  if (f.list === LIST_NOTRACE) return f.tr.ops.func_hash.notrace_hash;
  return f.list === LIST_GRAPH ? ftrace_graph_hash : ftrace_graph_notrace_hash;
}

function is_shown(f: func_file, rec: dyn_ftrace): bool {
  if (f.list === LIST_ALL) return (rec.flags & u64(FTRACE_FL_DISABLED)) === u64(0);
  if (f.list === LIST_ENABLED) return (rec.flags & u64(FTRACE_FL_ENABLED)) !== u64(0);
  return ftrace_lookup_ip(shown_hash(f), rec.ip) !== null;
}

/** One step: the header, records, filters of modules to come, functions with commands. */
function step(f: func_file): bool {
  const hashed = f.list >= LIST_FILTER;
  if (f.probe < 0 && f.mod < 0) {
    if (hashed && ftrace_hash_empty(shown_hash(f))) {
      if (!f.header) {
        f.header = true;
        return true;
      }
    } else {
      f.header = false;
      for (;;) {
        f.rec = ftrace_next_rec(f.rec_iter);
        if (f.rec === null) break;
        if (is_shown(f, f.rec)) return true;
      }
    }
    f.rec = null;
    f.header = false;
    if (f.list !== LIST_FILTER && f.list !== LIST_NOTRACE) return false;
  }
  if (f.probe < 0) {
    f.mod++;
    if (ftrace_mod_filter_show(null, f.tr.ops, f.list === LIST_FILTER, f.mod)) return true;
  }
  if (f.list !== LIST_FILTER || f.tr !== global_trace) return false;
  f.probe++;
  return ftrace_probe_show(null, f.probe, false);
}

function t_start(m: seq_file, pos: s64[]): ptr {
  const f = m.private as func_file;
  mutex_lock(ftrace_lock);
  if (ftrace_is_dead()) return null;
  ftrace_rec_iter_start(f.rec_iter);
  f.rec = null;
  f.header = false;
  f.probe = -1;
  f.mod = -1;
  for (let i: s64 = 0; i <= pos[0]; i++) if (!step(f)) return null;
  return f;
}

function t_next(m: seq_file, _v: ptr, pos: s64[]): ptr {
  const f = m.private as func_file;
  pos[0]++;
  return step(f) ? f : null;
}

function t_stop(_m: seq_file, _v: ptr): void {
  mutex_unlock(ftrace_lock);
}

function add_trampoline_func(m: seq_file, ops: ftrace_ops, rec: dyn_ftrace): void {
  const func = arch_ftrace_trampoline_func(ops, (rec.flags & u64(FTRACE_FL_REGS_EN)) !== u64(0));
  if (func !== u64(0)) seq_printf(m, " ->%pS", at<ptr>(func));
}

function show_record(m: seq_file, f: func_file): void {
  const rec = f.rec;
  let mod: module = null;
  const name = kallsyms_lookup(rec.ip, null, null, addr(mod));
  if (name === null) seq_printf(m, "0x%lx", rec.ip);
  else seq_puts(m, name);
  if (mod !== null) seq_printf(m, " [%s]", mod.name);
  if (f.list === LIST_ENABLED) {
    const regs = (rec.flags & u64(FTRACE_FL_REGS)) !== u64(0) ? " R" : "  ";
    const ipmodify = (rec.flags & u64(FTRACE_FL_IPMODIFY)) !== u64(0) ? " I" : "  ";
    const direct = (rec.flags & u64(FTRACE_FL_DIRECT)) !== u64(0) ? " D" : "  ";
    seq_printf(m, " (%ld)%s%s%s", ftrace_rec_count(rec), regs, ipmodify, direct);
    if ((rec.flags & u64(FTRACE_FL_TRAMP_EN)) !== u64(0)) {
      let ops = ftrace_find_tramp_ops_any(rec);
      if (ops === null) seq_puts(m, "\ttramp: ERROR!");
      while (ops !== null) {
        seq_printf(m, "\ttramp: %pS (%pS)", at<ptr>(ops.trampoline), at<ptr>(u64(ops.func)));
        add_trampoline_func(m, ops, rec);
        ops = ftrace_find_tramp_ops_next(rec, ops);
      }
    } else {
      add_trampoline_func(m, null, rec);
    }
  }
  seq_putc(m, 10);
}

function t_show(m: seq_file, _v: ptr): int {
  const f = m.private as func_file;
  if (f.header) {
    const none = f.list === LIST_NOTRACE || f.list === LIST_GRAPH_NOTRACE;
    seq_puts(m, none ? "#### no functions disabled ####\n" : "#### all functions enabled ####\n");
  } else if (f.probe >= 0) {
    ftrace_probe_show(m, f.probe, true);
  } else if (f.mod >= 0) {
    ftrace_mod_filter_show(m, f.tr.ops, f.list === LIST_FILTER, f.mod);
  } else if (f.rec !== null) {
    show_record(m, f);
  }
  return 0;
}

const show_ftrace_seq_ops: seq_operations = { start: t_start, next: t_next, stop: t_stop, show: t_show };

// ---- opening ----

function is_hash_file(list: int): bool {
  return list >= LIST_FILTER;
}

function func_open(inode: inode, file: file): int {
  const list = trace_index_of(inode);
  if (list !== LIST_ENABLED && ftrace_is_dead()) return -ENODEV;
  const f = kzalloc(sizeof<func_file>(), GFP_KERNEL) as func_file;
  if (f === null) return -ENOMEM;
  f.list = list;
  f.tr = trace_of(inode);
  const writes = (file.f_mode & FMODE_WRITE) !== 0;
  if (writes && is_hash_file(list)) {
    const truncate = (file.f_flags & O_TRUNC) !== 0;
    if (truncate && list <= LIST_NOTRACE) {
      mutex_lock(ftrace_lock);
      ftrace_mod_filter_reset(f.tr.ops, list === LIST_FILTER);
      mutex_unlock(ftrace_lock);
    }
    f.hash = truncate ? alloc_ftrace_hash(10) : alloc_and_copy_ftrace_hash(shown_hash(f));
    if (f.hash === null) {
      kfree(f);
      return -ENOMEM;
    }
  }
  if ((file.f_mode & FMODE_READ) === 0) {
    file.private_data = f;
    return 0;
  }
  const err = seq_open(file, show_ftrace_seq_ops);
  if (err !== 0) {
    free_ftrace_hash(f.hash);
    kfree(f);
    return err;
  }
  (file.private_data as seq_file).private = f;
  return 0;
}

function func_of(file: file): func_file {
  return (file.f_mode & FMODE_READ) !== 0 ? ((file.private_data as seq_file).private as func_file) : (file.private_data as func_file);
}

// ---- writing ----

/** `glob`, `glob:mod:name`, `glob:command[:param]`, each with a leading ! to take it back. */
function process_word(f: func_file): int {
  const word: u8[] = f.word;
  const colon = f.list === LIST_FILTER || f.list === LIST_NOTRACE ? strchr(word, 58) : null;
  let mod: u8[] = null;
  if (colon !== null) {
    colon[0] = 0;
    const command = add(colon, 1);
    const end = strchr(command, 58);
    let param: u8[] = null;
    if (end !== null) {
      end[0] = 0;
      param = add(end, 1);
    }
    if (strcmp(command, "mod") !== 0) {
      // Commands act on the machine's trace.
      return f.list === LIST_FILTER && f.tr === global_trace ? ftrace_probe_command(word, command, param) : -EINVAL;
    }
    // Linux takes a missing module name for missing memory.
    if (param === null) return -ENOMEM;
    mod = param;
  }
  mutex_lock(ftrace_lock);
  let found = ftrace_match_records(f.hash, word, mod);
  if (found === 0 && mod !== null && !module_exists(mod)) {
    found = ftrace_mod_filter_word(f.tr.ops, f.list === LIST_FILTER, word, mod);
    if (found === 0) found = 1;
  }
  mutex_unlock(ftrace_lock);
  if (found < 0) return found;
  return found === 0 ? -EINVAL : 0;
}

function end_word(f: func_file): int {
  if (f.len === 0) return 0;
  f.word[f.len] = 0;
  f.len = 0;
  return process_word(f);
}

function func_write(file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  const f = func_of(file);
  if (f.hash === null) return -EINVAL;
  let chunk: array<u8, 64>;
  let done: u64 = 0;
  while (done < count) {
    const n: u64 = count - done < u64(64) ? count - done : u64(64);
    if (copy_from_user(chunk, add(ubuf, done), n) !== 0) return -EFAULT;
    for (let i: u64 = 0; i < n; i++) {
      const c = chunk[i];
      if (c === 0 || isspace(c)) {
        const err = end_word(f);
        if (err !== 0) return s64(err);
      } else {
        if (f.len >= u32(WORD_MAX - 1)) return -EINVAL;
        f.word[f.len] = c;
        f.len++;
      }
    }
    done += n;
  }
  ppos[0] += s64(count);
  return s64(count);
}

/** The graph tracer's ops shares the filter of the machine's trace. */
function active_ops(tr: trace_array): ftrace_ops {
  if (tr !== global_trace) return tr.ops;
  return (graph_ops.flags & u64(FTRACE_OPS_FL_ENABLED)) !== u64(0) ? graph_ops : tr.ops;
}

function publish(f: func_file): void {
  if (f.list >= LIST_GRAPH) {
    set_ftrace_graph_hash(f.hash, f.list === LIST_GRAPH_NOTRACE);
    return;
  }
  const filter = f.list === LIST_FILTER;
  mutex_lock(f.tr.ops.func_hash.regex_lock);
  mutex_lock(ftrace_lock);
  // Linux shows a notrace list that only waits for modules as empty, too.
  if (filter && ftrace_mod_filters_waiting(f.tr.ops, true)) f.hash.flags |= u32(FTRACE_HASH_FL_MOD);
  else f.hash.flags &= ~u32(FTRACE_HASH_FL_MOD);
  const err = ftrace_hash_move_and_update_ops(active_ops(f.tr), filter, f.hash);
  mutex_unlock(ftrace_lock);
  mutex_unlock(f.tr.ops.func_hash.regex_lock);
  if (err < 0) free_ftrace_hash(f.hash);
}

function func_release(inode: inode, file: file): int {
  const f = func_of(file);
  if (f.hash !== null) {
    end_word(f);
    publish(f);
  }
  if ((file.f_mode & FMODE_READ) !== 0) seq_release(inode, file);
  kfree(f);
  return 0;
}

function func_read(file: file, buf: u8[], count: u64, pos: s64[]): s64 {
  return seq_read(file, buf, count, pos);
}

function func_lseek(file: file, offset: s64, whence: int): s64 {
  if ((file.f_mode & FMODE_READ) !== 0) return seq_lseek(file, offset, whence);
  file.f_pos = 0;
  return 0;
}

const func_list_fops: file_operations = { open: func_open, read: func_read, llseek: func_lseek, release: func_release };
const func_filter_fops: file_operations = {
  open: func_open,
  read: func_read,
  write: func_write,
  llseek: func_lseek,
  release: func_release,
};

/** What every trace has. */
export function create_filter_files(tr: trace_array): void {
  tracefs_create_file("set_ftrace_filter", 0o640, tr.dir, trace_node_new(tr, LIST_FILTER, null), func_filter_fops);
  tracefs_create_file("set_ftrace_notrace", 0o640, tr.dir, trace_node_new(tr, LIST_NOTRACE, null), func_filter_fops);
}

/** The filter of an ops that belongs to no trace. */
export function create_ops_filter_file(name: cstr, tr: trace_array): void {
  tracefs_create_file(name, 0o640, null, trace_node_new(tr, LIST_FILTER, null), func_filter_fops);
}
init(create_ops_filter_file);

export function init_func_files(): void {
  const tr = global_trace;
  tracefs_create_file("available_filter_functions", 0o440, null, trace_node_new(tr, LIST_ALL, null), func_list_fops);
  tracefs_create_file("enabled_functions", 0o440, null, trace_node_new(tr, LIST_ENABLED, null), func_list_fops);
  tracefs_create_file("set_graph_function", 0o640, null, trace_node_new(tr, LIST_GRAPH, null), func_filter_fops);
  tracefs_create_file("set_graph_notrace", 0o640, null, trace_node_new(tr, LIST_GRAPH_NOTRACE, null), func_filter_fops);
}
init(init_func_files);

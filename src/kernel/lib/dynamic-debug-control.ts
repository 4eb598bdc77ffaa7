// /sys/kernel/debug/dynamic_debug/control: the list of all pr_debug() calls, and queries that switch them.
//
//   QUERIES: QUERY { (";" | "\n") QUERY }     QUERY: { KEYWORD VALUE } FLAGS
//   KEYWORD: func file module format line     FLAGS: ("+" | "-" | "=") { p m f l t _ }

import { debugfs_create_dir, debugfs_create_file } from "linux/debugfs";
import { IS_ERR } from "linux/err";
import { EFAULT, EINVAL, ENOMEM } from "linux/errno";
import type { file, file_operations, inode } from "linux/fs";
import { kstrtouint, snprintf } from "linux/kernel";
import { MODULE_STATE_UNFORMED, type module } from "linux/module";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import {
  seq_escape,
  type seq_file,
  seq_lseek,
  seq_open,
  type seq_operations,
  seq_printf,
  seq_puts,
  seq_read,
  seq_release,
} from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { strchr, strcmp, strrchr, strstr } from "linux/string";
import { copy_from_user } from "linux/uaccess";
import { module_mutex, modules } from "../kernel/module/lookup";
import type { _ddebug } from "./dynamic_debug";
import { glob_match } from "./glob";

declare const __start___dyndbg: _ddebug[];
declare const __stop___dyndbg: _ddebug[];

const QUERY_MAX = 4096;
const MAX_WORDS = 9;
const FLAG_LETTERS = "pmflt";

/** What a query asks for; null: anything. */
interface ddebug_query extends struct<"ddebug_query"> {
  file?: u8[];
  module?: u8[];
  func?: u8[];
  format?: u8[];
  first_line?: u32;
  last_line?: u32; // 0: no upper end
  op?: u8;
  flags?: u32;
}

function line_of(d: _ddebug): u32 {
  return d.lineno_class_flags & 0x3ffff;
}

// ---- the list ----

/** Descriptor n of all: the kernel's, then the modules'. The caller holds module_mutex. */
function descriptor(n: u64): _ddebug {
  let left = n;
  const built_in: u64 = (u64(__stop___dyndbg) - u64(__start___dyndbg)) / sizeof<_ddebug>();
  if (left < built_in) return __start___dyndbg[left];
  left -= built_in;
  for (let p = modules.next; p !== modules; p = p.next) {
    const mod = container_of<module>(p, "list");
    if (mod.state === MODULE_STATE_UNFORMED) continue;
    if (left < u64(mod.dyndbg_num)) return at<_ddebug>(mod.dyndbg_start + left * sizeof<_ddebug>());
    left -= u64(mod.dyndbg_num);
  }
  return null;
}

/** Position 0 is the head line. */
function ddebug_start(_m: seq_file, pos: s64[]): ptr {
  mutex_lock(module_mutex);
  return pos[0] === 0 ? at<ptr>(1) : descriptor(u64(pos[0] - 1));
}

function ddebug_next(_m: seq_file, _v: ptr, pos: s64[]): ptr {
  pos[0]++;
  return descriptor(u64(pos[0] - 1));
}

function ddebug_stop(_m: seq_file, _v: ptr): void {
  mutex_unlock(module_mutex);
}

function describe_flags(flags: u32, text: u8[]): u8[] {
  const letters = FLAG_LETTERS as ptr as u8[];
  let n: int = 0;
  for (let i: int = 0; i < 5; i++) {
    if ((flags & (u32(1) << i)) === 0) continue;
    text[n] = letters[i];
    n++;
  }
  if (n === 0) {
    text[0] = 95;
    n = 1;
  }
  text[n] = 0;
  return text;
}

function ddebug_show(m: seq_file, v: ptr): int {
  if (u64(v) === u64(1)) {
    seq_puts(m, "# filename:lineno [module]function flags format\n");
    return 0;
  }
  const d = v as _ddebug;
  let flags: array<u8, 8>;
  seq_printf(m, '%s:%u [%s]%s =%s "', d.filename, line_of(d), d.modname, d.function, describe_flags(d.lineno_class_flags >> 24, flags));
  seq_escape(m, d.format, '\t\r\n"');
  seq_puts(m, '"\n');
  return 0;
}

const ddebug_seq_ops: seq_operations = { start: ddebug_start, next: ddebug_next, stop: ddebug_stop, show: ddebug_show };

function ddebug_open(_inode: inode, file: file): int {
  return seq_open(file, ddebug_seq_ops);
}

// ---- queries ----

function is_blank(c: u8): bool {
  return c === 32 || c === 9;
}

/** Cuts a query into words (quotes hold blanks together); their number, or -EINVAL. A # ends it. */
function tokenize(buf: u8[], words: ref<u8[]>[]): int {
  let n: int = 0;
  let p = buf;
  for (;;) {
    while (is_blank(p[0])) p = add(p, 1);
    if (p[0] === 0 || p[0] === 35) return n;
    if (n === MAX_WORDS) return -EINVAL;
    const quote = p[0];
    let end: u8[] = null;
    if (quote === 34 || quote === 39) {
      p = add(p, 1);
      end = strchr(p, int(quote));
      if (end === null) return -EINVAL;
    } else {
      end = p;
      while (end[0] !== 0 && !is_blank(end[0])) end = add(end, 1);
    }
    words[n] = p;
    n++;
    if (end[0] === 0) return n;
    end[0] = 0;
    p = add(end, 1);
  }
}

/** "N", "N-", "-M", "N-M" */
function parse_lines(q: ddebug_query, text: u8[]): int {
  const dash = strchr(text, 45);
  if (dash === null) {
    const err = kstrtouint(text, 10, addr(q.first_line));
    q.last_line = q.first_line;
    return err !== 0 ? -EINVAL : 0;
  }
  dash[0] = 0;
  const rest = add(dash, 1);
  if (text[0] !== 0 && kstrtouint(text, 10, addr(q.first_line)) !== 0) return -EINVAL;
  if (rest[0] !== 0 && kstrtouint(rest, 10, addr(q.last_line)) !== 0) return -EINVAL;
  return q.last_line !== 0 && q.last_line < q.first_line ? -EINVAL : 0;
}

/** A file may be followed by :function or :lines. */
function parse_file(q: ddebug_query, text: u8[]): int {
  q.file = text;
  const colon = strchr(text, 58);
  if (colon === null) return 0;
  colon[0] = 0;
  const rest = add(colon, 1);
  if ((rest[0] >= 48 && rest[0] <= 57) || rest[0] === 45) return parse_lines(q, rest);
  if (q.func !== null) return -EINVAL;
  q.func = rest;
  return 0;
}

function parse_flags(q: ddebug_query, text: u8[]): int {
  if (text[0] !== 43 && text[0] !== 45 && text[0] !== 61) return -EINVAL;
  q.op = text[0];
  for (let i: int = 1; text[i] !== 0; i++) {
    if (text[i] === 95) continue;
    const letter = strchr(FLAG_LETTERS, int(text[i]));
    if (letter === null) return -EINVAL;
    q.flags |= u32(1) << int(u64(letter) - u64(FLAG_LETTERS as ptr));
  }
  return text[1] === 0 ? -EINVAL : 0;
}

function parse_query(q: ddebug_query, words: ref<u8[]>[], n: int): int {
  if (n < 1 || n % 2 !== 1) return -EINVAL;
  for (let i: int = 0; i + 1 < n; i += 2) {
    const value: u8[] = words[i + 1];
    let err: int = 0;
    if (strcmp(words[i], "func") === 0) {
      err = q.func !== null ? -EINVAL : 0;
      q.func = value;
    } else if (strcmp(words[i], "file") === 0) {
      err = q.file !== null ? -EINVAL : parse_file(q, value);
    } else if (strcmp(words[i], "module") === 0) {
      err = q.module !== null ? -EINVAL : 0;
      q.module = value;
    } else if (strcmp(words[i], "format") === 0) {
      err = q.format !== null ? -EINVAL : 0;
      q.format = value;
    } else if (strcmp(words[i], "line") === 0) {
      err = parse_lines(q, value);
    } else {
      err = -EINVAL;
    }
    if (err !== 0) {
      pr_err("dyndbg: keyword %s: bad or repeated\n", words[i]);
      return err;
    }
  }
  return parse_flags(q, words[n - 1]);
}

function basename(path: cstr): u8[] {
  const slash = strrchr(path, 47);
  return slash === null ? (path as u8[]) : add(slash, 1);
}

function matches(q: ddebug_query, d: _ddebug): bool {
  if (q.module !== null && !glob_match(q.module, d.modname)) return false;
  if (q.file !== null && !glob_match(q.file, d.filename) && !glob_match(q.file, basename(d.filename))) return false;
  if (q.func !== null && !glob_match(q.func, d.function)) return false;
  if (q.format !== null && strstr(d.format, q.format) === null) return false;
  const line = line_of(d);
  return line >= q.first_line && (q.last_line === 0 || line <= q.last_line);
}

function apply(q: ddebug_query): void {
  mutex_lock(module_mutex);
  for (let i: u64 = 0; ; i++) {
    const d = descriptor(i);
    if (d === null) break;
    if (!matches(q, d)) continue;
    const old = d.lineno_class_flags >> 24;
    const flags: u32 = q.op === 61 ? q.flags : q.op === 43 ? old | q.flags : old & ~q.flags;
    WRITE_ONCE(d.lineno_class_flags, (d.lineno_class_flags & 0xffffff) | (flags << 24));
  }
  mutex_unlock(module_mutex);
}

function exec_query(text: u8[]): int {
  let words: array<ref<u8[]>, 9>;
  const n = tokenize(text, words);
  if (n <= 0) return n;
  const q: ddebug_query = {};
  const err = parse_query(q, words, n);
  if (err === 0) apply(q);
  return err;
}

/** All queries are tried; the result is that of the last that failed. */
function exec_queries(text: u8[]): int {
  let result: int = 0;
  let start = text;
  for (let p = text; ; p = add(p, 1)) {
    const c = p[0];
    if (c !== 0 && c !== 59 && c !== 10) continue;
    p[0] = 0;
    const err = exec_query(start);
    if (err !== 0) result = err;
    if (c === 0) return result;
    start = add(p, 1);
  }
}

/**
 * A parameter that the module itself does not know: `dyndbg` or `dyndbg="QUERY"` (+p alone) enables its messages as it is loaded, also as
 * MODULE.dyndbg. The name is cut at its dot. True if it was this one.
 */
export function ddebug_dyndbg_module_param(param: u8[], val: u8[], module_name: cstr): bool {
  let name = param;
  const dot = strchr(param, 0x2e);
  if (dot !== null) {
    dot[0] = 0;
    name = add(dot, 1);
    if (strcmp(param, module_name) !== 0) return false;
  }
  if (strcmp(name, "dyndbg") !== 0) return false;
  let query: array<u8, 256>;
  const flags: cstr = val === null ? "+p" : val;
  if (snprintf(query, 256, "module %s %s", module_name, flags) < 256) exec_queries(query);
  return true;
}

function ddebug_write(_file: file, ubuf: u8[], count: u64, ppos: s64[]): s64 {
  if (count === u64(0)) return 0;
  if (count > u64(QUERY_MAX - 1)) return -7; // E2BIG
  const text = kzalloc(count + u64(1), GFP_KERNEL) as u8[];
  if (text === null) return -ENOMEM;
  const err = copy_from_user(text, ubuf, count) !== 0 ? -EFAULT : exec_queries(text);
  kfree(text);
  if (err !== 0) return s64(err);
  ppos[0] += s64(count);
  return s64(count);
}

const ddebug_fops: file_operations = { open: ddebug_open, read: seq_read, write: ddebug_write, llseek: seq_lseek, release: seq_release };

export function dynamic_debug_init_control(): int {
  const dir = debugfs_create_dir("dynamic_debug", null);
  if (!IS_ERR(dir)) debugfs_create_file("control", 0o644, dir, null, ddebug_fops);
  return 0;
}
init(dynamic_debug_init_control);

// error_log: what was wrong with the last commands of a trace's files, with a caret under the place.

import { O_TRUNC } from "linux/fcntl";
import { FMODE_WRITE, type file, type file_operations, type inode } from "linux/fs";
import { local_clock } from "linux/ktime";
import { type seq_file, seq_lseek, seq_printf, seq_putc, seq_read, single_open, single_release } from "linux/seq_file";
import { strlcpy } from "linux/string";
import { tracefs_create_file } from "linux/tracefs";
import { global_trace, type trace_array } from "./trace";
import { trace_node_new, trace_nop_write, trace_of } from "./trace-nodes";

notrace_file();

const NR_ERRORS = 8;
const COMMAND_MAX = 256;

interface tracing_log_entry extends struct<"tracing_log_entry"> {
  tr?: trace_array;
  ns?: u64;
  who?: cstr;
  text?: cstr;
  pos?: u64;
  command?: array<u8, 256>;
}

let log: array<tracing_log_entry, 8>;
let logged: u64 = 0;
/** The command that is being parsed. Under the mutex of kprobe_events. */
let command: array<u8, 256>;

export function tracing_log_err(tr: trace_array, who: cstr, cmd: cstr, text: cstr, pos: u64): void {
  const e = log[logged % u64(NR_ERRORS)];
  logged++;
  e.tr = tr;
  e.ns = local_clock();
  e.who = who;
  e.text = text;
  e.pos = pos;
  strlcpy(e.command, cmd, COMMAND_MAX);
}

export function trace_probe_log_init(text: cstr): void {
  strlcpy(command, text, COMMAND_MAX);
}

/** Notes the error of a probe's definition; returns err. */
export function trace_probe_error(pos: u64, text: cstr, err: int): int {
  tracing_log_err(global_trace, "trace_kprobe", command, text, pos);
  return err;
}

function error_log_show(m: seq_file, _v: ptr): int {
  const tr = m.private as trace_array;
  const first: u64 = logged > u64(NR_ERRORS) ? logged - u64(NR_ERRORS) : u64(0);
  for (let i = first; i < logged; i++) {
    const e = log[i % u64(NR_ERRORS)];
    if (e.tr !== tr) continue;
    seq_printf(m, "[%5lu.%06lu] %s: error: %s\n", e.ns / u64(1000000000), (e.ns % u64(1000000000)) / u64(1000), e.who, e.text);
    seq_printf(m, "  Command: %s\n           ", e.command);
    for (let k: u64 = 0; k < e.pos; k++) seq_putc(m, 32);
    seq_printf(m, "^\n");
  }
  return 0;
}

function error_log_clear(tr: trace_array): void {
  for (let i: int = 0; i < NR_ERRORS; i++) if (log[i].tr === tr) log[i].tr = null;
}

function error_log_open(inode: inode, file: file): int {
  if ((file.f_mode & FMODE_WRITE) !== 0 && (file.f_flags & O_TRUNC) !== 0) error_log_clear(trace_of(inode));
  return single_open(file, error_log_show, trace_of(inode));
}

const error_log_fops: file_operations = {
  open: error_log_open,
  read: seq_read,
  write: trace_nop_write,
  llseek: seq_lseek,
  release: single_release,
};

export function create_error_log(tr: trace_array): void {
  tracefs_create_file("error_log", 0o640, tr.dir, trace_node_new(tr, 0, null), error_log_fops);
}

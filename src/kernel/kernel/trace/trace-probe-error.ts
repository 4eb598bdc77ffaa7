// error_log: what was wrong with the last commands of kprobe_events, with a caret under the place.

import { O_TRUNC } from "linux/fcntl";
import { FMODE_WRITE, type file, type file_operations, type inode } from "linux/fs";
import { local_clock } from "linux/ktime";
import { type seq_file, seq_lseek, seq_printf, seq_putc, seq_read, single_open, single_release } from "linux/seq_file";
import { strlcpy } from "linux/string";
import { tracefs_create_file } from "linux/tracefs";

notrace_file();

const NR_ERRORS = 8;
const COMMAND_MAX = 256;

interface tracing_log_err extends struct<"tracing_log_err"> {
  ns?: u64;
  text?: cstr;
  pos?: u64;
  command?: array<u8, 256>;
}

let log: array<tracing_log_err, 8>;
let logged: u64 = 0;
/** The command that is being parsed. Under the mutex of kprobe_events. */
let command: array<u8, 256>;

export function trace_probe_log_init(text: cstr): void {
  strlcpy(command, text, COMMAND_MAX);
}

/** Notes the error; returns err. */
export function trace_probe_error(pos: u64, text: cstr, err: int): int {
  const e = log[logged % u64(NR_ERRORS)];
  logged++;
  e.ns = local_clock();
  e.text = text;
  e.pos = pos;
  strlcpy(e.command, command, COMMAND_MAX);
  return err;
}

function error_log_show(m: seq_file, _v: ptr): int {
  const first: u64 = logged > u64(NR_ERRORS) ? logged - u64(NR_ERRORS) : u64(0);
  for (let i = first; i < logged; i++) {
    const e = log[i % u64(NR_ERRORS)];
    seq_printf(m, "[%5lu.%06lu] trace_kprobe: error: %s\n", e.ns / u64(1000000000), (e.ns % u64(1000000000)) / u64(1000), e.text);
    seq_printf(m, "  Command: %s\n           ", e.command);
    for (let k: u64 = 0; k < e.pos; k++) seq_putc(m, 32);
    seq_printf(m, "^\n");
  }
  return 0;
}

function error_log_open(_inode: inode, file: file): int {
  if ((file.f_mode & FMODE_WRITE) !== 0 && (file.f_flags & O_TRUNC) !== 0) logged = 0;
  return single_open(file, error_log_show, null);
}

function error_log_write(_file: file, _ubuf: u8[], count: u64, _ppos: s64[]): s64 {
  return s64(count);
}

const error_log_fops: file_operations = {
  open: error_log_open,
  read: seq_read,
  write: error_log_write,
  llseek: seq_lseek,
  release: single_release,
};

export function init_error_log(): void {
  tracefs_create_file("error_log", 0o640, null, null, error_log_fops);
}
init(init_error_log);

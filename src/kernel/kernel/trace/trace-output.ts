// How entries are printed: the context in front of each line, and the lines of the kinds that no tracer prints itself.

import { kallsyms_lookup } from "linux/kallsyms";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { type seq_file, seq_printf, seq_putc, seq_puts } from "linux/seq_file";
import { strchr } from "linux/string";
import { RING_ENTRY_HEAD, type ring_entry, ring_of } from "./ring_buffer";
import {
  type ftrace_entry,
  type func_repeats_entry,
  type print_entry,
  type stack_entry,
  TRACE_FLAG_BH_OFF,
  TRACE_FLAG_HARDIRQ,
  TRACE_FLAG_IRQS_OFF,
  TRACE_FLAG_NEED_RESCHED,
  TRACE_FLAG_NMI,
  TRACE_FLAG_SOFTIRQ,
  TRACE_FN,
  TRACE_FUNC_REPEATS,
  TRACE_ITER_CONTEXT_INFO,
  TRACE_ITER_HEX,
  TRACE_ITER_IRQ_INFO,
  TRACE_ITER_LATENCY_FMT,
  TRACE_ITER_PRINT_PARENT,
  TRACE_ITER_PRINTK_MSGONLY,
  TRACE_ITER_RAW,
  TRACE_ITER_RECORD_TGID,
  TRACE_ITER_SYM_ADDR,
  TRACE_ITER_SYM_OFFSET,
  TRACE_ITER_VERBOSE,
  TRACE_LAST_TYPE,
  TRACE_PRINT,
  TRACE_RAW_DATA,
  TRACE_STACK,
  type trace_array,
} from "./trace";
import { trace_clock_in_ns } from "./trace-clock";
import { trace_find_cmdline, trace_find_tgid } from "./trace-cmdlines";
import { trace_event_print } from "./trace-events";

notrace_file();

export function trace_has(tr: trace_array, flag: u64): bool {
  return (tr.flags & flag) !== u64(0);
}

/** irqs-off/BH-disabled, need-resched, hardirq/softirq, preempt-depth, migrate-disable. */
export function trace_print_lat_fmt(m: seq_file, e: ring_entry): void {
  const f = int(e.flags);
  const irqs = (f & TRACE_FLAG_IRQS_OFF) !== 0;
  const bh = (f & TRACE_FLAG_BH_OFF) !== 0;
  seq_putc(m, irqs && bh ? 68 : irqs ? 100 : bh ? 98 : 46);
  seq_putc(m, (f & TRACE_FLAG_NEED_RESCHED) !== 0 ? 110 : 46);
  const hard = (f & TRACE_FLAG_HARDIRQ) !== 0;
  const soft = (f & TRACE_FLAG_SOFTIRQ) !== 0;
  if ((f & TRACE_FLAG_NMI) !== 0) seq_putc(m, hard ? 90 : 122);
  else seq_putc(m, hard && soft ? 72 : hard ? 104 : soft ? 115 : 46);
  const depth = u32(e.preempt_count) & u32(15);
  const migrate = u32(e.preempt_count) >> 4;
  if (depth !== u32(0)) seq_printf(m, "%x", depth);
  else seq_putc(m, 46);
  if (migrate !== u32(0)) seq_printf(m, "%x", migrate);
  else seq_putc(m, 46);
}

function print_time(m: seq_file, tr: trace_array, ts: u64): void {
  if (!trace_clock_in_ns(tr.buffer.clock)) {
    seq_printf(m, " %12lu: ", ts);
    return;
  }
  const us = (ts + u64(500)) / u64(1000);
  seq_printf(m, " %5lu.%06lu: ", us / u64(1000000), us % u64(1000000));
}

function print_context(m: seq_file, tr: trace_array, e: ring_entry): void {
  seq_printf(m, "%16s-%-7d ", trace_find_cmdline(e.pid), e.pid);
  if (trace_has(tr, TRACE_ITER_RECORD_TGID)) {
    const tgid = trace_find_tgid(e.pid);
    if (tgid === 0) seq_puts(m, "(-------) ");
    else seq_printf(m, "(%7d) ", tgid);
  }
  seq_printf(m, "[%03d] ", e.cpu);
  if (trace_has(tr, TRACE_ITER_IRQ_INFO)) trace_print_lat_fmt(m, e);
  print_time(m, tr, e.ts);
}

/** The latency format: time since the trace's beginning, in us. */
export function trace_print_lat_context(m: seq_file, tr: trace_array, e: ring_entry): void {
  const start = ring_of(tr.buffer, e.cpu).start_ts;
  const rel: u64 = e.ts > start ? e.ts - start : u64(0);
  const us = rel / u64(1000);
  seq_printf(m, "%8.8s-%-7d %3d", trace_find_cmdline(e.pid), e.pid, e.cpu);
  trace_print_lat_fmt(m, e);
  if (trace_clock_in_ns(tr.buffer.clock)) seq_printf(m, " %4luus : ", us);
  else seq_printf(m, " %4lu: ", rel);
}

/** The bare name: unlike %ps a tracer's line does not say which module a function is of. */
function seq_print_ip_sym(m: seq_file, tr: trace_array, ip: u64): void {
  let offset: u64 = 0;
  let size: u64 = 0;
  rcu_read_lock();
  const name = ip === u64(0) ? null : kallsyms_lookup(ip, addr(size), addr(offset), null);
  if (ip === u64(0)) seq_putc(m, 48);
  else if (name === null) seq_printf(m, "0x%08lx", ip);
  else if (trace_has(tr, TRACE_ITER_SYM_OFFSET)) seq_printf(m, "%s+0x%lx/0x%lx", name, offset, size);
  else seq_puts(m, name);
  rcu_read_unlock();
  if (ip !== u64(0) && trace_has(tr, TRACE_ITER_SYM_ADDR)) seq_printf(m, " <%016lx>", ip);
}

function print_stack(m: seq_file, tr: trace_array, e: stack_entry): void {
  seq_puts(m, "<stack trace>\n");
  const ips = at<u64[]>(u64(e) + u64(RING_ENTRY_HEAD + 8));
  for (let i: u64 = 0; i < e.size; i++) {
    seq_puts(m, " => ");
    seq_print_ip_sym(m, tr, ips[i]);
    seq_putc(m, 10);
  }
}

function print_fn(m: seq_file, tr: trace_array, f: ftrace_entry): void {
  seq_print_ip_sym(m, tr, f.ip);
  if (trace_has(tr, TRACE_ITER_PRINT_PARENT) && f.parent_ip !== u64(0)) {
    seq_puts(m, " <-");
    seq_print_ip_sym(m, tr, f.parent_ip);
  }
}

function print_repeats(m: seq_file, tr: trace_array, f: func_repeats_entry): void {
  print_fn(m, tr, f as ptr as ftrace_entry);
  const us = (f.last_ts + u64(500)) / u64(1000);
  seq_printf(m, " (repeats: %lu, last_ts: %5lu.%06lu)\n", f.count, us / u64(1000000), us % u64(1000000));
}

function entry_text(e: ring_entry): u8[] {
  return at<u8[]>(u64(e) + u64(RING_ENTRY_HEAD + 8));
}

function print_raw_data(m: seq_file, e: ring_entry): void {
  const data = at<u8[]>(u64(e) + u64(RING_ENTRY_HEAD));
  seq_printf(m, "# %x buf:", at<u32[]>(u64(data))[0]);
  for (let i: u64 = 4; i < u64(e.len) - u64(RING_ENTRY_HEAD); i++) seq_printf(m, " %02x", u32(data[i]));
  seq_putc(m, 10);
}

function print_body(m: seq_file, tr: trace_array, e: ring_entry): void {
  switch (int(e.type)) {
    case TRACE_FN:
      print_fn(m, tr, e as ptr as ftrace_entry);
      seq_putc(m, 10);
      break;
    case TRACE_FUNC_REPEATS:
      print_repeats(m, tr, e as ptr as func_repeats_entry);
      break;
    case TRACE_STACK:
      print_stack(m, tr, e as ptr as stack_entry);
      break;
    case TRACE_PRINT:
      seq_print_ip_sym(m, tr, (e as ptr as print_entry).ip);
      seq_printf(m, ": %s", entry_text(e));
      break;
    case TRACE_RAW_DATA:
      print_raw_data(m, e);
      break;
    default:
      if (int(e.type) < TRACE_LAST_TYPE) seq_printf(m, "Unknown type %d\n", int(e.type));
      else trace_event_print(m, e);
  }
}

/** The raw format: numbers as they were recorded. */
function print_raw(m: seq_file, tr: trace_array, e: ring_entry): void {
  if (trace_has(tr, TRACE_ITER_CONTEXT_INFO)) seq_printf(m, "%d %d %lu ", e.pid, e.cpu, e.ts);
  if (int(e.type) === TRACE_FN) seq_printf(m, "%lx %lx\n", (e as ptr as ftrace_entry).ip, (e as ptr as ftrace_entry).parent_ip);
  else if (int(e.type) === TRACE_PRINT) seq_printf(m, "# %lx %s", (e as ptr as print_entry).ip, entry_text(e));
  else print_body(m, tr, e);
}

/** The text of an event without its context and with a blank for each line's end, for the graph tracer's comments. */
export function trace_print_comment(m: seq_file, tr: trace_array, e: ring_entry): void {
  const from = m.count;
  if (int(e.type) === TRACE_PRINT) seq_puts(m, entry_text(e));
  else print_body(m, tr, e);
  // The line's end is the comment's.
  if (m.count > from && m.buf[m.count - u64(1)] === 10) m.count--;
}

export function print_trace_line(m: seq_file, tr: trace_array, e: ring_entry): void {
  if (int(e.type) === TRACE_PRINT && trace_has(tr, TRACE_ITER_PRINTK_MSGONLY)) {
    seq_puts(m, entry_text(e));
    if (strchr(entry_text(e), 10) === null) seq_putc(m, 10);
    return;
  }
  if (trace_has(tr, TRACE_ITER_RAW)) {
    print_raw(m, tr, e);
    return;
  }
  if (trace_has(tr, TRACE_ITER_HEX)) return;
  if (trace_has(tr, TRACE_ITER_CONTEXT_INFO)) {
    if (trace_has(tr, TRACE_ITER_LATENCY_FMT)) trace_print_lat_context(m, tr, e);
    else print_context(m, tr, e);
  }
  print_body(m, tr, e);
}

export function trace_is_verbose(tr: trace_array): bool {
  return trace_has(tr, TRACE_ITER_VERBOSE);
}

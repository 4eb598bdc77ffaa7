// How entries are printed: the context in front of each line, and the lines of the kinds that no tracer prints itself.

import { kallsyms_lookup } from "linux/kallsyms";
import { type seq_file, seq_printf, seq_putc, seq_puts } from "linux/seq_file";
import { RING_ENTRY_HEAD, type ring_entry } from "./ring_buffer";
import {
  type ftrace_entry,
  type print_entry,
  type stack_entry,
  TRACE_FLAG_BH_OFF,
  TRACE_FLAG_HARDIRQ,
  TRACE_FLAG_IRQS_OFF,
  TRACE_FLAG_NEED_RESCHED,
  TRACE_FLAG_NMI,
  TRACE_FLAG_SOFTIRQ,
  TRACE_FN,
  TRACE_KPROBE,
  TRACE_KRETPROBE,
  TRACE_PRINT,
  TRACE_STACK,
  trace_find_cmdline,
} from "./trace";
import { trace_kprobe_print } from "./trace-kprobe";

notrace_file();

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
  if (e.preempt_count !== 0) seq_printf(m, "%x", u32(e.preempt_count));
  else seq_putc(m, 46);
  seq_putc(m, 46);
}

export function trace_print_context(m: seq_file, e: ring_entry): void {
  seq_printf(m, "%16s-%-7d [%03d] ", trace_find_cmdline(e.pid), e.pid, e.cpu);
  trace_print_lat_fmt(m, e);
  const us = (e.ts + u64(500)) / u64(1000);
  seq_printf(m, " %5lu.%06lu: ", us / u64(1000000), us % u64(1000000));
}

/** The bare name: unlike %ps a tracer's line does not say which module a function is of. */
function seq_print_ip_sym(m: seq_file, ip: u64): void {
  const name = kallsyms_lookup(ip, null, null, null);
  if (ip === 0) seq_putc(m, 48);
  else if (name !== null) seq_puts(m, name);
  else seq_printf(m, "0x%08lx", ip);
}

function print_stack(m: seq_file, e: stack_entry): void {
  seq_puts(m, "<stack trace>\n");
  const ips = at<u64[]>(u64(e) + u64(RING_ENTRY_HEAD + 8));
  for (let i: u64 = 0; i < e.size; i++) {
    seq_puts(m, " => ");
    seq_print_ip_sym(m, ips[i]);
    seq_putc(m, 10);
  }
}

export function print_trace_line(m: seq_file, e: ring_entry): void {
  trace_print_context(m, e);
  switch (int(e.type)) {
    case TRACE_FN: {
      const f = e as ptr as ftrace_entry;
      seq_print_ip_sym(m, f.ip);
      seq_puts(m, " <-");
      seq_print_ip_sym(m, f.parent_ip);
      seq_putc(m, 10);
      break;
    }
    case TRACE_STACK:
      print_stack(m, e as ptr as stack_entry);
      break;
    case TRACE_PRINT: {
      const p = e as ptr as print_entry;
      seq_print_ip_sym(m, p.ip);
      seq_printf(m, ": %s", at<u8[]>(u64(e) + u64(RING_ENTRY_HEAD + 8)));
      break;
    }
    case TRACE_KPROBE:
    case TRACE_KRETPROBE:
      trace_kprobe_print(m, e);
      break;
    default:
      seq_printf(m, "Unknown type %d\n", int(e.type));
  }
}

export function print_func_help_header_irq(m: seq_file): void {
  seq_puts(m, "#                                _-----=> irqs-off/BH-disabled\n");
  seq_puts(m, "#                               / _----=> need-resched\n");
  seq_puts(m, "#                              | / _---=> hardirq/softirq\n");
  seq_puts(m, "#                              || / _--=> preempt-depth\n");
  seq_puts(m, "#                              ||| / _-=> migrate-disable\n");
  seq_puts(m, "#                              |||| /     delay\n");
  seq_puts(m, "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n");
  seq_puts(m, "#              | |         |   |||||     |         |\n");
}

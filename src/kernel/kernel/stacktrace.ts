// Stack traces as arrays of addresses, and as text.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { TASK_DEAD, type task_struct } from "linux/sched";
import { arch_stack_walk, arch_stack_walk_reliable } from "../arch/x86/kernel/stacktrace";
import { snprintf } from "../lib/vsprintf";
import { _printk } from "./printk/printk";

interface stacktrace_cookie extends struct<"stacktrace_cookie"> {
  store?: u64[];
  size?: u32;
  skip?: u32;
  len?: u32;
  /** The array was too small: not reliable. */
  full?: bool;
}

function stack_trace_consume_entry(cookie: ptr, address: u64): bool {
  const c = cookie as stacktrace_cookie;
  if (c.len >= c.size) {
    c.full = true;
    return false;
  }
  if (c.skip > 0) {
    c.skip--;
    return true;
  }
  c.store[c.len] = address;
  c.len++;
  return true;
}

export function stack_trace_save(store: u64[], size: u32, skip: u32): u32 {
  const c: stacktrace_cookie = { store, size, skip: skip + 2 };
  arch_stack_walk(stack_trace_consume_entry, c, get_current(), null);
  return c.len;
}

/** No entries of a task that runs on another CPU: what its stack holds is moving. */
export function stack_trace_save_tsk(task: task_struct, store: u64[], size: u32, skip: u32): u32 {
  if (task !== get_current() && READ_ONCE(task.on_cpu) !== 0) return 0;
  const c: stacktrace_cookie = { store, size, skip: task === get_current() ? skip + 2 : skip };
  arch_stack_walk(stack_trace_consume_entry, c, task, null);
  return c.len;
}

export function stack_trace_save_regs(regs: pt_regs, store: u64[], size: u32, skip: u32): u32 {
  const c: stacktrace_cookie = { store, size, skip };
  arch_stack_walk(stack_trace_consume_entry, c, get_current(), regs);
  return c.len;
}

/** The number of entries, or an error if the stack cannot be trusted. The task must not be running, or be the current one. */
export function stack_trace_save_tsk_reliable(task: task_struct, store: u64[], size: u32): int {
  const c: stacktrace_cookie = { store, size };
  // A dead task has left its stack for good, whoever may still wait for it.
  if (task.stack === 0 || READ_ONCE(task.__state) === TASK_DEAD) return 0;
  const ret = arch_stack_walk_reliable(stack_trace_consume_entry, c, task);
  return ret !== 0 ? ret : int(c.len);
}

export function stack_trace_print(entries: u64[], nr: u32, spaces: int): void {
  for (let i: u32 = 0; i < nr; i++) _printk("%*c%pS\n", 1 + spaces, 32, entries[i]);
}

export function stack_trace_snprint(buf: u8[], size: u64, entries: u64[], nr: u32, spaces: int): int {
  let total: int = 0;
  for (let i: u32 = 0; i < nr && u64(total) < size; i++) {
    const n = snprintf(add(buf, total), size - u64(total), "%*c%pS\n", 1 + spaces, 32, entries[i]);
    total += n;
  }
  return u64(total) < size ? total : int(size);
}
EXPORT_SYMBOL_GPL(stack_trace_save);
EXPORT_SYMBOL_GPL(stack_trace_print);
EXPORT_SYMBOL(stack_trace_save_tsk);
EXPORT_SYMBOL(stack_trace_snprint);

// Why a module's memory must stay: collected while all CPUs stand still, printed afterwards. One proof at a time (unload_mutex).

import { kallsyms_lookup } from "linux/kallsyms";
import { snprintf } from "linux/kernel";
import type { module } from "linux/module";
import type { task_struct } from "linux/sched";
import { memcpy, strscpy } from "linux/string";

const MAX_REASONS = 16;

/** "who[pid] before symbol after", "before name after" or "before symbol after". */
interface unload_reason extends struct<"unload_reason"> {
  comm?: array<u8, 16>;
  pid?: int; // -1: no task
  before?: cstr;
  after?: cstr;
  address?: u64;
  /** The address is a return address: it belongs to the function of the byte before. */
  returns?: bool;
  name?: array<u8, 96>;
}

let reasons: array<unload_reason, 16>;
let reason_count: u32 = 0;

export function forget_reasons(): void {
  reason_count = 0;
}

export function any_reason(): bool {
  return reason_count !== 0;
}

function next_reason(before: cstr, after: cstr): unload_reason {
  const n = reason_count;
  reason_count++;
  if (n >= MAX_REASONS) return null;
  const r = reasons[n];
  r.pid = -1;
  r.before = before;
  r.after = after;
  r.address = 0;
  r.returns = false;
  r.name[0] = 0;
  return r;
}

export function task_reason(task: task_struct, verb: cstr, address: u64, returns: bool): void {
  const r = next_reason(verb, "");
  if (r === null) return;
  memcpy(r.comm, task.comm, 16);
  r.pid = task.pid;
  r.address = address;
  r.returns = returns;
}

/** An object that is told by the function that it calls. */
export function function_reason(what: cstr, address: u64, state: cstr): void {
  const r = next_reason(what, state);
  if (r !== null) r.address = address;
}

export function name_reason(what: cstr, name: cstr, state: cstr): void {
  const r = next_reason(what, state);
  if (r !== null) strscpy(r.name, name, 96);
}

/** "symbol+0x1c/0x40" */
function symbol_text(buf: u8[], size: u64, address: u64, returns: bool): void {
  let length: u64 = 0;
  let offset: u64 = 0;
  const back: u64 = returns ? 1 : 0;
  const name = kallsyms_lookup(address - back, addr(length), addr(offset), null);
  if (name === null) snprintf(buf, size, "0x%lx", address);
  else snprintf(buf, size, "%s+0x%lx/0x%lx", name, offset + back, length);
}

export function print_reasons(mod: module): void {
  for (let i: u32 = 0; i < reason_count && i < MAX_REASONS; i++) {
    const r = reasons[i];
    if (r.name[0] === 0) symbol_text(r.name, 96, r.address, r.returns);
    if (r.pid >= 0) pr_err("%s: unload refused: %s[%d] %s %s\n", mod.name, r.comm, r.pid, r.before, r.name);
    else pr_err("%s: unload refused: %s %s %s\n", mod.name, r.before, r.name, r.after);
  }
  if (reason_count > MAX_REASONS) pr_err("%s: unload refused: %u further reasons\n", mod.name, reason_count - MAX_REASONS);
}

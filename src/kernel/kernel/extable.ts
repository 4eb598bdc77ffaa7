// What is kernel code, and where its expected faults continue.

import { is_ftrace_trampoline } from "linux/ftrace";
import { __module_address, is_module_text_address } from "linux/module";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { SYSTEM_RUNNING, system_state } from "../init/main";

declare const _text: u8[];
declare const _etext: u8[];
declare const __init_begin: u8[];
declare const __init_end: u8[];
declare const __start___ex_table: u8[];
declare const __stop___ex_table: u8[];

/** Both relative to their own place. */
export interface exception_table_entry extends struct<"exception_table_entry"> {
  insn?: int;
  fixup?: int;
}

function ex_insn_address(e: exception_table_entry): u64 {
  return u64(addr(e.insn)) + u64(s64(e.insn));
}

export function ex_fixup_address(e: exception_table_entry): u64 {
  return u64(addr(e.fixup)) + u64(s64(e.fixup));
}

/** The tables are short (some dozen entries): searched in order. */
function search_extable(start: u64, end: u64, address: u64): exception_table_entry {
  for (let p = start; p < end; p += sizeof<exception_table_entry>()) {
    const e = at<exception_table_entry>(p);
    if (ex_insn_address(e) === address) return e;
  }
  return null;
}

export function search_exception_tables(address: u64): exception_table_entry {
  const e = search_extable(u64(__start___ex_table), u64(__stop___ex_table), address);
  if (e !== null) return e;
  let found: exception_table_entry = null;
  // The module of a faulting instruction stays; the others, which the search passes, need not.
  rcu_read_lock();
  const mod = __module_address(address);
  if (mod !== null && mod.extable !== null) {
    const start = u64(mod.extable);
    found = search_extable(start, start + u64(mod.num_exentries) * sizeof<exception_table_entry>(), address);
  }
  rcu_read_unlock();
  return found;
}

export function core_kernel_text(address: u64): bool {
  if (address >= u64(_text) && address < u64(_etext)) return true;
  return system_state < SYSTEM_RUNNING && address >= u64(__init_begin) && address < u64(__init_end);
}

/** Also the boot's functions, freed or not: the idle task's stack still holds their return addresses. */
export function __kernel_text_address(address: u64): bool {
  return kernel_text_address(address) || (address >= u64(__init_begin) && address < u64(__init_end));
}

export function kernel_text_address(address: u64): bool {
  if (core_kernel_text(address)) return true;
  if (address < 0xffffffffc0000000) return false;
  return is_module_text_address(address) || is_ftrace_trampoline(address);
}

export function func_ptr_is_kernel_text(p: u64): bool {
  return core_kernel_text(p) || is_module_text_address(p);
}
notrace(core_kernel_text);
notrace(__kernel_text_address);
notrace(kernel_text_address);

// Symbol lookup in both directions: over the linker's tables for vmlinux, over the modules' symbol tables for the rest.
// Used by livepatch, ftrace, kprobes, the oops printer, %pS and /proc/kallsyms.

import { ERANGE } from "linux/errno";
import type { kallsyms_fn } from "linux/kallsyms";
import { snprintf, sprintf } from "linux/kernel";
import type { module } from "linux/module";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { strcmp } from "linux/string";
import { module_address_lookup, module_kallsyms_lookup_name } from "./module/kallsyms";

declare const kallsyms_num_syms: u64;
declare const kallsyms_addresses: u64[]; // ascending
declare const kallsyms_names_offset: u32[];
declare const kallsyms_names: u8[]; // at each offset: type letter, name, NUL
declare const _text: u8[];
declare const _end: u8[];

export function kallsyms_count(): u64 {
  return kallsyms_num_syms;
}

export function kallsyms_sym_address(i: u64): u64 {
  return kallsyms_addresses[i];
}

export function kallsyms_sym_type(i: u64): u8 {
  return kallsyms_names[kallsyms_names_offset[i]];
}

export function kallsyms_sym_name(i: u64): u8[] {
  return add(kallsyms_names, kallsyms_names_offset[i] + 1);
}

export function is_ksym_addr(addr: u64): bool {
  return addr >= u64(_text) && addr < u64(_end);
}

/** Index of the first symbol at the highest address that is not above addr (aliases: the first of them). */
function get_symbol_pos(address: u64): u64 {
  let low: u64 = 0;
  let high = kallsyms_num_syms;
  while (high - low > 1) {
    const mid = low + (high - low) / 2;
    if (kallsyms_addresses[mid] <= address) low = mid;
    else high = mid;
  }
  while (low > 0 && kallsyms_addresses[low - u64(1)] === kallsyms_addresses[low]) low--;
  return low;
}

/** Size of the symbol at index i: the distance to the next higher address, so padding counts. */
function symbol_size(i: u64): u64 {
  const start = kallsyms_addresses[i];
  for (let next: u64 = i + u64(1); next < kallsyms_num_syms; next++) {
    if (kallsyms_addresses[next] > start) return kallsyms_addresses[next] - start;
  }
  return u64(_end) - start;
}

/** Address of a symbol of vmlinux or of any module ("mod:name" names the module's own); 0 if there is none. */
export function kallsyms_lookup_name(name: cstr): u64 {
  if (u8(name[0]) === 0) return 0;
  for (let i: u64 = 0; i < kallsyms_num_syms; i++) {
    if (strcmp(kallsyms_sym_name(i), name) === 0) return kallsyms_addresses[i];
  }
  return module_kallsyms_lookup_name(name);
}

/** Every symbol of vmlinux in address order, until fn returns non-zero. */
export function kallsyms_on_each_symbol(fn: kallsyms_fn, data: ptr): int {
  for (let i: u64 = 0; i < kallsyms_num_syms; i++) {
    const ret = fn(data, kallsyms_sym_name(i), null, kallsyms_addresses[i]);
    if (ret !== 0) return ret;
  }
  return 0;
}

/** Every symbol of vmlinux with that name, in address order. */
export function kallsyms_on_each_match_symbol(fn: (data: ptr, address: u64) => int, name: cstr, data: ptr): int {
  for (let i: u64 = 0; i < kallsyms_num_syms; i++) {
    if (strcmp(kallsyms_sym_name(i), name) !== 0) continue;
    const ret = fn(data, kallsyms_addresses[i]);
    if (ret !== 0) return ret;
  }
  return 0;
}

/**
 * Name, and by the pointers that are not null size, offset and module, of the symbol that covers an address; null if there is none.
 * Name and module are a module's own memory: the caller holds RCU until it has used them, or knows that the module stays.
 */
export function kallsyms_lookup(address: u64, size: u64[], offset: u64[], mod: ref<module>[]): u8[] {
  if (is_ksym_addr(address)) {
    if (kallsyms_num_syms === 0 || address < kallsyms_addresses[0]) return null;
    const i = get_symbol_pos(address);
    if (size !== null) size[0] = symbol_size(i);
    if (offset !== null) offset[0] = address - kallsyms_addresses[i];
    if (mod !== null) mod[0] = null;
    return kallsyms_sym_name(i);
  }
  return module_address_lookup(address, size, offset, mod);
}
notrace(kallsyms_lookup);

/** Size and offset of the symbol that covers an address; false if there is none. */
export function kallsyms_lookup_size_offset(address: u64, size: u64[], offset: u64[]): bool {
  rcu_read_lock();
  const found = kallsyms_lookup(address, size, offset, null) !== null;
  rcu_read_unlock();
  return found;
}

/** Copies the bare name into buf (KSYM_NAME_LEN bytes). */
export function lookup_symbol_name(address: u64, buf: u8[]): int {
  rcu_read_lock();
  const name = kallsyms_lookup(address, null, null, null);
  if (name !== null) snprintf(buf, 512, "%s", name);
  rcu_read_unlock();
  return name === null ? -ERANGE : 0;
}

function __sprint_symbol(buf: u8[], address: u64, symbol_offset: s64, add_offset: bool): int {
  let size: u64 = 0;
  let offset: u64 = 0;
  let mod: module = null;
  rcu_read_lock();
  const name = kallsyms_lookup(address + u64(symbol_offset), addr(size), addr(offset), addr(mod));
  let len: int;
  if (name === null) {
    len = sprintf(buf, "0x%lx", address);
  } else {
    len = snprintf(buf, 512, "%s", name);
    if (add_offset) len += sprintf(add(buf, len), "+%#lx/%#lx", offset - u64(symbol_offset), size);
    if (mod !== null) len += sprintf(add(buf, len), " [%s]", mod.name);
  }
  rcu_read_unlock();
  return len;
}

/** "name+0x1a/0x50 [mod]" into buf (KSYM_SYMBOL_LEN bytes); a bare 0x… outside all symbols. Returns the length. */
export function sprint_symbol(buf: u8[], address: u64): int {
  return __sprint_symbol(buf, address, 0, true);
}

export function sprint_symbol_no_offset(buf: u8[], address: u64): int {
  return __sprint_symbol(buf, address, 0, false);
}

/** As sprint_symbol, for a return address: a call that does not return may be the last instruction of its function. */
export function sprint_backtrace(buf: u8[], address: u64): int {
  return __sprint_symbol(buf, address, -1, true);
}

// Function tracing: ftrace_ops and their hashes, the records of the call sites, and the calling convention of callbacks.

import type { pt_regs } from "asm/ptrace";
import type { hlist_head, hlist_node, list_head } from "linux/list";
import type { mutex } from "linux/mutex";

export const MCOUNT_INSN_SIZE = 5;

/** Registers at a site. Full pt_regs only when cs is not 0 (ops with SAVE_REGS), else just arguments, ip, sp, bp. */
export interface ftrace_regs extends struct<"ftrace_regs"> {
  regs?: embed<pt_regs>;
}

export type ftrace_func_t = (ip: u64, parent_ip: u64, op: ftrace_ops, fregs: ftrace_regs) => void;

export const FTRACE_OPS_FL_ENABLED = 1 << 0;
export const FTRACE_OPS_FL_DYNAMIC = 1 << 1;
export const FTRACE_OPS_FL_SAVE_REGS = 1 << 2;
export const FTRACE_OPS_FL_SAVE_REGS_IF_SUPPORTED = 1 << 3;
export const FTRACE_OPS_FL_RECURSION = 1 << 4;
export const FTRACE_OPS_FL_STUB = 1 << 5;
export const FTRACE_OPS_FL_INITIALIZED = 1 << 6;
export const FTRACE_OPS_FL_DELETED = 1 << 7;
export const FTRACE_OPS_FL_ADDING = 1 << 8;
export const FTRACE_OPS_FL_REMOVING = 1 << 9;
export const FTRACE_OPS_FL_MODIFYING = 1 << 10;
export const FTRACE_OPS_FL_ALLOC_TRAMP = 1 << 11;
export const FTRACE_OPS_FL_IPMODIFY = 1 << 12;
export const FTRACE_OPS_FL_PID = 1 << 13;
export const FTRACE_OPS_FL_RCU = 1 << 14;
export const FTRACE_OPS_FL_TRACE_ARRAY = 1 << 15;
export const FTRACE_OPS_FL_PERMANENT = 1 << 16;
export const FTRACE_OPS_FL_DIRECT = 1 << 17;

/** A set of site addresses. Immutable once published in an ops that is registered: changes are made on copies. */
export interface ftrace_hash extends struct<"ftrace_hash"> {
  size_bits?: u32;
  flags?: u32;
  buckets?: hlist_head[];
  count?: u64;
}

export interface ftrace_func_entry extends struct<"ftrace_func_entry"> {
  hlist?: embed<hlist_node>;
  ip?: u64;
  direct?: u64;
}

export interface ftrace_ops_hash extends struct<"ftrace_ops_hash"> {
  notrace_hash?: ftrace_hash; // null: empty
  filter_hash?: ftrace_hash; // null or empty: all functions
  regex_lock?: embed<mutex>;
}

export interface ftrace_ops extends struct<"ftrace_ops"> {
  func?: ftrace_func_t;
  next?: ftrace_ops;
  flags?: u64;
  private?: ptr;
  saved_func?: ftrace_func_t;
  local_hash?: embed<ftrace_ops_hash>;
  func_hash?: ftrace_ops_hash;
  old_hash?: embed<ftrace_ops_hash>;
  trampoline?: u64;
  trampoline_size?: u64;
  list?: embed<list_head>;
}

/** One call site. */
export interface dyn_ftrace extends struct<"dyn_ftrace"> {
  ip?: u64;
  flags?: u64;
}

// Bits 0-22 of dyn_ftrace.flags count the ops that trace the site.
export const FTRACE_FL_ENABLED = 0x80000000;
export const FTRACE_FL_REGS = 0x40000000;
export const FTRACE_FL_REGS_EN = 0x20000000;
export const FTRACE_FL_TRAMP = 0x10000000;
export const FTRACE_FL_TRAMP_EN = 0x08000000;
export const FTRACE_FL_IPMODIFY = 0x04000000;
export const FTRACE_FL_DISABLED = 0x02000000;
export const FTRACE_FL_DIRECT = 0x01000000;
export const FTRACE_FL_DIRECT_EN = 0x00800000;
export const FTRACE_REF_MAX = 0x007fffff;

/** A page (or several) of records, sorted by ip within each group; groups are linked. */
export interface ftrace_page extends struct<"ftrace_page"> {
  next?: ftrace_page;
  records?: dyn_ftrace[];
  index?: int; // used records
  order?: int; // 2^order pages of records
}

export {
  arch_ftrace_ops_list_func,
  ftrace_enabled,
  ftrace_free_init_mem,
  ftrace_free_mem,
  ftrace_get_addr_curr,
  ftrace_init,
  ftrace_is_dead,
  ftrace_kill,
  ftrace_location,
  ftrace_location_range,
  ftrace_module_enable,
  ftrace_module_init,
  ftrace_ops_assist_func,
  ftrace_ops_init,
  ftrace_ops_trampoline,
  ftrace_pages_start,
  ftrace_rec_count,
  ftrace_release_mod,
  ftrace_set_enabled,
  ftrace_stub,
  ftrace_text_reserved,
  is_ftrace_trampoline,
  register_ftrace_function,
  unregister_ftrace_function,
} from "../../kernel/trace/ftrace";
export { ftrace_free_filter, ftrace_set_filter, ftrace_set_filter_ip, ftrace_set_notrace } from "../../kernel/trace/ftrace-filter";
/** Recursion protection of callbacks: a negative result means "do not run". */
export { ftrace_test_recursion_trylock, ftrace_test_recursion_unlock } from "../../kernel/trace/recursion";

/** Full registers at the site, or null. */
export function ftrace_get_regs(fregs: ftrace_regs): pt_regs {
  if (u64(fregs) === u64(0)) return null;
  return fregs.regs.cs ? fregs.regs : null;
}
inline(ftrace_get_regs);

export function ftrace_instruction_pointer_set(fregs: ftrace_regs, ip: u64): void {
  fregs.regs.ip = ip;
}
inline(ftrace_instruction_pointer_set);

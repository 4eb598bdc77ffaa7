// What a ud2 of the kernel's means: the entries of __bug_table, the kernel's own and each module's, say where it stands and whether it
// is a warning, after which the code goes on, or a bug.

import type { pt_regs } from "asm/ptrace";
import { KERN_DEFAULT } from "linux/kern_levels";
import { INIT_LIST_HEAD, list_add_rcu, list_del_rcu, type list_head } from "linux/list";
import type { module } from "linux/module";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { __warn } from "../kernel/panic";
import { _printk } from "../kernel/printk/printk";

export const BUG_TRAP_TYPE_NONE = 0;
export const BUG_TRAP_TYPE_WARN = 1;
export const BUG_TRAP_TYPE_BUG = 2;

const BUGFLAG_WARNING = 1;
const BUGFLAG_ONCE = 2;
const BUGFLAG_DONE = 4;
const BUGFLAG_NO_CUT_HERE = 8;

/** As kcc writes it: distances from the fields themselves. */
export interface bug_entry extends struct<"bug_entry"> {
  bug_addr_disp?: int;
  file_disp?: int;
  line?: u16;
  /** BUGFLAG_*; the taint's number in the upper byte. */
  flags?: u16;
}

declare const __start___bug_table: u8[];
declare const __stop___bug_table: u8[];

/** Modules with a table: changed under module_mutex, read under RCU. */
let module_bug_list: embed<list_head>;

function bug_addr(bug: bug_entry): u64 {
  return u64(addr(bug.bug_addr_disp)) + u64(s64(bug.bug_addr_disp));
}

function search_table(start: u64, end: u64, address: u64): bug_entry {
  for (let p = start; p < end; p += sizeof<bug_entry>()) {
    const bug = at<bug_entry>(p);
    if (bug_addr(bug) === address) return bug;
  }
  return null;
}

function module_find_bug(address: u64): bug_entry {
  let bug: bug_entry = null;
  rcu_read_lock();
  if (module_bug_list.next !== null) {
    for (let p = module_bug_list.next; p !== module_bug_list && bug === null; p = p.next) {
      const mod = container_of<module>(p, "bug_list");
      bug = search_table(mod.bug_table, mod.bug_table + u64(mod.num_bugs) * sizeof<bug_entry>(), address);
    }
  }
  rcu_read_unlock();
  return bug;
}

/** The entry of the trap at an address, or null. */
export function find_bug(address: u64): bug_entry {
  const bug = search_table(u64(__start___bug_table), u64(__stop___bug_table), address);
  return bug !== null ? bug : module_find_bug(address);
}

/** From here on the module's traps are known. The caller holds module_mutex. */
export function module_bug_finalize(mod: module): void {
  if (module_bug_list.next === null) INIT_LIST_HEAD(module_bug_list);
  list_add_rcu(mod.bug_list, module_bug_list);
}

/** Before the module's memory goes; a grace period must follow. The caller holds module_mutex. */
export function module_bug_cleanup(mod: module): void {
  if (mod.bug_list.next !== null) list_del_rcu(mod.bug_list);
}

function clear_once_table(start: u64, end: u64): void {
  for (let p = start; p < end; p += sizeof<bug_entry>()) {
    const bug = at<bug_entry>(p);
    bug.flags = u16(bug.flags & ~BUGFLAG_DONE);
  }
}

/** Lets each WARN_ON_ONCE tell of itself once more. */
export function generic_bug_clear_once(): void {
  rcu_read_lock();
  if (module_bug_list.next !== null) {
    for (let p = module_bug_list.next; p !== module_bug_list; p = p.next) {
      const mod = container_of<module>(p, "bug_list");
      clear_once_table(mod.bug_table, mod.bug_table + u64(mod.num_bugs) * sizeof<bug_entry>());
    }
  }
  rcu_read_unlock();
  clear_once_table(u64(__start___bug_table), u64(__stop___bug_table));
}

function cut_here(): void {
  _printk(KERN_DEFAULT + "------------[ cut here ]------------\n");
}

/** Tells of the trap at an address. BUG_TRAP_TYPE_WARN: it was a warning, all is told, go on behind it. */
export function report_bug(address: u64, regs: pt_regs): int {
  const bug = find_bug(address);
  if (bug === null) return BUG_TRAP_TYPE_NONE;
  const file = at<u8[]>(u64(addr(bug.file_disp)) + u64(s64(bug.file_disp)));
  const flags = int(bug.flags);
  if ((flags & BUGFLAG_WARNING) !== 0 && (flags & BUGFLAG_ONCE) !== 0) {
    if ((flags & BUGFLAG_DONE) !== 0) return BUG_TRAP_TYPE_WARN;
    bug.flags = u16(flags | BUGFLAG_DONE);
  }
  if ((flags & BUGFLAG_NO_CUT_HERE) === 0) cut_here();
  if ((flags & BUGFLAG_WARNING) !== 0) {
    __warn(file, int(bug.line), address, u32(flags >> 8), regs);
    return BUG_TRAP_TYPE_WARN;
  }
  pr_crit("kernel BUG at %s:%u!\n", file, u32(bug.line));
  return BUG_TRAP_TYPE_BUG;
}
notrace(find_bug);

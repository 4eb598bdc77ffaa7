// CONFIG_SLUB_DEBUG_ON: a freed object is filled with 0x6b and must be found so when it is given out again; a fresh one comes filled with 0x5a.
// Its second word names, while it is free, the place that freed it. Reports are in the words of Linux's SLUB.

import { add_taint, print_tainted } from "linux/kernel";
import { LOCKDEP_NOW_UNRELIABLE, TAINT_BAD_PAGE } from "linux/panic";
import { dump_stack } from "../lib/dump_stack";

const POISON_FREE = 0x6b6b6b6b6b6b6b6b;
const POISON_INUSE = 0x5a5a5a5a5a5a5a5a;
/** Behind the free list's link and the freer's address. */
const POISON_FROM = 2;
/** Tells the freer's address from a code pointer that the object's user left there. */
const FREED_BY = 0x6b6b000000000000;

function slab_bug(what: cstr, size: u32, object: u64, freed_by: u64): void {
  pr_err("=============================================================================\n");
  pr_err("BUG kmalloc-%u (%s): %s\n", size, print_tainted(), what);
  pr_err("-----------------------------------------------------------------------------\n\n");
  pr_err("Freed in %pS\n", at<ptr>(freed_by));
  pr_err("Object 0x%px size=%u\n", at<ptr>(object), size);
  add_taint(TAINT_BAD_PAGE, LOCKDEP_NOW_UNRELIABLE);
}

function freed_by(object: u64): u64 {
  return at<u64[]>(object)[1] ^ FREED_BY;
}

export function slab_poison_free(object: u64, size: u32, ip: u64): void {
  const words = at<u64[]>(object);
  const n = u64(size) >> 3;
  words[1] = ip ^ FREED_BY;
  for (let i: u64 = POISON_FROM; i < n; i++) words[i] = POISON_FREE;
}

/** The object leaves the free list: has somebody written to it since? */
export function slab_check_free(object: u64, size: u32): void {
  const words = at<u64[]>(object);
  const n = u64(size) >> 3;
  for (let i: u64 = POISON_FROM; i < n; i++) {
    if (words[i] === POISON_FREE) continue;
    slab_bug("Poison overwritten", size, object, freed_by(object));
    pr_err("0x%px-0x%px @offset=%lu. Found 0x%016lx instead of 0x6b\n", addr(words[i]), at<ptr>(u64(addr(words[i])) + 7), i * 8, words[i]);
    dump_stack();
    break;
  }
  for (let i: u64 = 0; i < n; i++) words[i] = POISON_INUSE;
}

/** True if the object that is being freed is free already; it must not go on the list twice. */
export function slab_check_double_free(object: u64, size: u32): bool {
  const words = at<u64[]>(object);
  const n = u64(size) >> 3;
  if (s64(freed_by(object)) >= 0 || freed_by(object) >> 48 !== 0xffff) return false;
  for (let i: u64 = POISON_FROM; i < n; i++) if (words[i] !== POISON_FREE) return false;
  slab_bug("Object already free", size, object, freed_by(object));
  dump_stack();
  return true;
}

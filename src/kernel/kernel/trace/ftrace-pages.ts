// The records of all call sites, in groups of pages: made at boot and when modules load, looked up by address, dropped with their module.

import { type dyn_ftrace, type ftrace_page, MCOUNT_INSN_SIZE } from "linux/ftrace";
import { kallsyms_lookup_size_offset } from "linux/kallsyms";
import { scnprintf } from "linux/kernel";
import { __GFP_ZERO, __get_free_pages, free_pages, GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { memmove } from "linux/string";

notrace_file();

/** dyn_ftrace is 16 bytes. */
const ENTRY_SIZE = 16;
const PAGE_SIZE = 4096;
const ENTRIES_PER_PAGE = 256;

/** First group; changed under ftrace_lock. */
export let ftrace_pages_start: ftrace_page = null;
export let ftrace_number_of_pages: u64 = 0;
export let ftrace_number_of_groups: u64 = 0;

/** A walk over all records. */
export interface ftrace_rec_iter extends struct<"ftrace_rec_iter"> {
  pg?: ftrace_page;
  index?: int;
}

export function ftrace_rec_iter_start(iter: ftrace_rec_iter): void {
  iter.pg = ftrace_pages_start;
  iter.index = 0;
}

/** The next record, or null. */
export function ftrace_next_rec(iter: ftrace_rec_iter): dyn_ftrace {
  while (iter.pg !== null && iter.index >= iter.pg.index) {
    iter.pg = iter.pg.next;
    iter.index = 0;
  }
  if (iter.pg === null) return null;
  return iter.pg.records[iter.index++];
}

function entries_of(pg: ftrace_page): u64 {
  return (u64(PAGE_SIZE) << pg.order) / u64(ENTRY_SIZE);
}

/** A group of at most 2^order pages; memory may be had in smaller pieces only. */
function ftrace_allocate_records(pg: ftrace_page, count: u64): u64 {
  const pages: u64 = (count + u64(ENTRIES_PER_PAGE - 1)) / u64(ENTRIES_PER_PAGE);
  let order = fls64_nonzero(pages);
  for (;;) {
    const memory = __get_free_pages(GFP_KERNEL | __GFP_ZERO, u32(order));
    if (u64(memory) !== u64(0)) {
      pg.records = at<dyn_ftrace[]>(u64(memory));
      break;
    }
    if (order === 0) return 0;
    order--;
  }
  pg.order = order;
  ftrace_number_of_pages += u64(1) << order;
  ftrace_number_of_groups++;
  const room = entries_of(pg);
  return room < count ? room : count;
}

function free_group(pg: ftrace_page): void {
  if (pg.records !== null) {
    free_pages(u64(pg.records), u32(pg.order));
    ftrace_number_of_pages -= u64(1) << pg.order;
    ftrace_number_of_groups--;
  }
  kfree(pg);
}

/** Room for count records, as a chain of groups that is not yet linked; null if there is no memory. */
export function ftrace_allocate_pages(count: u64): ftrace_page {
  let first: ftrace_page = null;
  let last: ftrace_page = null;
  let left: u64 = count;
  while (left > u64(0)) {
    const pg = kzalloc(sizeof<ftrace_page>(), GFP_KERNEL) as ftrace_page;
    const got = pg === null ? u64(0) : ftrace_allocate_records(pg, left);
    if (got === u64(0)) {
      kfree(pg);
      ftrace_free_pages(first);
      return null;
    }
    if (first === null) first = pg;
    else last.next = pg;
    last = pg;
    left -= got;
  }
  return first;
}

export function ftrace_free_pages(first: ftrace_page): void {
  for (let pg = first; pg !== null; ) {
    const next = pg.next;
    free_group(pg);
    pg = next;
  }
}

/** Fills the groups with ascending addresses. */
export function ftrace_fill_pages(first: ftrace_page, sites: u64[], count: u64, flags: u64): void {
  let pg = first;
  for (let i: u64 = 0; i < count; i++) {
    if (sites[i] === u64(0)) continue;
    if (u64(pg.index) === entries_of(pg)) pg = pg.next;
    const rec = pg.records[pg.index];
    rec.ip = sites[i];
    rec.flags = flags;
    pg.index++;
  }
}

/** Puts groups at the end of the list. */
export function ftrace_link_pages(first: ftrace_page): void {
  if (ftrace_pages_start === null) {
    ftrace_pages_start = first;
    return;
  }
  let last = ftrace_pages_start;
  while (last.next !== null) last = last.next;
  last.next = first;
}

/** The record with start <= ip <= end, or null. */
export function lookup_rec(start: u64, end: u64): dyn_ftrace {
  for (let pg = ftrace_pages_start; pg !== null; pg = pg.next) {
    if (pg.index === 0 || end < pg.records[0].ip || start >= pg.records[pg.index - 1].ip + u64(MCOUNT_INSN_SIZE)) continue;
    let low: int = 0;
    let high: int = pg.index;
    while (low < high) {
      const mid = (low + high) >> 1;
      const rec = pg.records[mid];
      if (rec.ip > end) high = mid;
      else if (rec.ip < start) low = mid + 1;
      else return rec;
    }
  }
  return null;
}

export function ftrace_location_range(start: u64, end: u64): u64 {
  const rec = lookup_rec(start, end);
  return rec === null ? u64(0) : rec.ip;
}

/** The site for an address: itself, or the entry of the function that starts there; 0 if there is none. */
export function ftrace_location(ip: u64): u64 {
  const loc = ftrace_location_range(ip, ip);
  if (loc !== u64(0)) return loc;
  let size: u64 = 0;
  let offset: u64 = 0;
  if (!kallsyms_lookup_size_offset(ip, addr(size), addr(offset)) || offset !== u64(0) || size === u64(0)) return 0;
  return ftrace_location_range(ip, ip + size - u64(1));
}

/** Does any site overlap the bytes from start to end (inclusive)? */
export function ftrace_text_reserved(start: ptr, end: ptr): bool {
  return ftrace_location_range(u64(start) - u64(MCOUNT_INSN_SIZE - 1), u64(end)) !== u64(0);
}

/** Forgets the records from start up to (not including) end; empty groups go. */
export function ftrace_remove_records(start: u64, end: u64): void {
  let prev: ftrace_page = null;
  for (let pg = ftrace_pages_start; pg !== null; ) {
    const next = pg.next;
    let kept: int = 0;
    for (let i: int = 0; i < pg.index; i++) {
      const rec = pg.records[i];
      if (rec.ip >= start && rec.ip < end) continue;
      if (kept !== i) memmove(pg.records[kept], rec, ENTRY_SIZE);
      kept++;
    }
    pg.index = kept;
    if (kept === 0) {
      if (prev === null) ftrace_pages_start = next;
      else prev.next = next;
      free_group(pg);
    } else {
      prev = pg;
    }
    pg = next;
  }
}

/** dyn_ftrace_total_info: sites, the pages of their records and their groups. */
export function ftrace_total_info(text: u8[], size: u64): int {
  let sites: u64 = 0;
  for (let pg = ftrace_pages_start; pg !== null; pg = pg.next) sites += u64(pg.index);
  return scnprintf(text, size, "%lu pages:%lu groups: %lu\n", sites, ftrace_number_of_pages, ftrace_number_of_groups);
}

// The trace buffer: one ring of entries per CPU in vmalloc memory, overwriting the oldest. Writers are the CPU itself with interrupts off, in
// any context; readers take the ring's lock for one entry at a time. Everything here is notrace: tracers call it.

import { in_nmi } from "linux/preempt";
import { cpu_online, NR_CPUS, smp_processor_id } from "linux/smp";
import { arch_spin_lock, arch_spin_unlock, type spinlock_t } from "linux/spinlock";
import { vfree, vzalloc } from "linux/vmalloc";

import { trace_clock_read } from "./trace-clock";

notrace_file();

/** Head of each entry; its payload follows. len counts both and is a multiple of 8. */
export interface ring_entry extends struct<"ring_entry"> {
  len?: u32;
  type?: u16; // 0: filler up to the end of the ring
  flags?: u8;
  preempt_count?: u8;
  ts?: u64; // ns
  pid?: int;
  cpu?: int;
}

export const RING_ENTRY_HEAD = 24;
/** Longest entry. */
export const RING_ENTRY_MAX = 2048;
const RING_MIN = 2 * 4080;

/** Positions only grow; an entry lies at position % size. Entries do not wrap: a filler ends the ring. */
export interface ring_cpu extends struct<"ring_cpu"> {
  lock?: embed<spinlock_t>;
  data?: u64;
  size?: u64;
  head?: u64; // where the next entry goes
  tail?: u64; // the oldest entry
  written?: u64;
  overrun?: u64;
  read?: u64;
  dropped?: u64;
  /** overrun, as far as a consuming reader has been told. */
  told?: u64;
  start_ts?: u64;
}

/** One trace's buffer. */
export interface trace_buffer extends struct<"trace_buffer"> {
  cpus?: array<ring_cpu, 8>;
  /** tracing_on */
  on?: u32;
  /** Which of trace_clocks. */
  clock?: int;
  /** A full ring keeps the old entries instead of the new ones. */
  no_overwrite?: bool;
}

/** A page of the buffer holds this much besides its head: sizes are told in whole pages, as in Linux. */
const BUF_PAGE_SIZE = 4080;

export function ring_of(b: trace_buffer, cpu: int): ring_cpu {
  return b.cpus[cpu];
}

function lock_ring(r: ring_cpu): u64 {
  const flags = read_rflags();
  cli();
  arch_spin_lock(r.lock);
  return flags;
}
inline(lock_ring);

function unlock_ring(r: ring_cpu, flags: u64): void {
  arch_spin_unlock(r.lock);
  if ((flags & 0x200) !== 0) sti();
}
inline(unlock_ring);

/** New memory for one CPU's ring, empty. False: no memory, nothing changed. */
export function ring_resize(b: trace_buffer, cpu: int, size: u64): bool {
  const pages: u64 = (size + u64(BUF_PAGE_SIZE - 1)) / u64(BUF_PAGE_SIZE);
  const bytes: u64 = pages < u64(2) ? u64(RING_MIN) : pages * u64(BUF_PAGE_SIZE);
  const fresh = vzalloc(bytes);
  if (fresh === null) return false;
  const r = b.cpus[cpu];
  const flags = lock_ring(r);
  const old = r.data;
  r.data = u64(fresh);
  r.size = bytes;
  reset(r, trace_clock_read(b.clock));
  unlock_ring(r, flags);
  if (old !== u64(0)) vfree(at<ptr>(old));
  return true;
}

/** Gives the memory back. */
export function ring_free(b: trace_buffer): void {
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    const r = b.cpus[cpu];
    const flags = lock_ring(r);
    const old = r.data;
    r.data = 0;
    r.size = 0;
    reset(r, 0);
    unlock_ring(r, flags);
    if (old !== u64(0)) vfree(at<ptr>(old));
  }
}

function reset(r: ring_cpu, now: u64): void {
  r.head = 0;
  r.tail = 0;
  r.written = 0;
  r.overrun = 0;
  r.read = 0;
  r.dropped = 0;
  r.told = 0;
  r.start_ts = now;
}

export function ring_reset(b: trace_buffer, cpu: int): void {
  const r = b.cpus[cpu];
  const flags = lock_ring(r);
  reset(r, trace_clock_read(b.clock));
  unlock_ring(r, flags);
}

/** What one CPU has recorded changes places with the other buffer's; both are of one size. */
export function ring_swap(a: trace_buffer, b: trace_buffer, cpu: int): void {
  let keep: embed<ring_cpu>;
  const from = a.cpus[cpu];
  const to = b.cpus[cpu];
  const flags = lock_ring(from);
  arch_spin_lock(to.lock);
  rep_movsb(keep, from, sizeof<ring_cpu>());
  rep_movsb(from, to, sizeof<ring_cpu>());
  rep_movsb(to, keep, sizeof<ring_cpu>());
  // Both locks are held and moved along with the rest.
  reset(from, trace_clock_read(a.clock));
  arch_spin_unlock(to.lock);
  unlock_ring(from, flags);
}

export function ring_is_on(b: trace_buffer): bool {
  return READ_ONCE(b.on) !== 0;
}

export function ring_set_on(b: trace_buffer, on: u32): void {
  WRITE_ONCE(b.on, on);
}

/** The entry at a position, past a filler: the position is moved to the entry. Under the ring's lock, pos < head. */
function entry_at(r: ring_cpu, pos: u64[]): ring_entry {
  let e = at<ring_entry>(r.data + (pos[0] % r.size));
  if (e.type === 0) {
    pos[0] += u64(e.len);
    if (pos[0] >= r.head) return null;
    e = at<ring_entry>(r.data + (pos[0] % r.size));
  }
  return e;
}

/** Drops the oldest entries until `len` bytes fit behind head. */
function make_room(r: ring_cpu, len: u64): void {
  while (r.head + len - r.tail > r.size) {
    const e = at<ring_entry>(r.data + (r.tail % r.size));
    r.tail += u64(e.len);
    if (e.type !== 0) r.overrun++;
  }
}

/** Room for an entry of `payload` bytes on this CPU, its head filled in; interrupts are off until ring_commit. Null: not recorded. */
export function ring_reserve(b: trace_buffer, type: u16, payload: u64): ring_entry {
  const r = b.cpus[smp_processor_id()];
  const len: u64 = (u64(RING_ENTRY_HEAD) + payload + u64(7)) & ~u64(7);
  if (READ_ONCE(b.on) === 0 || r.data === u64(0) || len > u64(RING_ENTRY_MAX)) return null;
  if (in_nmi() && READ_ONCE(r.lock.locked) !== 0) {
    r.dropped++;
    return null;
  }
  arch_spin_lock(r.lock);
  let to_end: u64 = r.size - (r.head % r.size);
  if (to_end >= len) to_end = 0;
  if (b.no_overwrite && r.head + to_end + len - r.tail > r.size) {
    r.dropped++;
    arch_spin_unlock(r.lock);
    return null;
  }
  if (to_end !== u64(0)) {
    make_room(r, to_end);
    const filler = at<ring_entry>(r.data + (r.head % r.size));
    filler.len = u32(to_end);
    filler.type = 0;
    r.head += to_end;
  }
  make_room(r, len);
  const e = at<ring_entry>(r.data + (r.head % r.size));
  e.len = u32(len);
  e.type = type;
  e.ts = trace_clock_read(b.clock);
  e.cpu = smp_processor_id();
  return e;
}

/** The reserved entry becomes visible. */
export function ring_commit(b: trace_buffer, e: ring_entry): void {
  const r = b.cpus[smp_processor_id()];
  r.head += u64(e.len);
  r.written++;
  arch_spin_unlock(r.lock);
}

/** A reader that consumes nothing: where it stands in each ring. */
export interface ring_cursor extends struct<"ring_cursor"> {
  buffer?: trace_buffer;
  /** Entries that were overwritten before this one was read: told by consuming readers. */
  lost?: u64;
  pos?: array<u64, 8>;
  /** Bounded: what is written behind the limit is not read. */
  limit?: array<u64, 8>;
  /** -1: all CPUs. */
  cpu?: int;
  bounded?: bool;
}

/** To the beginning, for a reader of what is there now: a traced reader would otherwise never come to the end. */
export function ring_rewind(cursor: ring_cursor): void {
  cursor.bounded = true;
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    const r = cursor.buffer.cpus[cpu];
    cursor.pos[cpu] = r.tail;
    cursor.limit[cpu] = r.head;
  }
}

function oldest(cursor: ring_cursor): int {
  let best: int = -1;
  let best_ts: u64 = 0;
  for (let cpu: int = 0; cpu < NR_CPUS; cpu++) {
    if (cursor.cpu >= 0 && cursor.cpu !== cpu) continue;
    const r = cursor.buffer.cpus[cpu];
    if (r.data === u64(0)) continue;
    const flags = lock_ring(r);
    if (cursor.pos[cpu] < r.tail) cursor.pos[cpu] = r.tail;
    const end: u64 = cursor.bounded && cursor.limit[cpu] < r.head ? cursor.limit[cpu] : r.head;
    if (cursor.pos[cpu] < end) {
      const e = entry_at(r, addr(cursor.pos[cpu]));
      if (e !== null && (best < 0 || e.ts < best_ts)) {
        best = cpu;
        best_ts = e.ts;
      }
    }
    unlock_ring(r, flags);
  }
  return best;
}

/** Copies the next entry in time order into `into` (RING_ENTRY_MAX bytes) and steps over it; consuming takes it out. False: none. */
export function ring_next(cursor: ring_cursor, into: ring_entry, consume: bool): bool {
  for (;;) {
    const cpu = oldest(cursor);
    if (cpu < 0) return false;
    const r = cursor.buffer.cpus[cpu];
    const flags = lock_ring(r);
    if (cursor.pos[cpu] < r.tail) {
      // Overwritten meanwhile.
      unlock_ring(r, flags);
      continue;
    }
    const e = entry_at(r, addr(cursor.pos[cpu]));
    if (e === null) {
      unlock_ring(r, flags);
      continue;
    }
    rep_movsb(into, e, u64(e.len));
    cursor.pos[cpu] += u64(e.len);
    if (consume) {
      cursor.lost = r.overrun - r.told;
      r.told = r.overrun;
      r.tail = cursor.pos[cpu];
      r.read++;
    }
    unlock_ring(r, flags);
    return true;
  }
}

/** Entries that can be read now. */
export function ring_entries(b: trace_buffer, cpu: int): u64 {
  let n: u64 = 0;
  for (let i: int = 0; i < NR_CPUS; i++) {
    const r = b.cpus[i];
    if ((cpu < 0 || cpu === i) && cpu_online(i)) n += r.written - r.overrun - r.read;
  }
  return n;
}

export function ring_overrun(b: trace_buffer, cpu: int): u64 {
  let n: u64 = 0;
  for (let i: int = 0; i < NR_CPUS; i++) if (cpu < 0 || cpu === i) n += b.cpus[i].overrun;
  return n;
}

/** The time of the oldest entry; false: none. */
export function ring_oldest_ts(b: trace_buffer, cpu: int, ts: u64[]): bool {
  const r = b.cpus[cpu];
  const flags = lock_ring(r);
  let pos = r.tail;
  const e = pos < r.head ? entry_at(r, addr(pos)) : null;
  if (e !== null) ts[0] = e.ts;
  unlock_ring(r, flags);
  return e !== null;
}

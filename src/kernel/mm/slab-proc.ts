// What the kernel heap is used for: /proc/slabinfo, and with slub_debug=U who allocated it (/sys/kernel/debug/slab/CACHE/alloc_traces).

import { page_address, pfn_to_page } from "asm/page";
import type { dentry } from "linux/dcache";
import { debugfs_create_dir, debugfs_create_file } from "linux/debugfs";
import { IS_ERR } from "linux/err";
import { ENOMEM } from "linux/errno";
import type { file, file_operations, inode } from "linux/fs";
import { jiffies } from "linux/jiffies";
import { PG_slab } from "linux/mm_types";
import { proc_create_single } from "linux/proc_fs";
import { type seq_file, seq_lseek, seq_printf, seq_putc, seq_puts, seq_read, single_open, single_release } from "linux/seq_file";
import { num_online_cpus } from "linux/smp";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import { snprintf } from "../lib/vsprintf";
import { max_pfn } from "./page_alloc";
import {
  kmalloc_caches,
  kmalloc_order,
  kmalloc_size,
  NR_KMALLOC_CACHES,
  objects_per_slab,
  slab_tracks,
  slub_debug_user,
  type track,
} from "./slab";
import { vfree, vzalloc } from "./vmalloc";

/** Callers that one view tells apart; the rest is told as one without a name. */
const MAX_LOCATIONS = 512;
/** "unsigned long" of Linux's `waste=` and `age=`; one location of a cache. */
interface location extends struct<"location"> {
  addr?: u64;
  count?: u64;
  sum_time?: u64;
  min_time?: u64;
  max_time?: u64;
  min_pid?: int;
  max_pid?: int;
  /** Bit for each CPU. */
  cpus?: u32;
}

function cache_name(buf: u8[], index: u32): void {
  const size = kmalloc_size[index];
  if (size >= 1024) snprintf(buf, 16, "kmalloc-%uk", size >> 10);
  else snprintf(buf, 16, "kmalloc-%u", size);
}

function slabinfo_show(m: seq_file, _v: ptr): int {
  let name: array<u8, 16>;
  seq_puts(m, "slabinfo - version: 2.1\n");
  seq_puts(m, "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>");
  seq_puts(m, " : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
  for (let i: u32 = NR_KMALLOC_CACHES; i > 0; i--) {
    const c = kmalloc_caches[i - 1];
    const per_slab = objects_per_slab(i - 1);
    const flags = spin_lock_irqsave(c.lock);
    const active = c.nr_active;
    const slabs = c.nr_slabs;
    spin_unlock_irqrestore(c.lock, flags);
    cache_name(name, i - 1);
    seq_printf(m, "%-17s %6lu %6lu %6u %4lu %4d", name, active, slabs * per_slab, kmalloc_size[i - 1], per_slab, 1 << kmalloc_order[i - 1]);
    seq_printf(m, " : tunables %4u %4u %4u : slabdata %6lu %6lu %6lu\n", 0, 0, 0, slabs, slabs, u64(0));
  }
  return 0;
}

function add_location(table: location[], t: track): void {
  let i: u64 = 0;
  while (i < MAX_LOCATIONS - 1 && table[i].addr !== 0 && table[i].addr !== t.addr) i++;
  const l = table[i];
  const age = jiffies - t.when;
  if (l.count === 0) {
    l.addr = i === MAX_LOCATIONS - 1 ? u64(0) : t.addr;
    l.min_time = age;
    l.min_pid = t.pid;
    l.max_pid = t.pid;
  }
  l.count++;
  l.sum_time += age;
  if (age < l.min_time) l.min_time = age;
  if (age > l.max_time) l.max_time = age;
  if (t.pid < l.min_pid) l.min_pid = t.pid;
  if (t.pid > l.max_pid) l.max_pid = t.pid;
  l.cpus |= u32(1) << t.cpu;
}

/** Full slabs are on no list, so every page is asked. */
function collect(table: location[], index: u32): void {
  const c = kmalloc_caches[index];
  const count = objects_per_slab(index);
  const step = u64(1) << kmalloc_order[index];
  for (let pfn: u64 = 0; pfn < max_pfn; pfn += step) {
    const head = pfn_to_page(pfn);
    if ((head.flags & PG_slab) === 0 || u32(head.order) !== index) continue;
    const flags = spin_lock_irqsave(c.lock);
    if ((head.flags & PG_slab) !== 0 && u32(head.order) === index) {
      const tracks = slab_tracks(head, index);
      for (let i: u64 = 0; i < count; i++) if (tracks[i].addr !== 0) add_location(table, tracks[i]);
    }
    spin_unlock_irqrestore(c.lock, flags);
  }
}

function show_location(m: seq_file, l: location): void {
  seq_printf(m, "%7lu ", l.count);
  if (l.addr !== 0) seq_printf(m, "%pS", at<ptr>(l.addr));
  else seq_puts(m, "<not-available>");
  if (l.sum_time !== l.min_time) seq_printf(m, " age=%lu/%lu/%lu", l.min_time, l.sum_time / l.count, l.max_time);
  else seq_printf(m, " age=%lu", l.min_time);
  if (l.min_pid !== l.max_pid) seq_printf(m, " pid=%d-%d", l.min_pid, l.max_pid);
  else seq_printf(m, " pid=%d", l.min_pid);
  if (num_online_cpus() > 1) {
    seq_puts(m, " cpus=");
    let first: bool = true;
    for (let cpu: u32 = 0; cpu < 8; cpu++) {
      if ((l.cpus & (u32(1) << cpu)) === 0) continue;
      seq_printf(m, first ? "%u" : ",%u", cpu);
      first = false;
    }
  }
  seq_putc(m, 10);
}

/** Most frequent first, as Linux sorts them. */
function alloc_traces_show(m: seq_file, _v: ptr): int {
  const table = vzalloc(MAX_LOCATIONS * sizeof<location>()) as location[];
  if (table === null) return -ENOMEM;
  collect(table, u32(u64(m.private)) - 1);
  for (;;) {
    let best: u64 = 0;
    for (let i: u64 = 1; i < MAX_LOCATIONS; i++) if (table[i].count > table[best].count) best = i;
    if (table[best].count === 0) break;
    show_location(m, table[best]);
    table[best].count = 0;
  }
  vfree(table);
  return 0;
}

function alloc_traces_open(inode: inode, f: file): int {
  return single_open(f, alloc_traces_show, inode.i_private);
}

const alloc_traces_fops: file_operations = { open: alloc_traces_open, read: seq_read, llseek: seq_lseek, release: single_release };

export function slab_proc_init(): void {
  proc_create_single("slabinfo", 0o400, null, slabinfo_show);
}
init(slab_proc_init);

/** The folders are there for caches that keep their objects' users. */
export function slab_debugfs_init(): void {
  const root = debugfs_create_dir("slab", null);
  if (IS_ERR(root) || !slub_debug_user) return;
  let name: array<u8, 16>;
  for (let i: u32 = 0; i < NR_KMALLOC_CACHES; i++) {
    cache_name(name, i);
    const dir: dentry = debugfs_create_dir(name, root);
    if (!IS_ERR(dir)) debugfs_create_file("alloc_traces", 0o400, dir, at<ptr>(u64(i) + 1), alloc_traces_fops);
  }
}
init(slab_debugfs_init);

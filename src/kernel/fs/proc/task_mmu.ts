// /proc/<pid>/maps.
import { atomic_read } from "linux/atomic";
import { MAJOR, MINOR } from "linux/fs";
import { get_task_mm, type mm_struct, mmput, VM_EXEC, VM_PFNMAP, VM_READ, VM_SHARED, VM_WRITE, type vm_area_struct } from "linux/mm";
import { down_read, up_read } from "linux/rwsem";
import type { task_struct } from "linux/sched";
import { type seq_file, seq_path, seq_printf, seq_putc, seq_puts } from "linux/seq_file";

export function fetch_mm_counters(mm: mm_struct): u64 {
  return u64(atomic_read(mm.rss));
}

/** Blanks up to column 73, where the name begins, from the line's start in the buffer. */
export function pad_to_name(m: seq_file, line: u64): void {
  do seq_putc(m, 32);
  while (m.count - line < 73 && m.count < m.size);
}

export function show_map_vma(m: seq_file, mm: mm_struct, v: vm_area_struct): void {
  const line = m.count;
  const f = v.vm_flags;
  const file = v.vm_file;
  const dev: u32 = file === null ? 0 : file.f_inode.i_sb.s_dev;
  seq_printf(
    m,
    "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ",
    v.vm_start,
    v.vm_end,
    (f & VM_READ) !== 0 ? 114 : 45,
    (f & VM_WRITE) !== 0 ? 119 : 45,
    (f & VM_EXEC) !== 0 ? 120 : 45,
    (f & VM_SHARED) !== 0 ? 115 : 112,
    v.vm_pgoff << 12,
    MAJOR(dev),
    MINOR(dev),
    file === null ? u64(0) : file.f_inode.i_ino,
  );
  if (file !== null) {
    pad_to_name(m, line);
    seq_path(m, file.f_path, "\n");
  } else if (v.vm_start <= mm.brk && v.vm_end >= mm.start_brk && mm.brk !== mm.start_brk) {
    pad_to_name(m, line);
    seq_puts(m, "[heap]");
  } else if (v.vm_start <= mm.start_stack && v.vm_end >= mm.start_stack) {
    pad_to_name(m, line);
    seq_puts(m, "[stack]");
  } else if ((f & VM_PFNMAP) !== 0) {
    pad_to_name(m, line);
    seq_puts(m, "[gate]");
  }
  seq_putc(m, 10);
}

export function proc_pid_maps(m: seq_file, p: task_struct): int {
  const mm = get_task_mm(p);
  if (mm === null) return 0;
  down_read(mm.mmap_lock);
  for (let v = mm.mmap; v !== null; v = v.vm_next) show_map_vma(m, mm, v);
  up_read(mm.mmap_lock);
  mmput(mm);
  return 0;
}

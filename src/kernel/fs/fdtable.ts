// Tables of open files: two bit maps and an array of pointers that grow together, fork's copy and the end.

import { get_current } from "linux/current";
import { EMFILE, ENOMEM } from "linux/errno";
import { type files_struct, NR_OPEN_DEFAULT } from "linux/fdtable";
import { locks_remove_posix } from "linux/filelock";
import { type file, filp_close } from "linux/fs";
import { type task_struct } from "linux/sched";
import { RLIMIT_NOFILE } from "linux/signal";
import { GFP_KERNEL, kfree, kvfree, kvzalloc, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock } from "linux/spinlock";
import { memcpy } from "linux/string";
import { get_file } from "./file_table";

/** fs.nr_open: no table grows to this many numbers. */
export let sysctl_nr_open: int = 1024 * 1024;

export const init_files: files_struct = { count: 1 };

export function bit_set(map: u64[], n: u32): void {
  map[n >> 6] = map[n >> 6] | (u64(1) << (n & 63));
}
inline(bit_set);
export function bit_clear(map: u64[], n: u32): void {
  map[n >> 6] = map[n >> 6] & ~(u64(1) << (n & 63));
}
inline(bit_clear);
export function bit_test(map: u64[], n: u32): bool {
  return ((map[n >> 6] >> (n & 63)) & 1) !== 0;
}
inline(bit_test);

function alloc_files(): files_struct {
  const files = kzalloc(sizeof<files_struct>(), GFP_KERNEL) as files_struct;
  if (files === null) return null;
  files.count = 1;
  use_embedded(files);
  return files;
}

/** The first table lies in the structure itself. */
function use_embedded(files: files_struct): void {
  files.max_fds = NR_OPEN_DEFAULT;
  files.fd = files.fd_array;
  files.open_fds = addr(files.open_fds_init);
  files.close_on_exec = addr(files.close_on_exec_init);
}

/** The boot task's table has its pointers set here: a static initialiser cannot name its own field. */
export function files_init(): void {
  use_embedded(init_files);
}

function free_table(files: files_struct, fd: ref<file>[]): void {
  if (u64(fd) !== u64(files.fd_array)) kvfree(fd);
}

function free_files(files: files_struct): void {
  free_table(files, files.fd);
  if (files !== init_files) kfree(files);
}

/** One allocation: the pointers, and behind them the two bit maps. */
function alloc_table(size: u32): ref<file>[] {
  return kvzalloc(u64(size) * 8 + u64(size) / 4, GFP_KERNEL) as ref<file>[];
}

/** The table becomes this one, of `size` numbers, with what the old one holds; the old one is the caller's to free. file_lock held. */
function use_table(files: files_struct, table: ref<file>[], size: u32): void {
  const open_fds = at<u64[]>(u64(table) + u64(size) * 8);
  const close_on_exec = at<u64[]>(u64(open_fds) + u64(size) / 8);
  memcpy(table, files.fd, u64(files.max_fds) * 8);
  memcpy(open_fds, files.open_fds, u64(files.max_fds) / 8);
  memcpy(close_on_exec, files.close_on_exec, u64(files.max_fds) / 8);
  files.fd = table;
  files.open_fds = open_fds;
  files.close_on_exec = close_on_exec;
  files.max_fds = size;
}

/** First free number at or after `start`; max_fds or more if the table has none. file_lock held. */
export function find_next_fd(files: files_struct, start: u32): u32 {
  if (start >= files.max_fds) return start;
  const words = files.max_fds >> 6;
  let word = start >> 6;
  let free: u64 = ~files.open_fds[word] & ~((u64(1) << (start & 63)) - 1);
  while (free === 0) {
    word += 1;
    if (word >= words) return files.max_fds;
    free = ~files.open_fds[word];
  }
  return word * 64 + u32(ctz64(free));
}

/** Makes room for number `fd`. file_lock held; dropped to allocate and to free. Returns 1 if it was (look again), 0, or an error. */
export function expand_files(files: files_struct, fd: u32): int {
  if (fd < files.max_fds) return 0;
  if (fd >= u32(sysctl_nr_open)) return -EMFILE;
  let size = files.max_fds;
  while (size <= fd) size *= 2;
  spin_unlock(files.file_lock);
  let spare = alloc_table(size);
  spin_lock(files.file_lock);
  if (spare === null) return -ENOMEM;
  // Another thread may have been faster.
  if (size > files.max_fds) {
    const old = files.fd;
    use_table(files, spare, size);
    spare = old;
  }
  spin_unlock(files.file_lock);
  free_table(files, spare);
  spin_lock(files.file_lock);
  return 1;
}

/** The caller's RLIMIT_NOFILE. */
export function nofile_limit(): u64 {
  return get_current().signal.rlim[RLIMIT_NOFILE].rlim_cur;
}

/** fork's copy: every open file with one reference more. */
export function dup_fd(oldf: files_struct, max_fds: u32, errorp: int[]): files_struct {
  const files = alloc_files();
  errorp[0] = -ENOMEM;
  if (files === null) return null;
  spin_lock(oldf.file_lock);
  while (oldf.max_fds > files.max_fds) {
    const size = oldf.max_fds;
    spin_unlock(oldf.file_lock);
    const old = files.fd;
    const table = alloc_table(size);
    if (table === null) {
      free_files(files);
      return null;
    }
    use_table(files, table, size);
    free_table(files, old);
    spin_lock(oldf.file_lock);
  }
  for (let w: u32 = 0; w < oldf.max_fds >> 6; w++) {
    let open = oldf.open_fds[w];
    for (let set = open; set !== 0; set &= set - 1) {
      const n = w * 64 + u32(ctz64(set));
      const f = oldf.fd[n];
      // A number that is reserved but not yet installed is free in the child.
      if (f === null) open &= ~(set & (0 - set));
      else files.fd[n] = get_file(f);
    }
    files.open_fds[w] = open;
    files.close_on_exec[w] = oldf.close_on_exec[w] & open;
  }
  spin_unlock(oldf.file_lock);
  errorp[0] = 0;
  return files;
}

export function put_files_struct(files: files_struct): void {
  if (fetch_add(addr(files.count), -1) !== 1) return;
  for (let w: u32 = 0; w < files.max_fds >> 6; w++) {
    for (let set = files.open_fds[w]; set !== 0; set &= set - 1) {
      const n = w * 64 + u32(ctz64(set));
      const f = files.fd[n];
      if (f !== null) {
        files.fd[n] = null;
        locks_remove_posix(f, files);
        filp_close(f);
      }
    }
  }
  free_files(files);
}

export function exit_files(tsk: task_struct): void {
  const files = tsk.files;
  if (files === null) return;
  spin_lock(tsk.alloc_lock);
  tsk.files = null;
  spin_unlock(tsk.alloc_lock);
  put_files_struct(files);
}

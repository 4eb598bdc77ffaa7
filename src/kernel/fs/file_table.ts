// struct file: allocation up to fs.file-max, references, the last close.

import { atomic64_add, atomic64_inc_return, atomic64_read, type atomic64_t } from "linux/atomic";
import { CAP_SYS_ADMIN, capable } from "linux/cred";
import { d_alloc_pseudo, type dentry_operations } from "linux/dcache";
import { ERR_PTR, IS_ERR } from "linux/err";
import { ENFILE, ENOMEM, ETXTBSY } from "linux/errno";
import { O_ACCMODE } from "linux/fcntl";
import { locks_remove_file } from "linux/filelock";
import {
  FMODE_CAN_READ,
  FMODE_CAN_WRITE,
  FMODE_READ,
  FMODE_WRITE,
  FMODE_WRITER,
  type file,
  type file_operations,
  type inode,
} from "linux/fs";
import { nr_free_pages, totalram_pages } from "linux/gfp";
import { mntget, type vfsmount } from "linux/mount";
import { mutex_init } from "linux/mutex";
import { path_get, path_put } from "linux/path";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { S_ISCHR } from "linux/stat";
import { type ctl_table, proc_dointvec_minmax, proc_doulongvec_minmax, register_sysctl } from "linux/sysctl";
import { chrdev_release } from "./char_dev";
import { sysctl_nr_open } from "./fdtable";

/** At least this many files may be open, however small the machine. */
const NR_FILE = 8192;

interface files_stat_struct extends struct<"files_stat_struct"> {
  /** What /proc/sys/fs/file-nr shows; counted in nr_files and copied here for a reader. */
  nr_files?: s64;
  nr_free_files?: s64;
  max_files?: u64;
}
const files_stat: files_stat_struct = { max_files: NR_FILE };
/** Open files of the whole system. */
let nr_files: embed<atomic64_t>;
/** At how many files the last refusal came: each new height is told once. */
let old_max: s64 = 0;

/** An open file needs about 1 KiB with its inode and dentry: a tenth of the memory is theirs. Before the first program runs. */
export function files_maxfiles_init(): void {
  const total = totalram_pages();
  let reserved: u64 = ((total - nr_free_pages()) * 3) / 2;
  if (reserved > total - 1) reserved = total - 1;
  const n: u64 = ((total - reserved) * 4) / 10;
  if (n > NR_FILE) files_stat.max_files = n;
  register_sysctl("fs", fs_stat_sysctls);
}

function proc_nr_files(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  files_stat.nr_files = atomic64_read(nr_files);
  return proc_doulongvec_minmax(t, write, buf, lenp, ppos);
}

const NR_OPEN_MIN: array<int, 1> = [64];
/** As far as a table's size in bytes is an int. */
const NR_OPEN_LIMIT: array<int, 1> = [0x0fffffc0];

const fs_stat_sysctls: ctl_table[] = [
  { procname: "file-nr", data: files_stat, maxlen: 24, mode: 0o444, proc_handler: proc_nr_files },
  { procname: "file-max", data: addr(files_stat.max_files), maxlen: 8, mode: 0o644, proc_handler: proc_doulongvec_minmax },
  {
    procname: "nr_open",
    data: addr(sysctl_nr_open),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: NR_OPEN_MIN,
    extra2: NR_OPEN_LIMIT,
  },
  {},
];

/** -ENFILE where the system has too many files open, -ENOMEM; as ERR_PTR. Root may open beyond the limit. */
export function alloc_empty_file(flags: int): file {
  const open = atomic64_inc_return(nr_files);
  if (u64(open) > files_stat.max_files && !capable(CAP_SYS_ADMIN)) {
    atomic64_add(-1, nr_files);
    if (open > READ_ONCE(old_max)) {
      WRITE_ONCE(old_max, open);
      pr_info("VFS: file-max limit %lu reached\n", files_stat.max_files);
    }
    return ERR_PTR(-ENFILE) as file;
  }
  const f = kzalloc(sizeof<file>(), GFP_KERNEL) as file;
  if (f === null) {
    atomic64_add(-1, nr_files);
    return ERR_PTR(-ENOMEM) as file;
  }
  f.f_count = 1;
  f.f_flags = u32(flags);
  f.f_mode = u32((flags + 1) & O_ACCMODE);
  mutex_init(f.f_pos_lock);
  return f;
}

function file_free(f: file): void {
  atomic64_add(-1, nr_files);
  kfree(f);
}

/** What the operations allow, from what they have. */
export function file_set_can(f: file): void {
  const op = f.f_op;
  if (op === null) return;
  if ((f.f_mode & FMODE_READ) !== 0 && (op.read !== null || op.read_iter !== null)) f.f_mode |= FMODE_CAN_READ;
  if ((f.f_mode & FMODE_WRITE) !== 0 && (op.write !== null || op.write_iter !== null)) f.f_mode |= FMODE_CAN_WRITE;
}

/** A file without a name in the tree (pipes). Takes over the inode's reference on success. */
export function alloc_file_pseudo(
  inode: inode,
  mnt: vfsmount,
  name: cstr,
  flags: int,
  fops: file_operations,
  dops: dentry_operations,
): file {
  const f = alloc_empty_file(flags);
  if (IS_ERR(f)) return f;
  const d = d_alloc_pseudo(inode.i_sb, name, dops);
  if (d === null) {
    file_free(f);
    return ERR_PTR(-ENOMEM) as file;
  }
  d.d_inode = inode;
  f.f_path.dentry = d;
  f.f_path.mnt = mntget(mnt);
  f.f_inode = inode;
  f.f_op = fops;
  file_set_can(f);
  return f;
}

/** A second file on the same place (the other end of a pipe). */
export function alloc_file_clone(base: file, flags: int, fops: file_operations): file {
  const f = alloc_empty_file(flags);
  if (IS_ERR(f)) return f;
  copy(f.f_path, base.f_path);
  path_get(f.f_path);
  f.f_inode = base.f_inode;
  f.f_op = fops;
  file_set_can(f);
  return f;
}

export function get_file(f: file): file {
  fetch_add(addr(f.f_count), 1);
  return f;
}

/** One more writer; not while the file is being run. */
export function get_write_access(inode: inode): int {
  for (;;) {
    const n = READ_ONCE(inode.i_writecount);
    if (n < 0) return -ETXTBSY;
    if (cmpxchg(addr(inode.i_writecount), n, int(n + 1)) === n) return 0;
  }
}

export function put_write_access(inode: inode): void {
  fetch_add(addr(inode.i_writecount), -1);
}

/** The file is run from now on; not while somebody writes to it. */
export function deny_write_access(f: file): int {
  for (;;) {
    const n = READ_ONCE(f.f_inode.i_writecount);
    if (n > 0) return -ETXTBSY;
    if (cmpxchg(addr(f.f_inode.i_writecount), n, int(n - 1)) === n) return 0;
  }
}

export function allow_write_access(f: file): void {
  fetch_add(addr(f.f_inode.i_writecount), 1);
}

function __fput(f: file): void {
  const inode = f.f_inode;
  if (inode !== null) locks_remove_file(f);
  if ((f.f_mode & FMODE_WRITER) !== 0) put_write_access(inode);
  if (f.f_op !== null && f.f_op.release !== null) f.f_op.release(inode, f);
  if (inode !== null && S_ISCHR(inode.i_mode)) chrdev_release(f);
  path_put(f.f_path);
  file_free(f);
}

export function fput(f: file): void {
  if (fetch_add(addr(f.f_count), -1) === 1) __fput(f);
}

/** A file that never got open: no release. */
export function put_empty_file(f: file): void {
  path_put(f.f_path);
  file_free(f);
}

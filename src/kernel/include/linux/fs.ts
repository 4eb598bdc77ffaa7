// The virtual file system's objects: inode, file, super_block and their operations. Every file system and driver uses it.
import type { dentry, dentry_operations } from "linux/dcache";
import type { list_head } from "linux/list";
import type { vfsmount } from "linux/mount";
import type { mutex } from "linux/mutex";
import type { path } from "linux/path";
import type { pipe_inode_info } from "linux/pipe_fs_i";
import type { poll_table_struct } from "linux/poll";
import type { spinlock_t } from "linux/spinlock";
import type { kstat, kstatfs } from "linux/stat";
import type { timespec64 } from "linux/types";
import type { iov_iter } from "linux/uio";

export const PATH_MAX = 4096;
/** i_flags: the directory was removed. */
export const S_DEAD = 16;
export const NAME_MAX = 255;
export const MAXSYMLINKS = 40;
/** Longest read or write of one call, as Linux's INT_MAX & PAGE_MASK. */
export const MAX_RW_COUNT = 0x7ffff000;

export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;

export const FMODE_READ = 0x1;
export const FMODE_WRITE = 0x2;
export const FMODE_LSEEK = 0x4;
export const FMODE_PREAD = 0x8;
export const FMODE_PWRITE = 0x10;
export const FMODE_EXEC = 0x20;
export const FMODE_ATOMIC_POS = 0x8000;
/** Counted in i_writecount. */
export const FMODE_WRITER = 0x10000;
export const FMODE_CAN_READ = 0x20000;
export const FMODE_CAN_WRITE = 0x40000;
export const FMODE_PATH = 0x4000;
/** No position: reads and writes ignore *pos. */
export const FMODE_STREAM = 0x200000;

export const MAY_EXEC = 1;
export const MAY_WRITE = 2;
export const MAY_READ = 4;
export const MAY_APPEND = 8;
export const MAY_OPEN = 0x20;
export const MAY_CHDIR = 0x40;

export const ATTR_MODE = 1;
export const ATTR_UID = 2;
export const ATTR_GID = 4;
export const ATTR_SIZE = 8;
export const ATTR_ATIME = 16;
export const ATTR_MTIME = 32;
export const ATTR_CTIME = 64;
export const ATTR_ATIME_SET = 128;
export const ATTR_MTIME_SET = 256;
export const ATTR_OPEN = 0x8000;

export const DT_UNKNOWN = 0;
export const DT_FIFO = 1;
export const DT_CHR = 2;
export const DT_DIR = 4;
export const DT_BLK = 6;
export const DT_REG = 8;
export const DT_LNK = 10;
export const DT_SOCK = 12;

/** dev_t as the kernel keeps it: 12 bits major, 20 bits minor. */
export function MKDEV(major: number, minor: number): u32 {
  return u32((major << 20) | minor);
}
inline(MKDEV);
export function MAJOR(dev: u32): u32 {
  return dev >> 20;
}
inline(MAJOR);
export function MINOR(dev: u32): u32 {
  return dev & 0xfffff;
}
inline(MINOR);
/** dev_t as user space sees it. */
export function new_encode_dev(dev: u32): u32 {
  const major = MAJOR(dev);
  const minor = MINOR(dev);
  return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
}
inline(new_encode_dev);
export function new_decode_dev(dev: u32): u32 {
  return MKDEV((dev & 0xfff00) >> 8, (dev & 0xff) | ((dev >> 12) & 0xfff00));
}
inline(new_decode_dev);

export interface iattr extends struct<"iattr"> {
  ia_valid?: u32;
  ia_mode?: u32;
  ia_uid?: u32;
  ia_gid?: u32;
  ia_size?: s64;
  ia_atime?: embed<timespec64>;
  ia_mtime?: embed<timespec64>;
  ia_ctime?: embed<timespec64>;
}

export interface inode extends struct<"inode"> {
  i_mode?: u16;
  i_flags?: u16;
  i_uid?: u32;
  i_gid?: u32;
  i_nlink?: u32;
  i_rdev?: u32;
  i_count?: int;
  i_op?: inode_operations;
  i_fop?: file_operations;
  i_sb?: super_block;
  i_ino?: u64;
  i_size?: s64;
  /** Units of 512 bytes; 0 where nothing is stored (proc, sysfs). */
  i_blocks?: u64;
  i_atime?: embed<timespec64>;
  i_mtime?: embed<timespec64>;
  i_ctime?: embed<timespec64>;
  /** Directory operations and writes of memory files. */
  i_rwsem?: embed<mutex>;
  i_pipe?: pipe_inode_info;
  /** Page cache; null until it is needed. */
  i_mapping?: import("linux/pagemap").address_space;
  /** Open for writing so many times; negative: so many times being run. */
  i_writecount?: int;
  /** Target of a symbolic link that needs no method. */
  i_link?: u8[];
  i_private?: ptr;
}

export interface inode_operations extends struct<"inode_operations"> {
  /** Returns null when it used `dentry` (d_add), another dentry, or ERR_PTR. */
  lookup?: (dir: inode, dentry: dentry, flags: u32) => dentry;
  /** Target in kernel memory that the caller frees with kfree; or ERR_PTR. */
  get_link?: (dentry: dentry, inode: inode) => u8[];
  /** A link that goes to a place and not to a name (/proc/self/fd/0): fills `path`. */
  jump_link?: (dentry: dentry, path: path) => int;
  permission?: (inode: inode, mask: int) => int;
  create?: (dir: inode, dentry: dentry, mode: u32, excl: bool) => int;
  link?: (old_dentry: dentry, dir: inode, dentry: dentry) => int;
  unlink?: (dir: inode, dentry: dentry) => int;
  symlink?: (dir: inode, dentry: dentry, target: cstr) => int;
  mkdir?: (dir: inode, dentry: dentry, mode: u32) => int;
  rmdir?: (dir: inode, dentry: dentry) => int;
  mknod?: (dir: inode, dentry: dentry, mode: u32, dev: u32) => int;
  rename?: (old_dir: inode, old_dentry: dentry, new_dir: inode, new_dentry: dentry, flags: u32) => int;
  setattr?: (dentry: dentry, attr: iattr) => int;
  getattr?: (path: path, stat: kstat) => int;
}

export interface file extends struct<"file"> {
  f_path?: embed<path>;
  f_inode?: inode;
  f_op?: file_operations;
  f_count?: s64;
  f_flags?: u32;
  f_mode?: u32;
  f_pos_lock?: embed<mutex>;
  f_pos?: s64;
  /** F_SETOWN and F_SETSIG. */
  f_owner?: int;
  f_owner_sig?: int;
  private_data?: ptr;
}

export interface kiocb extends struct<"kiocb"> {
  ki_filp?: file;
  ki_pos?: s64;
  ki_flags?: int;
}

export interface dir_context extends struct<"dir_context"> {
  /** Takes one entry; false when there is no more room. */
  actor?: (ctx: dir_context, name: u8[], namelen: int, offset: s64, ino: u64, d_type: u32) => bool;
  pos?: s64;
}

export interface file_operations extends struct<"file_operations"> {
  owner?: import("linux/module").module;
  llseek?: (file: file, offset: s64, whence: int) => s64;
  read?: (file: file, buf: u8[], count: u64, pos: s64[]) => s64;
  write?: (file: file, buf: u8[], count: u64, pos: s64[]) => s64;
  read_iter?: (iocb: kiocb, to: iov_iter) => s64;
  write_iter?: (iocb: kiocb, from: iov_iter) => s64;
  iterate_shared?: (file: file, ctx: dir_context) => int;
  poll?: (file: file, wait: poll_table_struct) => u32;
  unlocked_ioctl?: (file: file, cmd: u32, arg: u64) => s64;
  open?: (inode: inode, file: file) => int;
  /** Absent: the file cannot be mapped. */
  mmap?: (file: file, vma: import("linux/mm_types").vm_area_struct) => int;
  flush?: (file: file) => int;
  release?: (inode: inode, file: file) => int;
  fsync?: (file: file) => int;
}

export interface super_operations extends struct<"super_operations"> {
  /** The last reference to an inode is gone: free what hangs on i_private. */
  evict_inode?: (inode: inode) => void;
  put_super?: (sb: super_block) => void;
  statfs?: (dentry: dentry, buf: kstatfs) => int;
  show_options?: (m: import("linux/seq_file").seq_file, root: dentry) => int;
  /** Other options for a mounted file system; null: it has none that could change. */
  remount_fs?: (sb: super_block, flags: int, data: cstr) => int;
}

export interface super_block extends struct<"super_block"> {
  s_list?: embed<list_head>;
  s_dev?: u32;
  s_blocksize?: u32;
  s_flags?: u64;
  s_magic?: u64;
  s_type?: file_system_type;
  s_op?: super_operations;
  s_d_op?: dentry_operations;
  s_root?: dentry;
  s_count?: int;
  s_maxbytes?: s64;
  s_fs_info?: ptr;
  s_next_ino?: u64;
  s_lock?: embed<spinlock_t>;
}

export const TMPFS_MAGIC = 0x01021994;

export const FS_REQUIRES_DEV = 1;
export const FS_USERNS_MOUNT = 8;

export interface file_system_type extends struct<"file_system_type"> {
  name?: cstr;
  fs_flags?: int;
  /** Returns the root dentry (with a reference) or ERR_PTR. `data` is in kernel memory or null. */
  mount?: (fs_type: file_system_type, flags: int, dev_name: cstr, data: cstr) => dentry;
  kill_sb?: (sb: super_block) => void;
  next?: file_system_type;
  owner?: import("linux/module").module;
}

export interface filename extends struct<"filename"> {
  name?: u8[];
}

export function file_inode(f: file): inode {
  return f.f_inode;
}
inline(file_inode);
export function d_inode(d: dentry): inode {
  return d.d_inode;
}
inline(d_inode);

export { current_time, notify_change, setattr_copy, setattr_prepare } from "../../fs/attr";
export { chrdev_open, register_chrdev, register_chrdev_region, unregister_chrdev, unregister_chrdev_region } from "../../fs/char_dev";
export { get_file } from "../../fs/file_table";
export { getname, getname_kernel, putname } from "../../fs/filename";
export { get_fs_type, put_filesystem, register_filesystem, unregister_filesystem } from "../../fs/filesystems";
export {
  clear_nlink,
  drop_nlink,
  iget_failed,
  ihold,
  inc_nlink,
  init_special_inode,
  inode_init_owner,
  iput,
  new_inode,
} from "../../fs/inode";
export { kernel_read_file, kernel_read_file_from_fd } from "../../fs/kernel_read_file";
export {
  simple_lookup,
  simple_open,
  simple_pin_fs,
  simple_read_from_buffer,
  simple_release_fs,
  simple_statfs,
  simple_write_to_buffer,
} from "../../fs/libfs";
export { kern_path } from "../../fs/namei";
export { filp_close, filp_open, nonseekable_open, stream_open } from "../../fs/open";
export { generic_permission, inode_permission } from "../../fs/permission";
export {
  generic_file_llseek,
  kernel_read,
  kernel_write,
  no_llseek,
  noop_llseek,
  vfs_llseek,
  vfs_read,
  vfs_write,
} from "../../fs/read_write";
export { iterate_dir } from "../../fs/readdir";
export { generic_fillattr, vfs_fstat, vfs_getattr, vfs_statx } from "../../fs/stat";
export { deactivate_super, kill_anon_super, kill_litter_super, mount_nodev, mount_single, sget_new } from "../../fs/super";
export type { vfsmount };

// File modes and the kernel's form of stat. Used by everything that makes or describes an inode.
import type { super_block } from "linux/fs";
import type { timespec64 } from "linux/types";

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;
export const S_IRWXU = 0o700;
export const S_IRUSR = 0o400;
export const S_IWUSR = 0o200;
export const S_IXUSR = 0o100;
export const S_IRWXG = 0o070;
export const S_IRGRP = 0o040;
export const S_IWGRP = 0o020;
export const S_IXGRP = 0o010;
export const S_IRWXO = 0o007;
export const S_IROTH = 0o004;
export const S_IWOTH = 0o002;
export const S_IXOTH = 0o001;
export const S_IRWXUGO = 0o777;
export const S_IALLUGO = 0o7777;
export const S_IRUGO = 0o444;
export const S_IWUGO = 0o222;
export const S_IXUGO = 0o111;

export function S_ISLNK(m: number): bool {
  return (m & S_IFMT) === S_IFLNK;
}
inline(S_ISLNK);
export function S_ISREG(m: number): bool {
  return (m & S_IFMT) === S_IFREG;
}
inline(S_ISREG);
export function S_ISDIR(m: number): bool {
  return (m & S_IFMT) === S_IFDIR;
}
inline(S_ISDIR);
export function S_ISCHR(m: number): bool {
  return (m & S_IFMT) === S_IFCHR;
}
inline(S_ISCHR);
export function S_ISBLK(m: number): bool {
  return (m & S_IFMT) === S_IFBLK;
}
inline(S_ISBLK);
export function S_ISFIFO(m: number): bool {
  return (m & S_IFMT) === S_IFIFO;
}
inline(S_ISFIFO);

export interface kstat extends struct<"kstat"> {
  mode?: u32;
  nlink?: u32;
  uid?: u32;
  gid?: u32;
  rdev?: u32;
  blksize?: u32;
  dev?: u64;
  ino?: u64;
  size?: s64;
  blocks?: u64;
  atime?: embed<timespec64>;
  mtime?: embed<timespec64>;
  ctime?: embed<timespec64>;
}

export interface statx_timestamp extends struct<"statx_timestamp"> {
  tv_sec?: s64;
  tv_nsec?: u32;
  __reserved?: int;
}

/** struct statx of the system call ABI, 256 bytes. */
export interface statx extends struct<"statx"> {
  stx_mask?: u32;
  stx_blksize?: u32;
  stx_attributes?: u64;
  stx_nlink?: u32;
  stx_uid?: u32;
  stx_gid?: u32;
  stx_mode?: u16;
  __spare0?: u16;
  stx_ino?: u64;
  stx_size?: u64;
  stx_blocks?: u64;
  stx_attributes_mask?: u64;
  stx_atime?: embed<statx_timestamp>;
  stx_btime?: embed<statx_timestamp>;
  stx_ctime?: embed<statx_timestamp>;
  stx_mtime?: embed<statx_timestamp>;
  stx_rdev_major?: u32;
  stx_rdev_minor?: u32;
  stx_dev_major?: u32;
  stx_dev_minor?: u32;
  stx_mnt_id?: u64;
  __spare3?: array<u64, 13>;
}

/** struct stat of the x86-64 system call ABI, 144 bytes. */
export interface stat extends struct<"stat"> {
  st_dev?: u64;
  st_ino?: u64;
  st_nlink?: u64;
  st_mode?: u32;
  st_uid?: u32;
  st_gid?: u32;
  __pad0?: u32;
  st_rdev?: u64;
  st_size?: s64;
  st_blksize?: s64;
  st_blocks?: s64;
  st_atime?: u64;
  st_atime_nsec?: u64;
  st_mtime?: u64;
  st_mtime_nsec?: u64;
  st_ctime?: u64;
  st_ctime_nsec?: u64;
  __unused?: array<s64, 3>;
}

export interface kstatfs extends struct<"kstatfs"> {
  f_type?: s64;
  f_bsize?: s64;
  f_blocks?: u64;
  f_bfree?: u64;
  f_bavail?: u64;
  f_files?: u64;
  f_ffree?: u64;
  f_fsid?: u64;
  f_namelen?: s64;
  f_frsize?: s64;
  f_flags?: s64;
  f_spare?: array<s64, 4>;
}

/** What statfs of a memory file system says. */
export type statfs_fn = (sb: super_block, buf: kstatfs) => int;

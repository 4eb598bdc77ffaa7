// Mounts: which tree stands where.
import type { dentry } from "linux/dcache";
import type { super_block } from "linux/fs";
import type { list_head } from "linux/list";
import type { path } from "linux/path";

export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;
export const MS_SYNCHRONOUS = 16;
export const MS_REMOUNT = 32;
export const MS_NOATIME = 1024;
export const MS_BIND = 4096;
export const MS_MOVE = 8192;
export const MS_SILENT = 32768;
export const MS_RELATIME = 0x200000;
export const MNT_FORCE = 1;
export const MNT_DETACH = 2;

export interface vfsmount extends struct<"vfsmount"> {
  mnt_root?: dentry;
  mnt_sb?: super_block;
  mnt_flags?: int;
  mnt_parent?: vfsmount;
  mnt_mountpoint?: dentry;
  mnt_count?: int;
  mnt_id?: int;
  mnt_devname?: u8[];
  mnt_list?: embed<list_head>;
}
export { follow_up, is_mounted_on, kern_mount, lookup_mnt, mntget, mntput, path_mount, path_umount } from "../../fs/namespace";
export type { path };

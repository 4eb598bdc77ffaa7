// Files in memory without a place in any tree: what shared anonymous mappings map, and memfd_create.

import type { pt_regs } from "asm/ptrace";
import { d_make_root, type dentry, type dentry_operations } from "linux/dcache";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err";
import { EFAULT, EINVAL, ENOMEM, ENOSPC } from "linux/errno";
import { O_CLOEXEC, O_RDWR } from "linux/fcntl";
import { fd_install, get_unused_fd_flags, put_unused_fd } from "linux/file";
import {
  FMODE_LSEEK,
  FMODE_PREAD,
  FMODE_PWRITE,
  type file,
  type file_system_type,
  iput,
  kill_anon_super,
  mount_nodev,
  type super_block,
} from "linux/fs";
import { kern_mount, type vfsmount } from "linux/mount";
import { S_IFREG } from "linux/stat";
import { strncpy_from_user } from "linux/uaccess";
import { alloc_file_pseudo } from "../fs/file_table";
import { ramfs_fill_super, ramfs_get_inode } from "../fs/ramfs";
import { snprintf } from "../lib/vsprintf";

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
/** "memfd:" and this many bytes are a dentry's longest name. */
const MFD_NAME_MAX = 249;

let shm_mnt: vfsmount = null;

function shmem_dname(dentry: dentry, buffer: u8[], buflen: int): u8[] {
  snprintf(buffer, u64(buflen), "/%s (deleted)", dentry.d_name.name);
  return buffer;
}
const shmem_dentry_operations: dentry_operations = { d_dname: shmem_dname };

function shmem_mount(type: file_system_type, flags: int, dev_name: cstr, data: cstr): dentry {
  return mount_nodev(type, flags, data, ramfs_fill_super);
}
const shmem_fs_type: file_system_type = { name: "shmem", mount: shmem_mount, kill_sb: kill_anon_super };

export function shmem_init(): int {
  shm_mnt = kern_mount(shmem_fs_type);
  return IS_ERR(shm_mnt) ? int(PTR_ERR(shm_mnt)) : 0;
}

function shmem_file_setup(name: cstr, size: u64): file {
  const inode = ramfs_get_inode(shm_mnt.mnt_sb, null, S_IFREG | 0o777, 0);
  if (inode === null) return ERR_PTR(-ENOSPC) as file;
  inode.i_nlink = 0;
  inode.i_size = s64(size);
  const f = alloc_file_pseudo(inode, shm_mnt, name, O_RDWR, inode.i_fop, shmem_dentry_operations);
  if (IS_ERR(f)) iput(inode);
  else f.f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
  return f;
}

/** What a shared anonymous mapping of this size maps. */
export function shmem_zero_file(size: u64): file {
  return shmem_file_setup("dev/zero", size);
}

/** memfd_create(name, flags). Huge pages and seals are not built in. */
export function __x64_sys_memfd_create(regs: pt_regs): s64 {
  let name: array<u8, 256>;
  const flags = u32(regs.si);
  if ((flags & ~u32(MFD_CLOEXEC | MFD_ALLOW_SEALING)) !== 0) return -EINVAL;
  snprintf(name, 256, "memfd:");
  const n = strncpy_from_user(add(name, 6), at<ptr>(regs.di), MFD_NAME_MAX + 1);
  if (n < 0) return -EFAULT;
  if (n > MFD_NAME_MAX) return -EINVAL;
  const fd = get_unused_fd_flags((flags & MFD_CLOEXEC) !== 0 ? O_CLOEXEC : 0);
  if (fd < 0) return s64(fd);
  const f = shmem_file_setup(name, 0);
  if (IS_ERR(f)) {
    put_unused_fd(u32(fd));
    return PTR_ERR(f);
  }
  fd_install(u32(fd), f);
  return s64(fd);
}

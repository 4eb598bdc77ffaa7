// devtmpfs: one memory file system with the nodes of all devices, mounted on /dev.

import { d_delete, type dentry, dput, type qstr } from "linux/dcache";
import { IS_ERR } from "linux/err";
import { ENOENT, ENOMEM } from "linux/errno";
import { type file_system_type, kill_litter_super, mount_single, register_filesystem } from "linux/fs";
import { kern_mount, type vfsmount } from "linux/mount";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { S_IFCHR, S_IFDIR } from "linux/stat";
import { strlen } from "linux/string";
import { lookup_one } from "../../fs/namei";
import { devtmpfs_fill_super } from "../../fs/ramfs";

function devtmpfs_mount_fs(type: file_system_type, flags: int, dev_name: cstr, data: cstr): dentry {
  return mount_single(type, flags, data, devtmpfs_fill_super);
}

const dev_fs_type: file_system_type = { name: "devtmpfs", mount: devtmpfs_mount_fs, kill_sb: kill_litter_super };
let dev_mnt: vfsmount = null;

/** mode: permission bits; the node is a character device. Names have no directories (but see devtmpfs_mkdir). */
export function devtmpfs_create_node(name: cstr, mode: u32, dev: u32): int {
  if (dev_mnt === null) return -ENOENT;
  const root = dev_mnt.mnt_root;
  const dir = root.d_inode;
  const q: qstr = { name: name as u8[], len: u32(strlen(name)) };
  mutex_lock(dir.i_rwsem);
  let err: int = -ENOMEM;
  const d = lookup_one(root, q, 0, true);
  if (!IS_ERR(d)) {
    err = d.d_inode !== null ? 0 : dir.i_op.mknod(dir, d, mode | S_IFCHR, dev);
    // The permissions are the driver's, whatever the umask of the task that loads it.
    if (d.d_inode !== null) d.d_inode.i_mode = u16(mode | S_IFCHR);
    dput(d);
  }
  mutex_unlock(dir.i_rwsem);
  return err;
}

export function devtmpfs_mkdir(name: cstr, mode: u32): int {
  if (dev_mnt === null) return -ENOENT;
  const root = dev_mnt.mnt_root;
  const dir = root.d_inode;
  const q: qstr = { name: name as u8[], len: u32(strlen(name)) };
  mutex_lock(dir.i_rwsem);
  let err: int = -ENOMEM;
  const d = lookup_one(root, q, 0, true);
  if (!IS_ERR(d)) {
    err = d.d_inode !== null ? 0 : dir.i_op.mkdir(dir, d, mode | S_IFDIR);
    dput(d);
  }
  mutex_unlock(dir.i_rwsem);
  return err;
}

export function devtmpfs_delete_node(name: cstr): int {
  if (dev_mnt === null) return -ENOENT;
  const root = dev_mnt.mnt_root;
  const dir = root.d_inode;
  const q: qstr = { name: name as u8[], len: u32(strlen(name)) };
  mutex_lock(dir.i_rwsem);
  let err: int = -ENOENT;
  const d = lookup_one(root, q, 0, true);
  if (!IS_ERR(d)) {
    if (d.d_inode !== null) {
      err = dir.i_op.unlink(dir, d);
      d_delete(d);
    }
    dput(d);
  }
  mutex_unlock(dir.i_rwsem);
  return err;
}

export function devtmpfs_init(): int {
  register_filesystem(dev_fs_type);
  const mnt = kern_mount(dev_fs_type);
  if (IS_ERR(mnt)) return -ENOMEM;
  dev_mnt = mnt;
  return 0;
}

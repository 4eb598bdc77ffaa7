// Helpers for file systems that live in memory.
import { d_add, type dentry, dput } from "linux/dcache";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err";
import { EFAULT, EINVAL, EISDIR, ENAMETOOLONG } from "linux/errno";
import { type dir_context, type file, type file_operations, type file_system_type, type inode, NAME_MAX } from "linux/fs";
import { kern_mount, mntget, mntput, type vfsmount } from "linux/mount";
import { type kstatfs } from "linux/stat";
import { copy_from_user, copy_to_user } from "linux/uaccess";
import { dcache_child_at } from "./dcache";
import { generic_file_llseek } from "./read_write";

export function simple_lookup(dir: inode, dentry: dentry, flags: u32): dentry {
  if (dentry.d_name.len > NAME_MAX) return ERR_PTR(-ENAMETOOLONG) as dentry;
  d_add(dentry, null);
  return null;
}

export function simple_open(inode: inode, file: file): int {
  if (inode.i_private !== null) file.private_data = inode.i_private;
  return 0;
}
EXPORT_SYMBOL(simple_open);

export function simple_statfs(dentry: dentry, buf: kstatfs): int {
  buf.f_type = s64(dentry.d_sb.s_magic);
  buf.f_bsize = 4096;
  buf.f_namelen = NAME_MAX;
  return 0;
}

/** A read method over a kernel buffer of `available` bytes. */
export function simple_read_from_buffer(to: u8[], count: u64, ppos: s64[], from: ptr, available: u64): s64 {
  const pos = ppos[0];
  if (pos < 0) return -EINVAL;
  if (u64(pos) >= available || count === 0) return 0;
  if (count > available - u64(pos)) count = available - u64(pos);
  const left = copy_to_user(to, add(from as u8[], pos), count);
  if (left === count) return -EFAULT;
  count -= left;
  ppos[0] = pos + s64(count);
  return s64(count);
}
EXPORT_SYMBOL(simple_read_from_buffer);

export function simple_write_to_buffer(to: ptr, available: u64, ppos: s64[], from: u8[], count: u64): s64 {
  const pos = ppos[0];
  if (pos < 0) return -EINVAL;
  if (u64(pos) >= available || count === 0) return 0;
  if (count > available - u64(pos)) count = available - u64(pos);
  const left = copy_from_user(add(to as u8[], pos), from, count);
  if (left === count) return -EFAULT;
  count -= left;
  ppos[0] = pos + s64(count);
  return s64(count);
}
EXPORT_SYMBOL(simple_write_to_buffer);

/** Keeps one internal mount of `type` while *count > 0. */
export function simple_pin_fs(type: file_system_type, mount: ref<vfsmount>[], count: int[]): int {
  if (mount[0] === null) {
    const mnt = kern_mount(type);
    if (IS_ERR(mnt)) return int(PTR_ERR(mnt));
    mount[0] = mnt;
  } else {
    mntget(mount[0]);
  }
  count[0] = count[0] + 1;
  return 0;
}

export function simple_release_fs(mount: ref<vfsmount>[], count: int[]): void {
  const mnt = mount[0];
  count[0] = count[0] - 1;
  if (count[0] === 0) mount[0] = null;
  mntput(mnt);
}

export function generic_read_dir(file: file, buf: u8[], count: u64, pos: s64[]): s64 {
  return -EISDIR;
}

export function emit_dots(file: file, ctx: dir_context): bool {
  if (ctx.pos === 0) {
    if (!ctx.actor(ctx, "." as ptr as u8[], 1, 0, file.f_inode.i_ino, 4)) return false;
    ctx.pos = 1;
  }
  if (ctx.pos === 1) {
    const parent = file.f_path.dentry.d_parent;
    if (!ctx.actor(ctx, ".." as ptr as u8[], 2, 1, parent.d_inode.i_ino, 4)) return false;
    ctx.pos = 2;
  }
  return true;
}

export const empty_dir_operations: file_operations = { llseek: generic_file_llseek, read: generic_read_dir };

/** Directory of a file system whose dentry tree is the directory. The position is 2 + the entries passed, oldest first. */
export function dcache_readdir(file: file, ctx: dir_context): int {
  if (!emit_dots(file, ctx)) return 0;
  for (;;) {
    const d = dcache_child_at(file.f_path.dentry, u64(ctx.pos - 2));
    if (d === null) return 0;
    const inode = d.d_inode;
    const room = ctx.actor(ctx, d.d_name.name, int(d.d_name.len), ctx.pos, inode.i_ino, u32(inode.i_mode >> 12) & 15);
    dput(d);
    if (!room) return 0;
    ctx.pos += 1;
  }
}

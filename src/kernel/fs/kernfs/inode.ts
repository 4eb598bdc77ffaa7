// sysfs as a file system: inodes and dentries are made from kernfs nodes when looked up and go when nobody uses them.
import { d_add, d_make_root, type dentry, type dentry_operations } from "linux/dcache";
import { ERR_PTR, IS_ERR } from "linux/err";
import { ENAMETOOLONG, ENOMEM } from "linux/errno";
import {
  ATTR_GID,
  ATTR_MODE,
  ATTR_UID,
  type dir_context,
  type file,
  type file_operations,
  type file_system_type,
  generic_fillattr,
  type iattr,
  type inode,
  type inode_operations,
  kill_anon_super,
  mount_single,
  new_inode,
  register_filesystem,
  setattr_copy,
  setattr_prepare,
  simple_statfs,
  type super_block,
  type super_operations,
} from "linux/fs";
import { KERNFS_DIR, KERNFS_FILE, KERNFS_LINK, type kernfs_node } from "linux/kernfs";
import type { path } from "linux/path";
import { GFP_KERNEL, kmalloc } from "linux/slab";
import type { kstat } from "linux/stat";
import { memcpy, strcmp, strlen } from "linux/string";
import { emit_dots, generic_read_dir } from "../libfs";
import { generic_file_llseek } from "../read_write";
import { kernfs_create_root, kernfs_find_child, kernfs_get, kernfs_lock, kernfs_put, kernfs_unlock } from "./dir";
import { kernfs_file_fops } from "./file";

const SYSFS_MAGIC = 0x62656572;

export let sysfs_root_kn: kernfs_node = null;

function kernfs_iop_setattr(dentry: dentry, attr: iattr): int {
  const inode = dentry.d_inode;
  const kn = inode.i_private as kernfs_node;
  const err = setattr_prepare(dentry, attr);
  if (err !== 0) return err;
  setattr_copy(inode, attr);
  // The node outlives the inode.
  if ((attr.ia_valid & ATTR_MODE) !== 0) kn.mode = inode.i_mode;
  if ((attr.ia_valid & ATTR_UID) !== 0) kn.uid = inode.i_uid;
  if ((attr.ia_valid & ATTR_GID) !== 0) kn.gid = inode.i_gid;
  return 0;
}

function kernfs_iop_getattr(path: path, stat: kstat): int {
  const inode = path.dentry.d_inode;
  const kn = inode.i_private as kernfs_node;
  inode.i_mode = kn.mode;
  if (kn.type === KERNFS_DIR) inode.i_nlink = kn.subdirs + 2;
  generic_fillattr(inode, stat);
  return 0;
}

function kernfs_contains(dir: kernfs_node, kn: kernfs_node): bool {
  for (let p = kn.parent; p !== null; p = p.parent) if (p === dir) return true;
  return false;
}

/** "../../module/x": up from `kn`'s folder to the first one that the target lies below, then the target's path from there. */
function kernfs_iop_get_link(dentry: dentry, inode: inode): u8[] {
  const kn = inode.i_private as kernfs_node;
  const target = kn.target;
  let depth: u64 = 0;
  kernfs_lock();
  let base = kn.parent;
  for (; base.parent !== null && !kernfs_contains(base, target); base = base.parent) depth += 1;
  let len: u64 = 0;
  for (let p = target; p !== base && p.parent !== null; p = p.parent) len += strlen(p.name) + 1;
  const buf = kmalloc(depth * 3 + len + 1, GFP_KERNEL) as u8[];
  if (buf !== null) {
    let n: u64 = 0;
    for (let i: u64 = 0; i < depth; i++) {
      memcpy(add(buf, n), "../", 3);
      n += 3;
    }
    let end: u64 = n + len;
    for (let p = target; p !== base && p.parent !== null; p = p.parent) {
      const m = strlen(p.name);
      end -= m + 1;
      memcpy(add(buf, end), p.name, m);
      buf[end + m] = 47;
    }
    // The last slash is the string's end; a link to the root itself keeps its "../".
    if (n + len > 0) buf[n + len - 1] = 0;
    else buf[0] = 0;
  }
  kernfs_unlock();
  return buf === null ? (ERR_PTR(-ENOMEM) as u8[]) : buf;
}

function kernfs_iop_lookup(dir: inode, dentry: dentry, flags: u32): dentry {
  if (dentry.d_name.len > 255) return ERR_PTR(-ENAMETOOLONG) as dentry;
  const parent = dir.i_private as kernfs_node;
  kernfs_lock();
  const kn = parent.removed ? null : kernfs_get(kernfs_find_child(parent, dentry.d_name.name));
  kernfs_unlock();
  // A missing name is not remembered: it may come at any time.
  if (kn === null) return null;
  const inode = kernfs_make_inode(dir.i_sb, kn);
  if (inode === null) {
    kernfs_put(kn);
    return ERR_PTR(-ENOMEM) as dentry;
  }
  d_add(dentry, inode);
  return null;
}

function kernfs_dop_revalidate(dentry: dentry, flags: u32): int {
  if (dentry.d_inode === null) return 0;
  const kn = dentry.d_inode.i_private as kernfs_node;
  if (READ_ONCE(kn.removed)) return 0;
  // Renamed: the old name leads nowhere.
  kernfs_lock();
  const same = strcmp(kn.name, dentry.d_name.name) === 0;
  kernfs_unlock();
  return same ? 1 : 0;
}

function kernfs_dop_delete(dentry: dentry): int {
  return 1;
}

const kernfs_dops: dentry_operations = { d_revalidate: kernfs_dop_revalidate, d_delete: kernfs_dop_delete };

const DIR_END = 0x7fffffff;

/** The position is the hash of the name that comes next: what goes or comes meanwhile hides nothing else. */
function kernfs_fop_readdir(f: file, ctx: dir_context): int {
  if (!emit_dots(f, ctx)) return 0;
  const parent = f.f_inode.i_private as kernfs_node;
  kernfs_lock();
  for (let p = parent.children.next; p !== parent.children; p = p.next) {
    const kn = container_of<kernfs_node>(p, "sibling");
    if (s64(kn.hash) < ctx.pos) continue;
    const type: u32 = kn.type === KERNFS_DIR ? 4 : kn.type === KERNFS_LINK ? 10 : 8;
    ctx.pos = s64(kn.hash);
    if (!ctx.actor(ctx, kn.name, int(strlen(kn.name)), ctx.pos, kn.ino, type)) {
      kernfs_unlock();
      return 0;
    }
  }
  kernfs_unlock();
  ctx.pos = DIR_END;
  return 0;
}

const kernfs_dir_iops: inode_operations = { lookup: kernfs_iop_lookup, setattr: kernfs_iop_setattr, getattr: kernfs_iop_getattr };
const kernfs_iops: inode_operations = { setattr: kernfs_iop_setattr, getattr: kernfs_iop_getattr };
const kernfs_symlink_iops: inode_operations = { get_link: kernfs_iop_get_link, setattr: kernfs_iop_setattr, getattr: kernfs_iop_getattr };
const kernfs_dir_fops: file_operations = { llseek: generic_file_llseek, read: generic_read_dir, iterate_shared: kernfs_fop_readdir };

/** Takes over the caller's reference to the node. */
function kernfs_make_inode(sb: super_block, kn: kernfs_node): inode {
  const inode = new_inode(sb);
  if (inode === null) return null;
  inode.i_private = kn;
  inode.i_mode = kn.mode;
  inode.i_uid = kn.uid;
  inode.i_gid = kn.gid;
  inode.i_ino = kn.ino;
  if (kn.type === KERNFS_DIR) {
    inode.i_op = kernfs_dir_iops;
    inode.i_fop = kernfs_dir_fops;
    inode.i_nlink = kn.subdirs + 2;
  } else if (kn.type === KERNFS_FILE) {
    inode.i_op = kernfs_iops;
    inode.i_fop = kernfs_file_fops;
    inode.i_size = kn.size;
  } else {
    inode.i_op = kernfs_symlink_iops;
  }
  return inode;
}

function kernfs_evict_inode(inode: inode): void {
  kernfs_put(inode.i_private as kernfs_node);
}

const kernfs_sops: super_operations = { evict_inode: kernfs_evict_inode, statfs: simple_statfs };

function sysfs_fill_super(sb: super_block, data: cstr): int {
  sb.s_magic = SYSFS_MAGIC;
  sb.s_op = kernfs_sops;
  const inode = kernfs_make_inode(sb, kernfs_get(sysfs_root_kn));
  if (inode === null) return -ENOMEM;
  sb.s_root = d_make_root(inode);
  if (sb.s_root === null) return -ENOMEM;
  sb.s_d_op = kernfs_dops;
  return 0;
}

function sysfs_mount(type: file_system_type, flags: int, dev_name: cstr, data: cstr): dentry {
  return mount_single(type, flags, data, sysfs_fill_super);
}

const sysfs_fs_type: file_system_type = { name: "sysfs", mount: sysfs_mount, kill_sb: kill_anon_super };

export function sysfs_init(): int {
  sysfs_root_kn = kernfs_create_root();
  if (sysfs_root_kn === null || IS_ERR(sysfs_root_kn)) return -ENOMEM;
  return register_filesystem(sysfs_fs_type);
}

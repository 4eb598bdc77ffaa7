// 9p as a file system: every dentry holds a fid; attributes and data come from the server each time (cache=none), so what the host
// changes is seen at once. Directories stay in the dentry cache and are asked for on use; files leave it with their last user.

import { current_fsgid } from "linux/cred";
import { d_add, d_make_root, type dentry, type dentry_operations, dget } from "linux/dcache";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err";
import { EFAULT, ENAMETOOLONG, ENOENT, ENOMEM } from "linux/errno";
import { O_ACCMODE, O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_TRUNC } from "linux/fcntl";
import {
  ATTR_SIZE,
  type dir_context,
  type file,
  type file_operations,
  type file_system_type,
  generic_fillattr,
  type iattr,
  init_special_inode,
  type inode,
  type inode_operations,
  kill_anon_super,
  type kiocb,
  MAJOR,
  MINOR,
  NAME_MAX,
  new_decode_dev,
  new_inode,
  register_filesystem,
  SEEK_END,
  setattr_prepare,
  sget_new,
  type super_block,
  type super_operations,
} from "linux/fs";
import { jiffies } from "linux/jiffies";
import { page_address, type vm_area_struct } from "linux/mm";
import { type address_space, filemap_flush, find_get_page, mapping_create, truncate_pagecache } from "linux/pagemap";
import type { path } from "linux/path";
import { type seq_file, seq_printf, seq_puts } from "linux/seq_file";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { type kstat, type kstatfs, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_ISDIR } from "linux/stat";
import { memcpy } from "linux/string";
import {
  copy_from_iter,
  copy_to_iter,
  type iov_iter,
  iov_iter_count,
  iov_iter_kvec_single,
  iov_iter_truncate,
  READ,
  WRITE,
} from "linux/uio";
import { put_page } from "../../mm/page_alloc";
import {
  type p9_client,
  p9_client_attach,
  p9_client_clunk,
  p9_client_create,
  p9_client_destroy,
  p9_client_walk,
  type p9_fid,
  type p9_stat_dotl,
} from "../../net/9p/client";
import {
  p9_client_create_dotl,
  p9_client_fsync,
  p9_client_getattr,
  p9_client_link,
  p9_client_mkdir,
  p9_client_mknod,
  p9_client_open,
  p9_client_read,
  p9_client_readdir,
  p9_client_readlink,
  p9_client_renameat,
  p9_client_setattr,
  p9_client_statfs,
  p9_client_symlink,
  p9_client_unlinkat,
  p9_client_write,
} from "../../net/9p/requests";
import { generic_read_dir } from "../libfs";
import { generic_file_llseek } from "../read_write";

const V9FS_MAGIC = 0x01021997;

function fid_of(d: dentry): p9_fid {
  return d.d_fsdata as p9_fid;
}

function refresh(inode: inode, st: p9_stat_dotl): void {
  inode.i_mode = u16(st.mode);
  inode.i_uid = st.uid;
  inode.i_gid = st.gid;
  inode.i_nlink = u32(st.nlink);
  inode.i_size = s64(st.size);
  inode.i_atime.tv_sec = s64(st.atime_sec);
  inode.i_atime.tv_nsec = s64(st.atime_nsec);
  inode.i_mtime.tv_sec = s64(st.mtime_sec);
  inode.i_mtime.tv_nsec = s64(st.mtime_nsec);
  inode.i_ctime.tv_sec = s64(st.ctime_sec);
  inode.i_ctime.tv_nsec = s64(st.ctime_nsec);
}

function v9fs_make_inode(sb: super_block, st: p9_stat_dotl): inode {
  const inode = new_inode(sb);
  if (inode === null) return null;
  refresh(inode, st);
  inode.i_ino = st.qid.path;
  switch (st.mode & S_IFMT) {
    case S_IFREG:
      inode.i_op = v9fs_file_iops;
      inode.i_fop = v9fs_file_fops;
      break;
    case S_IFDIR:
      inode.i_op = v9fs_dir_iops;
      inode.i_fop = v9fs_dir_fops;
      break;
    case S_IFLNK:
      inode.i_op = v9fs_symlink_iops;
      break;
    default:
      inode.i_op = v9fs_file_iops;
      init_special_inode(inode, st.mode, new_decode_dev(u32(st.rdev)));
  }
  return inode;
}

/** The inode behind a fresh fid, which becomes the dentry's. */
function attach(dentry: dentry, fid: p9_fid): int {
  let st: embed<p9_stat_dotl>;
  let err = p9_client_getattr(fid, st);
  let inode: inode = null;
  if (err === 0) {
    inode = v9fs_make_inode(dentry.d_sb, st);
    if (inode === null) err = -ENOMEM;
  }
  if (err !== 0) {
    p9_client_clunk(fid);
    return err;
  }
  dentry.d_fsdata = fid;
  dentry.d_time = jiffies;
  d_add(dentry, inode);
  return 0;
}

function v9fs_lookup(dir: inode, dentry: dentry, flags: u32): dentry {
  if (dentry.d_name.len > NAME_MAX) return ERR_PTR(-ENAMETOOLONG) as dentry;
  const fid = p9_client_walk(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len);
  if (IS_ERR(fid)) {
    // Not there, and not remembered: the host may make it at any time.
    if (PTR_ERR(fid) === -ENOENT) return null;
    return ERR_PTR(PTR_ERR(fid)) as dentry;
  }
  const err = attach(dentry, fid);
  if (err === -ENOENT) return null;
  return err !== 0 ? (ERR_PTR(s64(err)) as dentry) : null;
}

/** A name that was just made gets its fid and inode. */
function v9fs_instantiate(dentry: dentry): int {
  const fid = p9_client_walk(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len);
  if (IS_ERR(fid)) return int(PTR_ERR(fid));
  return attach(dentry, fid);
}

/** Still the same object under this name? */
function v9fs_revalidate(dentry: dentry, flags: u32): int {
  if (dentry.d_inode === null) return 0;
  // Asked once per jiffy: a path walk passes the same directories again and again, and nothing outside changes within a tick's time.
  if (dentry.d_time === jiffies) return 1;
  const fid = p9_client_walk(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len);
  if (IS_ERR(fid)) return PTR_ERR(fid) === -ENOMEM ? -ENOMEM : 0;
  const same = fid.qid.path === dentry.d_inode.i_ino && fid.qid.type === fid_of(dentry).qid.type;
  p9_client_clunk(fid);
  dentry.d_time = jiffies;
  return same ? 1 : 0;
}

function v9fs_dentry_delete(dentry: dentry): int {
  return dentry.d_inode === null || !S_ISDIR(dentry.d_inode.i_mode) ? 1 : 0;
}

function v9fs_dentry_release(dentry: dentry): void {
  const fid = fid_of(dentry);
  dentry.d_fsdata = null;
  if (fid !== null) p9_client_clunk(fid);
}

const v9fs_dentry_operations: dentry_operations = {
  d_revalidate: v9fs_revalidate,
  d_delete: v9fs_dentry_delete,
  d_release: v9fs_dentry_release,
};

// ---- names ----

function v9fs_create(dir: inode, dentry: dentry, mode: u32, excl: bool): int {
  const f = p9_client_walk(fid_of(dentry.d_parent), null, 0);
  if (IS_ERR(f)) return int(PTR_ERR(f));
  const err = p9_client_create_dotl(f, dentry.d_name.name, dentry.d_name.len, 2, mode, current_fsgid());
  p9_client_clunk(f);
  return err !== 0 ? err : v9fs_instantiate(dentry);
}

function v9fs_mkdir(dir: inode, dentry: dentry, mode: u32): int {
  const err = p9_client_mkdir(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len, mode, current_fsgid());
  return err !== 0 ? err : v9fs_instantiate(dentry);
}

function v9fs_mknod(dir: inode, dentry: dentry, mode: u32, dev: u32): int {
  const err = p9_client_mknod(
    fid_of(dentry.d_parent),
    dentry.d_name.name,
    dentry.d_name.len,
    mode,
    MAJOR(dev),
    MINOR(dev),
    current_fsgid(),
  );
  return err !== 0 ? err : v9fs_instantiate(dentry);
}

function v9fs_symlink(dir: inode, dentry: dentry, target: cstr): int {
  const err = p9_client_symlink(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len, target, current_fsgid());
  return err !== 0 ? err : v9fs_instantiate(dentry);
}

function v9fs_link(old_dentry: dentry, dir: inode, dentry: dentry): int {
  const err = p9_client_link(fid_of(dentry.d_parent), fid_of(old_dentry), dentry.d_name.name, dentry.d_name.len);
  return err !== 0 ? err : v9fs_instantiate(dentry);
}

function v9fs_unlink(dir: inode, dentry: dentry): int {
  return p9_client_unlinkat(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len, 0);
}

function v9fs_rmdir(dir: inode, dentry: dentry): int {
  return p9_client_unlinkat(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len, 0x200); // AT_REMOVEDIR
}

function v9fs_rename(old_dir: inode, old: dentry, new_dir: inode, new_: dentry, flags: u32): int {
  return p9_client_renameat(
    fid_of(old.d_parent),
    old.d_name.name,
    old.d_name.len,
    fid_of(new_.d_parent),
    new_.d_name.name,
    new_.d_name.len,
  );
}

// ---- attributes ----

function v9fs_getattr(path: path, stat: kstat): int {
  const inode = path.dentry.d_inode;
  let st: embed<p9_stat_dotl>;
  const err = p9_client_getattr(fid_of(path.dentry), st);
  if (err !== 0) return err;
  refresh(inode, st);
  generic_fillattr(inode, stat);
  stat.blocks = st.blocks;
  if (st.blksize !== 0) stat.blksize = u32(st.blksize);
  return 0;
}

function v9fs_setattr(dentry: dentry, attr: iattr): int {
  const err = setattr_prepare(dentry, attr);
  if (err !== 0) return err;
  const res = p9_client_setattr(fid_of(dentry), attr);
  if (res !== 0) return res;
  let st: embed<p9_stat_dotl>;
  if (p9_client_getattr(fid_of(dentry), st) === 0) refresh(dentry.d_inode, st);
  if ((attr.ia_valid & ATTR_SIZE) !== 0) truncate_pagecache(dentry.d_inode, attr.ia_size);
  return 0;
}

function v9fs_get_link(dentry: dentry, inode: inode): u8[] {
  return p9_client_readlink(fid_of(dentry));
}

// ---- files ----

function v9fs_open(inode: inode, f: file): int {
  const fid = p9_client_walk(fid_of(f.f_path.dentry), null, 0);
  if (IS_ERR(fid)) return int(PTR_ERR(fid));
  // Truncation is a setattr of its own; an append finds the end itself.
  const flags = f.f_flags & (O_ACCMODE | O_DIRECTORY | O_NOFOLLOW) & ~u32(O_CREAT | O_EXCL | O_TRUNC);
  const err = p9_client_open(fid, flags);
  if (err !== 0) {
    p9_client_clunk(fid);
    return err;
  }
  f.private_data = fid;
  return 0;
}

function v9fs_release(inode: inode, f: file): int {
  if (f.private_data !== null) p9_client_clunk(f.private_data as p9_fid);
  return 0;
}

/** Mapped pages are newer than what the server has: reading goes page by page, through those that are cached. */
function v9fs_read_mapped(iocb: kiocb, to: iov_iter, m: address_space): s64 {
  let done: s64 = 0;
  while (iov_iter_count(to) !== 0) {
    const offset: u64 = u64(iocb.ki_pos) & 4095;
    let want: u64 = 4096 - offset;
    if (want > iov_iter_count(to)) want = iov_iter_count(to);
    const page = find_get_page(m, u64(iocb.ki_pos) >> 12);
    let n: s64 = 0;
    if (page !== null) {
      const left = m.host.i_size - iocb.ki_pos;
      if (left < s64(want)) want = left > 0 ? u64(left) : u64(0);
      n = s64(copy_to_iter(at<u8[]>(page_address(page) + offset), want, to));
      put_page(page);
      if (n === 0 && want !== 0) n = -EFAULT;
    } else {
      const rest = iov_iter_count(to) - want;
      iov_iter_truncate(to, want);
      n = p9_client_read(iocb.ki_filp.private_data as p9_fid, iocb.ki_pos, to);
      to.count += rest;
    }
    if (n <= 0) return done !== 0 ? done : n;
    iocb.ki_pos += n;
    done += n;
    if (u64(n) < want) break;
  }
  return done;
}

/** Written bytes go to the server and into the pages that are mapped. */
function v9fs_write_mapped(fid: p9_fid, iocb: kiocb, from: iov_iter, m: address_space): s64 {
  let done: s64 = 0;
  let err: s64 = 0;
  let kvec: embed<iov_iter>;
  const bounce = kmalloc(4096, GFP_KERNEL) as u8[];
  if (bounce === null) return -ENOMEM;
  while (iov_iter_count(from) !== 0) {
    const pos = iocb.ki_pos + done;
    const offset: u64 = u64(pos) & 4095;
    let want: u64 = 4096 - offset;
    if (want > iov_iter_count(from)) want = iov_iter_count(from);
    const got = copy_from_iter(bounce, want, from);
    iov_iter_kvec_single(kvec, WRITE, bounce, got);
    const n: s64 = got === 0 ? -EFAULT : p9_client_write(fid, pos, kvec);
    if (n <= 0) {
      err = n;
      break;
    }
    const page = find_get_page(m, u64(pos) >> 12);
    if (page !== null) {
      memcpy(at<ptr>(page_address(page) + offset), bounce, u64(n));
      put_page(page);
    }
    done += n;
    if (u64(n) < want) break;
  }
  kfree(bounce);
  return done !== 0 ? done : err;
}

function v9fs_read_iter(iocb: kiocb, to: iov_iter): s64 {
  const m = iocb.ki_filp.f_inode.i_mapping;
  if (m !== null && READ_ONCE(m.nrpages) !== 0) return v9fs_read_mapped(iocb, to, m);
  const n = p9_client_read(iocb.ki_filp.private_data as p9_fid, iocb.ki_pos, to);
  if (n > 0) iocb.ki_pos += n;
  return n;
}

function v9fs_write_iter(iocb: kiocb, from: iov_iter): s64 {
  const f = iocb.ki_filp;
  const fid = f.private_data as p9_fid;
  if (iov_iter_count(from) === 0) return 0;
  if ((f.f_flags & O_APPEND) !== 0) {
    let st: embed<p9_stat_dotl>;
    const err = p9_client_getattr(fid, st);
    if (err !== 0) return s64(err);
    iocb.ki_pos = s64(st.size);
  }
  const m = f.f_inode.i_mapping;
  const cached = m !== null && READ_ONCE(m.nrpages) !== 0;
  const n = cached ? v9fs_write_mapped(fid, iocb, from, m) : p9_client_write(fid, iocb.ki_pos, from);
  if (n > 0) {
    iocb.ki_pos += n;
    if (iocb.ki_pos > f.f_inode.i_size) f.f_inode.i_size = iocb.ki_pos;
  }
  return n;
}

function v9fs_llseek(f: file, offset: s64, whence: int): s64 {
  if (whence === SEEK_END) {
    let st: embed<p9_stat_dotl>;
    const err = p9_client_getattr(f.private_data as p9_fid, st);
    if (err !== 0) return s64(err);
    f.f_inode.i_size = s64(st.size);
  }
  return generic_file_llseek(f, offset, whence);
}

function v9fs_read_page(f: file, index: u64, address: u64): s64 {
  let kvec: embed<iov_iter>;
  iov_iter_kvec_single(kvec, READ, at<ptr>(address), 4096);
  return p9_client_read(f.private_data as p9_fid, s64(index << 12), kvec);
}

function v9fs_write_page(f: file, index: u64, address: u64, n: u64): s64 {
  let kvec: embed<iov_iter>;
  iov_iter_kvec_single(kvec, WRITE, at<ptr>(address), n);
  return p9_client_write(f.private_data as p9_fid, s64(index << 12), kvec);
}

function v9fs_mmap(f: file, v: vm_area_struct): int {
  const m = mapping_create(f.f_inode, false);
  if (m === null) return -ENOMEM;
  m.read_page = v9fs_read_page;
  m.write_page = v9fs_write_page;
  return 0;
}

function v9fs_fsync(f: file): int {
  const err = filemap_flush(f.f_inode);
  if (err !== 0) return err;
  return p9_client_fsync(f.private_data as p9_fid);
}

const READDIR_SIZE = 8192;

function get64(buf: u8[], off: u64): u64 {
  return at<u64[]>(u64(buf) + off)[0];
}

/** The position is the server's cookie of the next entry. */
function v9fs_readdir(f: file, ctx: dir_context): int {
  const fid = f.private_data as p9_fid;
  const buf = kmalloc(READDIR_SIZE, GFP_KERNEL) as u8[];
  if (buf === null) return -ENOMEM;
  let err: int = 0;
  for (;;) {
    const n = p9_client_readdir(fid, u64(ctx.pos), buf, READDIR_SIZE);
    if (n <= 0) {
      err = n;
      break;
    }
    let full = false;
    let o: u64 = 0;
    // qid[13] offset[8] type[1] name[s]
    while (o + 24 <= u64(n)) {
      const ino = get64(buf, o + 5);
      const next = get64(buf, o + 13);
      const type = u32(buf[o + 21]);
      const len = u64(at<u16[]>(u64(buf) + o + 22)[0]);
      if (o + 24 + len > u64(n)) break;
      if (!ctx.actor(ctx, add(buf, o + 24), int(len), ctx.pos, ino, type)) {
        full = true;
        break;
      }
      ctx.pos = s64(next);
      o += 24 + len;
    }
    if (full || o === 0) break;
  }
  kfree(buf);
  return err;
}

const v9fs_file_iops: inode_operations = { getattr: v9fs_getattr, setattr: v9fs_setattr };
const v9fs_symlink_iops: inode_operations = { get_link: v9fs_get_link, getattr: v9fs_getattr, setattr: v9fs_setattr };
const v9fs_dir_iops: inode_operations = {
  lookup: v9fs_lookup,
  create: v9fs_create,
  link: v9fs_link,
  unlink: v9fs_unlink,
  symlink: v9fs_symlink,
  mkdir: v9fs_mkdir,
  rmdir: v9fs_rmdir,
  mknod: v9fs_mknod,
  rename: v9fs_rename,
  getattr: v9fs_getattr,
  setattr: v9fs_setattr,
};
const v9fs_file_fops: file_operations = {
  llseek: v9fs_llseek,
  open: v9fs_open,
  release: v9fs_release,
  read_iter: v9fs_read_iter,
  write_iter: v9fs_write_iter,
  fsync: v9fs_fsync,
  mmap: v9fs_mmap,
};
const v9fs_dir_fops: file_operations = {
  llseek: generic_file_llseek,
  open: v9fs_open,
  release: v9fs_release,
  read: generic_read_dir,
  iterate_shared: v9fs_readdir,
};

// ---- mounting ----

function v9fs_put_super(sb: super_block): void {
  const c = sb.s_fs_info as p9_client;
  if (c !== null) p9_client_destroy(c);
}

function v9fs_statfs(dentry: dentry, buf: kstatfs): int {
  return p9_client_statfs(fid_of(dentry), buf);
}

function v9fs_show_options(m: seq_file, root: dentry): int {
  seq_puts(m, ",access=client");
  seq_printf(m, ",msize=%u,trans=virtio", (root.d_sb.s_fs_info as p9_client).msize);
  return 0;
}

const v9fs_super_ops: super_operations = { put_super: v9fs_put_super, statfs: v9fs_statfs, show_options: v9fs_show_options };

/** dev_name is the device's tag. The options that exist here have one value each, so `data` changes nothing. */
function v9fs_mount(type: file_system_type, flags: int, dev_name: cstr, data: cstr): dentry {
  const c = p9_client_create(dev_name);
  if (IS_ERR(c)) return ERR_PTR(PTR_ERR(c)) as dentry;
  const fid = p9_client_attach(c, "root", "");
  if (IS_ERR(fid)) {
    p9_client_destroy(c);
    return ERR_PTR(PTR_ERR(fid)) as dentry;
  }
  let st: embed<p9_stat_dotl>;
  const err = p9_client_getattr(fid, st);
  const sb = err === 0 ? sget_new(type, flags) : null;
  const inode = sb === null ? null : v9fs_make_inode(sb, st);
  const root = inode === null ? null : d_make_root(inode);
  if (root === null) {
    p9_client_clunk(fid);
    p9_client_destroy(c);
    return ERR_PTR(err !== 0 ? s64(err) : -ENOMEM) as dentry;
  }
  sb.s_magic = V9FS_MAGIC;
  sb.s_op = v9fs_super_ops;
  sb.s_fs_info = c;
  sb.s_d_op = v9fs_dentry_operations;
  sb.s_root = root;
  root.d_op = v9fs_dentry_operations;
  root.d_fsdata = fid;
  // One reference is the super block's, one the mount's.
  return dget(root);
}

const v9fs_fs_type: file_system_type = { name: "9p", mount: v9fs_mount, kill_sb: kill_anon_super };

export function v9fs_init(): int {
  return register_filesystem(v9fs_fs_type);
}

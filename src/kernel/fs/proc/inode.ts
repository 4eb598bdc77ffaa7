// /proc's inodes and the wrappers around a registered entry's handlers, which count who is inside (pde.in_use) so that removal can wait.
import type { dentry, dentry_operations } from "linux/dcache";
import { EINVAL, EIO, ENOENT, ENOMEM, ENOTTY } from "linux/errno";
import {
  ATTR_GID,
  ATTR_MODE,
  ATTR_UID,
  type file,
  type file_operations,
  generic_fillattr,
  type iattr,
  type inode,
  type inode_operations,
  type kiocb,
  new_inode,
  setattr_copy,
  setattr_prepare,
  simple_statfs,
  type super_block,
  type super_operations,
} from "linux/fs";
import { list_add, list_del_init, list_empty, type list_head } from "linux/list";
import type { path } from "linux/path";
import { DEFAULT_POLLMASK, type poll_table_struct } from "linux/poll";
import type { proc_dir_entry, proc_ops } from "linux/proc_fs";
import { schedule, TASK_UNINTERRUPTIBLE } from "linux/sched";
import {
  __seq_open_private,
  seq_lseek,
  seq_open,
  seq_read_iter,
  seq_release,
  seq_release_private,
  single_open,
  single_release,
} from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import { type kstat, S_IFDIR, S_IFLNK, S_IFMT } from "linux/stat";
import type { iov_iter } from "linux/uio";
import { finish_wait, init_wait, prepare_to_wait, type wait_queue_entry, type wait_queue_head, wake_up_all } from "linux/wait";
import { generic_read_dir } from "../libfs";
import { generic_file_llseek } from "../read_write";
import { pde_put, proc_lookup, proc_readdir } from "./generic";
import { evict_pid_inode, PROC_PID_INODE } from "./internal";

/** Added to in_use by a removal; below zero nobody gets in any more. */
const BIAS = -0x40000000;

let rundown_waitq: embed<wait_queue_head>;
let pde_openers_lock: embed<spinlock_t>;

/** An open file of an entry with a release handler: if the entry goes first, its removal calls the handler. */
interface pde_opener extends struct<"pde_opener"> {
  lh?: embed<list_head>;
  file?: file;
}

export function pde_data(inode: inode): ptr {
  return (inode.i_private as proc_dir_entry).data;
}
EXPORT_SYMBOL(pde_data);

function pde_of(f: file): proc_dir_entry {
  return f.f_inode.i_private as proc_dir_entry;
}

function use_pde(pde: proc_dir_entry): bool {
  for (;;) {
    const v = READ_ONCE(pde.in_use);
    if (v < 0) return false;
    if (cmpxchg(addr(pde.in_use), v, int(v + 1)) === v) return true;
  }
}

function unuse_pde(pde: proc_dir_entry): void {
  if (int(fetch_add(addr(pde.in_use), -1) - 1) === BIAS) wake_up_all(rundown_waitq);
}

/** The entry is unlinked already: waits for those inside its handlers, then releases the files that are still open. */
export function proc_entry_rundown(de: proc_dir_entry): void {
  fetch_add(addr(de.in_use), BIAS);
  let w: embed<wait_queue_entry>;
  init_wait(w);
  for (;;) {
    prepare_to_wait(rundown_waitq, w, TASK_UNINTERRUPTIBLE);
    if (READ_ONCE(de.in_use) === BIAS) break;
    schedule();
  }
  finish_wait(rundown_waitq, w);
  for (;;) {
    spin_lock(pde_openers_lock);
    if (de.pde_openers.next === null || list_empty(de.pde_openers)) {
      spin_unlock(pde_openers_lock);
      return;
    }
    const o = container_of<pde_opener>(de.pde_openers.next, "lh");
    list_del_init(o.lh);
    spin_unlock(pde_openers_lock);
    de.proc_ops.proc_release(o.file.f_inode, o.file);
    kfree(o);
  }
}

function proc_reg_open(inode: inode, f: file): int {
  const pde = inode.i_private as proc_dir_entry;
  if (!use_pde(pde)) return -ENOENT;
  const ops = pde.proc_ops;
  let err: int = 0;
  let o: pde_opener = null;
  if (ops.proc_release !== null) {
    o = kzalloc(sizeof<pde_opener>(), GFP_KERNEL) as pde_opener;
    if (o === null) err = -ENOMEM;
  }
  if (err === 0 && ops.proc_open !== null) err = ops.proc_open(inode, f);
  if (o !== null) {
    if (err === 0) {
      o.file = f;
      spin_lock(pde_openers_lock);
      list_add(o.lh, pde.pde_openers);
      spin_unlock(pde_openers_lock);
    } else {
      kfree(o);
    }
  }
  unuse_pde(pde);
  return err;
}

function proc_reg_release(inode: inode, f: file): int {
  const pde = inode.i_private as proc_dir_entry;
  if (pde.proc_ops.proc_release === null) return 0;
  let found: pde_opener = null;
  spin_lock(pde_openers_lock);
  for (let p = pde.pde_openers.next; p !== pde.pde_openers; p = p.next) {
    const o = container_of<pde_opener>(p, "lh");
    if (o.file === f) {
      found = o;
      list_del_init(o.lh);
      break;
    }
  }
  spin_unlock(pde_openers_lock);
  // Not found: the entry's removal has released the file.
  if (found === null) return 0;
  const err = pde.proc_ops.proc_release(inode, f);
  kfree(found);
  return err;
}

function proc_reg_llseek(f: file, offset: s64, whence: int): s64 {
  const pde = pde_of(f);
  if (!use_pde(pde)) return -EINVAL;
  const ret = pde.proc_ops.proc_lseek === null ? generic_file_llseek(f, offset, whence) : pde.proc_ops.proc_lseek(f, offset, whence);
  unuse_pde(pde);
  return ret;
}

function proc_reg_read_iter(iocb: kiocb, iter: iov_iter): s64 {
  const pde = pde_of(iocb.ki_filp);
  if (!use_pde(pde)) return -EIO;
  const ret = pde.proc_ops.proc_read_iter(iocb, iter);
  unuse_pde(pde);
  return ret;
}

function proc_reg_read(f: file, buf: u8[], count: u64, pos: s64[]): s64 {
  const pde = pde_of(f);
  if (!use_pde(pde)) return -EIO;
  const ret: s64 = pde.proc_ops.proc_read === null ? -EIO : pde.proc_ops.proc_read(f, buf, count, pos);
  unuse_pde(pde);
  return ret;
}

function proc_reg_write(f: file, buf: u8[], count: u64, pos: s64[]): s64 {
  const pde = pde_of(f);
  if (!use_pde(pde)) return -EIO;
  const ret: s64 = pde.proc_ops.proc_write === null ? -EIO : pde.proc_ops.proc_write(f, buf, count, pos);
  unuse_pde(pde);
  return ret;
}

function proc_reg_poll(f: file, wait: poll_table_struct): u32 {
  const pde = pde_of(f);
  if (!use_pde(pde)) return DEFAULT_POLLMASK;
  const ret: u32 = pde.proc_ops.proc_poll === null ? DEFAULT_POLLMASK : pde.proc_ops.proc_poll(f, wait);
  unuse_pde(pde);
  return ret;
}

function proc_reg_ioctl(f: file, cmd: u32, arg: u64): s64 {
  const pde = pde_of(f);
  if (!use_pde(pde)) return -ENOTTY;
  const ret: s64 = pde.proc_ops.proc_ioctl === null ? -ENOTTY : pde.proc_ops.proc_ioctl(f, cmd, arg);
  unuse_pde(pde);
  return ret;
}

const proc_reg_file_ops: file_operations = {
  llseek: proc_reg_llseek,
  read: proc_reg_read,
  write: proc_reg_write,
  poll: proc_reg_poll,
  unlocked_ioctl: proc_reg_ioctl,
  open: proc_reg_open,
  release: proc_reg_release,
};

/** For entries that read through an iterator: sendfile works on these. */
const proc_iter_file_ops: file_operations = {
  llseek: proc_reg_llseek,
  read_iter: proc_reg_read_iter,
  write: proc_reg_write,
  poll: proc_reg_poll,
  unlocked_ioctl: proc_reg_ioctl,
  open: proc_reg_open,
  release: proc_reg_release,
};

// ---- seq_file entries ----

function proc_seq_open(inode: inode, f: file): int {
  const de = inode.i_private as proc_dir_entry;
  if (de.state_size !== 0) return __seq_open_private(f, de.seq_ops, int(de.state_size)) === null ? -ENOMEM : 0;
  return seq_open(f, de.seq_ops);
}

function proc_seq_release(inode: inode, f: file): int {
  const de = inode.i_private as proc_dir_entry;
  if (de.state_size !== 0) return seq_release_private(inode, f);
  return seq_release(inode, f);
}

export const proc_seq_ops: proc_ops = {
  proc_open: proc_seq_open,
  proc_read_iter: seq_read_iter,
  proc_lseek: seq_lseek,
  proc_release: proc_seq_release,
};

function proc_single_open(inode: inode, f: file): int {
  const de = inode.i_private as proc_dir_entry;
  return single_open(f, de.single_show, de.data);
}

export const proc_single_ops: proc_ops = {
  proc_open: proc_single_open,
  proc_read_iter: seq_read_iter,
  proc_lseek: seq_lseek,
  proc_release: single_release,
};

// ---- inodes ----

function proc_setattr(dentry: dentry, attr: iattr): int {
  const inode = dentry.d_inode;
  const de = inode.i_private as proc_dir_entry;
  const err = setattr_prepare(dentry, attr);
  if (err !== 0) return err;
  setattr_copy(inode, attr);
  if ((attr.ia_valid & ATTR_MODE) !== 0) de.mode = u32(inode.i_mode);
  if ((attr.ia_valid & ATTR_UID) !== 0) de.uid = inode.i_uid;
  if ((attr.ia_valid & ATTR_GID) !== 0) de.gid = inode.i_gid;
  return 0;
}

function proc_getattr(path: path, stat: kstat): int {
  const inode = path.dentry.d_inode;
  const de = inode.i_private as proc_dir_entry;
  inode.i_nlink = de.nlink;
  generic_fillattr(inode, stat);
  return 0;
}

const proc_file_inode_operations: inode_operations = { setattr: proc_setattr };
const proc_link_inode_operations: inode_operations = {};
const proc_dir_inode_operations: inode_operations = { lookup: proc_lookup, getattr: proc_getattr, setattr: proc_setattr };
const proc_dir_operations: file_operations = { llseek: generic_file_llseek, read: generic_read_dir, iterate_shared: proc_readdir };

/** Takes over a reference to the entry. */
export function proc_get_inode(sb: super_block, de: proc_dir_entry): inode {
  const inode = new_inode(sb);
  if (inode === null) {
    pde_put(de);
    return null;
  }
  inode.i_private = de;
  inode.i_ino = u64(de.low_ino);
  inode.i_mode = u16(de.mode);
  inode.i_uid = de.uid;
  inode.i_gid = de.gid;
  inode.i_nlink = de.nlink;
  inode.i_size = de.size;
  const type = de.mode & S_IFMT;
  if (type === S_IFDIR) {
    inode.i_op = de.proc_iops !== null ? de.proc_iops : proc_dir_inode_operations;
    inode.i_fop = de.proc_dir_ops !== null ? de.proc_dir_ops : proc_dir_operations;
  } else if (type === S_IFLNK) {
    inode.i_op = de.proc_iops !== null ? de.proc_iops : proc_link_inode_operations;
    inode.i_link = de.proc_iops !== null ? null : de.link_target;
  } else {
    inode.i_op = de.proc_iops !== null ? de.proc_iops : proc_file_inode_operations;
    inode.i_fop = de.proc_ops.proc_read_iter !== null ? proc_iter_file_ops : proc_reg_file_ops;
  }
  return inode;
}

function proc_evict_inode(inode: inode): void {
  if ((inode.i_flags & PROC_PID_INODE) !== 0) evict_pid_inode(inode);
  else if (inode.i_private !== null) pde_put(inode.i_private as proc_dir_entry);
}

export const proc_sops: super_operations = { evict_inode: proc_evict_inode, statfs: simple_statfs };

function proc_d_revalidate(dentry: dentry, flags: u32): int {
  if (dentry.d_inode === null) return 0;
  if ((dentry.d_inode.i_flags & PROC_PID_INODE) !== 0) return 0;
  return READ_ONCE((dentry.d_inode.i_private as proc_dir_entry).in_use) < 0 ? 0 : 1;
}

/** Inodes are cheap to make: nothing stays that nobody uses. */
function proc_d_delete(dentry: dentry): int {
  return 1;
}

export const proc_dentry_operations: dentry_operations = { d_revalidate: proc_d_revalidate, d_delete: proc_d_delete };

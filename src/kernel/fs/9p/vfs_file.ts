// Open files of a 9p file system: each has a fid of its own; data comes from the server each time, or from pages that are mapped.

import { IS_ERR, PTR_ERR } from "linux/err";
import { EFAULT, ENOMEM } from "linux/errno";
import { O_ACCMODE, O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_TRUNC } from "linux/fcntl";
import { type file, type file_operations, type inode, type kiocb, SEEK_END } from "linux/fs";
import { page_address, type vm_area_struct } from "linux/mm";
import { type address_space, filemap_flush, find_get_page, mapping_create } from "linux/pagemap";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { memcpy } from "linux/string";
import { copy_from_iter, copy_to_iter, type iov_iter, iov_iter_count, iov_iter_kvec_single, iov_iter_truncate, WRITE } from "linux/uio";
import { put_page } from "../../mm/page_alloc";
import { p9_client_clunk, p9_client_walk, type p9_fid, type p9_stat_dotl } from "../../net/9p/client";
import { p9_client_fsync, p9_client_getattr, p9_client_open, p9_client_read, p9_client_write } from "../../net/9p/requests";
import { generic_file_llseek } from "../read_write";
import { fid_of } from "./fid";
import { v9fs_read_page, v9fs_write_page } from "./vfs_addr";

export function v9fs_open(inode: inode, f: file): int {
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

export function v9fs_release(inode: inode, f: file): int {
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
export const v9fs_file_fops: file_operations = {
  llseek: v9fs_llseek,
  open: v9fs_open,
  release: v9fs_release,
  read_iter: v9fs_read_iter,
  write_iter: v9fs_write_iter,
  fsync: v9fs_fsync,
  mmap: v9fs_mmap,
};

// 9P2000.L requests on a fid: open, create, attributes, data, directories, names.
import { ERR_PTR } from "linux/err";
import { EFAULT, EIO, ENOENT, ENOMEM, EPROTO } from "linux/errno";
import type { iattr } from "linux/fs";
import { schedule, TASK_UNINTERRUPTIBLE } from "linux/sched";
import { GFP_KERNEL, kfree, kmalloc, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import type { kstatfs } from "linux/stat";
import { kstrndup, memcmp, memcpy } from "linux/string";
import { copy_from_iter, copy_to_iter, type iov_iter, iov_iter_count } from "linux/uio";
import {
  finish_wait,
  init_wait,
  init_waitqueue_head,
  prepare_to_wait,
  type wait_queue_entry,
  type wait_queue_head,
  wake_up,
} from "linux/wait";
import { p9_begin, p9_client_rpc, type p9_fid, p9_finish, type p9_stat_dotl, put_req } from "./client";
import {
  P9_IOHDRSZ,
  P9_NOFID,
  P9_NOTAG,
  P9_RLERROR,
  P9_TATTACH,
  P9_TCLUNK,
  P9_TFSYNC,
  P9_TGETATTR,
  P9_TLCREATE,
  P9_TLINK,
  P9_TLOPEN,
  P9_TMKDIR,
  P9_TMKNOD,
  P9_TREAD,
  P9_TREADDIR,
  P9_TREADLINK,
  P9_TRENAMEAT,
  P9_TSETATTR,
  P9_TSTATFS,
  P9_TSYMLINK,
  P9_TUNLINKAT,
  P9_TVERSION,
  P9_TWALK,
  P9_TWRITE,
  p9_get16,
  p9_get32,
  p9_get64,
  p9_getn,
  p9_getqid,
  p9_put8,
  p9_put16,
  p9_put32,
  p9_put64,
  p9_putn,
  p9_puts,
  type p9_qid,
  type p9_req_t,
} from "./protocol";
import { p9_virtio_find, p9_virtio_request, type virtio_chan } from "./trans_virtio";

export function p9_client_open(f: p9_fid, flags: u32): int {
  const c = f.clnt;
  const r = p9_begin(c, P9_TLOPEN);
  if (r === null) return -ENOMEM;
  p9_put32(r, f.fid);
  p9_put32(r, flags);
  const err = p9_client_rpc(c, r);
  if (err === 0) {
    p9_getqid(r, f.qid);
    f.iounit = p9_get32(r);
  }
  put_req(c, r);
  return err;
}

/** The directory's fid becomes the open new file's. */
export function p9_client_create_dotl(f: p9_fid, name: u8[], len: u32, flags: u32, mode: u32, gid: u32): int {
  const c = f.clnt;
  const r = p9_begin(c, P9_TLCREATE);
  if (r === null) return -ENOMEM;
  p9_put32(r, f.fid);
  p9_putn(r, name, len);
  p9_put32(r, flags);
  p9_put32(r, mode);
  p9_put32(r, gid);
  const err = p9_client_rpc(c, r);
  if (err === 0) {
    p9_getqid(r, f.qid);
    f.iounit = p9_get32(r);
  }
  put_req(c, r);
  return err;
}

export function p9_client_getattr(f: p9_fid, st: p9_stat_dotl): int {
  const c = f.clnt;
  const r = p9_begin(c, P9_TGETATTR);
  if (r === null) return -ENOMEM;
  p9_put32(r, f.fid);
  p9_put64(r, 0x7ff); // P9_STATS_BASIC
  const err = p9_client_rpc(c, r);
  if (err === 0) {
    p9_get64(r); // valid
    p9_getqid(r, st.qid);
    st.mode = p9_get32(r);
    st.uid = p9_get32(r);
    st.gid = p9_get32(r);
    st.nlink = p9_get64(r);
    st.rdev = p9_get64(r);
    st.size = p9_get64(r);
    st.blksize = p9_get64(r);
    st.blocks = p9_get64(r);
    st.atime_sec = p9_get64(r);
    st.atime_nsec = p9_get64(r);
    st.mtime_sec = p9_get64(r);
    st.mtime_nsec = p9_get64(r);
    st.ctime_sec = p9_get64(r);
    st.ctime_nsec = p9_get64(r);
  }
  put_req(c, r);
  return err;
}

/** The valid bits are Linux's ATTR_ bits 0 to 8. */
export function p9_client_setattr(f: p9_fid, attr: iattr): int {
  const c = f.clnt;
  const r = p9_begin(c, P9_TSETATTR);
  if (r === null) return -ENOMEM;
  p9_put32(r, f.fid);
  p9_put32(r, attr.ia_valid & 0x1ff);
  p9_put32(r, attr.ia_mode);
  p9_put32(r, attr.ia_uid);
  p9_put32(r, attr.ia_gid);
  p9_put64(r, u64(attr.ia_size));
  p9_put64(r, u64(attr.ia_atime.tv_sec));
  p9_put64(r, u64(attr.ia_atime.tv_nsec));
  p9_put64(r, u64(attr.ia_mtime.tv_sec));
  p9_put64(r, u64(attr.ia_mtime.tv_nsec));
  return p9_finish(c, r);
}

/** How many bytes one read or write of the open fid may carry. */
function io_size(f: p9_fid): u64 {
  const most: u32 = f.clnt.msize - P9_IOHDRSZ;
  return u64(f.iounit !== 0 && f.iounit < most ? f.iounit : most);
}

/** Reads into the iterator until it is full or the server gives less than it was asked for. */
export function p9_client_read(f: p9_fid, offset: s64, to: iov_iter): s64 {
  const c = f.clnt;
  let done: s64 = 0;
  while (iov_iter_count(to) !== 0) {
    let want = iov_iter_count(to);
    const most = io_size(f);
    if (want > most) want = most;
    const r = p9_begin(c, P9_TREAD);
    if (r === null) return done !== 0 ? done : -ENOMEM;
    p9_put32(r, f.fid);
    p9_put64(r, u64(offset + done));
    p9_put32(r, u32(want));
    const err = p9_client_rpc(c, r);
    let n: u64 = 0;
    let moved: u64 = 0;
    if (err === 0) {
      n = u64(p9_get32(r));
      if (n > want) n = want;
      const data = p9_getn(r, u32(n));
      if (data !== null) moved = copy_to_iter(data, n, to);
    }
    put_req(c, r);
    done += s64(moved);
    if (err !== 0) return done !== 0 ? done : s64(err);
    if (moved !== n) return done !== 0 ? done : -EFAULT;
    if (n < want) break;
  }
  return done;
}

export function p9_client_write(f: p9_fid, offset: s64, from: iov_iter): s64 {
  const c = f.clnt;
  let done: s64 = 0;
  while (iov_iter_count(from) !== 0) {
    let want = iov_iter_count(from);
    const most = io_size(f);
    if (want > most) want = most;
    const r = p9_begin(c, P9_TWRITE);
    if (r === null) return done !== 0 ? done : -ENOMEM;
    p9_put32(r, f.fid);
    p9_put64(r, u64(offset + done));
    p9_put32(r, u32(want));
    const got = copy_from_iter(add(r.tc, r.tlen), want, from);
    // What could be read from the user is written; a bad address behind it comes out as a short write.
    at<u32[]>(u64(r.tc) + r.tlen - 4)[0] = u32(got);
    r.tlen += u32(got);
    let err: int = got === 0 ? -EFAULT : p9_client_rpc(c, r);
    let n: u64 = 0;
    if (err === 0) n = u64(p9_get32(r));
    if (n > got) err = -EIO;
    put_req(c, r);
    if (err !== 0) return done !== 0 ? done : s64(err);
    done += s64(n);
    if (n < want) break;
  }
  return done;
}

/** Entries from `offset` into buf (fresh kernel memory of the caller's); the byte count. */
export function p9_client_readdir(f: p9_fid, offset: u64, buf: u8[], size: u32): int {
  const c = f.clnt;
  const r = p9_begin(c, P9_TREADDIR);
  if (r === null) return -ENOMEM;
  p9_put32(r, f.fid);
  p9_put64(r, offset);
  p9_put32(r, size);
  const err = p9_client_rpc(c, r);
  let n: u32 = 0;
  if (err === 0) {
    n = p9_get32(r);
    if (n > size) n = size;
    const data = p9_getn(r, n);
    if (data === null) n = 0;
    else memcpy(buf, data, u64(n));
  }
  put_req(c, r);
  return err !== 0 ? err : int(n);
}

/** The target in fresh memory, or ERR_PTR. */
export function p9_client_readlink(f: p9_fid): u8[] {
  const c = f.clnt;
  const r = p9_begin(c, P9_TREADLINK);
  if (r === null) return ERR_PTR(-ENOMEM) as u8[];
  p9_put32(r, f.fid);
  const err = p9_client_rpc(c, r);
  let text = ERR_PTR(s64(err)) as u8[];
  if (err === 0) {
    const n = u32(p9_get16(r));
    const data = p9_getn(r, n);
    text = data === null ? (ERR_PTR(-EIO) as u8[]) : (kstrndup(data, u64(n), GFP_KERNEL) as u8[]);
    if (text === null) text = ERR_PTR(-ENOMEM) as u8[];
  }
  put_req(c, r);
  return text;
}

export function p9_client_symlink(dir: p9_fid, name: u8[], len: u32, target: cstr, gid: u32): int {
  const r = p9_begin(dir.clnt, P9_TSYMLINK);
  if (r === null) return -ENOMEM;
  p9_put32(r, dir.fid);
  p9_putn(r, name, len);
  p9_puts(r, target);
  p9_put32(r, gid);
  return p9_finish(dir.clnt, r);
}

export function p9_client_mknod(dir: p9_fid, name: u8[], len: u32, mode: u32, major: u32, minor: u32, gid: u32): int {
  const r = p9_begin(dir.clnt, P9_TMKNOD);
  if (r === null) return -ENOMEM;
  p9_put32(r, dir.fid);
  p9_putn(r, name, len);
  p9_put32(r, mode);
  p9_put32(r, major);
  p9_put32(r, minor);
  p9_put32(r, gid);
  return p9_finish(dir.clnt, r);
}

export function p9_client_mkdir(dir: p9_fid, name: u8[], len: u32, mode: u32, gid: u32): int {
  const r = p9_begin(dir.clnt, P9_TMKDIR);
  if (r === null) return -ENOMEM;
  p9_put32(r, dir.fid);
  p9_putn(r, name, len);
  p9_put32(r, mode);
  p9_put32(r, gid);
  return p9_finish(dir.clnt, r);
}

export function p9_client_link(dir: p9_fid, old: p9_fid, name: u8[], len: u32): int {
  const r = p9_begin(dir.clnt, P9_TLINK);
  if (r === null) return -ENOMEM;
  p9_put32(r, dir.fid);
  p9_put32(r, old.fid);
  p9_putn(r, name, len);
  return p9_finish(dir.clnt, r);
}

export function p9_client_renameat(old_dir: p9_fid, old_name: u8[], old_len: u32, new_dir: p9_fid, new_name: u8[], new_len: u32): int {
  const r = p9_begin(old_dir.clnt, P9_TRENAMEAT);
  if (r === null) return -ENOMEM;
  p9_put32(r, old_dir.fid);
  p9_putn(r, old_name, old_len);
  p9_put32(r, new_dir.fid);
  p9_putn(r, new_name, new_len);
  return p9_finish(old_dir.clnt, r);
}

/** flags: AT_REMOVEDIR or 0. */
export function p9_client_unlinkat(dir: p9_fid, name: u8[], len: u32, flags: u32): int {
  const r = p9_begin(dir.clnt, P9_TUNLINKAT);
  if (r === null) return -ENOMEM;
  p9_put32(r, dir.fid);
  p9_putn(r, name, len);
  p9_put32(r, flags);
  return p9_finish(dir.clnt, r);
}

export function p9_client_fsync(f: p9_fid): int {
  const r = p9_begin(f.clnt, P9_TFSYNC);
  if (r === null) return -ENOMEM;
  p9_put32(r, f.fid);
  p9_put32(r, 0);
  return p9_finish(f.clnt, r);
}

export function p9_client_statfs(f: p9_fid, st: kstatfs): int {
  const c = f.clnt;
  const r = p9_begin(c, P9_TSTATFS);
  if (r === null) return -ENOMEM;
  p9_put32(r, f.fid);
  const err = p9_client_rpc(c, r);
  if (err === 0) {
    st.f_type = s64(p9_get32(r));
    st.f_bsize = s64(p9_get32(r));
    st.f_blocks = p9_get64(r);
    st.f_bfree = p9_get64(r);
    st.f_bavail = p9_get64(r);
    st.f_files = p9_get64(r);
    st.f_ffree = p9_get64(r);
    p9_get64(r); // fsid
    st.f_namelen = s64(p9_get32(r));
  }
  put_req(c, r);
  return err;
}

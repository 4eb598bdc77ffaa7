// The 9P2000.L client: sessions, fids, and the way of a request. A caller sleeps until the answer has come; up to POOL requests are under way.

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

const MSIZE = 65536;
const POOL = 8;

export interface p9_client extends struct<"p9_client"> {
  chan?: virtio_chan;
  msize?: u32;
  /** Guards free, made and next_fid. */
  lock?: embed<spinlock_t>;
  free?: p9_req_t;
  made?: u32;
  next_fid?: u32;
  wait_free?: embed<wait_queue_head>;
}

/** A handle on a file of the server. */
export interface p9_fid extends struct<"p9_fid"> {
  clnt?: p9_client;
  fid?: u32;
  qid?: embed<p9_qid>;
  /** Of an opened fid: how much one read or write may carry; 0: msize decides. */
  iounit?: u32;
}

export interface p9_stat_dotl extends struct<"p9_stat_dotl"> {
  qid?: embed<p9_qid>;
  mode?: u32;
  uid?: u32;
  gid?: u32;
  nlink?: u64;
  rdev?: u64;
  size?: u64;
  blksize?: u64;
  blocks?: u64;
  atime_sec?: u64;
  atime_nsec?: u64;
  mtime_sec?: u64;
  mtime_nsec?: u64;
  ctime_sec?: u64;
  ctime_nsec?: u64;
}

function new_req(c: p9_client, tag: u16): p9_req_t {
  const r = kzalloc(sizeof<p9_req_t>(), GFP_KERNEL) as p9_req_t;
  if (r === null) return null;
  r.tc = kmalloc(u64(c.msize), GFP_KERNEL) as u8[];
  r.rc = kmalloc(u64(c.msize), GFP_KERNEL) as u8[];
  r.tag = tag;
  init_waitqueue_head(r.wq);
  return r.tc === null || r.rc === null ? null : r;
}

/** A free request; sleeps while all are under way. */
function get_req(c: p9_client): p9_req_t {
  let w: embed<wait_queue_entry>;
  for (;;) {
    spin_lock(c.lock);
    const r = c.free;
    if (r !== null) {
      c.free = r.next;
      spin_unlock(c.lock);
      return r;
    }
    if (c.made < POOL) {
      const tag = u16(c.made);
      c.made += 1;
      spin_unlock(c.lock);
      return new_req(c, tag);
    }
    spin_unlock(c.lock);
    init_wait(w);
    prepare_to_wait(c.wait_free, w, TASK_UNINTERRUPTIBLE);
    if (READ_ONCE(c.free) === null) schedule();
    finish_wait(c.wait_free, w);
  }
}

export function put_req(c: p9_client, r: p9_req_t): void {
  spin_lock(c.lock);
  r.next = c.free;
  c.free = r;
  spin_unlock(c.lock);
  wake_up(c.wait_free);
}

/** Begins a message. null: no memory. */
export function p9_begin(c: p9_client, type: number): p9_req_t {
  const r = get_req(c);
  if (r === null) return null;
  r.tlen = 4;
  p9_put8(r, u8(type));
  p9_put16(r, type === P9_TVERSION ? P9_NOTAG : r.tag);
  return r;
}

/** Sends and waits. 0: the answer stands behind its header for unpacking. The request stays the caller's. */
export function p9_client_rpc(c: p9_client, r: p9_req_t): int {
  at<u32[]>(u64(r.tc))[0] = r.tlen;
  const type = r.tc[4];
  const err = p9_virtio_request(c.chan, r, c.msize);
  if (err !== 0) return err;
  let w: embed<wait_queue_entry>;
  init_wait(w);
  while (!READ_ONCE(r.done)) {
    prepare_to_wait(r.wq, w, TASK_UNINTERRUPTIBLE);
    if (!READ_ONCE(r.done)) schedule();
    finish_wait(r.wq, w);
  }
  const size = at<u32[]>(u64(r.rc))[0];
  if (size < r.rlen) r.rlen = size;
  r.roff = 7;
  if (r.rlen < 7) return -EIO;
  if (r.rc[4] === P9_RLERROR) {
    const code = p9_get32(r);
    return code === 0 || code >= 512 ? -EIO : int(-int(code));
  }
  return r.rc[4] === u8(type + 1) ? 0 : -EPROTO;
}

/** For messages whose answer has nothing in it. */
export function p9_finish(c: p9_client, r: p9_req_t): int {
  const err = p9_client_rpc(c, r);
  put_req(c, r);
  return err;
}

export function p9_client_create(tag: cstr): p9_client {
  const chan = p9_virtio_find(tag);
  if (chan === null) {
    pr_err("9pnet_virtio: no channels available for device %s\n", tag);
    return ERR_PTR(-ENOENT) as p9_client;
  }
  const c = kzalloc(sizeof<p9_client>(), GFP_KERNEL) as p9_client;
  if (c === null) return ERR_PTR(-ENOMEM) as p9_client;
  c.chan = chan;
  c.msize = MSIZE;
  init_waitqueue_head(c.wait_free);
  const r = p9_begin(c, P9_TVERSION);
  if (r === null) return ERR_PTR(-ENOMEM) as p9_client;
  p9_put32(r, MSIZE);
  p9_puts(r, "9P2000.L");
  let err = p9_client_rpc(c, r);
  if (err === 0) {
    const msize = p9_get32(r);
    const n = u32(p9_get16(r));
    const version = p9_getn(r, n);
    if (n !== 8 || memcmp(version, "9P2000.L", 8) !== 0) {
      pr_err("9pnet: server returned an unknown version\n");
      err = -EPROTO;
    }
    if (msize < 4096) err = -EPROTO;
    else if (msize < c.msize) c.msize = msize;
  }
  put_req(c, r);
  if (err !== 0) return ERR_PTR(s64(err)) as p9_client;
  return c;
}

/** The client is not used any more; its channel is free for the next mount. */
export function p9_client_destroy(c: p9_client): void {
  for (let r = c.free; r !== null; ) {
    const next = r.next;
    kfree(r.tc);
    kfree(r.rc);
    kfree(r);
    r = next;
  }
  kfree(c);
}

function new_fid(c: p9_client): p9_fid {
  const f = kzalloc(sizeof<p9_fid>(), GFP_KERNEL) as p9_fid;
  if (f === null) return null;
  f.clnt = c;
  f.fid = fetch_add(addr(c.next_fid), u32(1));
  return f;
}

export function p9_client_attach(c: p9_client, uname: cstr, aname: cstr): p9_fid {
  const f = new_fid(c);
  const r = f === null ? null : p9_begin(c, P9_TATTACH);
  if (r === null) return ERR_PTR(-ENOMEM) as p9_fid;
  p9_put32(r, f.fid);
  p9_put32(r, P9_NOFID);
  p9_puts(r, uname);
  p9_puts(r, aname);
  p9_put32(r, 0);
  const err = p9_client_rpc(c, r);
  if (err === 0) p9_getqid(r, f.qid);
  put_req(c, r);
  if (err !== 0) {
    kfree(f);
    return ERR_PTR(s64(err)) as p9_fid;
  }
  return f;
}

/** One step down to `name`, or (name null) a second fid for the same file. */
export function p9_client_walk(from: p9_fid, name: u8[], len: u32): p9_fid {
  const c = from.clnt;
  const f = new_fid(c);
  const r = f === null ? null : p9_begin(c, P9_TWALK);
  if (r === null) return ERR_PTR(-ENOMEM) as p9_fid;
  p9_put32(r, from.fid);
  p9_put32(r, f.fid);
  p9_put16(r, name === null ? 0 : 1);
  if (name !== null) p9_putn(r, name, len);
  let err = p9_client_rpc(c, r);
  if (err === 0) {
    const n = p9_get16(r);
    if (name === null) copy(f.qid, from.qid);
    else if (n === 1) p9_getqid(r, f.qid);
    else err = -ENOENT;
  }
  put_req(c, r);
  if (err !== 0) {
    kfree(f);
    return ERR_PTR(s64(err)) as p9_fid;
  }
  return f;
}

/** Ends the fid on both sides. */
export function p9_client_clunk(f: p9_fid): int {
  const r = p9_begin(f.clnt, P9_TCLUNK);
  if (r === null) return -ENOMEM;
  p9_put32(r, f.fid);
  const err = p9_finish(f.clnt, r);
  kfree(f);
  return err;
}

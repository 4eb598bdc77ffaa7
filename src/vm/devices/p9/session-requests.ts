// Requests about the session itself: version, attach, walk, clunk, and locks, which one client always gets.

import { ERRNO } from "../../../abi/errno.js";
import { FsError, isDirectory, type Link } from "./inodes.js";
import { Message, type Qid, type Reader, type Writer } from "./messages.js";
import { complete, type Handler, MAX_MSIZE, qidOf, type Session } from "./session.js";

const VERSION = "9P2000.L";
const MIN_MSIZE = 4096;
const MAX_WALK = 16;
const LOCK_SUCCESS = 0;
const LOCK_TYPE_UNLOCK = 2;

function version(s: Session, r: Reader, w: Writer): void {
  const msize = r.u32();
  const version = r.text();
  complete(r);
  if (msize < MIN_MSIZE) throw new FsError(ERRNO.EINVAL);
  s.fids.clear(); // a new session
  s.msize = Math.min(msize, MAX_MSIZE);
  w.u32(s.msize).text(version === VERSION ? VERSION : "unknown");
}

function attach(s: Session, r: Reader, w: Writer): void {
  const fid = r.u32();
  r.u32(); // afid: no authentication
  r.text(); // uname
  r.text(); // aname: there is one tree
  r.u32(); // n_uname
  complete(r);
  s.fids.add(fid, s.inodes.root);
  w.qid(qidOf(s, s.inodes.root.node));
}

function walk(s: Session, r: Reader, w: Writer): void {
  const from = s.fids.open(r.u32());
  const newFid = r.u32();
  const count = r.u16();
  const names: string[] = [];
  for (let i = 0; i < count && !r.bad; i++) names.push(r.text());
  complete(r);
  if (count > MAX_WALK) throw new FsError(ERRNO.EINVAL);
  const qids: Qid[] = [];
  let link = from.link;
  for (const name of names) {
    let next: Link | undefined;
    if (isDirectory(link.node)) next = s.inodes.child(link, name);
    else if (qids.length === 0) throw new FsError(ERRNO.ENOTDIR);
    if (!next) {
      // Only the first missing name is an error; a later one shortens the answer and makes no fid.
      if (qids.length === 0) throw new FsError(ERRNO.ENOENT);
      break;
    }
    link = next;
    qids.push(qidOf(s, link.node));
  }
  if (qids.length === names.length) {
    if (s.fids.get(newFid) === from) {
      if (from.open !== undefined) throw new FsError(ERRNO.EINVAL);
      s.fids.delete(newFid);
    }
    if (names.length === 0 && link.node !== from.node) throw new FsError(ERRNO.EBADF);
    s.fids.add(newFid, link);
  }
  w.u16(qids.length);
  for (const qid of qids) w.qid(qid);
}

function clunk(s: Session, r: Reader): void {
  const number = r.u32();
  s.fids.open(number);
  complete(r);
  s.fids.delete(number);
}

/** Locks always succeed: there is one client. */
function lock(s: Session, r: Reader, w: Writer): void {
  s.fids.open(r.u32());
  complete(r);
  w.u8(LOCK_SUCCESS);
}

function getlock(s: Session, r: Reader, w: Writer): void {
  s.fids.open(r.u32());
  r.u8();
  const start = r.u64();
  const length = r.u64();
  const process = r.u32();
  const client = r.text();
  complete(r);
  w.u8(LOCK_TYPE_UNLOCK).u64(start).u64(length).u32(process).text(client);
}

export const SESSION_REQUESTS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [Message.Tflush, (_, r) => void r.u16()],
  [Message.Tversion, version],
  [Message.Tattach, attach],
  [Message.Twalk, walk],
  [Message.Tclunk, clunk],
  [Message.Tlock, lock],
  [Message.Tgetlock, getlock],
]);

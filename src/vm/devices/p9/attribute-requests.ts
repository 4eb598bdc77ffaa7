// Requests about attributes of files and of the file system.

import { ERRNO } from "../../../abi/errno.js";
import {
  type Attributes,
  BLOCK_SIZE,
  blocksOf,
  FsError,
  isDirectory,
  isRegular,
  isSymlink,
  VOLUME_BLOCKS,
  VOLUME_INODES,
} from "./inodes.js";
import { encodedLength, Message, type Reader, type Writer } from "./messages.js";
import { complete, type Handler, qidOf, type Session } from "./session.js";

const V9FS_MAGIC = 0x01021997;
const GETATTR_BASIC = 0x7ffn;
const SETATTR_MODE = 0x1;
const SETATTR_UID = 0x2;
const SETATTR_GID = 0x4;
const SETATTR_SIZE = 0x8;
const SETATTR_ATIME = 0x10;
const SETATTR_MTIME = 0x20;
const SETATTR_ATIME_SET = 0x80;
const SETATTR_MTIME_SET = 0x100;
const NS = 1_000_000_000n;

/** Seconds, before 1970 too, and nanoseconds; what signed nanoseconds of 64 bits cannot hold is the nearest that they can. */
function readTime(r: Reader): bigint {
  const time = BigInt.asIntN(64, r.u64()) * NS + r.u64();
  const nearest = BigInt.asIntN(64, time);
  return nearest === time ? time : time < 0n ? -(2n ** 63n) : 2n ** 63n - 1n;
}

function getattr(s: Session, r: Reader, w: Writer): void {
  const { node } = s.fids.open(r.u32());
  r.u64(); // request mask: all basic fields are always given
  complete(r);
  const a: Attributes = s.inodes.of(node);
  const size = isDirectory(node) ? BLOCK_SIZE : isSymlink(node) ? encodedLength(node.symlink ?? "") : isRegular(node) ? node.getSize() : 0;
  w.u64(GETATTR_BASIC).qid(qidOf(s, node)).u32(node.mode).u32(a.uid).u32(a.gid).u64(s.inodes.linkCount(node));
  w.u64(node.rdev).u64(size).u64(BLOCK_SIZE);
  w.u64(isRegular(node) ? blocksOf(size) * (BLOCK_SIZE / 512) : 0);
  for (const time of [a.atime, a.mtime, a.ctime]) {
    const part = ((time % NS) + NS) % NS;
    w.u64(BigInt.asUintN(64, (time - part) / NS)).u64(part);
  }
  w.u64(0).u64(0).u64(0).u64(a.version); // btime, gen: not kept
}

function setattr(s: Session, r: Reader): void {
  const { node } = s.fids.open(r.u32());
  const [valid, mode, uid, gid] = [r.u32(), r.u32(), r.u32(), r.u32()];
  const size = r.u64();
  const atime = readTime(r);
  const mtime = readTime(r);
  complete(r);
  const attributes = s.inodes.of(node);
  if (valid & SETATTR_SIZE) {
    if (isDirectory(node)) throw new FsError(ERRNO.EISDIR);
    if (!isRegular(node)) throw new FsError(ERRNO.EINVAL);
    s.inodes.truncate(node, size);
  }
  if (valid & SETATTR_MODE) node.mode = (node.mode & ~0o7777) | (mode & 0o7777);
  if (valid & SETATTR_UID) attributes.uid = uid;
  if (valid & SETATTR_GID) attributes.gid = gid;
  const now = s.now();
  if (valid & SETATTR_ATIME) attributes.atime = valid & SETATTR_ATIME_SET ? atime : now;
  if (valid & SETATTR_MTIME) attributes.mtime = valid & SETATTR_MTIME_SET ? mtime : now;
  attributes.ctime = now;
}

function statfs(s: Session, r: Reader, w: Writer): void {
  s.fids.open(r.u32());
  complete(r);
  const used = s.inodes.usage();
  const free = Math.max(VOLUME_BLOCKS - used.blocks, 0);
  w.u32(V9FS_MAGIC).u32(BLOCK_SIZE).u64(VOLUME_BLOCKS).u64(free).u64(free);
  w.u64(VOLUME_INODES).u64(Math.max(VOLUME_INODES - used.inodes, 0));
  w.u64(1).u32(255); // fsid: there is one volume; longest name
}

function xattrwalk(s: Session, r: Reader): void {
  s.fids.open(r.u32());
  r.u32();
  const name = r.text();
  complete(r);
  // An empty name lists all attributes: there is no such list here.
  throw new FsError(name === "" ? ERRNO.EOPNOTSUPP : ERRNO.ENODATA);
}

export const ATTRIBUTE_REQUESTS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [Message.Tgetattr, getattr],
  [Message.Tsetattr, setattr],
  [Message.Tstatfs, statfs],
  [Message.Txattrwalk, xattrwalk],
]);

// Requests that open files and directories, read and write them.

import { ERRNO } from "../../../abi/errno.js";
import { FsError, isDirectory, isRegular, isSymlink, S_IFREG } from "./inodes.js";
import { encodedLength, IO_HEADER_SIZE, Message, QID_SIZE, type Reader, type Writer } from "./messages.js";
import { complete, type Handler, qidOf, type Session } from "./session.js";

const O_ACCMODE = 3;
const O_WRONLY = 1;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_DIRECTORY = 0o200000;

function lopen(s: Session, r: Reader, w: Writer): void {
  const fid = s.fids.open(r.u32());
  const flags = r.u32();
  complete(r);
  if (fid.open !== undefined) throw new FsError(ERRNO.EINVAL);
  if (isSymlink(fid.node)) throw new FsError(ERRNO.ELOOP);
  if (flags & O_DIRECTORY && !isDirectory(fid.node)) throw new FsError(ERRNO.ENOTDIR);
  if (isDirectory(fid.node) && (flags & O_ACCMODE) !== 0) throw new FsError(ERRNO.EISDIR);
  if (flags & O_TRUNC && isRegular(fid.node)) s.inodes.truncate(fid.node, 0n);
  fid.open = flags;
  w.qid(qidOf(s, fid.node)).u32(s.msize - IO_HEADER_SIZE);
}

function lcreate(s: Session, r: Reader, w: Writer): void {
  const number = r.u32();
  const directory = s.fids.open(number);
  const name = r.text();
  const flags = r.u32();
  const mode = r.u32();
  const gid = r.u32();
  complete(r);
  if (directory.open !== undefined) throw new FsError(ERRNO.EINVAL);
  const link = s.inodes.create(directory.link, name, S_IFREG | (mode & 0o7777), gid);
  // The fid turns from the directory into the new, open file.
  s.fids.set(number, { link, node: link.node, open: flags });
  w.qid(qidOf(s, link.node)).u32(s.msize - IO_HEADER_SIZE);
}

function read(s: Session, r: Reader, w: Writer): void {
  const fid = s.fids.open(r.u32());
  const offset = r.u64();
  const count = r.u32();
  complete(r);
  if (fid.open === undefined || (fid.open & O_ACCMODE) === O_WRONLY) throw new FsError(ERRNO.EBADF);
  if (isDirectory(fid.node)) throw new FsError(ERRNO.EISDIR);
  const bytes = s.inodes.read(fid.node, offset, Math.min(count, s.msize - IO_HEADER_SIZE));
  w.u32(bytes.length).raw(bytes);
}

function write(s: Session, r: Reader, w: Writer): void {
  const fid = s.fids.open(r.u32());
  const offset = r.u64();
  const count = r.u32();
  const data = r.data(count);
  complete(r);
  if (fid.open === undefined || (fid.open & O_ACCMODE) === 0) throw new FsError(ERRNO.EBADF);
  if (isDirectory(fid.node)) throw new FsError(ERRNO.EISDIR);
  s.inodes.write(fid.node, fid.open & O_APPEND ? BigInt(fid.node.getSize()) : offset, data);
  w.u32(data.length);
}

function readdir(s: Session, r: Reader, w: Writer): void {
  const fid = s.fids.open(r.u32());
  const offset = r.u64();
  const count = Math.min(r.u32(), s.msize - IO_HEADER_SIZE);
  complete(r);
  if (fid.open === undefined) throw new FsError(ERRNO.EBADF);
  if (!isDirectory(fid.node)) throw new FsError(ERRNO.ENOTDIR);
  const at = w.length;
  w.u32(0);
  const start = w.length;
  const smallest = QID_SIZE + 8 + 1 + 2 + 1;
  const limit = Math.floor(count / smallest);
  const after = offset > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(offset);
  for (const entry of s.inodes.entries(fid.link, after, limit)) {
    if (w.length - start + smallest - 1 + encodedLength(entry.name) > count) break;
    const { node } = entry.link;
    w.qid(qidOf(s, node))
      .u64(entry.offset)
      .u8((node.mode >> 12) & 0xf)
      .text(entry.name);
  }
  w.patchU32(at, w.length - start);
}

export const FILE_REQUESTS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [Message.Tfsync, (s, r) => void s.fids.open(r.u32())],
  [Message.Tlopen, lopen],
  [Message.Tlcreate, lcreate],
  [Message.Tread, read],
  [Message.Twrite, write],
  [Message.Treaddir, readdir],
]);

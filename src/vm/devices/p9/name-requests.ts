// Requests that make, read, move and remove names.

import { ERRNO } from "../../../abi/errno.js";
import { FsError, isDirectory, isSymlink, S_IFDIR, S_IFREG } from "./inodes.js";
import { Message, type Reader, type Writer } from "./messages.js";
import { complete, folderOf, type Handler, qidOf, type Session } from "./session.js";

const AT_REMOVEDIR = 0x200;

function mkdir(s: Session, r: Reader, w: Writer): void {
  const directory = s.fids.open(r.u32());
  const name = r.text();
  const mode = r.u32();
  const gid = r.u32();
  complete(r);
  w.qid(qidOf(s, s.inodes.create(directory.link, name, S_IFDIR | (mode & 0o7777), gid).node));
}

function mknod(s: Session, r: Reader, w: Writer): void {
  const directory = s.fids.open(r.u32());
  const name = r.text();
  const [mode, major, minor, gid] = [r.u32(), r.u32(), r.u32(), r.u32()];
  complete(r);
  const kind = mode & 0o170000;
  if (kind === S_IFDIR) throw new FsError(ERRNO.EINVAL);
  const link = s.inodes.create(directory.link, name, kind === 0 ? S_IFREG | mode : mode & 0o177777, gid);
  // Linux's device number: major in bits 8 to 19, minor in bits 0 to 7 and 20 to 31.
  link.node.rdev = ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12)) >>> 0;
  w.qid(qidOf(s, link.node));
}

function symlink(s: Session, r: Reader, w: Writer): void {
  const directory = s.fids.open(r.u32());
  const name = r.text();
  const target = r.text();
  const gid = r.u32();
  complete(r);
  if (target === "") throw new FsError(ERRNO.ENOENT);
  w.qid(qidOf(s, s.inodes.symlink(directory.link, name, target, gid).node));
}

function readlink(s: Session, r: Reader, w: Writer): void {
  const { node } = s.fids.open(r.u32());
  complete(r);
  if (!isSymlink(node)) throw new FsError(ERRNO.EINVAL);
  w.text(node.symlink ?? "");
}

function link(s: Session, r: Reader): void {
  const directory = s.fids.open(r.u32());
  const existing = s.fids.open(r.u32());
  const name = r.text();
  complete(r);
  s.inodes.link(directory.link, name, existing.link);
}

function unlinkat(s: Session, r: Reader): void {
  const directory = s.fids.open(r.u32());
  const name = r.text();
  const flags = r.u32();
  complete(r);
  s.inodes.remove(directory.link, name, (flags & AT_REMOVEDIR) !== 0);
}

function renameat(s: Session, r: Reader): void {
  const from = s.fids.open(r.u32());
  const oldName = r.text();
  const to = s.fids.open(r.u32());
  const newName = r.text();
  complete(r);
  s.inodes.rename(from.link, oldName, to.link, newName);
}

function rename(s: Session, r: Reader): void {
  const fid = s.fids.open(r.u32());
  const to = s.fids.open(r.u32());
  const name = r.text();
  complete(r);
  s.inodes.rename(folderOf(fid), fid.link.getName(), to.link, name);
}

function remove(s: Session, r: Reader): void {
  const number = r.u32();
  const fid = s.fids.open(number);
  complete(r);
  s.fids.delete(number); // clunked even where the removal fails
  s.inodes.remove(folderOf(fid), fid.link.getName(), isDirectory(fid.node));
}

export const NAME_REQUESTS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [Message.Tmkdir, mkdir],
  [Message.Tmknod, mknod],
  [Message.Tsymlink, symlink],
  [Message.Treadlink, readlink],
  [Message.Tlink, link],
  [Message.Tunlinkat, unlinkat],
  [Message.Trenameat, renameat],
  [Message.Trename, rename],
  [Message.Tremove, remove],
]);

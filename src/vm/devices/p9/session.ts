// A 9P session: the client's handles of files, the message size, and what every handler of a request begins with.

import { ERRNO } from "../../../abi/errno.js";
import { FsError, type Inodes, isDirectory, isSymlink, type Link, type Node, parentOf } from "./inodes.js";
import type { Qid, Reader, Writer } from "./messages.js";

export const MAX_MSIZE = 512 * 1024;
/** A client that never clunks is cut off here. */
const MAX_FIDS = 65536;
const QT_DIR = 0x80;
const QT_SYMLINK = 0x02;

/** A client's handle of a file: the name it came by, and how it was opened. */
export interface Fid {
  link: Link;
  readonly node: Node;
  /** Open flags; undefined: not open. */
  open: number | undefined;
}

export class Fids {
  private readonly table = new Map<number, Fid>();

  open(number: number): Fid {
    const fid = this.table.get(number);
    if (!fid) throw new FsError(ERRNO.EBADF);
    return fid;
  }

  get(number: number): Fid | undefined {
    return this.table.get(number);
  }

  add(number: number, link: Link): void {
    if (this.table.has(number)) throw new FsError(ERRNO.EINVAL);
    if (this.table.size >= MAX_FIDS) throw new FsError(ERRNO.ENFILE);
    this.table.set(number, { link, node: link.node, open: undefined });
  }

  set(number: number, fid: Fid): void {
    this.table.set(number, fid);
  }

  delete(number: number): void {
    this.table.delete(number);
  }

  clear(): void {
    this.table.clear();
  }

  entries(): [number, Fid][] {
    return [...this.table];
  }
}

export interface Session {
  readonly inodes: Inodes;
  readonly fids: Fids;
  /** Wall clock in ns since 1970. */
  readonly now: () => bigint;
  msize: number;
}

/** Serves one kind of request. It reads its whole message first and calls `complete`, so that a short message changes nothing. */
export type Handler = (session: Session, reader: Reader, writer: Writer) => void;

export function complete(reader: Reader): void {
  if (reader.bad) throw new FsError(ERRNO.EINVAL);
}

/** A fid may outlive its name, and another file may have taken that name since. */
export function folderOf({ link }: Fid): Link {
  const folder = parentOf(link);
  if (!folder) throw new FsError(ERRNO.EBUSY); // the root
  if (folder.children.get(link.getName()) !== link) throw new FsError(ERRNO.ENOENT);
  return folder;
}

export function qidOf(session: Session, node: Node): Qid {
  const { ino, version } = session.inodes.of(node);
  return { type: isDirectory(node) ? QT_DIR : isSymlink(node) ? QT_SYMLINK : 0, version, path: BigInt(ino) };
}

// A 9P2000.L server over the root volume: requests in, replies out, one at a time. Errors are Rlerror with Linux error numbers;
// nothing that a client sends makes it throw.

import { ERRNO } from "../../../abi/errno.js";
import {
  type Attributes,
  BLOCK_SIZE,
  FsError,
  type Inodes,
  isDirectory,
  isRegular,
  isSymlink,
  type Link,
  type Node,
  parentOf,
  S_IFDIR,
  S_IFREG,
  VOLUME_BLOCKS,
} from "./inodes.js";
import { encodedLength, HEADER_SIZE, IO_HEADER_SIZE, Message, QID_SIZE, type Qid, Reader, Writer } from "./messages.js";
import { restoreVolume, saveVolume, type VolumeState } from "./volume-state.js";

const VERSION = "9P2000.L";
export const MAX_MSIZE = 512 * 1024;
const MIN_MSIZE = 4096;
const MAX_WALK = 16;
/** A client that never clunks is cut off here. */
const MAX_FIDS = 65536;

const QT_DIR = 0x80;
const QT_SYMLINK = 0x02;
const V9FS_MAGIC = 0x01021997;

const O_ACCMODE = 3;
const O_WRONLY = 1;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_DIRECTORY = 0o200000;
const AT_REMOVEDIR = 0x200;
const GETATTR_BASIC = 0x7ffn;
const LOCK_SUCCESS = 0;
const LOCK_TYPE_UNLOCK = 2;

const SETATTR_MODE = 0x1;
const SETATTR_UID = 0x2;
const SETATTR_GID = 0x4;
const SETATTR_SIZE = 0x8;
const SETATTR_ATIME = 0x10;
const SETATTR_MTIME = 0x20;
const SETATTR_ATIME_SET = 0x80;
const SETATTR_MTIME_SET = 0x100;

const NS = 1_000_000_000n;

/** A client's handle of a file: the name it came by, and how it was opened. */
interface Fid {
  link: Link;
  readonly node: Node;
  /** Open flags; undefined: not open. */
  open: number | undefined;
}

export interface P9State {
  readonly msize: number;
  readonly volume: VolumeState;
  readonly fids: readonly { number: number; link: number; open: number | undefined }[];
}

type Handler = (reader: Reader, writer: Writer) => void;

export class P9Server {
  private readonly fids = new Map<number, Fid>();
  private msize = MAX_MSIZE;
  private readonly handlers: ReadonlyMap<number, Handler>;

  /** @param now wall clock in ns since 1970. @param problem told about what should never happen. */
  constructor(
    private readonly inodes: Inodes,
    private readonly now: () => bigint,
    private readonly problem: (text: string) => void,
  ) {
    this.handlers = new Map<number, Handler>([
      [Message.Tversion, (r, w) => this.version(r, w)],
      [Message.Tattach, (r, w) => this.attach(r, w)],
      [Message.Twalk, (r, w) => this.walk(r, w)],
      [Message.Tlopen, (r, w) => this.lopen(r, w)],
      [Message.Tlcreate, (r, w) => this.lcreate(r, w)],
      [Message.Tread, (r, w) => this.read(r, w)],
      [Message.Twrite, (r, w) => this.write(r, w)],
      [Message.Treaddir, (r, w) => this.readdir(r, w)],
      [Message.Tgetattr, (r, w) => this.getattr(r, w)],
      [Message.Tsetattr, (r) => this.setattr(r)],
      [Message.Tmkdir, (r, w) => this.mkdir(r, w)],
      [Message.Tmknod, (r, w) => this.mknod(r, w)],
      [Message.Tsymlink, (r, w) => this.symlink(r, w)],
      [Message.Treadlink, (r, w) => this.readlink(r, w)],
      [Message.Tlink, (r) => this.link(r)],
      [Message.Tunlinkat, (r) => this.unlinkat(r)],
      [Message.Trenameat, (r) => this.renameat(r)],
      [Message.Trename, (r) => this.rename(r)],
      [Message.Tremove, (r) => this.remove(r)],
      [Message.Tclunk, (r) => this.clunk(r)],
      [Message.Tfsync, (r) => void this.fid(r.u32())],
      [Message.Tstatfs, (r, w) => this.statfs(r, w)],
      [Message.Tflush, (r) => void r.u16()],
      [Message.Tlock, (r, w) => this.lock(r, w)],
      [Message.Tgetlock, (r, w) => this.getlock(r, w)],
      [Message.Txattrwalk, (r) => this.xattrwalk(r)],
    ]);
  }

  save(): P9State {
    const { state, numberOf } = saveVolume(
      this.inodes,
      [...this.fids.values()].map(({ link }) => link),
    );
    const fids = [...this.fids].map(([number, { link, open }]) => ({ number, link: numberOf(link), open }));
    return { msize: this.msize, volume: state, fids };
  }

  /** Into a server of an empty volume. */
  restore({ msize, volume, fids }: P9State): void {
    const links = restoreVolume(this.inodes, volume);
    this.msize = msize;
    for (const { number, link, open } of fids) this.fids.set(number, { link: links[link], node: links[link].node, open });
  }

  reset(): void {
    this.fids.clear();
    this.msize = MAX_MSIZE;
  }

  /** One request, one reply. A message without a whole header gets none (an empty answer). */
  serve(request: Uint8Array, capacity: number): Uint8Array {
    if (request.length < HEADER_SIZE) return new Uint8Array(0);
    const header = new Reader(request);
    const size = header.u32();
    const type = header.u8();
    const tag = header.u16();
    if (size < HEADER_SIZE || size > request.length) return this.error(tag, ERRNO.EINVAL);
    const reply = this.dispatch(type, tag, new Reader(request.subarray(HEADER_SIZE, size)));
    return reply.length > capacity ? this.error(tag, ERRNO.EMSGSIZE) : reply;
  }

  private dispatch(type: number, tag: number, reader: Reader): Uint8Array {
    const handler = this.handlers.get(type);
    if (!handler) return this.error(tag, ERRNO.EOPNOTSUPP);
    const writer = new Writer();
    try {
      handler(reader, writer);
    } catch (error) {
      if (error instanceof FsError) return this.error(tag, reader.bad ? ERRNO.EINVAL : error.errno);
      this.problem(`9p: message ${type} failed on the host: ${String(error)}`);
      return this.error(tag, ERRNO.EIO);
    }
    return writer.finish(type + 1, tag);
  }

  private error(tag: number, errno: number): Uint8Array {
    return new Writer(16).u32(errno).finish(Message.Rlerror, tag);
  }

  // A handler reads its whole message first and calls `complete`, so that a short message changes nothing.

  private complete(reader: Reader): void {
    if (reader.bad) throw new FsError(ERRNO.EINVAL);
  }

  private fid(number: number): Fid {
    const fid = this.fids.get(number);
    if (!fid) throw new FsError(ERRNO.EBADF);
    return fid;
  }

  /** A fid may outlive its name, and another file may have taken that name since. */
  private folderOf({ link }: Fid): Link {
    const folder = parentOf(link);
    if (!folder) throw new FsError(ERRNO.EBUSY); // the root
    if (folder.children.get(link.getName()) !== link) throw new FsError(ERRNO.ENOENT);
    return folder;
  }

  private newFid(number: number, link: Link): void {
    if (this.fids.has(number)) throw new FsError(ERRNO.EINVAL);
    if (this.fids.size >= MAX_FIDS) throw new FsError(ERRNO.ENFILE);
    this.fids.set(number, { link, node: link.node, open: undefined });
  }

  private qid(node: Node): Qid {
    const { ino, version } = this.inodes.of(node);
    return { type: isDirectory(node) ? QT_DIR : isSymlink(node) ? QT_SYMLINK : 0, version, path: BigInt(ino) };
  }

  private version(r: Reader, w: Writer): void {
    const msize = r.u32();
    const version = r.text();
    this.complete(r);
    if (msize < MIN_MSIZE) throw new FsError(ERRNO.EINVAL);
    this.fids.clear(); // a new session
    this.msize = Math.min(msize, MAX_MSIZE);
    w.u32(this.msize).text(version === VERSION ? VERSION : "unknown");
  }

  private attach(r: Reader, w: Writer): void {
    const fid = r.u32();
    r.u32(); // afid: no authentication
    r.text(); // uname
    r.text(); // aname: there is one tree
    r.u32(); // n_uname
    this.complete(r);
    this.newFid(fid, this.inodes.root);
    w.qid(this.qid(this.inodes.root.node));
  }

  private walk(r: Reader, w: Writer): void {
    const from = this.fid(r.u32());
    const newFid = r.u32();
    const count = r.u16();
    const names: string[] = [];
    for (let i = 0; i < count && !r.bad; i++) names.push(r.text());
    this.complete(r);
    if (count > MAX_WALK) throw new FsError(ERRNO.EINVAL);
    const qids: Qid[] = [];
    let link = from.link;
    for (const name of names) {
      let next: Link | undefined;
      if (isDirectory(link.node)) next = this.inodes.child(link, name);
      else if (qids.length === 0) throw new FsError(ERRNO.ENOTDIR);
      if (!next) {
        // Only the first missing name is an error; a later one shortens the answer and makes no fid.
        if (qids.length === 0) throw new FsError(ERRNO.ENOENT);
        break;
      }
      link = next;
      qids.push(this.qid(link.node));
    }
    if (qids.length === names.length) {
      if (this.fids.get(newFid) === from) {
        if (from.open !== undefined) throw new FsError(ERRNO.EINVAL);
        this.fids.delete(newFid);
      }
      if (names.length === 0 && link.node !== from.node) throw new FsError(ERRNO.EBADF);
      this.newFid(newFid, link);
    }
    w.u16(qids.length);
    for (const qid of qids) w.qid(qid);
  }

  private lopen(r: Reader, w: Writer): void {
    const fid = this.fid(r.u32());
    const flags = r.u32();
    this.complete(r);
    if (fid.open !== undefined) throw new FsError(ERRNO.EINVAL);
    if (isSymlink(fid.node)) throw new FsError(ERRNO.ELOOP);
    if (flags & O_DIRECTORY && !isDirectory(fid.node)) throw new FsError(ERRNO.ENOTDIR);
    if (isDirectory(fid.node) && (flags & O_ACCMODE) !== 0) throw new FsError(ERRNO.EISDIR);
    if (flags & O_TRUNC && isRegular(fid.node)) this.inodes.truncate(fid.node, 0n);
    fid.open = flags;
    w.qid(this.qid(fid.node)).u32(this.msize - IO_HEADER_SIZE);
  }

  private lcreate(r: Reader, w: Writer): void {
    const number = r.u32();
    const directory = this.fid(number);
    const name = r.text();
    const flags = r.u32();
    const mode = r.u32();
    const gid = r.u32();
    this.complete(r);
    if (directory.open !== undefined) throw new FsError(ERRNO.EINVAL);
    const link = this.inodes.create(directory.link, name, S_IFREG | (mode & 0o7777), gid);
    // The fid turns from the directory into the new, open file.
    this.fids.set(number, { link, node: link.node, open: flags });
    w.qid(this.qid(link.node)).u32(this.msize - IO_HEADER_SIZE);
  }

  private read(r: Reader, w: Writer): void {
    const fid = this.fid(r.u32());
    const offset = r.u64();
    const count = r.u32();
    this.complete(r);
    if (fid.open === undefined || (fid.open & O_ACCMODE) === O_WRONLY) throw new FsError(ERRNO.EBADF);
    if (isDirectory(fid.node)) throw new FsError(ERRNO.EISDIR);
    const bytes = this.inodes.read(fid.node, offset, Math.min(count, this.msize - IO_HEADER_SIZE));
    w.u32(bytes.length).raw(bytes);
  }

  private write(r: Reader, w: Writer): void {
    const fid = this.fid(r.u32());
    const offset = r.u64();
    const count = r.u32();
    const data = r.data(count);
    this.complete(r);
    if (fid.open === undefined || (fid.open & O_ACCMODE) === 0) throw new FsError(ERRNO.EBADF);
    if (isDirectory(fid.node)) throw new FsError(ERRNO.EISDIR);
    this.inodes.write(fid.node, fid.open & O_APPEND ? BigInt(fid.node.getSize()) : offset, data);
    w.u32(data.length);
  }

  private readdir(r: Reader, w: Writer): void {
    const fid = this.fid(r.u32());
    const offset = r.u64();
    const count = Math.min(r.u32(), this.msize - IO_HEADER_SIZE);
    this.complete(r);
    if (fid.open === undefined) throw new FsError(ERRNO.EBADF);
    if (!isDirectory(fid.node)) throw new FsError(ERRNO.ENOTDIR);
    const at = w.length;
    w.u32(0);
    const start = w.length;
    const smallest = QID_SIZE + 8 + 1 + 2 + 1;
    const limit = Math.floor(count / smallest);
    const after = offset > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(offset);
    for (const entry of this.inodes.entries(fid.link, after, limit)) {
      if (w.length - start + smallest - 1 + encodedLength(entry.name) > count) break;
      const { node } = entry.link;
      w.qid(this.qid(node))
        .u64(entry.offset)
        .u8((node.mode >> 12) & 0xf)
        .text(entry.name);
    }
    w.patchU32(at, w.length - start);
  }

  private getattr(r: Reader, w: Writer): void {
    const { node } = this.fid(r.u32());
    r.u64(); // request mask: all basic fields are always given
    this.complete(r);
    const a: Attributes = this.inodes.of(node);
    const size = isDirectory(node)
      ? BLOCK_SIZE
      : isSymlink(node)
        ? encodedLength(node.symlink ?? "")
        : isRegular(node)
          ? node.getSize()
          : 0;
    w.u64(GETATTR_BASIC).qid(this.qid(node)).u32(node.mode).u32(a.uid).u32(a.gid).u64(this.inodes.linkCount(node));
    w.u64(node.rdev).u64(size).u64(BLOCK_SIZE);
    w.u64(isRegular(node) ? Math.ceil(size / BLOCK_SIZE) * (BLOCK_SIZE / 512) : 0);
    for (const time of [a.atime, a.mtime, a.ctime]) w.u64(time / NS).u64(time % NS);
    w.u64(0).u64(0).u64(0).u64(a.version); // btime, gen: not kept
  }

  private setattr(r: Reader): void {
    const { node } = this.fid(r.u32());
    const [valid, mode, uid, gid] = [r.u32(), r.u32(), r.u32(), r.u32()];
    const size = r.u64();
    const atime = (r.u64() * NS + r.u64()) & 0x7fffffffffffffffn;
    const mtime = (r.u64() * NS + r.u64()) & 0x7fffffffffffffffn;
    this.complete(r);
    const attributes = this.inodes.of(node);
    if (valid & SETATTR_SIZE) {
      if (isDirectory(node)) throw new FsError(ERRNO.EISDIR);
      if (!isRegular(node)) throw new FsError(ERRNO.EINVAL);
      this.inodes.truncate(node, size);
    }
    if (valid & SETATTR_MODE) node.mode = (node.mode & ~0o7777) | (mode & 0o7777);
    if (valid & SETATTR_UID) attributes.uid = uid;
    if (valid & SETATTR_GID) attributes.gid = gid;
    const now = this.now();
    if (valid & SETATTR_ATIME) attributes.atime = valid & SETATTR_ATIME_SET ? atime : now;
    if (valid & SETATTR_MTIME) attributes.mtime = valid & SETATTR_MTIME_SET ? mtime : now;
    attributes.ctime = now;
  }

  private mkdir(r: Reader, w: Writer): void {
    const directory = this.fid(r.u32());
    const name = r.text();
    const mode = r.u32();
    const gid = r.u32();
    this.complete(r);
    w.qid(this.qid(this.inodes.create(directory.link, name, S_IFDIR | (mode & 0o7777), gid).node));
  }

  private mknod(r: Reader, w: Writer): void {
    const directory = this.fid(r.u32());
    const name = r.text();
    const [mode, major, minor, gid] = [r.u32(), r.u32(), r.u32(), r.u32()];
    this.complete(r);
    const kind = mode & 0o170000;
    if (kind === S_IFDIR) throw new FsError(ERRNO.EINVAL);
    const link = this.inodes.create(directory.link, name, kind === 0 ? S_IFREG | mode : mode & 0o177777, gid);
    // Linux's device number: major in bits 8 to 19, minor in bits 0 to 7 and 20 to 31.
    link.node.rdev = ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12)) >>> 0;
    w.qid(this.qid(link.node));
  }

  private symlink(r: Reader, w: Writer): void {
    const directory = this.fid(r.u32());
    const name = r.text();
    const target = r.text();
    const gid = r.u32();
    this.complete(r);
    if (target === "") throw new FsError(ERRNO.ENOENT);
    w.qid(this.qid(this.inodes.symlink(directory.link, name, target, gid).node));
  }

  private readlink(r: Reader, w: Writer): void {
    const { node } = this.fid(r.u32());
    this.complete(r);
    if (!isSymlink(node)) throw new FsError(ERRNO.EINVAL);
    w.text(node.symlink ?? "");
  }

  private link(r: Reader): void {
    const directory = this.fid(r.u32());
    const existing = this.fid(r.u32());
    const name = r.text();
    this.complete(r);
    this.inodes.link(directory.link, name, existing.link);
  }

  private unlinkat(r: Reader): void {
    const directory = this.fid(r.u32());
    const name = r.text();
    const flags = r.u32();
    this.complete(r);
    this.inodes.remove(directory.link, name, (flags & AT_REMOVEDIR) !== 0);
  }

  private renameat(r: Reader): void {
    const from = this.fid(r.u32());
    const oldName = r.text();
    const to = this.fid(r.u32());
    const newName = r.text();
    this.complete(r);
    this.inodes.rename(from.link, oldName, to.link, newName);
  }

  private rename(r: Reader): void {
    const fid = this.fid(r.u32());
    const to = this.fid(r.u32());
    const name = r.text();
    this.complete(r);
    this.inodes.rename(this.folderOf(fid), fid.link.getName(), to.link, name);
  }

  private remove(r: Reader): void {
    const number = r.u32();
    const fid = this.fid(number);
    this.complete(r);
    this.fids.delete(number); // clunked even where the removal fails
    this.inodes.remove(this.folderOf(fid), fid.link.getName(), isDirectory(fid.node));
  }

  private clunk(r: Reader): void {
    const number = r.u32();
    this.fid(number);
    this.complete(r);
    this.fids.delete(number);
  }

  private statfs(r: Reader, w: Writer): void {
    this.fid(r.u32());
    this.complete(r);
    w.u32(V9FS_MAGIC).u32(BLOCK_SIZE).u64(VOLUME_BLOCKS).u64(VOLUME_BLOCKS).u64(VOLUME_BLOCKS);
    w.u64(1 << 20)
      .u64(1 << 20)
      .u64(1)
      .u32(255);
  }

  /** Locks always succeed: there is one client. */
  private lock(r: Reader, w: Writer): void {
    this.fid(r.u32());
    this.complete(r);
    w.u8(LOCK_SUCCESS);
  }

  private getlock(r: Reader, w: Writer): void {
    this.fid(r.u32());
    r.u8();
    const start = r.u64();
    const length = r.u64();
    const process = r.u32();
    const client = r.text();
    this.complete(r);
    w.u8(LOCK_TYPE_UNLOCK).u64(start).u64(length).u32(process).text(client);
  }

  private xattrwalk(r: Reader): void {
    this.fid(r.u32());
    r.u32();
    const name = r.text();
    this.complete(r);
    // An empty name lists all attributes: there is no such list here.
    throw new FsError(name === "" ? ERRNO.EOPNOTSUPP : ERRNO.ENODATA);
  }
}

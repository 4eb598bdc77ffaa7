// The memfs volume seen as inodes. memfs keeps names, bytes, modes and device numbers; what must not depend on the host (inode
// numbers, owners, times, directory order) is kept here. The guest's own VFS checks permissions: there are no checks here.

import type { Volume } from "memfs";
import { ERRNO } from "../../../abi/errno.js";

type Superblock = Volume["_core"];
/** A name: memfs's directory entry, several of which may lead to one node. */
export type Link = Superblock["root"];
export type Node = Link["node"];

const S_IFMT = 0o170000;
export const S_IFDIR = 0o040000;
export const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;

/** Limits that keep a guest from filling the host's memory. */
const MAX_FILE_SIZE = 256 * 1024 * 1024;
export const BLOCK_SIZE = 4096;
export const VOLUME_BLOCKS = (512 * 1024 * 1024) / BLOCK_SIZE;
export const VOLUME_INODES = 1 << 20;

/** Times in ns since 1970. */
export interface Attributes {
  readonly ino: number;
  uid: number;
  gid: number;
  atime: bigint;
  mtime: bigint;
  ctime: bigint;
  /** Counts changes of contents: qid.version. */
  version: number;
}

export interface DirectoryEntry {
  /** Cookie: what readdir's offset means. Stays with a name for the directory's life, so removals while reading skip nothing. */
  readonly offset: number;
  readonly name: string;
  readonly link: Link;
}

/** Carries a Linux errno to the server's reply; never leaves the 9P server. */
export class FsError extends Error {
  constructor(readonly errno: number) {
    super(`errno ${errno}`);
  }
}

export const isDirectory = (node: Node): boolean => (node.mode & S_IFMT) === S_IFDIR;
export const isSymlink = (node: Node): boolean => (node.mode & S_IFMT) === S_IFLNK;
export const isRegular = (node: Node): boolean => (node.mode & S_IFMT) === S_IFREG;

interface Usage {
  blocks: number;
  inodes: number;
}

export const blocksOf = (bytes: number): number => Math.ceil(bytes / BLOCK_SIZE);

export class Inodes {
  private readonly attributes = new WeakMap<Node, Attributes>();
  private readonly cookies = new WeakMap<Node, Map<string, number>>();
  nextIno = 2;
  /** Nodes that stay although no name leads to them: the open ones, as the server knows them. */
  pinned: () => Iterable<Node> = () => [];
  /** What may be taken before it must be counted again; never more than there is, as only the guest takes and the host's changes are counted then. */
  private readonly left: Usage = { blocks: 0, inodes: 0 };

  /** @param now wall clock of the machine in ns since 1970. */
  constructor(
    private readonly volume: Volume,
    private readonly now: () => bigint,
  ) {
    this.of(this.root.node);
  }

  get root(): Link {
    return this.volume._core.root;
  }

  /** Attributes of a node; numbers are given in the order in which the guest meets the nodes, so they are the same in each run. */
  of(node: Node): Attributes {
    let found = this.attributes.get(node);
    if (!found) {
      const now = this.now();
      found = { ino: this.nextIno++, uid: 0, gid: 0, atime: now, mtime: now, ctime: now, version: 0 };
      this.attributes.set(node, found);
    }
    return found;
  }

  /** What `of` has given the node already. */
  known(node: Node): Attributes | undefined {
    return this.attributes.get(node);
  }

  cookiesOf(node: Node): ReadonlyMap<string, number> {
    return this.cookies.get(node) ?? new Map();
  }

  newNode(mode: number): Node {
    return this.volume._core.createNode(mode);
  }

  /** Of a restored node. */
  remember(node: Node, attributes: Attributes | undefined, cookies: Map<string, number>): void {
    if (attributes) this.attributes.set(node, attributes);
    if (cookies.size > 0) this.cookies.set(node, cookies);
  }

  /** Blocks and inodes in use, counted: the host may change the volume at any time. */
  usage(): Usage {
    const seen = new Set<Node>(this.pinned());
    const folders = [this.root];
    for (let folder = folders.pop(); folder; folder = folders.pop()) {
      seen.add(folder.node);
      for (const [name, link] of folder.children) {
        if (name === "." || name === ".." || !link) continue;
        if (isDirectory(link.node)) folders.push(link);
        else seen.add(link.node);
      }
    }
    let blocks = 0;
    for (const node of seen) if (isRegular(node)) blocks += blocksOf(node.getSize());
    return { blocks, inodes: seen.size };
  }

  private take(blocks: number, inodes: number): void {
    if (blocks <= 0 && inodes <= 0) return;
    if (blocks > this.left.blocks || inodes > this.left.inodes) {
      const used = this.usage();
      this.left.blocks = VOLUME_BLOCKS - used.blocks;
      this.left.inodes = VOLUME_INODES - used.inodes;
      if (blocks > this.left.blocks || inodes > this.left.inodes) throw new FsError(ERRNO.ENOSPC);
    }
    this.left.blocks -= blocks;
    this.left.inodes -= inodes;
  }

  linkCount(node: Node): number {
    return Math.max(node.nlink, 0);
  }

  child(directory: Link, name: string): Link | undefined {
    if (!isDirectory(directory.node)) throw new FsError(ERRNO.ENOTDIR);
    if (name === ".") return directory;
    if (name === "..") return directory.parent ?? directory;
    return directory.children.get(name);
  }

  entries(directory: Link, after: number, limit: number): DirectoryEntry[] {
    const cookies = this.cookies.get(directory.node) ?? new Map([[".", 1]]).set("..", 2);
    this.cookies.set(directory.node, cookies);
    const names = [...directory.children.keys()].filter((name) => name !== "." && name !== "..").sort();
    const entries: DirectoryEntry[] = [
      { offset: 1, name: ".", link: directory },
      { offset: 2, name: "..", link: directory.parent ?? directory },
    ];
    for (const name of names) {
      const link = directory.children.get(name);
      if (!link) continue;
      const offset = cookies.get(name) ?? cookies.size + 1;
      cookies.set(name, offset);
      entries.push({ offset, name, link });
    }
    entries.sort((a, b) => a.offset - b.offset);
    return entries.filter((entry) => entry.offset > after).slice(0, limit);
  }

  create(directory: Link, name: string, mode: number, gid: number): Link {
    this.checkNewName(directory, name);
    this.take(0, 1);
    const node = this.newNode(mode);
    const link = directory.createChild(name, node);
    const attributes = this.of(node);
    attributes.gid = gid;
    this.directoryChanged(directory);
    return link;
  }

  symlink(directory: Link, name: string, target: string, gid: number): Link {
    const link = this.create(directory, name, S_IFLNK | 0o777, gid);
    link.node.symlink = target;
    return link;
  }

  link(directory: Link, name: string, existing: Link): void {
    if (isDirectory(existing.node)) throw new FsError(ERRNO.EPERM);
    if (existing.node.nlink <= 0) throw new FsError(ERRNO.ENOENT);
    this.checkNewName(directory, name);
    existing.node.nlink++;
    directory.createChild(name, existing.node);
    this.of(existing.node).ctime = this.now();
    this.directoryChanged(directory);
  }

  remove(directory: Link, name: string, asDirectory: boolean): void {
    if (name === "." || name === "..") throw new FsError(ERRNO.EINVAL);
    const link = this.child(directory, name);
    if (!link) throw new FsError(ERRNO.ENOENT);
    if (asDirectory && !isDirectory(link.node)) throw new FsError(ERRNO.ENOTDIR);
    if (!asDirectory && isDirectory(link.node)) throw new FsError(ERRNO.EISDIR);
    if (asDirectory && !isEmpty(link)) throw new FsError(ERRNO.ENOTEMPTY);
    this.drop(directory, link);
    this.directoryChanged(directory);
  }

  /** rename(2): replaces what the new name names, if the kinds agree. */
  rename(from: Link, oldName: string, to: Link, newName: string): void {
    const link = this.child(from, oldName);
    if (!link) throw new FsError(ERRNO.ENOENT);
    if (link === from || link.parent !== from) throw new FsError(ERRNO.EBUSY);
    for (let above: Link | undefined = to; above; above = parentOf(above)) if (above === link) throw new FsError(ERRNO.EINVAL);
    const existing = this.child(to, newName);
    if (existing === link || existing?.node === link.node) return;
    if (existing) {
      if (isDirectory(existing.node) && !isDirectory(link.node)) throw new FsError(ERRNO.EISDIR);
      if (!isDirectory(existing.node) && isDirectory(link.node)) throw new FsError(ERRNO.ENOTDIR);
      if (isDirectory(existing.node) && !isEmpty(existing)) throw new FsError(ERRNO.ENOTEMPTY);
      this.drop(to, existing);
    } else {
      this.checkNewName(to, newName);
    }
    from.deleteChild(link);
    link.name = newName;
    link.steps = [...to.steps, newName];
    to.setChild(newName, link);
    this.of(link.node).ctime = this.now();
    this.directoryChanged(from);
    if (to !== from) this.directoryChanged(to);
  }

  read(node: Node, offset: bigint, length: number): Uint8Array {
    const size = node.getSize();
    if (offset >= BigInt(size)) return new Uint8Array(0);
    const bytes = Buffer.alloc(Math.min(length, size - Number(offset)));
    node.read(bytes, 0, bytes.length, Number(offset));
    return bytes;
  }

  write(node: Node, offset: bigint, data: Uint8Array): void {
    if (offset + BigInt(data.length) > BigInt(MAX_FILE_SIZE)) throw new FsError(ERRNO.EFBIG);
    this.take(blocksOf(Number(offset) + data.length) - blocksOf(node.getSize()), 0);
    if (data.length > 0) node.write(Buffer.from(data.buffer, data.byteOffset, data.length), 0, data.length, Number(offset));
    this.contentsChanged(node);
  }

  truncate(node: Node, size: bigint): void {
    if (size > BigInt(MAX_FILE_SIZE)) throw new FsError(ERRNO.EFBIG);
    this.take(blocksOf(Number(size)) - blocksOf(node.getSize()), 0);
    node.truncate(Number(size));
    this.contentsChanged(node);
  }

  contentsChanged(node: Node): void {
    const attributes = this.of(node);
    attributes.mtime = attributes.ctime = this.now();
    attributes.version = (attributes.version + 1) >>> 0;
  }

  private directoryChanged(directory: Link): void {
    this.contentsChanged(directory.node);
  }

  private checkNewName(directory: Link, name: string): void {
    if (!isDirectory(directory.node)) throw new FsError(ERRNO.ENOTDIR);
    if (directory.node.nlink <= 0) throw new FsError(ERRNO.ENOENT); // a removed directory takes no new names
    if (name === "" || name.includes("/") || name.includes("\0")) throw new FsError(ERRNO.EINVAL);
    if (Buffer.byteLength(name) > 255) throw new FsError(ERRNO.ENAMETOOLONG);
    if (this.child(directory, name)) throw new FsError(ERRNO.EEXIST);
  }

  private drop(directory: Link, link: Link): void {
    directory.deleteChild(link);
    link.node.nlink -= isDirectory(link.node) ? 2 : 1;
    this.of(link.node).ctime = this.now();
  }
}

/** The directory that a name stands in; memfs makes the root its own parent. */
export function parentOf(link: Link): Link | undefined {
  return link.parent === link ? undefined : link.parent;
}

function isEmpty(directory: Link): boolean {
  for (const name of directory.children.keys()) if (name !== "." && name !== "..") return false;
  return true;
}

// struct stat of x86-64 and its calls, file modes, and getdents64. Used by applets, sh's tests and pathname expansion.
import { SYS } from "../../abi/syscalls.js";
import { callOut, close, O_DIRECTORY, O_RDONLY, open } from "./calls.js";
import { fromBytes, type Sys } from "./request.js";

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;

export interface Stat {
  dev: number;
  ino: number;
  nlink: number;
  mode: number;
  uid: number;
  gid: number;
  rdev: number;
  size: number;
  blksize: number;
  /** In units of 512 bytes. */
  blocks: number;
  /** Seconds since 1970, with the nanoseconds beside them. */
  atime: number;
  atimeNs: number;
  mtime: number;
  mtimeNs: number;
  ctime: number;
  ctimeNs: number;
}

const STAT_SIZE = 144;

function parse(bytes: Uint8Array): Stat {
  const view = Buffer.from(bytes);
  const long = (at: number): number => Number(view.readBigInt64LE(at));
  return {
    dev: long(0),
    ino: long(8),
    nlink: long(16),
    mode: view.readUInt32LE(24),
    uid: view.readUInt32LE(28),
    gid: view.readUInt32LE(32),
    rdev: long(40),
    size: long(48),
    blksize: long(56),
    blocks: long(64),
    atime: long(72),
    atimeNs: long(80),
    mtime: long(88),
    mtimeNs: long(96),
    ctime: long(104),
    ctimeNs: long(112),
  };
}

/** Follows a symbolic link at the path's end. */
export function* stat(path: string): Sys<Stat | number> {
  const bytes = yield* callOut(SYS.stat, path, { out: STAT_SIZE });
  return typeof bytes === "number" ? bytes : parse(bytes);
}

export function* lstat(path: string): Sys<Stat | number> {
  const bytes = yield* callOut(SYS.lstat, path, { out: STAT_SIZE });
  return typeof bytes === "number" ? bytes : parse(bytes);
}

export const fileType = (stat: Stat): number => stat.mode & S_IFMT;
export const isDirectory = (stat: Stat): boolean => fileType(stat) === S_IFDIR;

const TYPE_LETTERS: ReadonlyMap<number, string> = new Map([
  [S_IFSOCK, "s"],
  [S_IFLNK, "l"],
  [S_IFREG, "-"],
  [S_IFBLK, "b"],
  [S_IFDIR, "d"],
  [S_IFCHR, "c"],
  [S_IFIFO, "p"],
]);

/** ls -l's mode column: `-rwxr-xr-x`. */
export function modeText(mode: number): string {
  let text = TYPE_LETTERS.get(mode & S_IFMT) ?? "?";
  for (const [shift, special, letter] of [
    [6, 0o4000, "s"],
    [3, 0o2000, "s"],
    [0, 0o1000, "t"],
  ] as const) {
    const bits = mode >> shift;
    const run = bits & 1;
    text += bits & 4 ? "r" : "-";
    text += bits & 2 ? "w" : "-";
    text += mode & special ? (run ? letter : letter.toUpperCase()) : run ? "x" : "-";
  }
  return text;
}

export interface DirectoryEntry {
  name: string;
  ino: number;
  /** DT_*: the file type's bits >> 12, 0 where the file system does not tell. */
  type: number;
}

const DIRENT_BUFFER = 3584;
const DIRENT_NAME = 19;

/** All entries with "." and "..", in the directory's own order. */
export function* readDirectory(path: string): Sys<DirectoryEntry[] | number> {
  const fd = yield* openDirectory(path);
  if (fd < 0) return fd;
  const entries = yield* readEntries(fd);
  yield* close(fd);
  return entries;
}

/** A descriptor for readEntries; the caller closes it. */
export function* openDirectory(path: string): Sys<number> {
  return yield* open(path, O_RDONLY | O_DIRECTORY);
}

export function* readEntries(fd: number): Sys<DirectoryEntry[] | number> {
  const entries: DirectoryEntry[] = [];
  for (;;) {
    const bytes = yield* callOut(SYS.getdents64, fd, { out: DIRENT_BUFFER, used: "result" }, DIRENT_BUFFER);
    if (typeof bytes === "number" || bytes.length === 0) return typeof bytes === "number" && bytes < 0 ? bytes : entries;
    const view = Buffer.from(bytes);
    for (let at = 0; at + DIRENT_NAME < view.length; ) {
      const length = view.readUInt16LE(at + 16);
      const record = view.subarray(at + DIRENT_NAME, at + length);
      const end = record.indexOf(0);
      entries.push({
        ino: Number(view.readBigUInt64LE(at)),
        type: view[at + 18] ?? 0,
        name: fromBytes(end < 0 ? record : record.subarray(0, end)),
      });
      if (length === 0) break;
      at += length;
    }
  }
}

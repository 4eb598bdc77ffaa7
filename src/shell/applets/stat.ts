// stat: what is known of files (stat(2)) and, with -f, of the file systems they lie on (statfs(2)).
import { strerror } from "../../abi/errno.js";
import { SYS } from "../../abi/syscalls.js";
import { callOut, readlink } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { fileType, lstat, modeText, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFSOCK, type Stat, stat } from "../sys/stat.js";
import { accountName, accounts } from "./accounts.js";
import type { AppletTable, Io, Options } from "./applet.js";
import { formatTime } from "./format.js";

const STATFS_SIZE = 120;

const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [S_IFDIR, "directory"],
  [S_IFCHR, "character special file"],
  [S_IFBLK, "block special file"],
  [S_IFIFO, "fifo"],
  [S_IFLNK, "symbolic link"],
  [S_IFSOCK, "socket"],
]);

/** Names by f_type, as busybox knows them. */
const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x1cd1, "devpts"],
  [0xef53, "ext2/ext3"],
  [0x58465342, "xfs"],
  [0x9660, "isofs"],
  [0x4d44, "msdos"],
  [0x6969, "nfs"],
  [0x9fa0, "proc"],
  [0x01021994, "tmpfs"],
  [0x28cd3d45, "cramfs"],
  [0x858458f6, "ramfs"],
  [0x73717368, "squashfs"],
  [0x62656572, "sysfs"],
]);

/** Values of the letters of a format: numbers take a width and zeros, texts a width and a length. */
type Values = Readonly<Record<string, string | bigint>>;

const TERSE_FILE = "%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %o";
const FS_FORMAT = `  File: "%n"
    ID: %-8i Namelen: %-7l Type: %T
Block size: %-10s
Blocks: Total: %-10b Free: %-10f Available: %a
Inodes: Total: %-10c Free: %d`;
const TERSE_FS = "%n %i %l %t %s %b %f %a %c %d";

/** printf's flags, width and length, and one letter: an unknown one stands for itself. */
function expand(format: string, values: Values): string {
  return format.replace(/%([-#+.I 0-9]*)(.?)/gs, (_, flags: string, letter: string) => {
    const value = values[letter];
    if (value === undefined) return letter === "" ? "%" : letter;
    const [, options = "", width = "", length] = /^([-#+I 0]*)([0-9]*)(?:\.([0-9]*))?/.exec(flags) ?? [];
    const text = typeof value === "string" && length !== undefined ? value.slice(0, Number(length)) : String(value);
    if (options.includes("-")) return text.padEnd(Number(width));
    return text.padStart(Number(width), options.includes("0") && /^[0-9a-f]+$/.test(text) ? "0" : " ");
  });
}

function typeName(file: Stat): string {
  return TYPE_NAMES.get(fileType(file)) ?? (file.size === 0 ? "regular empty file" : "regular file");
}

const fullTime = (seconds: number, ns: number): string =>
  `${formatTime("%Y-%m-%d %H:%M:%S", seconds)}.${String(ns).padStart(9, "0")} +0000`;
const octalMode = (file: Stat): string => (file.mode & 0o7777).toString(8);
const major = (device: number): number => (device >> 8) & 0xfff;
const minor = (device: number): number => (device & 0xff) | ((device >> 12) & 0xfff00);

interface Names {
  users: ReadonlyMap<number, string>;
  groups: ReadonlyMap<number, string>;
}

function fileValues(path: string, file: Stat, target: string | undefined, { users, groups }: Names): Values {
  return {
    n: path,
    N: target === undefined ? path : `'${path}' -> '${target}'`,
    s: BigInt(file.size),
    b: BigInt(file.blocks),
    B: 512n,
    o: BigInt(file.blksize),
    F: typeName(file),
    f: file.mode.toString(16),
    a: octalMode(file),
    A: modeText(file.mode),
    u: BigInt(file.uid),
    U: accountName(users, file.uid),
    g: BigInt(file.gid),
    G: accountName(groups, file.gid),
    h: BigInt(file.nlink),
    i: BigInt(file.ino),
    d: BigInt(file.dev),
    D: file.dev.toString(16),
    t: major(file.rdev).toString(16),
    T: minor(file.rdev).toString(16),
    X: BigInt(file.atime),
    Y: BigInt(file.mtime),
    Z: BigInt(file.ctime),
    x: fullTime(file.atime, file.atimeNs),
    y: fullTime(file.mtime, file.mtimeNs),
    z: fullTime(file.ctime, file.ctimeNs),
    "%": "%",
  };
}

function fileFormat(file: Stat): string {
  const type = fileType(file);
  const links = type === S_IFCHR || type === S_IFBLK ? "%-5h Device type: %t,%T" : "%h";
  return `  File: %N
  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F
Device: %Dh/%dd\tInode: %-10i  Links: ${links}
Access: (%04a/%A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)
Access: %x
Modify: %y
Change: %z`;
}

function* showFile(io: Io, options: Options, path: string, names: Names): Sys<number> {
  const file = options.has("L") ? yield* stat(path) : yield* lstat(path);
  if (typeof file === "number") return yield* fail(io, `can't stat '${path}'`, file);
  const link = fileType(file) === S_IFLNK ? yield* readlink(path) : undefined;
  const target = typeof link === "string" ? link : undefined;
  const format = options.value("c") ?? (options.has("t") ? TERSE_FILE : fileFormat(file));
  yield* io.put(`${expand(format, fileValues(path, file, target, names))}\n`);
  return 0;
}

function* fail(io: Io, what: string, errno: number): Sys<number> {
  yield* io.error(`${what}: ${strerror(errno)}`);
  return 1;
}

function* showFileSystem(io: Io, options: Options, path: string): Sys<number> {
  const bytes = yield* callOut(SYS.statfs, path, { out: STATFS_SIZE });
  if (typeof bytes === "number") return yield* fail(io, `can't read file system information for '${path}'`, bytes);
  const view = Buffer.from(bytes);
  const word = (n: number): bigint => view.readBigUInt64LE(n * 8);
  const type = word(0);
  // The id is two ints, the first of which counts more.
  const id = (BigInt(view.readUInt32LE(56)) << 32n) | BigInt(view.readUInt32LE(60));
  const values: Values = {
    n: path,
    i: id.toString(16),
    l: word(8),
    t: type.toString(16),
    T: FILE_SYSTEMS.get(Number(type)) ?? "UNKNOWN",
    s: word(1),
    S: word(9),
    b: word(2),
    f: word(3),
    a: word(4),
    c: word(5),
    d: word(6),
    "%": "%",
  };
  yield* io.put(`${expand(options.value("c") ?? (options.has("t") ? TERSE_FS : FS_FORMAT), values)}\n`);
  return 0;
}

function* statApplet(io: Io): Sys<number> {
  const options = yield* io.options("c:Lft");
  if (options.operands.length === 0) return yield* io.showUsage();
  const names = { users: yield* accounts("/etc/passwd"), groups: yield* accounts("/etc/group") };
  let status = 0;
  for (const path of options.operands) {
    const result = options.has("f") ? yield* showFileSystem(io, options, path) : yield* showFile(io, options, path, names);
    if (result !== 0) status = result;
  }
  return status;
}

export const STAT: AppletTable = {
  stat: {
    usage:
      "[-Ltf] [-c FORMAT] FILE...\n\nShow what is known of files or file systems\n\n\t-c\tOnly that: %n name, %s size, %a mode, %F type, %i inode, ...\n\t-f\tOf the file systems that hold them\n\t-L\tFollow links\n\t-t\tTersely",
    run: statApplet,
  },
};

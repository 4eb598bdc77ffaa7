// tar: archives in ustar's form (POSIX.1-1988), with GNU's long names read; -z packs them by ./gzip.ts.
import { ERRNO, strerror } from "../../abi/errno.js";
import {
  chdir,
  chmod,
  close,
  link,
  mkdir,
  O_CREAT,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  open,
  readlink,
  symlink,
  touch,
  unlink,
  work,
  writeAll,
} from "../sys/calls.js";
import { readAll } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { fileType, isDirectory, lstat, modeText, readDirectory, S_IFDIR, S_IFLNK, S_IFREG } from "../sys/stat.js";
import { accountName, accounts } from "./accounts.js";
import type { AppletTable, Io, Options } from "./applet.js";
import { formatTime } from "./format.js";
import { GzipError, gunzipBytes, gzipBytes } from "./gzip.js";

const BLOCK = 512;
/** Archives are filled up to a multiple of this. */
const RECORD = 20 * BLOCK;
const BYTES_PER_WORK = 64;

interface Member {
  name: string;
  mode: number;
  uid: number;
  gid: number;
  user: string;
  group: string;
  size: number;
  mtime: number;
  /** ustar's type flag: 0 file, 1 hard link, 2 symbolic link, 5 folder. */
  type: string;
  target: string;
}

const octal = (value: number, digits: number): string => `${Math.floor(value).toString(8).padStart(digits, "0").slice(-digits)}\0`;

/** A header as bytes in a text. */
function header(member: Member): string {
  const [name, prefix] = splitName(member.name);
  const fields =
    name.padEnd(100, "\0").slice(0, 100) +
    octal(member.mode & 0o7777, 7) +
    octal(member.uid, 7) +
    octal(member.gid, 7) +
    octal(member.size, 11) +
    octal(member.mtime, 11);
  const rest =
    member.type +
    member.target.padEnd(100, "\0").slice(0, 100) +
    "ustar  \0" +
    member.user.padEnd(32, "\0").slice(0, 32) +
    member.group.padEnd(32, "\0").slice(0, 32) +
    "\0".repeat(16) +
    prefix.padEnd(155, "\0");
  const sum = [...`${fields}        ${rest}`].reduce((total, char) => total + char.charCodeAt(0), 0);
  return `${fields}${octal(sum, 6)} ${rest}`.padEnd(BLOCK, "\0");
}

function splitName(name: string): [string, string] {
  if (name.length <= 100) return [name, ""];
  const at = name.lastIndexOf("/", name.length - 2);
  return at > 0 && at <= 155 && name.length - at - 1 <= 100 ? [name.slice(at + 1), name.slice(0, at)] : [name.slice(0, 100), ""];
}

const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;
const field = (block: string, at: number, length: number): string => block.slice(at, at + length).replace(/\0[\s\S]*/, "");
const number = (block: string, at: number, length: number): number => Number.parseInt(field(block, at, length).trim() || "0", 8);

class TarError extends Error {}

/** The members of an archive with their contents. */
function* members(archive: string): Generator<{ member: Member; data: string }> {
  let longName: string | undefined;
  let longTarget: string | undefined;
  let any = false;
  for (let at = 0; at < archive.length; ) {
    const block = archive.slice(at, at + BLOCK);
    if (block.length < BLOCK) throw new TarError("short read");
    if (/^\0*$/.test(block)) break;
    const blanked = `${block.slice(0, 148)}        ${block.slice(156)}`;
    const sum = [...blanked].reduce((total, char) => total + char.charCodeAt(0), 0);
    if (sum !== number(block, 148, 8)) throw new TarError(any ? "invalid tar header checksum" : "invalid tar magic");
    any = true;
    const size = number(block, 124, 12);
    const type = block[156] ?? "0";
    const data = archive.slice(at + BLOCK, at + BLOCK + size);
    if (data.length < size) throw new TarError("short read");
    at += BLOCK + size + padding(size);
    if (type === "L") {
      longName = field(data, 0, size);
      continue;
    }
    if (type === "K") {
      longTarget = field(data, 0, size);
      continue;
    }
    const prefix = block.startsWith("ustar\0", 257) ? field(block, 345, 155) : "";
    const member: Member = {
      name: longName ?? (prefix === "" ? "" : `${prefix}/`) + field(block, 0, 100),
      mode: number(block, 100, 8),
      uid: number(block, 108, 8),
      gid: number(block, 116, 8),
      user: field(block, 265, 32),
      group: field(block, 297, 32),
      size: "12".includes(type) ? 0 : size,
      mtime: number(block, 136, 12),
      type: type === "\0" ? "0" : type,
      target: longTarget ?? field(block, 157, 100),
    };
    [longName, longTarget] = [undefined, undefined];
    yield { member, data };
  }
}

/** Paths lead nowhere but below the folder that is unpacked into. */
function safeName(name: string): string {
  return name
    .split("/")
    .filter((part, n, all) => part !== ".." && (part !== "" || n === all.length - 1))
    .join("/");
}

const FORMATS: Readonly<Record<string, number>> = { "2": S_IFLNK, "5": S_IFDIR };

function listing(member: Member, verbose: boolean): string {
  if (!verbose) return `${member.name}\n`;
  const owner = `${member.user || member.uid}/${member.group || member.gid}`;
  const time = formatTime("%Y-%m-%d %H:%M:%S", member.mtime);
  const target = member.type === "2" ? ` -> ${member.target}` : member.type === "1" ? ` link to ${member.target}` : "";
  const mode = modeText((FORMATS[member.type] ?? S_IFREG) | (member.mode & 0o7777));
  return `${mode} ${owner} ${String(member.size).padStart(9)} ${time} ${member.name}${target}\n`;
}

function* unpack(io: Io, member: Member, data: string): Sys<number> {
  const path = safeName(member.name);
  if (path === "" || path === "/") return 0;
  const parts = path.replace(/\/$/, "").split("/");
  for (let n = 1; n < parts.length; n++) yield* mkdir(parts.slice(0, n).join("/"), 0o777);
  const bare = path.replace(/\/$/, "");
  if (member.type === "5" || path.endsWith("/")) {
    const made = yield* mkdir(bare, member.mode & 0o7777);
    if (made < 0 && made !== -ERRNO.EEXIST) return yield* io.die(`can't make dir ${bare}: ${strerror(made)}`);
    return yield* chmod(bare, member.mode & 0o7777);
  }
  yield* unlink(bare);
  if (member.type === "2") return yield* symlink(member.target, bare);
  if (member.type === "1") return yield* link(safeName(member.target), bare);
  const fd = yield* open(bare, O_WRONLY | O_CREAT | O_TRUNC, member.mode & 0o777);
  if (fd < 0) return yield* io.die(`can't open '${bare}': ${strerror(fd)}`);
  const result = yield* writeAll(fd, data);
  yield* close(fd);
  if (result < 0) return yield* io.die(`write error: ${strerror(result)}`);
  yield* chmod(bare, member.mode & 0o7777);
  return yield* touch(bare, { access: member.mtime, change: member.mtime });
}

function* extract(io: Io, options: Options, archive: string, wanted: readonly string[]): Sys<number> {
  const missing = new Set(wanted);
  try {
    for (const { member, data } of members(archive)) {
      const name = member.name.replace(/\/$/, "");
      const matching = wanted.filter((one) => name === one.replace(/\/$/, "") || name.startsWith(`${one.replace(/\/$/, "")}/`));
      if (wanted.length > 0 && matching.length === 0) continue;
      for (const one of matching) missing.delete(one);
      yield* work(Math.ceil(data.length / BYTES_PER_WORK) + 1);
      if (options.has("t")) yield* io.put(listing(member, options.has("v")));
      else if (options.has("O")) yield* io.put(data.slice(0, member.size));
      else {
        if (options.has("v")) yield* io.put(`${member.name}\n`);
        yield* unpack(io, member, data);
      }
    }
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    return yield* io.die(error.message);
  }
  for (const name of missing) return yield* io.die(`${name}: not found in archive`);
  return 0;
}

interface Packing {
  io: Io;
  options: Options;
  users: ReadonlyMap<number, string>;
  groups: ReadonlyMap<number, string>;
  pieces: string[];
  failed: boolean;
  warned: boolean;
}

function* pack(packing: Packing, path: string): Sys<void> {
  const { io, options, pieces } = packing;
  const there = yield* lstat(path);
  if (typeof there === "number") {
    yield* io.error(`${path}: ${strerror(there)}`);
    packing.failed = true;
    return;
  }
  const bare = path.replace(/^\/+/, "");
  if (bare !== path && !packing.warned) {
    packing.warned = true;
    yield* io.error("removing leading '/' from member names");
  }
  const folder = isDirectory(there);
  const type = fileType(there) === S_IFLNK ? "2" : folder ? "5" : "0";
  if (!folder && type === "0" && fileType(there) !== S_IFREG) {
    yield* io.error(`${path}: socket ignored`);
    return;
  }
  let data = "";
  if (type === "0") {
    const fd = yield* open(path, O_RDONLY);
    const text = fd < 0 ? fd : yield* readAll(fd);
    if (fd >= 0) yield* close(fd);
    if (typeof text === "number") {
      yield* io.error(`can't open '${path}': ${strerror(text)}`);
      packing.failed = true;
      return;
    }
    data = text;
  }
  const target = type === "2" ? yield* readlink(path) : "";
  const name = folder && !bare.endsWith("/") ? `${bare}/` : bare;
  const member: Member = {
    name,
    mode: there.mode,
    uid: there.uid,
    gid: there.gid,
    user: accountName(packing.users, there.uid),
    group: accountName(packing.groups, there.gid),
    size: data.length,
    mtime: there.mtime,
    type,
    target: typeof target === "string" ? target : "",
  };
  if (options.has("v")) yield* io.complain(name);
  if (name.length > 100 && splitName(name)[0].length === 100) {
    pieces.push(
      header({ ...member, name: "././@LongLink", size: name.length + 1, type: "L", target: "" }),
      `${name}\0`.padEnd(name.length + 1 + padding(name.length + 1), "\0"),
    );
  }
  pieces.push(header(member), data, "\0".repeat(padding(data.length)));
  yield* work(Math.ceil(data.length / BYTES_PER_WORK) + 1);
  if (!folder) return;
  const entries = yield* readDirectory(path);
  for (const entry of typeof entries === "number" ? [] : entries) {
    if (entry.name !== "." && entry.name !== "..") yield* pack(packing, `${path.replace(/\/$/, "")}/${entry.name}`);
  }
}

function* create(io: Io, options: Options, file: string): Sys<number> {
  const out = file === "-" ? 1 : yield* open(file, O_WRONLY | O_CREAT | O_TRUNC);
  if (out < 0) return yield* io.die(`can't open '${file}': ${strerror(out)}`);
  const folder = options.value("C");
  if (folder !== undefined) {
    const moved = yield* chdir(folder);
    if (moved < 0) return yield* io.die(`can't change directory to '${folder}': ${strerror(moved)}`);
  }
  const packing: Packing = {
    io,
    options,
    users: yield* accounts("/etc/passwd"),
    groups: yield* accounts("/etc/group"),
    pieces: [],
    failed: false,
    warned: false,
  };
  for (const path of options.operands) yield* pack(packing, path);
  let archive = packing.pieces.join("") + "\0".repeat(2 * BLOCK);
  archive = archive.padEnd(Math.ceil(archive.length / RECORD) * RECORD, "\0");
  if (options.has("z")) archive = gzipBytes(Buffer.from(archive, "latin1"), 6).toString("latin1");
  const result = yield* writeAll(out, archive);
  if (result < 0) return yield* io.die(`write error: ${strerror(result)}`);
  if (packing.failed) yield* io.error("error exit delayed from previous errors");
  return packing.failed ? 1 : 0;
}

function* tar(io: Io): Sys<number> {
  // The first word needs no "-".
  const [first = "", ...rest] = io.args;
  const options = yield* io.optionsOf(first === "" || first.startsWith("-") ? io.args : [`-${first}`, ...rest], "cxtvzOopmkf:C:", {
    create: "c",
    extract: "x",
    list: "t",
    verbose: "v",
    gzip: "z",
    file: "f",
    directory: "C",
    "to-stdout": "O",
  });
  const modes = ["c", "x", "t"].filter((letter) => options.has(letter));
  const file = options.value("f") ?? "-";
  if (modes.length !== 1) return yield* io.showUsage();
  if (modes[0] === "c") return options.operands.length === 0 ? yield* io.die("empty archive") : yield* create(io, options, file);
  const fd = file === "-" ? 0 : yield* open(file, O_RDONLY);
  if (fd < 0) return yield* io.die(`can't open '${file}': ${strerror(fd)}`);
  let archive = yield* readAll(fd);
  if (typeof archive === "number") return yield* io.die(`read error: ${strerror(archive)}`);
  if (options.has("z") || archive.startsWith("\x1f\x8b")) {
    try {
      archive = gunzipBytes(Buffer.from(archive, "latin1")).toString("latin1");
    } catch (error) {
      if (!(error instanceof GzipError)) throw error;
      return yield* io.die(error.message);
    }
  }
  const folder = options.value("C");
  if (folder !== undefined) {
    const moved = yield* chdir(folder);
    if (moved < 0) return yield* io.die(`can't change directory to '${folder}': ${strerror(moved)}`);
  }
  return yield* extract(io, options, archive, options.operands);
}

export const TAR: AppletTable = {
  tar: {
    usage:
      "c|x|t [-zvO] [-f TARFILE] [-C DIR] [FILE]...\n\nMake, unpack or list an archive\n\n\tc, x, t\tMake, unpack, list\n\t-f FILE\tThe archive (standard input or output)\n\t-C DIR\tGo to DIR first\n" +
      "\t-z\tPacked by gzip\n\t-v\tTell names\n\t-O\tUnpack to standard output",
    run: tar,
  },
};

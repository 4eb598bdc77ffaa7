// cp, and the copying that mv needs between file systems.
import { ERRNO, strerror } from "../../abi/errno.js";
import {
  chmod,
  close,
  link,
  mkdir,
  O_CREAT,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  open,
  read,
  readlink,
  symlink,
  unlink,
  work,
  writeAll,
} from "../sys/calls.js";
import { BUFFER_WORK } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { fileType, isDirectory, lstat, readDirectory, S_IFLNK, stat } from "../sys/stat.js";
import type { AppletTable, Io } from "./applet.js";
import { baseName, confirm, targetPath } from "./folders.js";

export interface CopyOptions {
  recurse: boolean;
  /** Modes stay what they are, whatever the umask says. */
  keep: boolean;
  /** Symbolic links are copied as what they point to. */
  follow: boolean;
  force: boolean;
  tell?: boolean;
  /** Links to the sources instead of copies. */
  link?: "hard" | "symbolic" | undefined;
}

const BLOCK = 16384;

function* refuse(io: Io, text: string): Sys<boolean> {
  yield* io.error(text);
  return false;
}

export function* copyTree(io: Io, source: string, target: string, options: CopyOptions): Sys<boolean> {
  const from = options.follow ? yield* stat(source) : yield* lstat(source);
  if (typeof from === "number") return yield* refuse(io, `can't stat '${source}': ${strerror(from)}`);
  if (isDirectory(from)) return yield* copyFolder(io, source, target, from.mode, options);
  const to = yield* stat(target);
  if (typeof to !== "number") {
    if (to.dev === from.dev && to.ino === from.ino) return yield* refuse(io, `'${source}' and '${target}' are the same file`);
    if (isDirectory(to)) return yield* refuse(io, `target '${target}' is a directory`);
  }
  if (options.tell) yield* io.put(`'${source}' -> '${target}'\n`);
  if (options.link) {
    const [make, kind] = options.link === "hard" ? ([link, "link"] as const) : ([symlink, "symlink"] as const);
    if (options.force && typeof to !== "number") yield* unlink(target);
    const result = yield* make(source, target);
    return result >= 0 || (yield* refuse(io, `can't create ${kind} '${target}': ${strerror(result)}`));
  }
  if (fileType(from) === S_IFLNK) {
    const text = yield* readlink(source);
    if (typeof text === "number") return yield* refuse(io, `can't read link '${source}': ${strerror(text)}`);
    if (typeof to !== "number") yield* unlink(target);
    const result = yield* symlink(text, target);
    return result >= 0 || (yield* refuse(io, `can't create symlink '${target}' to '${text}': ${strerror(result)}`));
  }
  if (!(yield* copyFile(io, source, target, from.mode & 0o777, options.force))) return false;
  if (options.keep) yield* chmod(target, from.mode & 0o7777);
  return true;
}

function* copyFolder(io: Io, source: string, target: string, mode: number, options: CopyOptions): Sys<boolean> {
  if (!options.recurse) return yield* refuse(io, `omitting directory '${source}'`);
  const there = yield* stat(target);
  if (typeof there === "number") {
    const result = yield* mkdir(target, (mode & 0o7777) | 0o700);
    if (result < 0) return yield* refuse(io, `can't create directory '${target}': ${strerror(result)}`);
  } else if (!isDirectory(there)) return yield* refuse(io, `target '${target}' is not a directory`);
  const entries = yield* readDirectory(source);
  if (typeof entries === "number") return yield* refuse(io, `can't open '${source}': ${strerror(entries)}`);
  let fine = true;
  for (const { name } of entries) {
    if (name === "." || name === "..") continue;
    if (!(yield* copyTree(io, `${source}/${name}`, `${target}/${name}`, { ...options, follow: false }))) fine = false;
  }
  if (options.keep) yield* chmod(target, mode & 0o7777);
  return fine;
}

function* copyFile(io: Io, source: string, target: string, mode: number, force: boolean): Sys<boolean> {
  const from = yield* open(source, O_RDONLY);
  if (from < 0) return yield* refuse(io, `can't open '${source}': ${strerror(from)}`);
  const flags = O_WRONLY | O_CREAT | O_TRUNC;
  let to = yield* open(target, flags, mode);
  if (to < 0 && force && (yield* unlink(target)) >= 0) to = yield* open(target, flags, mode);
  if (to < 0) {
    yield* close(from);
    return yield* refuse(io, `can't create '${target}': ${strerror(to)}`);
  }
  let failure: string | undefined;
  for (;;) {
    const block = yield* read(from, BLOCK);
    if (block === -ERRNO.EINTR) continue;
    if (block === "") break;
    const result = typeof block === "number" ? block : yield* writeAll(to, block);
    if (result < 0) {
      failure = `${typeof block === "number" ? "read" : "write"} error: ${strerror(result)}`;
      break;
    }
    yield* work(BUFFER_WORK);
  }
  yield* close(from);
  yield* close(to);
  return failure === undefined || (yield* refuse(io, failure));
}

function* cp(io: Io): Sys<number> {
  const options = yield* io.options("arRPLHpfindlsTut:v");
  const operands = [...options.operands];
  const target = options.value("t") ?? (operands.length > 1 ? operands.pop() : undefined);
  if (target === undefined || operands.length === 0) return yield* io.showUsage();
  const recurse = options.has("r") || options.has("R") || options.has("a");
  const copy: CopyOptions = {
    recurse,
    keep: options.has("p") || options.has("a"),
    follow: options.has("L") || (!recurse && !options.has("d") && !options.has("P")),
    force: options.has("f"),
    tell: options.has("v"),
    link: options.has("s") ? "symbolic" : options.has("l") ? "hard" : undefined,
  };
  const there = yield* stat(target);
  const folder = typeof there !== "number" && isDirectory(there);
  let status = 0;
  for (const source of operands) {
    const into = operands.length > 1 && !folder ? `${target}/${baseName(source)}` : yield* targetPath(source, target);
    const path = options.has("T") ? target : into;
    const old = yield* stat(path);
    if (typeof old !== "number") {
      if (options.has("n")) continue;
      const from = yield* stat(source);
      if (typeof from !== "number" && from.dev === old.dev && from.ino === old.ino) {
        yield* io.error(`'${source}' and '${path}' are the same file`);
        status = 1;
        continue;
      }
      if (options.has("u") && typeof from !== "number" && old.mtime >= from.mtime) continue;
      if (options.has("i") && !(yield* confirm(io, `overwrite '${path}'`))) continue;
    }
    if (!(yield* copyTree(io, source, path, copy))) status = 1;
  }
  return status;
}

export const COPY: AppletTable = {
  cp: {
    usage:
      "[-arPLHpfinlsuvT] SOURCE... DEST\n\nCopy files\n\n\t-a\tSame as -dpR\n\t-R,-r\tFolders with all that is in them\n\t-d,-P\tSymbolic links as such (default with -R)\n" +
      "\t-L\tFollow all symbolic links\n\t-p\tKeep modes\n\t-f\tRemove what cannot be overwritten\n\t-i, -n\tAsk before overwriting, do not\n\t-l,-s\tMake links\n\t-u\tOnly what is newer\n\t-v\tTell each\n\t-T\tDEST is never taken for a folder",
    run: cp,
  },
};

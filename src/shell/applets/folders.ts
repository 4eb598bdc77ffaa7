// Applets that change names and modes: mkdir rmdir rm chmod ln mv, and those that only look at a name: basename dirname
// readlink realpath which.
import { ERRNO, strerror } from "../../abi/errno.js";
import { chmod, getcwd, link, mkdir, read, readlink, rename, rmdir, symlink, umask, unlink, writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { fileType, isDirectory, lstat, readDirectory, S_IFDIR, S_IFLNK, S_IFREG, stat } from "../sys/stat.js";
import type { AppletTable, Io } from "./applet.js";
import { copyTree } from "./copy.js";
import { parseMode } from "./mode.js";

function* makeFolder(io: Io, path: string, parents: boolean, mode: number, tell: boolean): Sys<boolean> {
  if (parents) {
    const parts = path.split("/");
    for (let n = 1; n < parts.length; n++) {
      const above = parts.slice(0, n).join("/");
      if (above === "") continue;
      const result = yield* mkdir(above, 0o777);
      if (result < 0 && result !== -ERRNO.EEXIST) return yield* refuse(io, `can't create directory '${path}': ${strerror(result)}`);
      if (result >= 0 && tell) yield* io.put(`created directory: '${above}/'\n`);
    }
  }
  const result = yield* mkdir(path, mode);
  if (result >= 0) {
    if (tell) yield* io.put(`created directory: '${path}'\n`);
    return true;
  }
  if (parents && result === -ERRNO.EEXIST) {
    const there = yield* stat(path);
    if (typeof there !== "number" && isDirectory(there)) return true;
  }
  return yield* refuse(io, `can't create directory '${path}': ${strerror(result)}`);
}

function* refuse(io: Io, text: string): Sys<boolean> {
  yield* io.error(text);
  return false;
}

function* mkdirApplet(io: Io): Sys<number> {
  const options = yield* io.options("m:pv", { mode: "m", parents: "p" });
  if (options.operands.length === 0) return yield* io.showUsage();
  const text = options.value("m");
  const mode = text === undefined ? 0o777 : parseMode(text, 0o777, 0);
  if (mode === undefined) return yield* io.die(`invalid mode '${text}'`);
  if (text !== undefined) yield* umask(0);
  let status = 0;
  for (const path of options.operands) if (!(yield* makeFolder(io, path, options.has("p"), mode, options.has("v")))) status = 1;
  return status;
}

function* rmdirApplet(io: Io): Sys<number> {
  const options = yield* io.options("pv", { "ignore-fail-on-non-empty": "p", verbose: "v" });
  if (options.operands.length === 0) return yield* io.showUsage();
  let status = 0;
  for (const operand of options.operands) {
    for (let path = operand; ; path = path.slice(0, path.lastIndexOf("/"))) {
      if (options.has("v")) yield* io.put(`rmdir: removing directory, '${path}'\n`);
      const result = yield* rmdir(path);
      if (result < 0) {
        yield* io.error(`'${path}': ${strerror(result)}`);
        status = 1;
        break;
      }
      if (!options.has("p") || path.lastIndexOf("/") < 1) break;
    }
  }
  return status;
}

interface Removal {
  force: boolean;
  recurse: boolean;
  ask: boolean;
  tell?: boolean;
}

export function* confirm(io: Io, question: string): Sys<boolean> {
  yield* writeAll(2, `${io.name}: ${question}? `);
  const answer = yield* read(0, 80);
  return typeof answer === "string" && /^[yY]/.test(answer);
}

function* remove(io: Io, path: string, removal: Removal): Sys<boolean> {
  const there = yield* lstat(path);
  if (typeof there === "number") {
    if (removal.force && there === -ERRNO.ENOENT) return true;
    return yield* refuse(io, `can't remove '${path}': ${strerror(there)}`);
  }
  if (!isDirectory(there)) {
    if (removal.ask && !(yield* confirm(io, `remove '${path}'`))) return true;
    const result = yield* unlink(path);
    if (result < 0) return yield* refuse(io, `can't remove '${path}': ${strerror(result)}`);
    if (removal.tell) yield* io.put(`removed '${path}'\n`);
    return true;
  }
  if (!removal.recurse) return yield* refuse(io, `'${path}' is a directory`);
  if (removal.ask && !(yield* confirm(io, `descend into directory '${path}'`))) return true;
  const entries = yield* readDirectory(path);
  let fine = true;
  for (const { name } of typeof entries === "number" ? [] : entries) {
    if (name !== "." && name !== ".." && !(yield* remove(io, `${path}/${name}`, removal))) fine = false;
  }
  if (removal.ask && !(yield* confirm(io, `remove directory '${path}'`))) return fine;
  const result = yield* rmdir(path);
  if (result < 0) return yield* refuse(io, `can't remove '${path}': ${strerror(result)}`);
  if (removal.tell) yield* io.put(`removed directory: '${path}'\n`);
  return fine;
}

function* rm(io: Io): Sys<number> {
  const options = yield* io.options("irRfv");
  const force = options.has("f");
  if (options.operands.length === 0) return force ? 0 : yield* io.showUsage();
  let status = 0;
  for (const path of options.operands) {
    if (/(^|\/)\.\.?$/.test(path)) {
      yield* io.error("can't remove '.' or '..'");
      status = 1;
      continue;
    }
    const removal = { force, recurse: options.has("r") || options.has("R"), ask: options.has("i") && !force, tell: options.has("v") };
    if (!(yield* remove(io, path, removal))) status = 1;
  }
  return status;
}

function* changeMode(io: Io, path: string, text: string, recurse: boolean): Sys<boolean> {
  const there = yield* stat(path);
  if (typeof there === "number") return yield* refuse(io, `${path}: ${strerror(there)}`);
  const mask = yield* umask(0);
  yield* umask(mask);
  const mode = parseMode(text, there.mode, mask);
  if (mode === undefined) return yield* io.die(`invalid mode '${text}'`);
  const result = yield* chmod(path, mode);
  if (result < 0) return yield* refuse(io, `${path}: ${strerror(result)}`);
  if (!recurse || !isDirectory(there)) return true;
  const entries = yield* readDirectory(path);
  let fine = true;
  for (const { name } of typeof entries === "number" ? [] : entries) {
    if (name !== "." && name !== ".." && !(yield* changeMode(io, `${path}/${name}`, text, true))) fine = false;
  }
  return fine;
}

function* chmodApplet(io: Io): Sys<number> {
  // A mode such as -x is no option.
  const at = io.args.findIndex((arg) => !/^-[Rcvf]+$/.test(arg));
  const flags = io.args.slice(0, Math.max(at, 0)).join("");
  const [mode, ...paths] = at < 0 ? [] : io.args.slice(at);
  if (mode === undefined || paths.length === 0) return yield* io.showUsage();
  let status = 0;
  for (const path of paths) if (!(yield* changeMode(io, path, mode, flags.includes("R")))) status = 1;
  return status;
}

/** Where a file goes when the target is a folder: into it, under its own name. */
export function* targetPath(source: string, target: string): Sys<string> {
  const there = yield* stat(target);
  if (typeof there === "number" || !isDirectory(there)) return target;
  return `${target.replace(/\/$/, "")}/${baseName(source)}`;
}

function* ln(io: Io): Sys<number> {
  const options = yield* io.options("sfnbtvTS:");
  const operands = [...options.operands];
  if (operands.length === 0) return yield* io.showUsage();
  const target = operands.length > 1 ? (operands.pop() ?? "") : `./${baseName(operands[0] ?? "")}`;
  let status = 0;
  for (const source of operands) {
    const path = options.has("T") || options.has("n") ? target : yield* targetPath(source, target);
    if (!options.has("s")) {
      const there = yield* lstat(source);
      if (typeof there === "number") {
        yield* io.error(`${source}: ${strerror(there)}`);
        status = 1;
        continue;
      }
    }
    if (options.has("f")) yield* unlink(path);
    const result = options.has("s") ? yield* symlink(source, path) : yield* link(source, path);
    if (result < 0) {
      yield* io.error(`${path}: ${strerror(result)}`);
      status = 1;
    }
  }
  return status;
}

function* mv(io: Io): Sys<number> {
  const options = yield* io.options("finTt:v");
  const operands = [...options.operands];
  const target = options.value("t") ?? (operands.length > 1 ? operands.pop() : undefined);
  if (target === undefined || operands.length === 0) return yield* io.showUsage();
  let status = 0;
  for (const source of operands) {
    const path = options.has("T") ? target : yield* targetPath(source, target);
    const there = yield* stat(path);
    if (typeof there !== "number") {
      if (options.has("n")) continue;
      if (options.has("i") && !(yield* confirm(io, `overwrite '${path}'`))) continue;
    }
    let result = yield* rename(source, path);
    if (result === -ERRNO.EXDEV) {
      const from = yield* lstat(source);
      if (typeof from === "number") result = from;
    }
    if (result === -ERRNO.EXDEV) {
      // Another file system: copy, then remove.
      const copied = yield* copyTree(io, source, path, { recurse: true, keep: true, follow: false, force: true });
      if (!copied || !(yield* remove(io, source, { force: true, recurse: true, ask: false }))) status = 1;
      result = 0;
    }
    if (result < 0) {
      yield* io.error(`can't rename '${source}': ${strerror(result)}`);
      status = 1;
    } else if (options.has("v")) yield* io.put(`'${source}' -> '${path}'\n`);
  }
  return status;
}

/** The last component of a path, trailing slashes taken off. */
export function baseName(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  if (trimmed === "") return path === "" ? "" : "/";
  return trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

function* basename(io: Io): Sys<number> {
  const options = yield* io.options("+as:");
  const { operands } = options;
  const several = options.has("a") || options.has("s");
  if (operands.length === 0 || (!several && operands.length > 2)) return yield* io.showUsage();
  const suffix = options.value("s") ?? (several ? undefined : operands[1]);
  for (const path of several ? operands : operands.slice(0, 1)) {
    const name = baseName(path);
    yield* io.put(`${suffix && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name}\n`);
  }
  return 0;
}

function* dirname(io: Io): Sys<number> {
  const path = io.args[0];
  if (path === undefined || io.args.length > 1) return yield* io.showUsage();
  const trimmed = path.replace(/\/+$/, "");
  const at = trimmed.lastIndexOf("/");
  const folder = at < 0 ? (trimmed === "" && path !== "" ? "/" : ".") : trimmed.slice(0, at).replace(/\/+$/, "") || "/";
  yield* io.put(`${folder}\n`);
  return 0;
}

const MAX_LINKS = 40;

/** The path without symbolic links; the last component need not exist. A negative errno where the rest does not. */
function* resolve(path: string, mustExist: boolean): Sys<string | number> {
  const cwd = path.startsWith("/") ? "" : yield* getcwd();
  if (typeof cwd === "number") return cwd;
  const left = `${cwd}/${path}`.split("/").filter((part) => part !== "");
  let done = "";
  for (let links = 0; left.length > 0; ) {
    const part = left.shift() ?? "";
    if (part === ".") continue;
    if (part === "..") {
      done = done.slice(0, Math.max(0, done.lastIndexOf("/")));
      continue;
    }
    const next = `${done}/${part}`;
    const there = yield* lstat(next);
    if (typeof there === "number") {
      if (left.length > 0 || mustExist || there !== -ERRNO.ENOENT) return there;
    } else if (fileType(there) === S_IFLNK) {
      if (++links > MAX_LINKS) return -ERRNO.ELOOP;
      const target = yield* readlink(next);
      if (typeof target === "number") return target;
      if (target.startsWith("/")) done = "";
      left.unshift(...target.split("/").filter((piece) => piece !== ""));
      continue;
    } else if (left.length > 0 && fileType(there) !== S_IFDIR) return -ERRNO.ENOTDIR;
    done = next;
  }
  return done || "/";
}

function* readlinkApplet(io: Io): Sys<number> {
  const options = yield* io.options("fnvsq");
  const path = options.operands[0];
  if (path === undefined) return yield* io.showUsage();
  const text = options.has("f") ? yield* resolve(path, false) : yield* readlink(path);
  if (typeof text === "number") {
    if (options.has("v")) yield* io.error(`${path}: ${strerror(text)}`);
    return 1;
  }
  yield* io.put(options.has("n") ? text : `${text}\n`);
  return 0;
}

function* realpath(io: Io): Sys<number> {
  if (io.args.length === 0) return yield* io.showUsage();
  let status = 0;
  for (const path of io.args) {
    const text = yield* resolve(path, false);
    if (typeof text === "number") {
      yield* io.error(`${path}: ${strerror(text)}`);
      status = 1;
    } else yield* io.put(`${text}\n`);
  }
  return status;
}

function* which(io: Io): Sys<number> {
  const options = yield* io.options("a");
  if (options.operands.length === 0) return yield* io.showUsage();
  const path = io.process.env.find((entry) => entry.startsWith("PATH="))?.slice(5) ?? "/sbin:/usr/sbin:/bin:/usr/bin";
  let status = 0;
  for (const name of options.operands) {
    const places = name.includes("/") ? [name] : path.split(":").map((folder) => `${folder || "."}/${name}`);
    let found = false;
    for (const file of places) {
      const there = yield* stat(file);
      if (typeof there === "number" || fileType(there) !== S_IFREG || !(there.mode & 0o111)) continue;
      found = true;
      yield* io.put(`${file}\n`);
      if (!options.has("a")) break;
    }
    if (!found) status = 1;
  }
  return status;
}

export const FOLDERS: AppletTable = {
  mkdir: {
    usage: "[-m MODE] [-p] DIRECTORY...\n\nMake folders\n\n\t-m MODE\tTheir mode\n\t-p\tThose above them, too; one that exists is no error",
    run: mkdirApplet,
  },
  rmdir: { usage: "[-p] DIRECTORY...\n\nRemove empty folders\n\n\t-p\tThose above them, too", run: rmdirApplet },
  rm: {
    usage:
      "[-irf] FILE...\n\nRemove files\n\n\t-i\tAsk first\n\t-f\tNever ask; a file that is not there is no error\n\t-R,-r\tFolders with all that is in them",
    run: rm,
  },
  chmod: {
    usage: "[-R] MODE[,MODE]... FILE...\n\nChange modes: octal, or [ugoa]{+|-|=}[rwxXst]\n\n\t-R\tFolders with all that is in them",
    run: chmodApplet,
  },
  ln: {
    usage:
      "[-sfnT] TARGET... LINK|DIR\n\nMake links\n\n\t-s\tSymbolic ones\n\t-f\tRemove what is in the way\n\t-n, -T\tLINK is never taken for a folder",
    run: ln,
  },
  mv: {
    usage:
      "[-finT] SOURCE... DEST\n\nRename files, or move them into a folder\n\n\t-f\tNever ask\n\t-i\tAsk before overwriting\n\t-n\tNever overwrite\n\t-T\tDEST is never taken for a folder",
    run: mv,
  },
  basename: { usage: "FILE [SUFFIX] | -a FILE... | -s SUFFIX FILE...\n\nTake folders and SUFFIX off FILE's name", run: basename },
  dirname: { usage: "FILENAME\n\nThe folder in which FILENAME is", run: dirname },
  readlink: {
    usage: "[-fnv] FILE\n\nPrint where a symbolic link points\n\n\t-f\tFollow all links on the way\n\t-n\tNo newline\n\t-v\tTell errors",
    run: readlinkApplet,
  },
  realpath: { usage: "FILE...\n\nPrint absolute paths without symbolic links", run: realpath },
  which: { usage: "[-a] COMMAND...\n\nPrint where commands are\n\n\t-a\tAll places", run: which },
};

// find: walks folders and tests what is in them.
import { ERRNO, strerror } from "../../abi/errno.js";
import { accounts } from "../applets/accounts.js";
import type { AppletTable, Io } from "../applets/applet.js";
import { AppletExit } from "../applets/applet.js";
import { baseName } from "../applets/folders.js";
import { runAndWait } from "../applets/programs.js";
import { access, read, rmdir, unlink, work, writeAll, X_OK } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { fileType, isDirectory, lstat, readDirectory, S_IFLNK, S_IFREG, type Stat, stat } from "../sys/stat.js";
import { CLOCK_REALTIME, clockGettime } from "../sys/system.js";
import { matchGlob } from "../text/glob.js";
import { type Count, type Expression, ExpressionParser, type Limits, type Program } from "./expression.js";

interface Found {
  path: string;
  stat: Stat;
  depth: number;
  pruned: boolean;
}

/** Names for one run of -exec … {} +, well below what execve takes. */
const NAMES_PER_RUN = 500;
/** Deeper than any file system of the guest's goes: a path of PATH_MAX has no more components. */
const MAX_DEPTH = 2048;

const compare = ({ sign, value }: Count, found: number): boolean =>
  sign === "+" ? found > value : sign === "-" ? found < value : found === value;

class Walk {
  status = 0;
  readonly #waiting = new Map<Program, string[]>();

  constructor(
    readonly io: Io,
    readonly limits: Limits,
    readonly tree: Expression,
    readonly now: number,
  ) {}

  *#fail(path: string, error: number): Sys<void> {
    yield* this.io.error(`${path}: ${strerror(error)}`);
    this.status = 1;
  }

  /** `above`: the folders on the way here, so that -follow does not go round in circles. */
  *visit(path: string, depth: number, device: number | undefined, above: readonly Stat[]): Sys<void> {
    let there = this.limits.follow ? yield* stat(path) : yield* lstat(path);
    if (there === -ERRNO.ENOENT && this.limits.follow) there = yield* lstat(path);
    if (typeof there === "number") return yield* this.#fail(path, there);
    const self = there;
    const found: Found = { path, stat: self, depth, pruned: false };
    const wanted = depth >= this.limits.least;
    if (wanted && !this.limits.depthFirst) yield* this.#test(this.tree, found);
    yield* work(8);
    const other = this.limits.oneFileSystem && device !== undefined && self.dev !== device;
    const circle = above.some((one) => one.ino === self.ino && one.dev === self.dev);
    if (isDirectory(self) && depth < this.limits.most && depth < MAX_DEPTH && !found.pruned && !other && !circle) {
      const entries = yield* readDirectory(path);
      if (typeof entries === "number") yield* this.#fail(path, entries);
      else {
        const folder = path.endsWith("/") ? path : `${path}/`;
        for (const { name } of entries) {
          if (name !== "." && name !== "..") yield* this.visit(folder + name, depth + 1, device ?? self.dev, [...above, self]);
        }
      }
    }
    if (wanted && this.limits.depthFirst) yield* this.#test(this.tree, found);
  }

  *#test(tree: Expression, found: Found): Sys<boolean> {
    const { stat: there, path } = found;
    switch (tree.kind) {
      case "and":
        for (const item of tree.items) if (!(yield* this.#test(item, found))) return false;
        return true;
      case "or":
        for (const item of tree.items) if (yield* this.#test(item, found)) return true;
        return false;
      case "not":
        return !(yield* this.#test(tree.item, found));
      case "true":
        return true;
      case "name":
      case "path": {
        const text = tree.kind === "name" ? baseName(path) : path;
        return tree.ignoreCase ? matchGlob(tree.pattern.toLowerCase(), text.toLowerCase()) : matchGlob(tree.pattern, text);
      }
      case "regex": {
        const match = tree.regex.exec(path, 0, true);
        return match !== undefined && match.end === path.length;
      }
      case "type":
        return fileType(there) === tree.bits;
      case "mode": {
        const bits = there.mode & 0o7777;
        if (tree.how === "exact") return bits === tree.bits;
        return tree.how === "all" ? (bits & tree.bits) === tree.bits : tree.bits === 0 || (bits & tree.bits) !== 0;
      }
      case "time":
        return compare(tree.count, Math.floor((this.now - there[tree.field]) / tree.unit));
      case "newer":
        return there.mtime > tree.than.mtime || (there.mtime === tree.than.mtime && there.mtimeNs > tree.than.mtimeNs);
      case "same":
        return there.ino === tree.as.ino && there.dev === tree.as.dev;
      case "number":
        return compare(tree.count, there[tree.field]);
      case "size":
        return compare(tree.count, Math.ceil(there.size / tree.unit));
      case "empty": {
        if (fileType(there) === S_IFREG) return there.size === 0;
        if (!isDirectory(there)) return false;
        const entries = yield* readDirectory(path);
        return typeof entries !== "number" && entries.every(({ name }) => name === "." || name === "..");
      }
      case "executable":
        return (yield* access(path, X_OK)) >= 0;
      case "prune":
        found.pruned = isDirectory(there);
        return true;
      default:
        return yield* this.#act(tree, found);
    }
  }

  *#act(tree: Expression, { path, stat: there }: Found): Sys<boolean> {
    switch (tree.kind) {
      case "print":
        yield* this.io.put(`${path}\n`);
        return true;
      case "print0":
        yield* this.io.put(`${path}\0`);
        return true;
      case "delete": {
        if (path === "." || path === "..") return true;
        const result = isDirectory(there) ? yield* rmdir(path) : yield* unlink(path);
        if (result < 0) yield* this.#fail(path, result);
        return true;
      }
      case "quit":
        yield* this.finish();
        yield* this.io.flush();
        throw new AppletExit(this.status);
      case "exec":
        return yield* this.#exec(tree.program, tree.ok, path);
      default:
        return true;
    }
  }

  *#exec(program: Program, ask: boolean, path: string): Sys<boolean> {
    if (program.many) {
      const names = this.#waiting.get(program) ?? [];
      this.#waiting.set(program, names);
      names.push(path);
      if (names.length >= NAMES_PER_RUN) yield* this.#runMany(program);
      return true;
    }
    const argv = program.argv.map((word) => word.replaceAll("{}", path));
    yield* this.io.flush();
    if (ask) {
      yield* writeAll(2, `${argv.join(" ")}?`);
      const answer = yield* read(0, 80);
      if (typeof answer !== "string" || !/^[yY]/.test(answer)) return false;
    }
    return (yield* runAndWait(this.io, argv, "")) === 0;
  }

  *#runMany(program: Program): Sys<void> {
    const names = this.#waiting.get(program) ?? [];
    if (names.length === 0) return;
    this.#waiting.set(program, []);
    yield* this.io.flush();
    if ((yield* runAndWait(this.io, [...program.argv.slice(0, -1), ...names], "")) !== 0) this.status = 1;
  }

  *finish(): Sys<void> {
    for (const program of this.#waiting.keys()) yield* this.#runMany(program);
  }
}

function* idsByName(path: string): Sys<Map<string, number>> {
  return new Map([...(yield* accounts(path))].map(([id, name]) => [name, id]));
}

function* find(io: Io): Sys<number> {
  const limits: Limits = { least: 0, most: Number.POSITIVE_INFINITY, depthFirst: false, oneFileSystem: false, follow: false };
  const args = [...io.args];
  let followNamed = false;
  while (args[0] === "-H" || args[0] === "-L" || args[0] === "-P" || args[0] === "--help") {
    if (args[0] === "--help") yield* io.showUsage(0);
    if (args[0] === "-L") limits.follow = true;
    if (args[0] === "-H") followNamed = true;
    args.shift();
  }
  let start = args.findIndex((arg) => arg.startsWith("-") || arg === "(" || arg === "!");
  if (start < 0) start = args.length;
  const paths = start === 0 ? ["."] : args.slice(0, start);
  const names = { users: yield* idsByName("/etc/passwd"), groups: yield* idsByName("/etc/group") };
  const tree = yield* new ExpressionParser(io, args.slice(start), limits, names).parse();
  const walk = new Walk(io, limits, tree, yield* clockGettime(CLOCK_REALTIME));
  for (const path of paths) {
    const link = followNamed ? yield* lstat(path) : undefined;
    if (link !== undefined && typeof link !== "number" && fileType(link) === S_IFLNK) {
      limits.follow = true;
      yield* walk.visit(path, 0, undefined, []);
      limits.follow = false;
    } else yield* walk.visit(path, 0, undefined, []);
  }
  yield* walk.finish();
  return walk.status;
}

export const FIND: AppletTable = {
  find: {
    usage:
      "[-HL] [PATH]... [OPTIONS] [ACTIONS]\n\nSearch folders for files\n\n\t-L, -H\tFollow symbolic links, those named\n\t-maxdepth N, -mindepth N\tHow deep\n\t-depth\tA folder behind what is in it\n" +
      "\t-xdev\tStay on one file system\n\n\t( ), !, -a, -o\tGroup, invert, both, either\n\t-name, -iname, -path, -ipath PATTERN; -regex PATTERN\n\t-type f|d|l|b|c|s|p; -perm [+-]MODE; -size [+-]N[bck]\n" +
      "\t-mtime, -atime, -ctime, -mmin, -amin, -cmin [+-]N; -newer FILE\n\t-inum, -links, -user, -group N; -samefile FILE; -empty; -executable\n\t-prune, -quit, -print, -print0, -delete\n\t-exec CMD ARG... ;\tRun CMD, {} is the file\n\t-exec CMD ARG... {} +\tfor many files at once",
    run: find,
  },
};

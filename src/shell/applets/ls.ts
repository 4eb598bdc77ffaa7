// ls: lists files and folders, in columns on a terminal.
import { strerror } from "../../abi/errno.js";
import { close, readlink } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import {
  fileType,
  isDirectory,
  lstat,
  modeText,
  openDirectory,
  readEntries,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFSOCK,
  type Stat,
  stat,
} from "../sys/stat.js";
import { CLOCK_REALTIME, clockGettime } from "../sys/system.js";
import { isatty, windowSize } from "../sys/terminal.js";
import { parseDecimal } from "../text/numbers.js";
import { accountName, accounts } from "./accounts.js";
import type { AppletTable, Io, Options } from "./applet.js";
import { humanSize, listTime } from "./format.js";
import { compareVersions } from "./sort.js";

interface Entry {
  name: string;
  path: string;
  stat: Stat;
}

interface Listing {
  options: Options;
  columns: number;
  /** Names below each other in columns (default on a terminal) or across (-x). */
  layout: "one" | "down" | "across" | "long";
  now: number;
  users: ReadonlyMap<number, string>;
  groups: ReadonlyMap<number, string>;
  status: number;
}

const COLUMN_GAP = 2;
/** Options without a letter. */
const COLOR = "\x01";
const FULL_TIME = "\x02";
const FOLDERS_FIRST = "\x03";
const COLOUR = /\x1b\[[0-9;]*m/g;
const SIX_MONTHS = 15_552_000;

function* entryOf(io: Io, listing: Listing, path: string, name: string, follow: boolean): Sys<Entry | undefined> {
  const found = follow ? yield* stat(path) : yield* lstat(path);
  const usable = typeof found === "number" && follow ? yield* lstat(path) : found;
  if (typeof usable === "number") {
    yield* io.error(`${path}: ${strerror(usable)}`);
    listing.status = 1;
    return undefined;
  }
  return { name, path, stat: usable };
}

function indicator(entry: Entry, options: Options): string {
  if (isDirectory(entry.stat)) return options.has("F") || options.has("p") ? "/" : "";
  if (!options.has("F")) return "";
  switch (fileType(entry.stat)) {
    case S_IFLNK:
      return "@";
    case S_IFIFO:
      return "|";
    case S_IFSOCK:
      return "=";
  }
  return entry.stat.mode & 0o111 ? "*" : "";
}

function timeOf(entry: Entry, options: Options): number {
  return options.has("u") ? entry.stat.atime : options.has("c") ? entry.stat.ctime : entry.stat.mtime;
}

function sort(entries: Entry[], options: Options): void {
  const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const byTime = options.has("t");
  const key = (a: Entry, b: Entry): number => {
    if (options.has(FOLDERS_FIRST) && isDirectory(a.stat) !== isDirectory(b.stat)) return isDirectory(a.stat) ? -1 : 1;
    if (options.has("S")) return b.stat.size - a.stat.size;
    if (byTime) return timeOf(b, options) - timeOf(a, options) || b.stat.mtimeNs - a.stat.mtimeNs;
    if (options.has("v")) return compareVersions(a.name, b.name);
    if (options.has("X")) return extension(a.name) < extension(b.name) ? -1 : extension(a.name) > extension(b.name) ? 1 : 0;
    return 0;
  };
  entries.sort((a, b) => key(a, b) || byName(a, b));
  if (options.has("r")) entries.reverse();
}

const extension = (name: string): string => (name.includes(".") ? name.slice(name.lastIndexOf(".")) : "");

/** What stands before and in a column: inode, blocks, name. */
function cell(entry: Entry, options: Options): string {
  let text = "";
  if (options.has("i")) text += `${String(entry.stat.ino).padStart(7)} `;
  if (options.has("s")) text += `${String(Math.floor(entry.stat.blocks / 2)).padStart(6)} `;
  return text + coloured(entry, options) + indicator(entry, options);
}

/** busybox's colours, by type. */
const COLOURS: Readonly<Record<number, string>> = {
  [S_IFDIR]: "1;34",
  [S_IFLNK]: "1;36",
  [S_IFIFO]: "1;35",
  [S_IFSOCK]: "1;35",
  [S_IFBLK]: "1;33",
  [S_IFCHR]: "1;33",
};

function coloured(entry: Entry, options: Options): string {
  if (!options.has(COLOR)) return entry.name;
  const type = fileType(entry.stat);
  const colour = COLOURS[type] ?? (entry.stat.mode & 0o111 ? "1;32" : "0;0");
  return `\x1b[${colour}m${entry.name}\x1b[m`;
}

function longLine(entry: Entry, listing: Listing, target: string | undefined): string {
  const { options } = listing;
  const { stat: file } = entry;
  let text = "";
  if (options.has("i")) text += `${String(file.ino).padStart(7)} `;
  if (options.has("s")) text += `${String(Math.floor(file.blocks / 2)).padStart(6)} `;
  text += `${modeText(file.mode)} ${String(file.nlink).padStart(4)} `;
  const plain = options.has("n");
  const user = plain ? String(file.uid) : accountName(listing.users, file.uid);
  const group = plain ? String(file.gid) : accountName(listing.groups, file.gid);
  if (options.has("g")) text += `${group.padEnd(8)} `;
  else text += `${user.padEnd(8)} ${group.padEnd(8)} `;
  const type = fileType(file);
  if (type === S_IFBLK || type === S_IFCHR) {
    const major = (file.rdev >> 8) & 0xfff;
    const minor = (file.rdev & 0xff) | ((file.rdev >> 12) & 0xfff00);
    text += `${String(major).padStart(4)}, ${String(minor).padStart(3)} `;
  } else text += `${options.has("h") ? humanSize(file.size).padStart(7) : String(file.size).padStart(9)} `;
  const time = timeOf(entry, options);
  const old = listing.now - time > SIX_MONTHS || time > listing.now + 900;
  text += `${listTime(time, options.has(FULL_TIME) ? "full" : old ? "old" : "recent")} `;
  text += coloured(entry, options);
  if (target !== undefined) return `${text} -> ${target}`;
  return text + indicator(entry, options);
}

function* show(io: Io, listing: Listing, entries: Entry[]): Sys<void> {
  const { options, layout } = listing;
  sort(entries, options);
  if (layout === "long") {
    for (const entry of entries) {
      const target = fileType(entry.stat) === S_IFLNK ? yield* readlink(entry.path) : undefined;
      if (typeof target === "number") yield* io.error(`${entry.path}: cannot read link: ${strerror(target)}`);
      yield* io.put(`${longLine(entry, listing, typeof target === "string" ? target : undefined)}\n`);
    }
    return;
  }
  const cells = entries.map((entry) => cell(entry, options));
  const widths = cells.map((text) => text.replace(COLOUR, "").length);
  const width = Math.max(0, ...widths) + COLUMN_GAP;
  const perRow = layout === "one" ? 1 : Math.max(1, Math.floor(listing.columns / width));
  const rows = Math.ceil(cells.length / perRow);
  for (let row = 0; row < rows; row++) {
    const line: string[] = [];
    if (layout === "across") line.push(...cells.slice(row * perRow, (row + 1) * perRow));
    else for (let n = row; n < cells.length; n += rows) line.push(cells[n] ?? "");
    yield* io.put(
      `${line.map((text, n) => (n + 1 < line.length ? text + " ".repeat(width - text.replace(COLOUR, "").length) : text)).join("")}\n`,
    );
  }
}

function* listFolder(io: Io, listing: Listing, path: string, titled: boolean, first: boolean): Sys<void> {
  const { options } = listing;
  const fd = yield* openDirectory(path);
  const names = fd < 0 ? fd : yield* readEntries(fd);
  if (typeof names === "number") {
    if (fd >= 0) yield* close(fd);
    yield* io.error(`can't open '${path}': ${strerror(names)}`);
    listing.status = 1;
    return;
  }
  const entries: Entry[] = [];
  for (const { name } of names) {
    const dots = name === "." || name === "..";
    if (name.startsWith(".") && !options.has("a") && (dots || !options.has("A"))) continue;
    const entry = yield* entryOf(io, listing, path === "/" ? `/${name}` : `${path.replace(/\/$/, "")}/${name}`, name, options.has("L"));
    if (entry) entries.push(entry);
  }
  // Only now: in /proc/self/fd the folder's own descriptor is an entry, whose link nobody can read any more.
  yield* close(fd);
  if (titled) yield* io.put(`${first ? "" : "\n"}${path}:\n`);
  if (listing.layout === "long" || options.has("s")) {
    yield* io.put(`total ${Math.floor(entries.reduce((sum, entry) => sum + entry.stat.blocks, 0) / 2)}\n`);
  }
  yield* show(io, listing, entries);
  if (!options.has("R")) return;
  for (const entry of entries) {
    if (isDirectory(entry.stat) && entry.name !== "." && entry.name !== "..") yield* listFolder(io, listing, entry.path, true, false);
  }
}

function* ls(io: Io): Sys<number> {
  const colour = io.args.findLast((arg) => /^--color(=|$)/.test(arg));
  const wanted = io.args
    .map((arg) => (arg === colour ? "--color" : arg))
    .filter((arg) => arg !== "--color" || !/=(never|no|none)$/.test(colour ?? ""));
  const options = yield* io.optionsOf(wanted, `1AaCxdLHRFplinshrSXvctukgGw:T:${COLOR}${FULL_TIME}${FOLDERS_FIRST}`, {
    color: COLOR,
    "full-time": FULL_TIME,
    "group-directories-first": FOLDERS_FIRST,
  });
  const terminal = yield* isatty(1);
  if (/=(auto|tty|if-tty)$/.test(colour ?? "") && !terminal) options.drop(COLOR);
  const size = terminal ? yield* windowSize(1) : undefined;
  const layout =
    options.has("l") || options.has("n") || options.has("g") || options.has(FULL_TIME)
      ? "long"
      : options.has("x")
        ? "across"
        : options.has("C") || (terminal && !options.has("1"))
          ? "down"
          : "one";
  const long = layout === "long" && !options.has("n");
  const listing: Listing = {
    options,
    columns: parseDecimal(options.value("w") ?? "") ?? (size?.columns || 80),
    layout,
    now: layout === "long" ? yield* clockGettime(CLOCK_REALTIME) : 0,
    users: long ? yield* accounts("/etc/passwd") : new Map(),
    groups: long ? yield* accounts("/etc/group") : new Map(),
    status: 0,
  };
  const operands = options.operands.length > 0 ? options.operands : ["."];
  const files: Entry[] = [];
  const folders: Entry[] = [];
  for (const path of operands) {
    const follow = options.has("L") || options.has("H") || (layout !== "long" && !options.has("F") && !options.has("d"));
    const entry = yield* entryOf(io, listing, path, path, follow);
    if (!entry) continue;
    if (isDirectory(entry.stat) && !options.has("d")) folders.push(entry);
    else files.push(entry);
  }
  if (files.length > 0) yield* show(io, listing, files);
  sort(folders, options);
  const titled = operands.length > 1 || options.has("R");
  for (const [n, folder] of folders.entries()) yield* listFolder(io, listing, folder.path, titled, n === 0 && files.length === 0);
  return listing.status;
}

export const LS: AppletTable = {
  ls: {
    usage:
      "[-1AaCxdLHRFplinshrSXvctu] [-w WIDTH] [--color[=WHEN]] [FILE]...\n\nList folders\n\n\t-1\tOne name a line\n\t-a\tNames that begin with a dot, too\n\t-A\t...without . and ..\n" +
      "\t-x\tColumns read across\n\t-d\tFolders themselves\n\t-L\tFollow symbolic links\n\t-H\t...of the arguments\n\t-R\tAll below, too\n\t-p\t/ behind folders\n" +
      "\t-F\tOne of */=@| behind names\n\t-l\tLong lines\n\t-i\tInode numbers\n\t-n\tUser and group as numbers\n\t-s\tBlocks\n\t-lc, -lu\tTime of change, of access\n" +
      "\t-h\tSizes with units\n\t-r\tBackwards\n\t-S, -X, -v, -t\tBy size, by extension, by version, by time\n\t--full-time\tDate and time in full\n\t--group-directories-first\n\t--color\tNames by type: always, never, auto\n\t-w N\tScreen width",
    run: ls,
  },
};

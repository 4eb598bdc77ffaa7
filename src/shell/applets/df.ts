// df: how full file systems are, by statfs(2) of the mounts of /proc/mounts.
import { strerror } from "../../abi/errno.js";
import { SYS } from "../../abi/syscalls.js";
import { callOut } from "../sys/calls.js";
import { readFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { fileType, S_IFBLK, stat } from "../sys/stat.js";
import { parseDecimal } from "../text/numbers.js";
import type { AppletTable, Io, Options } from "./applet.js";
import { humanSize } from "./format.js";

const KILO = 1024;
const MEGA = KILO * KILO;
const STATFS_SIZE = 120;
const NAME_WIDTH = 20;
const SUFFIXES = ["", "K", "M", "G", "T"];

interface Mount {
  device: string;
  folder: string;
  type: string;
}

interface Room {
  blockSize: number;
  blocks: number;
  free: number;
  available: number;
}

const fromOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));

function* mounts(io: Io): Sys<Mount[]> {
  const text = yield* readFile("/proc/mounts");
  if (typeof text === "number") return yield* io.die(`/proc/mounts: ${strerror(text)}`);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [device = "", folder = "", type = ""] = line.split(" ").map(fromOctal);
      return { device, folder, type };
    });
}

/** The first mount that has this name or on which the named file lies; that of the boot (rootfs) never counts. */
function* mountOf(path: string, all: readonly Mount[]): Sys<Mount | undefined> {
  const there = yield* stat(path);
  if (typeof there === "number") return undefined;
  const device = fileType(there) === S_IFBLK ? there.rdev : there.dev;
  for (const mount of all) {
    if (mount.device === "rootfs") continue;
    if (mount.folder === path || mount.device === path) return mount;
    const source = yield* stat(mount.device);
    if (typeof source !== "number" && source.rdev === device) return mount;
    const root = yield* stat(mount.folder);
    if (typeof root !== "number" && root.dev === device) return mount;
  }
  return undefined;
}

function* roomOf(path: string, inodes: boolean): Sys<Room | number> {
  const bytes = yield* callOut(SYS.statfs, path, { out: STATFS_SIZE });
  if (typeof bytes === "number") return bytes;
  const view = Buffer.from(bytes);
  const word = (n: number): number => Number(view.readBigUInt64LE(n * 8));
  return inodes
    ? { blockSize: 1, blocks: word(5), free: word(6), available: word(6) }
    : { blockSize: word(1), blocks: word(2), free: word(3), available: word(4) };
}

/** -B's number: bytes, with a suffix of K, M, G or T. */
function* blockSize(io: Io, text: string): Sys<number> {
  const match = /^([0-9]+)([KMGTkmgt]?)$/.exec(text);
  const count = parseDecimal(match?.[1] ?? "");
  if (!match || count === undefined) return yield* io.die(`invalid number '${text}'`);
  if (count === 0) return yield* io.die("number 0 is not in 1..18446744073709551615 range");
  return count * KILO ** SUFFIXES.indexOf((match[2] ?? "").toUpperCase());
}

/** 4K-blocks: rounded to a whole number of the biggest unit. */
function unitHeader(unit: number, posix: boolean): string {
  let value = unit;
  let suffix = 0;
  while (!posix && value >= KILO && suffix + 1 < SUFFIXES.length) {
    value = Math.ceil(value / KILO);
    suffix++;
  }
  return `${value}${SUFFIXES[suffix]}-blocks`;
}

/** Of -k, -m and -B the last one counts; -h and -i go before them all. Unit 0: for humans. */
function* unitOf(io: Io, options: Options): Sys<{ unit: number; header: string }> {
  let unit = KILO;
  for (const { letter, value } of options.order) {
    if (letter === "k") unit = KILO;
    else if (letter === "m") unit = MEGA;
    else if (letter === "B") unit = yield* blockSize(io, value);
  }
  let header = unitHeader(unit, options.has("P"));
  if (options.has("h")) header = "     Size";
  if (options.has("i")) header = "   Inodes";
  return { unit: options.has("h") ? 0 : options.has("i") ? 1 : unit, header };
}

function line(mount: Mount, room: Room, unit: number, options: Options): string {
  const used = room.blocks - room.free;
  const all = used + room.available;
  const percent = all === 0 ? 0 : Math.floor((used * 100 + all / 2) / all);
  const figure = (blocks: number): string => {
    const bytes = blocks * room.blockSize;
    return (unit === 0 ? humanSize(bytes) : String(Math.floor((bytes + Math.floor(unit / 2)) / unit))).padStart(9);
  };
  const { length } = mount.device;
  let text = mount.device;
  if (length > NAME_WIDTH && !options.has("P")) text += `\n${" ".repeat(NAME_WIDTH)}`;
  // A name that is too long moves the columns by as much again: printf's negative width.
  else text += " ".repeat(Math.abs(NAME_WIDTH - length));
  if (options.has("T")) text += ` ${mount.type.padEnd(10)}`;
  const figures = [room.blocks, used, room.available].map(figure).join(" ");
  return `${text} ${figures} ${String(percent).padStart(3)}% ${mount.folder}\n`;
}

function* df(io: Io): Sys<number> {
  const options = yield* io.options("PkmhTaiB:t:");
  const { unit, header } = yield* unitOf(io, options);
  const type = options.has("T") ? "Type       " : "";
  yield* io.put(`Filesystem           ${type}${header.padEnd(15)}Used Available ${options.has("P") ? "Capacity" : "Use%"} Mounted on\n`);
  const all = yield* mounts(io);
  const named = options.operands.length > 0;
  let status = 0;
  for (const place of named ? options.operands : all) {
    const mount = typeof place === "string" ? yield* mountOf(place, all) : place;
    if (!mount) {
      yield* io.error(`${String(place)}: can't find mount point`);
      status = 1;
      continue;
    }
    if (options.has("t") && options.value("t") !== mount.type) continue;
    const room = yield* roomOf(mount.folder, options.has("i"));
    if (typeof room === "number") {
      yield* io.error(`${mount.folder}: ${strerror(room)}`);
      status = 1;
      continue;
    }
    if (mount.device !== "rootfs" && (named || options.has("a") || room.blocks > 0)) yield* io.put(line(mount, room, unit, options));
  }
  return status;
}

export const DF: AppletTable = {
  df: {
    usage:
      "[-PkmhTai] [-B SIZE] [-t TYPE] [FILE]...\n\nShow how full file systems are\n\n\t-P\tPOSIX's format\n\t-k, -m\tIn kilobytes (default), megabytes\n\t-B SIZE\tIn blocks of SIZE bytes\n\t-h\tFor humans\n\t-T\tTypes of file systems\n\t-t TYPE\tOnly those of this type\n\t-a\tEmpty ones, too\n\t-i\tInodes instead of blocks",
    run: df,
  },
};

// Applets that make special files and take single names: mknod mkfifo link unlink.
import { ERRNO, strerror } from "../../abi/errno.js";
import { SYS } from "../../abi/syscalls.js";
import { call, link, umask, unlink } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { S_IFBLK, S_IFCHR, S_IFIFO } from "../sys/stat.js";
import { parseDecimal } from "../text/numbers.js";
import type { AppletTable, Io, Options } from "./applet.js";
import { parseMode } from "./mode.js";

const TYPES: Readonly<Record<string, number>> = { p: S_IFIFO, c: S_IFCHR, u: S_IFCHR, b: S_IFBLK };
const MAX_MAJOR = 0xfff;
const MAX_MINOR = 0xfffff;
const DEFAULT_MODE = 0o666;

/** -m's mode, which the umask does not narrow; undefined where it is none. */
function* modeOf(options: Options): Sys<number | undefined> {
  const text = options.value("m");
  if (text === undefined) return DEFAULT_MODE;
  yield* umask(0);
  return parseMode(text, DEFAULT_MODE, 0);
}

function* number(io: Io, text: string, most: number): Sys<number> {
  const value = parseDecimal(text);
  if (value === undefined) return yield* io.die(`invalid number '${text}'`);
  if (value > most) return yield* io.die(`number ${value} is not in 0..${most} range`);
  return value;
}

/** Linux's device number: major in bits 8 to 19, minor in bits 0 to 7 and 20 to 31. */
function deviceNumber(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

function* make(path: string, mode: number | undefined, type: number, device: number): Sys<number> {
  return mode === undefined ? -ERRNO.EINVAL : yield* call(SYS.mknod, path, mode | type, device);
}

function* mknod(io: Io): Sys<number> {
  const options = yield* io.options("m:");
  const mode = yield* modeOf(options);
  const [path, kind = "", majorText, minorText] = options.operands;
  const type = TYPES[kind.charAt(0)];
  const count = type === S_IFIFO ? 2 : 4;
  if (path === undefined || type === undefined || options.operands.length !== count) return yield* io.showUsage();
  let device = 0;
  if (majorText !== undefined && minorText !== undefined)
    device = deviceNumber(yield* number(io, majorText, MAX_MAJOR), yield* number(io, minorText, MAX_MINOR));
  const result = yield* make(path, mode, type, device);
  return result < 0 ? yield* io.die(`${path}: ${strerror(result)}`) : 0;
}

function* mkfifo(io: Io): Sys<number> {
  const options = yield* io.options("m:");
  const mode = yield* modeOf(options);
  if (options.operands.length === 0) return yield* io.showUsage();
  let status = 0;
  for (const path of options.operands) {
    const result = yield* make(path, mode, S_IFIFO, 0);
    if (result >= 0) continue;
    yield* io.error(`${path}: ${strerror(result)}`);
    status = 1;
  }
  return status;
}

function* linkApplet(io: Io): Sys<number> {
  const { operands } = yield* io.options("");
  const [from, to] = operands;
  if (from === undefined || to === undefined || operands.length > 2) return yield* io.showUsage();
  const result = yield* link(from, to);
  return result < 0 ? yield* io.die(`can't create hardlink '${to}' to '${from}': ${strerror(result)}`) : 0;
}

function* unlinkApplet(io: Io): Sys<number> {
  const { operands } = yield* io.options("");
  const [path] = operands;
  if (path === undefined || operands.length > 1) return yield* io.showUsage();
  const result = yield* unlink(path);
  return result < 0 ? yield* io.die(`can't remove file '${path}': ${strerror(result)}`) : 0;
}

export const NODES: AppletTable = {
  mknod: {
    usage:
      "[-m MODE] NAME TYPE [MAJOR MINOR]\n\nMake a special file: a pipe (p), a device of characters (c, u) or of blocks (b)\n\n\t-m MODE\tIts mode",
    run: mknod,
  },
  mkfifo: { usage: "[-m MODE] NAME...\n\nMake named pipes\n\n\t-m MODE\tTheir mode", run: mkfifo },
  link: { usage: "FILE LINK\n\nGive FILE another name", run: linkApplet },
  unlink: { usage: "FILE\n\nRemove one name by unlink(2)", run: unlinkApplet },
};

// Applets about files' lengths, a program's processors and root, and a screenful of text: truncate fallocate taskset chroot more.
import { ERRNO, strerror } from "../../abi/errno.js";
import { SYS } from "../../abi/syscalls.js";
import { call, callOut, chdir, close, O_CREAT, O_RDONLY, O_WRONLY, open, read, writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { stat } from "../sys/stat.js";
import { isatty, rawInput, tcgetattr, tcsetattr, windowSize } from "../sys/terminal.js";
import { parseDecimal } from "../text/numbers.js";
import type { AppletTable, Io } from "./applet.js";
import { closeInput, LineReader, openInput } from "./input.js";
import { become } from "./programs.js";

const UNITS: Readonly<Record<string, number>> = { "": 1, b: 512, k: 1024, K: 1024, m: 1 << 20, M: 1 << 20, G: 1 << 30, g: 1 << 30 };

function* size(io: Io, text: string): Sys<number> {
  const match = /^([0-9]{1,15})([bkKmMgG]?)$/.exec(text);
  return match ? Number(match[1]) * (UNITS[match[2] ?? ""] ?? 1) : yield* io.die(`invalid number '${text}'`);
}

function* truncate(io: Io): Sys<number> {
  const options = yield* io.options("cs:", { "no-create": "c", size: "s" });
  const text = options.value("s");
  if (text === undefined || options.operands.length === 0) return yield* io.showUsage();
  const length = yield* size(io, text);
  let status = 0;
  for (const path of options.operands) {
    const fd = yield* open(path, O_WRONLY | (options.has("c") ? 0 : O_CREAT));
    if (fd < 0) {
      if (options.has("c")) continue;
      yield* io.error(`${path}: ${strerror(fd)}`);
      status = 1;
      continue;
    }
    const result = yield* call(SYS.ftruncate, fd, length);
    if (result < 0) {
      yield* io.error(`${path}: truncate: ${strerror(result)}`);
      status = 1;
    }
    yield* close(fd);
  }
  return status;
}

function* fallocate(io: Io): Sys<number> {
  const options = yield* io.options("l:o:");
  const [path] = options.operands;
  const text = options.value("l");
  if (text === undefined || path === undefined) return yield* io.showUsage();
  const length = yield* size(io, text);
  const offset = yield* size(io, options.value("o") ?? "0");
  const fd = yield* open(path, O_WRONLY | O_CREAT);
  if (fd < 0) return yield* io.die(`can't open '${path}': ${strerror(fd)}`);
  let result = yield* call(SYS.fallocate, fd, 0, offset, length);
  if (result === -ERRNO.ENOSYS || result === -ERRNO.EOPNOTSUPP) {
    // As posix_fallocate(3): the length at least.
    const there = yield* stat(path);
    const grows = typeof there !== "number" && there.size < offset + length;
    result = grows ? yield* call(SYS.ftruncate, fd, offset + length) : 0;
  }
  return result < 0 ? yield* io.die(`fallocate '${path}': ${strerror(result)}`) : 0;
}

/** Bytes of an affinity mask: more processors than the machine can have. */
const MASK_BYTES = 8;

/** 0,2-3 */
function listMask(text: string): bigint | undefined {
  let mask = 0n;
  for (const piece of text.split(",")) {
    const match = /^([0-9]{1,2})(?:-([0-9]{1,2}))?$/.exec(piece);
    if (!match) return undefined;
    for (let cpu = Number(match[1]); cpu <= Number(match[2] ?? match[1]); cpu++) mask |= 1n << BigInt(cpu);
  }
  return BigInt.asUintN(64, mask);
}

function maskList(mask: bigint): string {
  const cpus = Array.from({ length: 64 }, (_, cpu) => cpu).filter((cpu) => (mask >> BigInt(cpu)) & 1n);
  const runs: [number, number][] = [];
  for (const cpu of cpus) {
    const last = runs.at(-1);
    if (last && last[1] + 1 === cpu) last[1] = cpu;
    else runs.push([cpu, cpu]);
  }
  return runs.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(",");
}

function* taskset(io: Io): Sys<number> {
  const options = yield* io.options("+pc", { pid: "p", "cpu-list": "c" });
  const operands = [...options.operands];
  const lists = options.has("c");
  if (operands.length === 0 || (!options.has("p") && operands.length < 2)) return yield* io.showUsage();
  const text = options.has("p") && operands.length < 2 ? undefined : operands.shift();
  let mask: bigint | undefined;
  if (text !== undefined) {
    mask = lists ? listMask(text) : /^(0x)?[0-9a-fA-F]{1,16}$/.test(text) ? BigInt(`0x${text.replace(/^0x/, "")}`) : undefined;
    if (mask === undefined) return yield* io.die(`bad affinity '${text}'`);
  }
  const pid = options.has("p") ? parseDecimal(operands[0] ?? "") : 0;
  if (pid === undefined) return yield* io.die(`invalid number '${operands[0]}'`);
  const tell = function* (word: string): Sys<void> {
    const bytes = yield* callOut(SYS.sched_getaffinity, pid, MASK_BYTES, { out: MASK_BYTES });
    if (typeof bytes === "number") return yield* io.die(`can't get pid ${pid}'s affinity: ${strerror(bytes)}`);
    const now = Buffer.from(bytes).readBigUInt64LE(0);
    yield* io.put(`pid ${pid}'s ${word} affinity ${lists ? `list: ${maskList(now)}` : `mask: ${now.toString(16)}`}\n`);
  };
  if (options.has("p")) yield* tell("current");
  if (mask !== undefined) {
    const words = Buffer.alloc(MASK_BYTES);
    words.writeBigUInt64LE(mask, 0);
    const result = yield* call(SYS.sched_setaffinity, pid, MASK_BYTES, words);
    if (result < 0) return yield* io.die(`can't set pid ${pid}'s affinity: ${strerror(result)}`);
    if (!options.has("p")) return yield* become(io, operands, io.process.env);
    yield* tell("new");
  }
  return 0;
}

function* chroot(io: Io): Sys<number> {
  const [root, ...program] = io.args;
  if (root === undefined || root === "--help") return yield* io.showUsage(root === undefined ? 1 : 0);
  let result = yield* call(SYS.chroot, root);
  if (result >= 0) result = yield* chdir("/");
  if (result < 0) return yield* io.die(`can't change root directory to '${root}': ${strerror(result)}`);
  const shell = io.process.env.find((entry) => entry.startsWith("SHELL="))?.slice(6) || "/bin/sh";
  return yield* become(io, program.length > 0 ? program : [shell, "-i"], io.process.env);
}

/** A screenful at a time; anywhere but on a terminal it is cat. */
function* more(io: Io): Sys<number> {
  const options = yield* io.options("");
  const terminal = yield* isatty(1);
  const keys = terminal ? yield* open("/dev/tty", O_RDONLY) : -1;
  const window = terminal ? yield* windowSize(1) : undefined;
  const rows = Math.max(2, window?.rows ?? 24) - 1;
  let left = rows;
  let status = 0;
  for (const file of options.operands.length > 0 ? options.operands : ["-"]) {
    const fd = yield* openInput(io, file);
    if (fd === undefined) {
      status = 1;
      continue;
    }
    const reader = new LineReader(fd);
    for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
      const height = Math.max(1, Math.ceil(line.replace(/\n$/, "").length / (window?.columns || 80)));
      if (keys >= 0 && left < height) {
        yield* io.flush();
        const key = yield* pause(keys);
        if (key === "q" || key === "Q" || key === "\x03") return 0;
        left = key === "\r" || key === "\n" ? 1 : rows;
      }
      left -= height;
      yield* io.put(line);
    }
    yield* closeInput(fd);
  }
  return status;
}

function* pause(keys: number): Sys<string> {
  yield* writeAll(1, "--More-- ");
  const mode = yield* tcgetattr(keys);
  if (typeof mode !== "number") yield* tcsetattr(keys, rawInput(mode));
  const key = yield* read(keys, 1);
  if (typeof mode !== "number") yield* tcsetattr(keys, mode);
  yield* writeAll(1, "\r\x1b[K");
  return typeof key === "string" && key !== "" ? key : "q";
}

export const SIZES: AppletTable = {
  truncate: { usage: "[-c] -s SIZE FILE...\n\nMake FILEs SIZE long\n\n\t-c\tMake none that is not there", run: truncate },
  fallocate: { usage: "[-o OFS] -l LEN FILE\n\nReserve room for FILE", run: fallocate },
  taskset: {
    usage:
      "[-p] [HEXMASK | -c LIST] PID | PROG ARGS\n\nTell or set on which CPUs a program runs\n\n\t-p\tOf a running one\n\t-c\tCPUs as a list: 0,2-3",
    run: taskset,
  },
  chroot: { usage: "NEWROOT [PROG ARGS]\n\nRun PROG with NEWROOT as its root folder", run: chroot },
  more: { usage: "[FILE]...\n\nShow FILEs a screenful at a time", run: more },
};

// Applets that copy or compare bytes: dd cmp fold nl base64 md5sum sha1sum sha256sum sha512sum mktemp.
import { createHash } from "node:crypto";
import { ERRNO, strerror } from "../../abi/errno.js";
import { SYS } from "../../abi/syscalls.js";
import { call, mkdir, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY, open, read, writeAll } from "../sys/calls.js";
import { readAll, readFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { CLOCK_REALTIME, clockGettime } from "../sys/system.js";
import { parseDecimal } from "../text/numbers.js";
import type { AppletTable, Io } from "./applet.js";
import { closeInput, linesOf, readInput } from "./input.js";

const SUFFIXES: Readonly<Record<string, number>> = {
  "": 1,
  c: 1,
  w: 2,
  b: 512,
  k: 1024,
  kB: 1000,
  K: 1024,
  KB: 1000,
  M: 1 << 20,
  MB: 1e6,
  G: 1 << 30,
  GB: 1e9,
};
/** A block of dd is kept in memory as a whole. */
const MAX_BLOCK = 1 << 26;
const SEEK_CUR = 1;

function ddNumber(text: string): number | undefined {
  const match = /^([0-9]{1,15})([a-zA-Z]*)$/.exec(text);
  const scale = SUFFIXES[match?.[2] ?? ""];
  return match && scale !== undefined ? Number(match[1]) * scale : undefined;
}

function* dd(io: Io): Sys<number> {
  const values = new Map<string, string>();
  for (const arg of io.args) {
    const at = arg.indexOf("=");
    const key = arg.slice(0, Math.max(at, 0));
    if (!["if", "of", "bs", "ibs", "obs", "count", "skip", "seek", "conv", "status"].includes(key)) return yield* io.showUsage();
    values.set(key, arg.slice(at + 1));
  }
  const number = function* (key: string, otherwise: number): Sys<number> {
    const text = values.get(key);
    if (text === undefined) return otherwise;
    const value = ddNumber(text);
    return value === undefined ? yield* io.die(`invalid number '${text}'`) : value;
  };
  const both = yield* number("bs", 512);
  const block = values.has("bs") ? both : yield* number("ibs", 512);
  const outBlock = values.has("bs") ? both : yield* number("obs", 512);
  if (block < 1 || block > MAX_BLOCK || outBlock < 1) return yield* io.die(`number ${block} is not in 1..${MAX_BLOCK} range`);
  const most = yield* number("count", Number.POSITIVE_INFINITY);
  const skip = yield* number("skip", 0);
  const seek = yield* number("seek", 0);
  const conversions = new Set((values.get("conv") ?? "").split(","));
  const [from, to] = [values.get("if"), values.get("of")];
  const input = from === undefined ? 0 : yield* open(from, O_RDONLY);
  if (input < 0) return yield* io.die(`can't open '${from}': ${strerror(input)}`);
  const truncate = seek === 0 && !conversions.has("notrunc") ? O_TRUNC : 0;
  const output = to === undefined ? 1 : yield* open(to, O_WRONLY | O_CREAT | truncate);
  if (output < 0) return yield* io.die(`can't open '${to}': ${strerror(output)}`);
  if (skip > 0 && (yield* call(SYS.lseek, input, skip * block, SEEK_CUR)) < 0) {
    for (let n = 0; n < skip; n++) if ((yield* read(input, block)) === "") break;
  }
  if (seek > 0) {
    const result = yield* call(SYS.lseek, output, seek * outBlock, SEEK_CUR);
    if (result < 0) return yield* io.die(`${to ?? "standard output"}: ${strerror(result)}`);
  }
  const count = { in: 0, inPart: 0, out: 0, outPart: 0, bytes: 0 };
  let status = 0;
  while (count.in + count.inPart < most) {
    const piece = yield* read(input, block);
    if (piece === -ERRNO.EINTR) continue;
    if (typeof piece === "number") {
      yield* io.error(`${from ?? "standard input"}: ${strerror(piece)}`);
      status = 1;
      break;
    }
    if (piece === "") break;
    const data = conversions.has("sync") ? piece.padEnd(block, "\0") : piece;
    if (piece.length === block) count.in++;
    else count.inPart++;
    const result = yield* writeAll(output, data);
    if (result < 0) {
      yield* io.error(`error writing '${to ?? "standard output"}': ${strerror(result)}`);
      status = 1;
      break;
    }
    if (data.length % outBlock === 0) count.out += data.length / outBlock;
    else count.outPart++;
    count.bytes += data.length;
  }
  if (values.get("status") !== "none")
    yield* writeAll(2, `${count.in}+${count.inPart} records in\n${count.out}+${count.outPart} records out\n`);
  return status;
}

function* cmp(io: Io): Sys<number> {
  const options = yield* io.options("sln:");
  const [first, second = "-"] = options.operands;
  if (first === undefined) return yield* io.showUsage();
  const texts: string[] = [];
  for (const file of [first, second]) {
    const fd = file === "-" ? 0 : yield* open(file, O_RDONLY);
    if (fd < 0) return yield* io.die(`${file}: ${strerror(fd)}`, 2);
    yield* closeInput(fd);
    const text = yield* readInput(io, file);
    if (text === undefined) return 2;
    texts.push(text.slice(0, parseDecimal(options.value("n") ?? "") ?? text.length));
  }
  const [a = "", b = ""] = texts;
  const quiet = options.has("s");
  let line = 1;
  let status = 0;
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    if (a[at] !== b[at]) {
      status = 1;
      if (quiet) return 1;
      if (!options.has("l")) {
        yield* io.put(`${first} ${second} differ: char ${at + 1}, line ${line}\n`);
        return 1;
      }
      yield* io.put(`${at + 1} ${a.charCodeAt(at).toString(8).padStart(3)} ${b.charCodeAt(at).toString(8).padStart(3)}\n`);
    }
    if (a[at] === "\n") line++;
  }
  if (a.length === b.length) return status;
  if (!quiet) yield* io.error(`EOF on ${a.length < b.length ? first : second}`);
  return 1;
}

function* fold(io: Io): Sys<number> {
  const options = yield* io.options("bsw:");
  const width = parseDecimal(options.value("w") ?? "80");
  if (width === undefined || width < 1) return yield* io.die(`invalid number '${options.value("w")}'`);
  let status = 0;
  for (const file of options.operands.length > 0 ? options.operands : ["-"]) {
    const text = file === "-" ? yield* readAll(0) : yield* readFile(file);
    if (typeof text === "number") {
      yield* io.error(`${file}: ${strerror(text)}`);
      status = 1;
      continue;
    }
    for (const [n, whole] of text.split("\n").entries()) {
      if (n > 0) yield* io.put("\n");
      let line = whole;
      while (line.length > width) {
        const blank = options.has("s") ? line.lastIndexOf(" ", width - 1) : -1;
        const cut = blank >= 0 ? blank + 1 : width;
        yield* io.put(`${line.slice(0, cut)}\n`);
        line = line.slice(cut);
      }
      yield* io.put(line);
    }
  }
  return status;
}

function* nl(io: Io): Sys<number> {
  const options = yield* io.options("b:i:s:v:w:");
  const separator = options.value("s") ?? "\t";
  const width = parseDecimal(options.value("w") ?? "6") ?? 6;
  const all = options.value("b") === "a";
  let number = Number(options.value("v") ?? 1);
  let status = 0;
  for (const file of options.operands.length > 0 ? options.operands : ["-"]) {
    const text = yield* readInput(io, file);
    if (text === undefined) status = 1;
    for (const line of linesOf(text ?? "")) {
      if (line === "" && !all) {
        yield* io.put(`${" ".repeat(width + separator.length)}\n`);
        continue;
      }
      yield* io.put(`${String(number).padStart(width)}${separator}${line}\n`);
      number += Number(options.value("i") ?? 1);
    }
  }
  return status;
}

function* base64(io: Io): Sys<number> {
  const options = yield* io.options("dw:");
  const text = yield* readInput(io, options.operands[0] ?? "-");
  if (text === undefined) return 1;
  if (options.has("d")) {
    const plain = text.replace(/\s/g, "");
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) return yield* io.die("truncated input");
    yield* io.put(Buffer.from(plain, "base64").toString("latin1"));
    return 0;
  }
  const width = parseDecimal(options.value("w") ?? "76") ?? 76;
  const code = Buffer.from(text, "latin1").toString("base64");
  if (width === 0) yield* io.put(code);
  else for (let at = 0; at < code.length; at += width) yield* io.put(`${code.slice(at, at + width)}\n`);
  return 0;
}

const digest = (algorithm: string, text: string): string => createHash(algorithm).update(text, "latin1").digest("hex");

function* checksum(io: Io): Sys<number> {
  const algorithm = io.name.replace(/sum$/, "");
  const options = yield* io.options("bcstw");
  let status = 0;
  for (const file of options.operands.length > 0 ? options.operands : ["-"]) {
    const text = yield* readInput(io, file);
    if (text === undefined) {
      status = 1;
      continue;
    }
    if (!options.has("c")) {
      yield* io.put(`${digest(algorithm, text)}  ${file}\n`);
      continue;
    }
    let failed = 0;
    const lines = linesOf(text);
    for (const line of lines) {
      const [, sum = "", name = ""] = /^(\S+) [ *](.*)$/.exec(line) ?? [];
      const content = name === "" ? undefined : yield* readInput(io, name);
      const fine = content !== undefined && digest(algorithm, content) === sum.toLowerCase();
      if (!fine) failed++;
      if (!options.has("s")) yield* io.put(`${name}: ${fine ? "OK" : "FAILED"}\n`);
    }
    if (failed === 0) continue;
    status = 1;
    if (!options.has("s")) yield* io.error(`WARNING: ${failed} of ${lines.length} computed checksums did NOT match`);
  }
  return status;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ATTEMPTS = 100;

function* mktemp(io: Io): Sys<number> {
  const options = yield* io.options("dqtup:");
  const folder = options.value("p") ?? io.process.env.find((entry) => entry.startsWith("TMPDIR="))?.slice(7) ?? "/tmp";
  const given = options.operands[0];
  const template = given === undefined ? `${folder}/tmp.XXXXXX` : options.has("p") || options.has("t") ? `${folder}/${given}` : given;
  if (!template.endsWith("XXXXXX")) return yield* io.die(`${template}: Invalid argument`);
  // Names come from the guest's clock, which is the same in each run of the same machine.
  let seed = Math.floor((yield* clockGettime(CLOCK_REALTIME)) * 1e6) >>> 0;
  for (let n = 0; n < ATTEMPTS; n++) {
    let path = template.slice(0, -6);
    for (let letter = 0; letter < 6; letter++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      path += LETTERS[(seed >>> 16) % LETTERS.length];
    }
    const result = options.has("u")
      ? 0
      : options.has("d")
        ? yield* mkdir(path, 0o700)
        : yield* open(path, O_RDWR | O_CREAT | O_EXCL, 0o600);
    if (result >= 0) {
      yield* io.put(`${path}\n`);
      return 0;
    }
    if (result !== -ERRNO.EEXIST) return options.has("q") ? 1 : yield* io.die(`${template}: ${strerror(result)}`);
  }
  return yield* io.die(`${template}: ${strerror(-ERRNO.EEXIST)}`);
}

const SUM = {
  usage: "[-c [-s]] [FILE]...\n\nPrint or check checksums\n\n\t-c\tCheck those that FILEs list\n\t-s\tWithout a word",
  run: checksum,
};

export const COPYING: AppletTable = {
  dd: {
    usage:
      "[if=FILE] [of=FILE] [bs=N | ibs=N obs=N] [count=N] [skip=N] [seek=N] [conv=notrunc|sync] [status=none]\n\nCopy blocks\n\nN may end in c (1), w (2), b (512), kB, k, MB, M, GB, G",
    run: dd,
  },
  cmp: {
    usage:
      "[-ls] [-n NUM] FILE1 [FILE2]\n\nCompare files\n\n\t-l\tAll bytes that differ\n\t-s\tWithout a word\n\t-n NUM\tThe first NUM bytes",
    run: cmp,
  },
  fold: { usage: "[-s] [-w WIDTH] [FILE]...\n\nBreak long lines\n\n\t-s\tBehind blanks\n\t-w\tAt WIDTH (80)", run: fold },
  nl: {
    usage:
      "[-b a|t] [-i N] [-s SEP] [-v N] [-w N] [FILE]...\n\nNumber lines\n\n\t-b a\tEmpty ones too\n\t-i, -v\tStep, first number\n\t-s, -w\tWhat stands behind it, its width",
    run: nl,
  },
  base64: {
    usage: "[-d] [-w COL] [FILE]\n\nEncode or decode base64\n\n\t-d\tDecode\n\t-w COL\tLines of COL letters (76, 0: one)",
    run: base64,
  },
  md5sum: SUM,
  sha1sum: SUM,
  sha256sum: SUM,
  sha512sum: SUM,
  mktemp: {
    usage:
      "[-dqtu] [-p DIR] [TEMPLATE]\n\nMake a file of a new name: XXXXXX at TEMPLATE's end becomes letters\n\n\t-d\tA folder\n\t-p DIR, -t\tIn DIR, in $TMPDIR\n\t-u\tOnly the name\n\t-q\tNo messages",
    run: mktemp,
  },
};

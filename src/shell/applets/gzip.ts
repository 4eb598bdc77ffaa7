// gzip, gunzip, zcat: deflate by the host's zlib, as md5sum's sums are by its hashes; the guest pays by work.
import { constants, gzipSync, inflateRawSync } from "node:zlib";
import { ERRNO, strerror } from "../../abi/errno.js";
import { close, O_CREAT, O_EXCL, O_RDONLY, O_TRUNC, O_WRONLY, open, unlink, work, writeAll } from "../sys/calls.js";
import { readAll } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { isDirectory, stat } from "../sys/stat.js";
import type { AppletTable, Io, Options } from "./applet.js";

/** A file that unpacks to more would fill the host's memory. */
const MOST_BYTES = 256 << 20;
const BYTES_PER_WORK = 16;
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;

export class GzipError extends Error {}

/** Behind the header that begins at `at`; RFC 1952. */
function headerEnd(bytes: Buffer, at: number): number {
  const flags = bytes[at + 3] ?? 0;
  let end = at + 10;
  if (flags & FEXTRA) end += 2 + (end + 2 <= bytes.length ? bytes.readUInt16LE(end) : 0);
  for (const flag of [FNAME, FCOMMENT]) {
    if (!(flags & flag)) continue;
    const zero = bytes.indexOf(0, end);
    end = zero < 0 ? bytes.length : zero + 1;
  }
  return end + (flags & FHCRC ? 2 : 0);
}

/** All members of a gzip file; what follows the last one and is none is left alone. */
export function gunzipBytes(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== 0x1f || bytes[at + 1] !== 0x8b) {
      if (at === 0) throw new GzipError("invalid magic");
      break;
    }
    const begin = headerEnd(bytes, at);
    if (begin >= bytes.length) throw new GzipError("unexpected end of file");
    let result: { buffer: Buffer; engine: { bytesWritten: number } };
    try {
      // With `info` zlib tells how much it has read; its types do not know that.
      const inflate: (data: Buffer, options: object) => unknown = inflateRawSync;
      result = inflate(bytes.subarray(begin), { info: true, maxOutputLength: MOST_BYTES }) as typeof result;
    } catch (error) {
      const cut = error instanceof Error && "code" in error && error.code === "Z_BUF_ERROR";
      throw new GzipError(cut ? "unexpected end of file" : "corrupted data");
    }
    const end = begin + result.engine.bytesWritten;
    if (end + 8 > bytes.length) throw new GzipError("unexpected end of file");
    if (bytes.readUInt32LE(end) !== crc32(result.buffer)) throw new GzipError("crc error");
    parts.push(result.buffer);
    at = end + 8;
  }
  return Buffer.concat(parts);
}

/** CRC-32 of each byte; zlib's own function is younger than the oldest Node that kelp runs on. */
const SUMS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  return value;
});

export function crc32(bytes: Buffer): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ (SUMS[(value ^ byte) & 0xff] ?? 0);
  return (value ^ 0xffffffff) >>> 0;
}

export function gzipBytes(bytes: Buffer, level: number): Buffer {
  return gzipSync(bytes, { level });
}

function* transform(io: Io, options: Options, text: string, unpack: boolean): Sys<string | undefined> {
  const bytes = Buffer.from(text, "latin1");
  yield* work(Math.ceil(bytes.length / BYTES_PER_WORK) + 1);
  const digit = "123456789".split("").findLast((letter) => options.has(letter));
  try {
    const result = unpack ? gunzipBytes(bytes) : gzipBytes(bytes, digit ? Number(digit) : constants.Z_DEFAULT_COMPRESSION);
    return result.toString("latin1");
  } catch (error) {
    if (!(error instanceof GzipError)) throw error;
    yield* io.error(error.message);
    return undefined;
  }
}

/** The name without its suffix; undefined where there is none of gzip's. */
function unpackedName(path: string): string | undefined {
  if (/\.t[ga]z$/.test(path)) return path.replace(/\.t[ga]z$/, ".tar");
  return /[^/]\.(gz|z|Z)$/.test(path) ? path.replace(/\.(gz|z|Z)$/, "") : undefined;
}

function* oneFile(io: Io, options: Options, path: string, unpack: boolean): Sys<boolean> {
  const refuse = function* (text: string): Sys<boolean> {
    yield* io.error(text);
    return false;
  };
  const toOutput = options.has("c") || path === "-" || io.name === "zcat";
  const there = path === "-" ? undefined : yield* stat(path);
  if (typeof there === "number") return yield* refuse(`${path}: ${strerror(there)}`);
  const fd = path === "-" ? 0 : yield* open(path, O_RDONLY);
  if (fd < 0) return yield* refuse(`${path}: ${strerror(fd)}`);
  const target = unpack ? unpackedName(path) : `${path}.gz`;
  if (!toOutput && !options.has("t")) {
    if (target === undefined) return yield* refuse(`${path}: unknown suffix - ignored`);
    if (there && isDirectory(there)) return yield* refuse(`can't remove file '${path}': ${strerror(-ERRNO.EISDIR)}`);
  }
  const text = yield* readAll(fd);
  if (fd > 0) yield* close(fd);
  if (typeof text === "number") return yield* refuse(`${path}: ${strerror(text)}`);
  if (toOutput || options.has("t")) {
    const result = yield* transform(io, options, text, unpack);
    if (result === undefined) return false;
    if (!options.has("t")) yield* io.put(result);
    return true;
  }
  const name = target ?? path;
  const out = yield* open(name, O_WRONLY | O_CREAT | (options.has("f") ? O_TRUNC : O_EXCL), (there?.mode ?? 0o644) & 0o777);
  if (out < 0) return yield* refuse(`can't open '${name}': ${strerror(out)}`);
  const result = yield* transform(io, options, text, unpack);
  const written = result === undefined ? -1 : yield* writeAll(out, result);
  yield* close(out);
  if (written < 0) {
    if (result !== undefined) yield* io.error(`write error: ${strerror(written)}`);
    yield* unlink(name);
    return false;
  }
  if (!options.has("k")) yield* unlink(path);
  return true;
}

function* gzip(io: Io): Sys<number> {
  const options = yield* io.options("cfkdtqvn123456789", {
    stdout: "c",
    force: "f",
    keep: "k",
    decompress: "d",
    test: "t",
    best: "9",
    fast: "1",
  });
  const unpack = io.name !== "gzip" || options.has("d") || options.has("t");
  let status = 0;
  for (const path of options.operands.length > 0 ? options.operands : ["-"]) if (!(yield* oneFile(io, options, path, unpack))) status = 1;
  return status;
}

export const GZIP: AppletTable = {
  gzip: {
    usage:
      "[-cfkdt] [-123456789] [FILE]...\n\nCompress FILEs (or standard input)\n\n\t-1..9\tHow well\n\t-d\tDecompress\n\t-c\tTo standard output\n\t-f\tOverwrite\n\t-k\tKeep FILEs\n\t-t\tTest",
    run: gzip,
  },
  gunzip: {
    usage:
      "[-cfkt] [FILE]...\n\nDecompress FILEs (or standard input)\n\n\t-c\tTo standard output\n\t-f\tOverwrite\n\t-k\tKeep FILEs\n\t-t\tTest",
    run: gzip,
  },
  zcat: { usage: "[FILE]...\n\nDecompress to standard output", run: gzip },
};

// Lays a system call's arguments out in a piece of guest memory (addresses known, bytes made on the host) and takes its results
// apart again. Used by the gate runtime; pure, so that a faulted vmcall can do it again.
import { type Argument, toBytes } from "../sys/request.js";

/** Alignment of each buffer: struct stat and its like want 8, nothing wants more. */
const ALIGN = 16;
const POINTER_BYTES = 8;

const aligned = (n: number): number => (n + ALIGN - 1) & ~(ALIGN - 1);

function sizeOf(argument: Argument): number {
  if (typeof argument === "number" || typeof argument === "bigint") return 0;
  if (typeof argument === "string") return aligned(argument.length + 1);
  if (argument instanceof Uint8Array) return aligned(argument.length);
  if ("out" in argument) return aligned(argument.out);
  if ("inout" in argument) return aligned(argument.inout.length);
  let size = aligned((argument.strings.length + 1) * POINTER_BYTES);
  for (const text of argument.strings) size += text.length + 1;
  return aligned(size);
}

/** Bytes of guest memory that the arguments need. */
export function areaSize(args: readonly Argument[]): number {
  let size = 0;
  for (const argument of args) size += sizeOf(argument);
  return size;
}

export interface ReadBack {
  address: bigint;
  length: number;
  /** The result counts the filled bytes. */
  byResult: boolean;
}

export interface Layout {
  registers: bigint[];
  writes: { address: bigint; bytes: Uint8Array }[];
  reads: ReadBack[];
}

function layStrings(strings: readonly string[], address: bigint): Uint8Array {
  const table = (strings.length + 1) * POINTER_BYTES;
  const start = aligned(table);
  let end = start;
  for (const text of strings) end += text.length + 1;
  const bytes = Buffer.alloc(end);
  let at = start;
  strings.forEach((text, n) => {
    bytes.writeBigUInt64LE(address + BigInt(at), n * POINTER_BYTES);
    at += bytes.write(text, at, "latin1") + 1;
  });
  return bytes;
}

/** Registers, bytes to write and ranges to read back for a call whose buffers begin at `base`. */
export function layOut(args: readonly Argument[], base: bigint): Layout {
  const layout: Layout = { registers: [], writes: [], reads: [] };
  let at = base;
  const place = (argument: Argument): bigint => {
    const address = at;
    at += BigInt(sizeOf(argument));
    return address;
  };
  for (const argument of args) {
    if (typeof argument === "number" || typeof argument === "bigint") {
      layout.registers.push(BigInt.asUintN(64, BigInt(argument)));
      continue;
    }
    const address = place(argument);
    layout.registers.push(address);
    if (typeof argument === "string") layout.writes.push({ address, bytes: toBytes(argument + "\0") });
    else if (argument instanceof Uint8Array) layout.writes.push({ address, bytes: argument });
    else if ("out" in argument) layout.reads.push({ address, length: argument.out, byResult: argument.used === "result" });
    else if ("inout" in argument) {
      layout.writes.push({ address, bytes: argument.inout });
      layout.reads.push({ address, length: argument.inout.length, byResult: false });
    } else layout.writes.push({ address, bytes: layStrings(argument.strings, address) });
  }
  return layout;
}

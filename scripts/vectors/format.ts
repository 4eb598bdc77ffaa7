// Recorded instruction vectors: inputs and results of single instructions on a physical processor. Written by generate.ts,
// replayed by test/vm/cpu/vectors.test.ts. Inputs follow from a seed; registers that must hold pointers are kept as such.

import { gunzipSync, gzipSync } from "node:zlib";

/** Where the instruction stands, the data window that is recorded (WORDS quads), all as in runner.c. */
export const VECTOR_RIP = 0x100800;
export const WINDOW = 0x200300;
export const WORDS = 64;
/** A branch in a vector leads this far behind its own end. */
export const BRANCH_DISTANCE = 0x20;

export const enum Outcome {
  /** #DE. */
  Fault = 1,
  /** The branch was taken. */
  Taken = 2,
}

export interface Vector {
  readonly form: string;
  readonly code: Uint8Array;
  readonly seed: number;
  /** Registers that do not follow from the seed. */
  readonly fixed: ReadonlyMap<number, bigint>;
  readonly flagsIn: number;
  readonly flagsOut: number;
  /** Flags that the manual defines after this instruction. */
  readonly flagsMask: number;
  readonly outcome: Outcome;
  readonly registers: ReadonlyMap<number, bigint>;
  readonly memory: ReadonlyMap<number, bigint>;
}

const EDGES = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0xffffffffffffffffn,
  0xffffffff80000000n,
];

export function random(seed: number): () => number {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

function value(next: () => number): bigint {
  const kind = next() & 7;
  if (kind < 3) return EDGES[next() % EDGES.length]!;
  if (kind === 3) return BigInt(next() % 65);
  if (kind === 4) return BigInt.asUintN(64, -BigInt(next() % 65));
  if (kind === 5) return BigInt(next());
  return (BigInt(next()) << 32n) | BigInt(next());
}

/** Registers and memory window that follow from a seed. */
export function inputs(seed: number, fixed: ReadonlyMap<number, bigint>): { registers: bigint[]; memory: bigint[] } {
  const next = random(seed);
  const registers = Array.from({ length: 16 }, (_, n) => {
    const v = value(next);
    return fixed.get(n) ?? v;
  });
  const memory = Array.from({ length: WORDS }, () => value(next));
  return { registers, memory };
}

export function pack(vectors: readonly Vector[]): Uint8Array {
  const names = [...new Set(vectors.map((v) => v.form))];
  const index = new Map(names.map((n, i) => [n, i]));
  const header = Buffer.from(`${names.join("\n")}\n\0`);
  const parts: Buffer[] = [header];
  const quads = (map: ReadonlyMap<number, bigint>): Buffer => {
    const b = Buffer.alloc(1 + 9 * map.size);
    b[0] = map.size;
    let at = 1;
    for (const [n, v] of map) {
      b[at] = n;
      b.writeBigUInt64LE(v, at + 1);
      at += 9;
    }
    return b;
  };
  for (const v of vectors) {
    const head = Buffer.alloc(14);
    head.writeUInt16LE(index.get(v.form)!, 0);
    head.writeUInt32LE(v.seed, 2);
    head.writeUInt16LE(v.flagsIn, 6);
    head.writeUInt16LE(v.flagsOut, 8);
    head.writeUInt16LE(v.flagsMask, 10);
    head[12] = v.outcome;
    head[13] = v.code.length;
    parts.push(head, Buffer.from(v.code), quads(v.fixed), quads(v.registers), quads(v.memory));
  }
  return gzipSync(Buffer.concat(parts), { level: 9 });
}

export function unpack(packed: Uint8Array): Vector[] {
  const data = gunzipSync(packed);
  const end = data.indexOf(0);
  const names = data.subarray(0, end).toString().split("\n");
  const vectors: Vector[] = [];
  let at = end + 1;
  const quads = (): Map<number, bigint> => {
    const map = new Map<number, bigint>();
    const n = data[at++]!;
    for (let i = 0; i < n; i++, at += 9) map.set(data[at]!, data.readBigUInt64LE(at + 1));
    return map;
  };
  while (at < data.length) {
    const length = data[at + 13]!;
    const head = {
      form: names[data.readUInt16LE(at)]!,
      seed: data.readUInt32LE(at + 2),
      flagsIn: data.readUInt16LE(at + 6),
      flagsOut: data.readUInt16LE(at + 8),
      flagsMask: data.readUInt16LE(at + 10),
      outcome: data[at + 12]! as Outcome,
      code: data.subarray(at + 14, at + 14 + length),
    };
    at += 14 + length;
    vectors.push({ ...head, fixed: quads(), registers: quads(), memory: quads() });
  }
  return vectors;
}

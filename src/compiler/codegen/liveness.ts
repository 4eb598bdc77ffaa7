// Which registers are live where: basic blocks, backward data flow over bit sets, and removal of instructions whose results
// nobody reads.

import { defsOf, endsBlock, isBranch, isPure, type MIns, usesOf } from "./machine.js";

export interface Block {
  readonly start: number;
  readonly end: number;
  readonly successors: number[];
  readonly liveOut: Uint32Array;
}

const has = (set: Uint32Array, r: number) => (set[r >>> 5]! & (1 << (r & 31))) !== 0;
const put = (set: Uint32Array, r: number) => {
  set[r >>> 5]! |= 1 << (r & 31);
};
const drop = (set: Uint32Array, r: number) => {
  set[r >>> 5]! &= ~(1 << (r & 31));
};

function splitBlocks(code: readonly MIns[], words: number): Block[] {
  const blocks: Block[] = [];
  const labelBlock = new Map<number, number>();
  let start = 0;
  const close = (end: number) => {
    if (end > start) blocks.push({ start, end, successors: [], liveOut: new Uint32Array(words) });
    start = end;
  };
  code.forEach((ins, i) => {
    if (ins.op === "label") {
      close(i);
      labelBlock.set(ins.label!, blocks.length);
    } else if (endsBlock(ins.op)) close(i + 1);
  });
  close(code.length);
  blocks.forEach((block, i) => {
    const last = code[block.end - 1]!;
    if (isBranch(last.op)) block.successors.push(labelBlock.get(last.label!)!);
    if (!["jmp", "ret", "tail", "ud2"].includes(last.op) && i + 1 < blocks.length) block.successors.push(i + 1);
  });
  return blocks;
}

/** Removes code that no path reaches. */
function removeUnreachable(code: MIns[]): void {
  const blocks = splitBlocks(code, 1);
  const seen = new Set<number>();
  const work = [0];
  while (work.length > 0) {
    const i = work.pop()!;
    if (seen.has(i) || i >= blocks.length) continue;
    seen.add(i);
    work.push(...blocks[i]!.successors);
  }
  if (seen.size === blocks.length) return;
  const kept = blocks.flatMap((block, i) => (seen.has(i) ? code.slice(block.start, block.end) : []));
  code.length = 0;
  for (const ins of kept) code.push(ins);
}

export class Liveness {
  readonly blocks: Block[];
  readonly #words: number;

  constructor(
    readonly code: MIns[],
    registers: number,
  ) {
    removeUnreachable(code);
    this.#words = (registers + 31) >>> 5;
    this.blocks = splitBlocks(code, this.#words);
    this.#solve();
    if (this.#removeDead()) {
      this.blocks = splitBlocks(code, this.#words);
      this.#solve();
    }
  }

  #solve(): void {
    const { code, blocks } = this;
    const gen = blocks.map(() => new Uint32Array(this.#words));
    const kill = blocks.map(() => new Uint32Array(this.#words));
    blocks.forEach((block, b) => {
      for (let i = block.end - 1; i >= block.start; i--) {
        const ins = code[i]!;
        for (const r of defsOf(ins)) {
          put(kill[b]!, r);
          drop(gen[b]!, r);
        }
        for (const r of usesOf(ins)) put(gen[b]!, r);
      }
    });
    const liveIn = blocks.map(() => new Uint32Array(this.#words));
    for (let changed = true; changed; ) {
      changed = false;
      for (let b = blocks.length - 1; b >= 0; b--) {
        const out = blocks[b]!.liveOut;
        for (const s of blocks[b]!.successors) {
          const from = liveIn[s]!;
          for (let w = 0; w < out.length; w++) out[w]! |= from[w]!;
        }
        const live = liveIn[b]!;
        for (let w = 0; w < out.length; w++) {
          const value = (gen[b]![w]! | (out[w]! & ~kill[b]![w]!)) >>> 0;
          if (value !== live[w]) {
            live[w] = value;
            changed = true;
          }
        }
      }
    }
  }

  /** Walks a block backwards: `visit` sees each instruction with what is live after it. */
  walk(block: Block, visit: (ins: MIns, live: Uint32Array, index: number) => void): void {
    const live = block.liveOut.slice();
    for (let i = block.end - 1; i >= block.start; i--) {
      const ins = this.code[i]!;
      visit(ins, live, i);
      for (const r of defsOf(ins)) drop(live, r);
      for (const r of usesOf(ins)) put(live, r);
    }
  }

  #removeDead(): boolean {
    const dead = new Set<number>();
    for (const block of this.blocks) {
      const live = block.liveOut.slice();
      for (let i = block.end - 1; i >= block.start; i--) {
        const ins = this.code[i]!;
        if (isPure(ins) && ins.a?.k === "r" && ins.a.r >= 16 && !has(live, ins.a.r)) {
          dead.add(i);
          continue;
        }
        for (const r of defsOf(ins)) drop(live, r);
        for (const r of usesOf(ins)) put(live, r);
      }
    }
    if (dead.size === 0) return false;
    const kept = this.code.filter((_, i) => !dead.has(i));
    this.code.length = 0;
    for (const ins of kept) this.code.push(ins);
    return true;
  }
}

/** Members of a bit set. */
export function members(set: Uint32Array, visit: (r: number) => void): void {
  for (let w = 0; w < set.length; w++) {
    for (let bits = set[w]!; bits !== 0; bits &= bits - 1) visit(w * 32 + 31 - Math.clz32(bits & -bits));
  }
}

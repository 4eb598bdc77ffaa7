// Addressing modes: base + index * scale + displacement, with a symbol or a frame slot.

import { sizeOf } from "../front/c-type.js";
import { type MemOperand, reg } from "./machine.js";
import type { Selector } from "./select.js";
import type { Tree } from "./tree.js";

const fits32 = (value: bigint) => BigInt.asIntN(32, value) === value;

/** An addressing mode for the address a tree computes. */
export function addressingMode(selector: Selector, tree: Tree): MemOperand {
  const terms: Tree[] = [];
  let disp = 0;
  const mem: MemOperand = { k: "m", scale: 1, disp: 0 };
  const collect = (t: Tree): void => {
    if (t.k === "binary" && t.op === "add" && sizeOf(t.type) === 8) {
      collect(t.a);
      collect(t.b);
    } else if (t.k === "const" && fits32(BigInt.asIntN(64, t.value)) && fits32(BigInt(disp) + BigInt.asIntN(64, t.value))) {
      disp += Number(BigInt.asIntN(64, t.value));
    } else if (t.k === "symbol" && mem.symbol === undefined && mem.slot === undefined) {
      mem.symbol = t.symbol;
      disp += t.offset;
    } else if (t.k === "slot" && mem.symbol === undefined && mem.slot === undefined) {
      mem.slot = t.slot;
      disp += t.offset;
    } else terms.push(t);
  };
  collect(tree);
  mem.disp = disp;
  const registers: { r: number; scale: 1 | 2 | 4 | 8 }[] = [];
  terms.forEach((term, i) => {
    const later = terms.slice(i + 1).some((t) => t.mods);
    const scaled = scaledTerm(term);
    registers.push(
      scaled === undefined
        ? { r: selector.before(term, later), scale: 1 }
        : { r: selector.before(scaled.index, later), scale: scaled.scale },
    );
  });
  const room = mem.slot === undefined ? 2 : 1;
  while (registers.length > room) mergeTerms(selector, registers);
  if (mem.slot !== undefined && registers[0]?.scale !== 1 && registers.length > 0) {
    const r = selector.fn.newRegister();
    selector.fn.emit("lea", 8, reg(r), { k: "m", index: registers[0]!.r, scale: registers[0]!.scale, disp: 0 });
    registers[0] = { r, scale: 1 };
  }
  // The unscaled one is the base.
  registers.sort((x, y) => x.scale - y.scale);
  const [first, second] = registers;
  if (first !== undefined) {
    if (first.scale === 1) mem.base = first.r;
    else {
      mem.index = first.r;
      mem.scale = first.scale;
    }
  }
  if (second !== undefined) {
    if (first!.scale !== 1) {
      const r = selector.fn.newRegister();
      selector.fn.emit("lea", 8, reg(r), { k: "m", index: first!.r, scale: first!.scale, disp: 0 });
      mem.base = r;
    }
    mem.index = second.r;
    mem.scale = second.scale;
  }
  return mem;
}

function mergeTerms(selector: Selector, registers: { r: number; scale: 1 | 2 | 4 | 8 }[]): void {
  registers.sort((x, y) => x.scale - y.scale);
  const [x, y] = registers.splice(0, 2) as [{ r: number; scale: 1 | 2 | 4 | 8 }, { r: number; scale: 1 | 2 | 4 | 8 }];
  const r = selector.fn.newRegister();
  if (x.scale === 1) selector.fn.emit("lea", 8, reg(r), { k: "m", base: x.r, index: y.r, scale: y.scale, disp: 0 });
  else {
    selector.fn.emit("lea", 8, reg(r), { k: "m", index: x.r, scale: x.scale, disp: 0 });
    const sum = selector.fn.newRegister();
    selector.fn.emit("lea", 8, reg(sum), { k: "m", base: r, index: y.r, scale: y.scale, disp: 0 });
    registers.unshift({ r: sum, scale: 1 });
    return;
  }
  registers.unshift({ r, scale: 1 });
}

/** An address whose registers nobody changes while it is in use. */
export function pinnedAddress(selector: Selector, tree: Tree, gs: boolean, later: boolean): MemOperand {
  const mem = selector.address(tree);
  if (gs) mem.gs = true;
  if (!later) return mem;
  for (const key of ["base", "index"] as const) {
    const r = mem[key];
    if (r === undefined) continue;
    const copy = selector.fn.newRegister();
    selector.fn.copy(copy, r, 8);
    mem[key] = copy;
  }
  return mem;
}

/** index * 2, 4 or 8 as part of an address. */
export function scaledTerm(tree: Tree): { index: Tree; scale: 2 | 4 | 8 } | undefined {
  if (tree.k !== "binary" || tree.b.k !== "const" || sizeOf(tree.type) !== 8) return undefined;
  const factor = tree.op === "mul" ? tree.b.value : tree.op === "shl" && tree.b.value < 4n ? 1n << tree.b.value : 0n;
  return factor === 2n || factor === 4n || factor === 8n ? { index: tree.a, scale: Number(factor) as 2 | 4 | 8 } : undefined;
}

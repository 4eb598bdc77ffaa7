// The assembler: appends instructions and data to a section of an object file. Labels, branch relaxation (short where the
// distance allows, found by growing from all-short until nothing changes), alignment by NOPs, symbols, relocations. The code
// generator and asm() blocks make the same calls.
//
// Use: const asm = new Assembler(object, object.section(".text")); asm.align(16); asm.defineSymbol(symbol, STT_FUNC); asm.emit(…);
// asm.endSymbol(symbol); …; const errors = asm.finish(). Until finish() nothing is in the section, and offsets are not known;
// nothing else may append to the section in between. One assembler can hold many functions.

import { R_X86_64_32, R_X86_64_32S, R_X86_64_64, R_X86_64_PC32, R_X86_64_PC64, R_X86_64_PLT32, STT_NOTYPE } from "../../abi/elf.js";
import { conditionNames } from "../../abi/x86.js";
import { ByteBuffer } from "../elf/byte-buffer.js";
import type { ElfSymbol, ObjectFile, Section } from "../elf/object.js";
import { encode, type Fixup } from "./encode.js";
import { Label, type Operand, type SymbolRef } from "./operands.js";

/** A position before layout. */
interface Position {
  raw: number;
  items: number;
}

/** What has no fixed size before layout. */
type Item = Position & (Branch | Alignment);
interface Branch {
  kind: "branch";
  target: Label;
  /** Condition number, or -1 for jmp. */
  condition: number;
  size: number;
}
interface Alignment {
  kind: "align";
  alignment: number;
  size: number;
}

interface Pending extends Position {
  fixup: Fixup;
  /** Bytes from the field's start to the end of the instruction. */
  toEnd: number;
}

/** Intel's recommended multi-byte NOPs, by length. */
const nops: readonly (readonly number[])[] = [
  [],
  [0x90],
  [0x66, 0x90],
  [0x0f, 0x1f, 0x00],
  [0x0f, 0x1f, 0x40, 0x00],
  [0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
  [0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];

/** `count` bytes of code that does nothing, in as few instructions as possible. */
export function nopBytes(count: number): number[] {
  const bytes: number[] = [];
  for (let left = count; left > 0; ) {
    const length = Math.min(left, nops.length - 1);
    bytes.push(...nops[length]!);
    left -= length;
  }
  return bytes;
}

export class Assembler {
  readonly #code = new ByteBuffer(4096);
  readonly #items: Item[] = [];
  readonly #pending: Pending[] = [];
  readonly #starts: [ElfSymbol, Position, number][] = [];
  readonly #ends: [ElfSymbol, Position][] = [];
  readonly #labels: Label[] = [];
  readonly #aliases: [ElfSymbol, Label][] = [];
  readonly #distances: [Position, Label, Label][] = [];
  /** Size of the section when this assembler began; offsets count from the section's start. */
  readonly #base: number;
  #finished = false;

  constructor(
    readonly object: ObjectFile,
    readonly section: Section,
  ) {
    this.#base = section.size;
  }

  #position(): Position {
    return { raw: this.#code.length, items: this.#items.length };
  }

  // ---- labels and symbols ----

  newLabel(name = ".L"): Label {
    return new Label(name);
  }

  /** Places a label here. */
  bind(label: Label): void {
    label.raw = this.#code.length;
    label.items = this.#items.length;
    this.#labels.push(label);
  }

  /** A new label, placed here. */
  here(name = ".L"): Label {
    const label = new Label(name);
    this.bind(label);
    return label;
  }

  /** A temporary symbol for a label, for references from other sections; it has its value after finish(). */
  symbolAt(label: Label): ElfSymbol {
    const symbol = this.object.temporarySymbol(label.name);
    this.#aliases.push([symbol, label]);
    return symbol;
  }

  /** The symbol begins here; it has its value after finish(). */
  defineSymbol(symbol: ElfSymbol, type = STT_NOTYPE): void {
    symbol.place = this.section;
    this.#starts.push([symbol, this.#position(), type]);
  }

  /** The symbol ends here: sets its size. */
  endSymbol(symbol: ElfSymbol): void {
    this.#ends.push([symbol, this.#position()]);
  }

  // ---- instructions ----

  /** Appends an instruction, or returns the reason why it cannot be encoded. */
  tryEmit(mnemonic: string, operands: readonly Operand[]): string | undefined {
    const target = operands[0];
    if (operands.length === 1 && target?.kind === "label") {
      const condition = mnemonic === "jmp" ? -1 : conditionOf(mnemonic);
      if (condition !== undefined) {
        this.#items.push({ ...this.#position(), kind: "branch", target, condition, size: 2 });
        return undefined;
      }
    }
    const encoded = encode(mnemonic, operands);
    if (typeof encoded === "string") return encoded;
    const start = this.#code.length;
    this.#code.append(encoded.bytes);
    for (const fixup of encoded.fixups) {
      const toEnd = encoded.bytes.length - fixup.at;
      this.#pending.push({ raw: start + fixup.at, items: this.#items.length, fixup, toEnd });
    }
    return undefined;
  }

  /** Appends an instruction of the code generator, which makes only valid ones. */
  emit(mnemonic: string, ...operands: Operand[]): void {
    const error = this.tryEmit(mnemonic, operands);
    if (error !== undefined) throw new Error(`code generator: ${error}`);
  }

  /** `count` bytes of NOPs. */
  nop(count: number): void {
    this.#code.append(nopBytes(count));
  }

  /** Pads with NOPs to a multiple of `alignment` (a power of two) of the section's start. */
  align(alignment: number): void {
    if (alignment <= 1) return;
    if (alignment > this.section.align) this.section.align = alignment;
    this.#items.push({ ...this.#position(), kind: "align", alignment, size: 0 });
  }

  /** Records that a fault at `insn` continues at `fixup`: a pair of PC-relative words in __ex_table. */
  exTable(insn: Label, fixup: Label): void {
    const table = this.object.section("__ex_table");
    const at = table.alignTo(4);
    table.reserve(8);
    table.relocate(at, R_X86_64_PC32, this.symbolAt(insn), 0);
    table.relocate(at + 4, R_X86_64_PC32, this.symbolAt(fixup), 0);
  }

  // ---- data ----

  bytes(values: ArrayLike<number>): void {
    this.#code.append(values);
  }

  long(value: number | bigint | SymbolRef): void {
    if (typeof value === "object") this.#reference(value, 4);
    else this.#code.u32(Number(BigInt.asUintN(32, BigInt(value))));
  }

  quad(value: number | bigint | SymbolRef): void {
    if (typeof value === "object") this.#reference(value, 8);
    else this.#code.u64(value);
  }

  #reference(value: SymbolRef, size: 4 | 8): void {
    const fixup: Fixup = { at: 0, size, kind: "absolute", symbol: value.symbol, addend: value.addend };
    this.#pending.push({ ...this.#position(), fixup, toEnd: size });
    this.#code.fill(0, size);
  }

  /** The 32-bit distance from one label to another of this assembler, e.g. for jump tables. */
  distance(from: Label, to: Label): void {
    this.#distances.push([this.#position(), from, to]);
    this.#code.u32(0);
  }

  // ---- layout ----

  /** Fixes all sizes, appends the code to the section, sets symbols and labels, makes relocations. Returns errors. */
  finish(): string[] {
    if (this.#finished) throw new Error("code generator: assembler finished twice");
    if (this.section.size !== this.#base) throw new Error(`code generator: ${this.section.name} changed under its assembler`);
    this.#finished = true;
    const errors: string[] = [];
    const unbound = new Set<Label>();
    const need = (label: Label | undefined) => {
      if (label !== undefined && !label.isBound) unbound.add(label);
    };
    for (const item of this.#items) if (item.kind === "branch") need(item.target);
    for (const pending of this.#pending) need(pending.fixup.label);
    for (const [, label] of this.#aliases) need(label);
    for (const [, from, to] of this.#distances) {
      need(from);
      need(to);
    }
    if (unbound.size > 0) return [...unbound].map((label) => `label "${label.name}" is used but not defined`);

    const grown = this.#layout();
    const offset = (position: Position) => this.#base + position.raw + grown[position.items]!;
    for (const label of this.#labels) label.offset = offset(label);
    this.#write(grown);
    for (const [symbol, position, type] of this.#starts) symbol.define(this.section, offset(position), type);
    for (const [symbol, position] of this.#ends) symbol.size = offset(position) - symbol.value;
    for (const [symbol, label] of this.#aliases) symbol.define(this.section, label.offset);
    for (const [position, from, to] of this.#distances) this.section.data.setU32(offset(position), (to.offset - from.offset) >>> 0);
    for (const pending of this.#pending) this.#resolve(pending, offset(pending), errors);
    return errors;
  }

  /** Sizes of all items; returns, for each item and the end, the bytes that items before it take. */
  #layout(): number[] {
    const grown = new Array<number>(this.#items.length + 1).fill(0);
    for (let changed = true; changed; ) {
      changed = false;
      let sum = 0;
      for (const [index, item] of this.#items.entries()) {
        grown[index] = sum;
        if (item.kind === "align") {
          const at = this.#base + item.raw + sum;
          item.size = (item.alignment - (at % item.alignment)) % item.alignment;
        }
        sum += item.size;
      }
      grown[this.#items.length] = sum;
      for (const [index, item] of this.#items.entries()) {
        if (item.kind !== "branch" || item.size !== 2) continue;
        const distance = item.target.raw + grown[item.target.items]! - (item.raw + grown[index]! + 2);
        if (distance < -128 || distance > 127) {
          item.size = item.condition < 0 ? 5 : 6;
          changed = true;
        }
      }
    }
    return grown;
  }

  #write(grown: readonly number[]): void {
    const out = this.section.data;
    const code = this.#code.bytes;
    let from = 0;
    for (const [index, item] of this.#items.entries()) {
      out.append(code.subarray(from, item.raw));
      from = item.raw;
      if (item.kind === "align") {
        out.append(this.section.isCode ? nopBytes(item.size) : new Uint8Array(item.size));
        continue;
      }
      const distance = item.target.offset - (this.#base + item.raw + grown[index]! + item.size);
      if (item.size === 2) {
        out.u8(item.condition < 0 ? 0xeb : 0x70 + item.condition);
        out.u8(distance & 0xff);
      } else {
        if (item.condition < 0) out.u8(0xe9);
        else out.append([0x0f, 0x80 + item.condition]);
        out.u32(distance >>> 0);
      }
    }
    out.append(code.subarray(from));
  }

  #resolve(pending: Pending, at: number, errors: string[]): void {
    const { fixup, toEnd } = pending;
    if (fixup.label !== undefined) {
      const distance = fixup.label.offset + fixup.addend - (at + toEnd);
      if (fixup.size === 1) {
        if (distance < -128 || distance > 127) errors.push(`label "${fixup.label.name}" is too far for a short branch`);
        this.section.data.setU8(at, distance & 0xff);
      } else this.section.data.setU32(at, distance >>> 0);
      return;
    }
    const relative = fixup.kind === "pc" || fixup.kind === "plt";
    this.section.relocate(at, relocationType(fixup), fixup.symbol!, relative ? fixup.addend - toEnd : fixup.addend);
  }
}

function relocationType(fixup: Fixup): number {
  switch (fixup.kind) {
    case "pc":
      return fixup.size === 8 ? R_X86_64_PC64 : R_X86_64_PC32;
    case "plt":
      return R_X86_64_PLT32;
    case "signed":
      return R_X86_64_32S;
    case "absolute":
      return fixup.size === 8 ? R_X86_64_64 : R_X86_64_32;
  }
}

const conditionNumbers = new Map<string, number>();

/** The condition number of jcc; undefined if the mnemonic is no conditional jump. */
function conditionOf(mnemonic: string): number | undefined {
  if (conditionNumbers.size === 0) fillConditions();
  return conditionNumbers.get(mnemonic);
}

function fillConditions(): void {
  conditionNames.forEach((names, number) => {
    for (const name of names) conditionNumbers.set(`j${name}`, number);
  });
}

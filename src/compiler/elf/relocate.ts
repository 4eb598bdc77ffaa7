// Applies the relocations of all placed sections to the output's contents.

import {
  R_X86_64_32,
  R_X86_64_32S,
  R_X86_64_64,
  R_X86_64_PC32,
  R_X86_64_PC64,
  R_X86_64_PLT32,
  relocationNames,
  STB_WEAK,
} from "../../abi/elf.js";
import { isLoaded, type Layout, type Piece } from "./layout.js";
import type { ElfSymbol, Relocation } from "./object.js";
import { enclosingName, type Resolved, type SymbolResolver } from "./resolve.js";

/** At most this many places are named for one undefined symbol. */
const SHOWN_REFERENCES = 4;

export class Relocator {
  readonly errors: string[] = [];
  readonly #undefined = new Map<string, { places: string[]; count: number }>();

  constructor(
    readonly layout: Layout,
    readonly resolver: SymbolResolver,
    /** Virtual address of offset 0. */
    readonly base: bigint,
  ) {}

  applyAll(): void {
    for (const output of this.layout.outputs) {
      if (output.data.length === 0) continue;
      const view = new DataView(output.data.buffer, output.data.byteOffset, output.data.byteLength);
      for (const piece of output.pieces) {
        for (const relocation of piece.section.relocations) {
          if (relocation.offset < piece.from || relocation.offset >= piece.to) continue;
          this.#apply(piece, relocation, view);
        }
      }
    }
    for (const [name, { places, count }] of this.#undefined) {
      const more = count > places.length ? ` and ${count - places.length} more` : "";
      this.errors.push(`undefined symbol ${name}, referenced by ${places.join(", ")}${more}`);
    }
  }

  #where(piece: Piece, relocation: Relocation): string {
    return `${piece.object.fileName}: ${enclosingName(piece.object, piece.section, relocation.offset)}`;
  }

  #missing(piece: Piece, relocation: Relocation): void {
    const { symbol } = relocation;
    if (symbol.isDefined && symbol.section !== undefined) {
      this.errors.push(`${this.#where(piece, relocation)} refers to ${symbol.name} in discarded section ${symbol.section.name}`);
      return;
    }
    const entry = this.#undefined.get(symbol.name) ?? { places: [], count: 0 };
    this.#undefined.set(symbol.name, entry);
    const where = this.#where(piece, relocation);
    if (entry.places.includes(where)) return;
    entry.count++;
    if (entry.places.length < SHOWN_REFERENCES) entry.places.push(where);
  }

  /** The symbol's value: its virtual address, or an absolute number. */
  #value(symbol: ElfSymbol, resolved: Resolved | undefined): bigint | undefined {
    if (resolved === undefined) return symbol.binding === STB_WEAK ? 0n : undefined;
    if (resolved.output === undefined) return BigInt(resolved.address);
    // Offsets in sections that are not loaded count from the section.
    return !isLoaded(resolved.output) ? BigInt(resolved.address) : this.base + BigInt(resolved.address);
  }

  #apply(piece: Piece, relocation: Relocation, view: DataView): void {
    const { symbol, type } = relocation;
    const value = this.#value(symbol, this.resolver.resolve(piece.object, symbol));
    if (value === undefined) {
      this.#missing(piece, relocation);
      return;
    }
    const at = piece.at + relocation.offset - piece.from;
    const target = value + BigInt(relocation.addend);
    const relative = target - (this.base + BigInt(piece.output.address + at));
    switch (type) {
      case R_X86_64_64:
        view.setBigUint64(at, BigInt.asUintN(64, target), true);
        return;
      case R_X86_64_PC64:
        view.setBigUint64(at, BigInt.asUintN(64, relative), true);
        return;
      case R_X86_64_PC32:
      case R_X86_64_PLT32:
        this.#set32(piece, relocation, view, at, BigInt.asIntN(64, relative), BigInt.asIntN(32, relative));
        return;
      case R_X86_64_32S:
        this.#set32(piece, relocation, view, at, BigInt.asIntN(64, target), BigInt.asIntN(32, target));
        return;
      case R_X86_64_32:
        this.#set32(piece, relocation, view, at, BigInt.asUintN(64, target), BigInt.asUintN(32, target));
        return;
      default:
        this.errors.push(`${this.#where(piece, relocation)}: relocation type ${relocationNames[type] ?? type} is not supported`);
    }
  }

  #set32(piece: Piece, relocation: Relocation, view: DataView, at: number, value: bigint, cut: bigint): void {
    if (value !== cut) {
      const name = relocationNames[relocation.type] ?? String(relocation.type);
      const value16 = BigInt.asUintN(64, value).toString(16);
      this.errors.push(
        `${this.#where(piece, relocation)}: ${name} against ${relocation.symbol.name} does not fit in 32 bits (0x${value16})`,
      );
    }
    view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
  }
}

// The linker's address space: a script (kernel-script.ts) places input sections one after the other into output sections and
// segments, and defines symbols in between. Addresses here are offsets from the image's base (for the kernel: physical
// addresses), so that they are plain numbers.

import { PF_R, PF_W, PF_X, SHF_ALLOC, SHF_EXECINSTR, SHF_MERGE, SHF_STRINGS, SHF_WRITE, SHT_NOBITS, SHT_PROGBITS } from "../../abi/elf.js";
import type { ObjectFile, Section } from "./object.js";

export const PAGE_SIZE = 4096;

/** An input section, or a part of one, and where it lies. */
export interface Piece {
  section: Section;
  object: ObjectFile;
  /** The part of the section: all of it, or one entry of a table that is sorted by entry. */
  from: number;
  to: number;
  /** Offset in the output section. */
  at: number;
  output: OutputSection;
}

export interface OutputSection {
  name: string;
  type: number;
  flags: number;
  align: number;
  entsize: number;
  address: number;
  size: number;
  pieces: Piece[];
  /** Contents, once laid out and copied; empty for SHT_NOBITS. */
  data: Uint8Array;
}

/** Whether the section is part of the running image; debug information is not. */
export function isLoaded(output: OutputSection): boolean {
  return (output.flags & SHF_ALLOC) !== 0;
}

export interface Segment {
  flags: number;
  outputs: OutputSection[];
}

/** A symbol that the script defines. */
export interface ScriptSymbol {
  name: string;
  address: number;
  output: OutputSection;
}

export interface InputSection {
  object: ObjectFile;
  section: Section;
}

export type Matcher = (name: string, section: Section) => boolean;

/** True for the names given, and for those that continue one ending in "*". */
export function names(...patterns: string[]): Matcher {
  return (name) => patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}

export class Layout {
  readonly outputs: OutputSection[] = [];
  readonly segments: Segment[] = [];
  readonly symbols: ScriptSymbol[] = [];
  readonly #pieces = new Map<Section, Piece[]>();
  readonly #waiting: Set<InputSection>;
  #address: number;
  #output!: OutputSection;

  /** Starts at `address`, with the sections of all objects waiting for a place, in link order. */
  constructor(objects: readonly ObjectFile[], address: number) {
    this.#address = address;
    this.#waiting = new Set(objects.flatMap((object) => object.sections.map((section) => ({ object, section }))));
  }

  get address(): number {
    return this.#address;
  }

  /** Begins a segment on a new page. */
  segment(flags: number): void {
    this.alignAddress(PAGE_SIZE);
    this.segments.push({ flags, outputs: [] });
  }

  alignAddress(alignment: number): void {
    this.#address = Math.ceil(this.#address / alignment) * alignment;
  }

  /** Begins an output section in the current segment, with flags from the segment's. */
  output(name: string, type = SHT_PROGBITS): OutputSection {
    const segment = this.segments.at(-1)!;
    const flags = SHF_ALLOC | ((segment.flags & PF_W) !== 0 ? SHF_WRITE : 0) | ((segment.flags & PF_X) !== 0 ? SHF_EXECINSTR : 0);
    this.#output = { name, type, flags, align: 1, entsize: 0, address: this.#address, size: 0, pieces: [], data: new Uint8Array(0) };
    segment.outputs.push(this.#output);
    this.outputs.push(this.#output);
    return this.#output;
  }

  /** Pads the current output section. */
  align(alignment: number): void {
    const output = this.#output;
    if (output.size === 0) {
      this.alignAddress(alignment);
      output.address = this.#address;
    }
    output.align = Math.max(output.align, alignment);
    output.size = Math.ceil((output.address + output.size) / alignment) * alignment - output.address;
    this.#address = output.address + output.size;
  }

  symbol(name: string): void {
    this.symbols.push({ name, address: this.#address, output: this.#output });
  }

  /** Places all waiting allocated sections that match; `order` sorts them (stable), else they keep link order. */
  input(matcher: Matcher, order?: (a: InputSection, b: InputSection) => number): void {
    const found = this.take(matcher);
    if (order !== undefined) found.sort(order);
    for (const entry of found) this.place(entry, 0, entry.section.size);
  }

  /** Removes the waiting allocated sections that match and returns them. */
  take(matcher: Matcher): InputSection[] {
    const found = [...this.#waiting].filter(({ section }) => section.isAllocated && matcher(section.name, section));
    for (const entry of found) this.#waiting.delete(entry);
    return found;
  }

  /** Places a part of a section at the current address. */
  place({ object, section }: InputSection, from: number, to: number): void {
    this.align(Math.max(section.align, 1));
    const output = this.#output;
    // The flags of the first input stay, as far as all agree.
    if (output.pieces.length === 0) output.entsize = section.entsize;
    else if (output.entsize !== section.entsize) output.entsize = 0;
    const piece: Piece = { section, object, from, to, at: output.size, output };
    output.pieces.push(piece);
    const pieces = this.#pieces.get(section);
    if (pieces === undefined) this.#pieces.set(section, [piece]);
    else pieces.push(piece);
    output.size += to - from;
    this.#address = output.address + output.size;
  }

  /**
   * Each remaining allocated section that matches becomes an output section of its own name, with `__start_` and `__stop_`
   * symbols if the name is a C identifier.
   */
  orphans(matcher: Matcher): void {
    const rest = new Set([...this.#waiting].filter(({ section }) => section.isAllocated).map(({ section }) => section.name));
    for (const name of rest) {
      const own = this.take((candidate, section) => candidate === name && matcher(candidate, section));
      if (own.length === 0) continue;
      this.output(name);
      this.align(Math.max(...own.map(({ section }) => section.align)));
      this.bounded(name, () => {
        for (const entry of own) this.place(entry, 0, entry.section.size);
      });
    }
  }

  /** Defines `__start_NAME` and `__stop_NAME` around what `fill` places, if NAME is a C identifier. */
  bounded(name: string, fill: () => void): void {
    const isIdentifier = /^[A-Za-z_]\w*$/.test(name);
    if (isIdentifier) this.symbol(`__start_${name}`);
    fill();
    if (isIdentifier) this.symbol(`__stop_${name}`);
  }

  /** Removes waiting sections that do not get into the image. */
  discard(matcher: Matcher): void {
    for (const entry of this.#waiting) if (matcher(entry.section.name, entry.section)) this.#waiting.delete(entry);
  }

  /** Sections that are not loaded (debug information) become output sections at address 0, by name. */
  unloaded(): void {
    for (const entry of this.#waiting) {
      const { section } = entry;
      if (section.isAllocated || section.type === SHT_NOBITS) continue;
      let output = this.outputs.find(({ name, flags }) => name === section.name && (flags & SHF_ALLOC) === 0);
      if (output === undefined) {
        const flags = section.flags & (SHF_MERGE | SHF_STRINGS);
        output = {
          name: section.name,
          type: section.type,
          flags,
          align: 1,
          entsize: section.entsize,
          address: 0,
          size: 0,
          pieces: [],
          data: new Uint8Array(0),
        };
        this.outputs.push(output);
      }
      this.#output = output;
      const saved = this.#address;
      output.align = Math.max(output.align, section.align);
      output.size = Math.ceil(output.size / section.align) * section.align;
      const piece: Piece = { section, object: entry.object, from: 0, to: section.size, at: output.size, output };
      output.pieces.push(piece);
      output.size += section.size;
      this.#pieces.set(section, [piece]);
      this.#address = saved;
      this.#waiting.delete(entry);
    }
  }

  /** Names of sections that found no place. */
  get unplaced(): string[] {
    return [...this.#waiting]
      .filter(({ section }) => section.size > 0)
      .map(({ object, section }) => `${object.fileName}: section ${section.name} has no place`);
  }

  /** The piece that holds the offset of a section; an offset at a section's very end belongs to the last piece. */
  find(section: Section, offset: number): Piece | undefined {
    const pieces = this.#pieces.get(section);
    if (pieces === undefined || pieces.length === 1) return pieces?.[0];
    return pieces.find((piece) => offset >= piece.from && offset < piece.to) ?? pieces.find((piece) => offset === piece.to);
  }

  /** Address of an offset of a section; undefined if the section was discarded. */
  addressOf(section: Section, offset: number): number | undefined {
    const piece = this.find(section, offset);
    return piece === undefined ? undefined : piece.output.address + piece.at + offset - piece.from;
  }

  /** Copies the contents of all pieces; gaps in code are int3. */
  copy(): void {
    for (const output of this.outputs) {
      if (output.type === SHT_NOBITS) continue;
      output.data = new Uint8Array(output.size);
      if ((output.flags & SHF_EXECINSTR) !== 0) output.data.fill(0xcc);
      for (const { section, from, to, at } of output.pieces) {
        if (section.type === SHT_NOBITS) output.data.fill(0, at, at + to - from);
        else output.data.set(section.data.bytes.subarray(from, to), at);
      }
    }
  }
}

export const segmentFlags = { code: PF_R | PF_X, constants: PF_R, data: PF_R | PF_W } as const;

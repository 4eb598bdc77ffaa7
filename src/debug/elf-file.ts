// Reads ELF64 files for the inspectors: sections, symbols and relocations. Anything malformed is an ElfError with the reason.

import {
  EHDR_SIZE,
  ELF_MAGIC,
  ELFCLASS64,
  EM_X86_64,
  ET_REL,
  RELA_SIZE,
  SHDR_SIZE,
  SHT_NOBITS,
  SHT_RELA,
  SHT_SYMTAB,
  STT_SECTION,
  SYM_SIZE,
} from "../abi/elf.js";

export interface Section {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: bigint;
  readonly size: number;
  /** Empty for sections without bytes in the file. */
  readonly bytes: Uint8Array;
  readonly link: number;
  readonly info: number;
}

export interface ElfSymbol {
  readonly name: string;
  readonly value: bigint;
  readonly size: number;
  /** STT_… */
  readonly type: number;
  /** STB_… */
  readonly binding: number;
  readonly section: number;
}

export interface Relocation {
  readonly offset: bigint;
  readonly type: number;
  readonly symbol: ElfSymbol;
  readonly addend: bigint;
}

export class ElfError extends Error {}

export class ElfFile {
  readonly sections: readonly Section[];
  readonly symbols: readonly ElfSymbol[];
  readonly relocatable: boolean;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < EHDR_SIZE || this.view.getUint32(0, true) !== ELF_MAGIC) throw new ElfError("not an ELF file");
    if (this.view.getUint8(4) !== ELFCLASS64 || this.view.getUint16(18, true) !== EM_X86_64) throw new ElfError("not an x86-64 ELF file");
    this.relocatable = this.view.getUint16(16, true) === ET_REL;
    this.sections = this.readSections();
    this.symbols = this.readSymbols();
  }

  section(name: string): Section | undefined {
    return this.sections.find((section) => section.name === name);
  }

  symbol(name: string): ElfSymbol | undefined {
    return this.symbols.find((symbol) => symbol.name === name && symbol.section !== 0);
  }

  /** Relocations that apply to a section, in file order. */
  relocations(section: Section): Relocation[] {
    return this.sections
      .filter(({ type, info }) => type === SHT_RELA && info === section.index)
      .flatMap(({ bytes }) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        return Array.from({ length: Math.floor(bytes.length / RELA_SIZE) }, (_, i) => {
          const at = i * RELA_SIZE;
          const info = view.getBigUint64(at + 8, true);
          const symbol = this.symbols[Number(info >> 32n)];
          if (!symbol) throw new ElfError("a relocation names no symbol");
          return { offset: view.getBigUint64(at, true), type: Number(info & 0xffffffffn), symbol, addend: view.getBigInt64(at + 16, true) };
        });
      });
  }

  private slice(offset: number, size: number): Uint8Array {
    if (offset + size > this.bytes.length) throw new ElfError("the file is truncated");
    return this.bytes.subarray(offset, offset + size);
  }

  private readSections(): Section[] {
    const { view } = this;
    const table = Number(view.getBigUint64(40, true));
    const count = table === 0 ? 0 : view.getUint16(60, true);
    const raw = Array.from({ length: count }, (_, index) => {
      const header = this.slice(table + index * SHDR_SIZE, SHDR_SIZE);
      const h = new DataView(header.buffer, header.byteOffset, header.byteLength);
      const type = h.getUint32(4, true);
      const size = Number(h.getBigUint64(32, true));
      return {
        index,
        nameOffset: h.getUint32(0, true),
        type,
        flags: Number(h.getBigUint64(8, true)),
        address: h.getBigUint64(16, true),
        size,
        bytes: type === SHT_NOBITS || index === 0 ? new Uint8Array(0) : this.slice(Number(h.getBigUint64(24, true)), size),
        link: h.getUint32(40, true),
        info: h.getUint32(44, true),
      };
    });
    const names = raw[view.getUint16(62, true)]?.bytes ?? new Uint8Array(0);
    return raw.map(({ nameOffset, ...section }) => ({ ...section, name: text(names, nameOffset) }));
  }

  private readSymbols(): ElfSymbol[] {
    const table = this.sections.find(({ type }) => type === SHT_SYMTAB);
    if (!table) return [];
    const names = this.sections[table.link]?.bytes ?? new Uint8Array(0);
    const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength);
    return Array.from({ length: Math.floor(table.bytes.length / SYM_SIZE) }, (_, i) => {
      const at = i * SYM_SIZE;
      const info = view.getUint8(at + 4);
      const section = view.getUint16(at + 6, true);
      // A section's symbol has no name of its own.
      const own = text(names, view.getUint32(at, true));
      return {
        name: (info & 0xf) === STT_SECTION ? (this.sections[section]?.name ?? "") : own,
        value: view.getBigUint64(at + 8, true),
        size: Number(view.getBigUint64(at + 16, true)),
        type: info & 0xf,
        binding: info >> 4,
        section,
      };
    });
  }
}

function text(table: Uint8Array, offset: number): string {
  const end = table.indexOf(0, offset);
  return Buffer.from(table.subarray(offset, end < 0 ? table.length : end)).toString("utf8");
}

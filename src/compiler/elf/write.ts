// Writes an ObjectFile as a relocatable ELF file (ET_REL), laid out as gas does: each section followed in the header table by
// its relocations, then symbol and string tables. Used for .o and .ko files.

import {
  ET_REL,
  R_X86_64_PC32,
  R_X86_64_PC64,
  R_X86_64_PLT32,
  RELA_SIZE,
  SHDR_SIZE,
  SHF_ALLOC,
  SHF_INFO_LINK,
  SHF_MERGE,
  SHF_RELA_LIVEPATCH,
  SHN_ABS,
  SHN_LIVEPATCH,
  SHN_UNDEF,
  SHT_NOBITS,
  SHT_NULL,
  SHT_RELA,
  SHT_STRTAB,
  SHT_SYMTAB,
  STB_LOCAL,
  STT_FILE,
  STT_NOTYPE,
  STT_SECTION,
  STV_DEFAULT,
  SYM_SIZE,
} from "../../abi/elf.js";
import { ByteBuffer } from "./byte-buffer.js";
import { fileHeader, type SectionHeader, type SymbolRecord, sectionHeader, symbolRecord } from "./headers.js";
import { type ElfSymbol, type ObjectFile, type Relocation, Section } from "./object.js";
import { StringTable } from "./string-table.js";

interface OutputSection {
  header: Omit<SectionHeader, "name" | "offset"> & { name: string };
  data: Uint8Array;
  /** Sizes of SHT_NOBITS sections take no room in the file. */
  inFile: boolean;
}

const pcRelative = new Set([R_X86_64_PC32, R_X86_64_PLT32, R_X86_64_PC64]);

/** All relocations of an object, livepatch ones too. */
function* allRelocations(object: ObjectFile): Generator<Relocation> {
  for (const section of object.sections) {
    yield* section.relocations;
    for (const table of section.livepatchRelocations) yield* table.relocations;
  }
}

class Writer {
  readonly #outputs: OutputSection[] = [];
  /** Header index of each section. */
  readonly #indices = new Map<Section, number>();
  readonly #symbolIndices = new Map<ElfSymbol | Section, number>();
  readonly #strings = new StringTable();
  readonly #symbols: SymbolRecord[] = [];
  #localCount = 0;

  constructor(readonly object: ObjectFile) {}

  /** A temporary symbol stands for section + offset; except in merged sections, where a linker takes the addend for the place. */
  #needsName(relocation: Relocation): boolean {
    const section = relocation.symbol.section;
    return section !== undefined && (section.flags & SHF_MERGE) !== 0 && pcRelative.has(relocation.type);
  }

  #addSymbol(key: ElfSymbol | Section | undefined, record: SymbolRecord): void {
    if (key !== undefined) this.#symbolIndices.set(key, this.#symbols.length);
    this.#symbols.push(record);
  }

  #record(symbol: ElfSymbol, name: string): SymbolRecord {
    const { place } = symbol;
    const sectionIndex =
      place instanceof Section ? this.#indices.get(place) : { undefined: SHN_UNDEF, absolute: SHN_ABS, livepatch: SHN_LIVEPATCH }[place];
    if (sectionIndex === undefined) throw new Error(`code generator: ${symbol.name} lies in a section of another object`);
    return {
      name: this.#strings.add(name),
      binding: symbol.binding,
      type: symbol.type,
      visibility: symbol.visibility,
      sectionIndex,
      value: BigInt(symbol.value),
      size: symbol.size,
    };
  }

  #makeSymbols(): void {
    const plain = { binding: STB_LOCAL, visibility: STV_DEFAULT, value: 0n, size: 0 };
    this.#addSymbol(undefined, { ...plain, name: 0, type: STT_NOTYPE, sectionIndex: SHN_UNDEF });
    this.#addSymbol(undefined, { ...plain, name: this.#strings.add(this.object.fileName), type: STT_FILE, sectionIndex: SHN_ABS });
    const used = new Set<ElfSymbol | Section>();
    const named = new Set<ElfSymbol>();
    for (const relocation of allRelocations(this.object)) {
      const { symbol } = relocation;
      if (!symbol.temporary) used.add(symbol);
      else if (this.#needsName(relocation)) named.add(symbol);
      else if (symbol.section !== undefined) used.add(symbol.section);
      else throw new Error(`code generator: temporary symbol ${symbol.name} is not defined`);
    }
    for (const section of this.object.sections) {
      if (!used.has(section)) continue;
      this.#addSymbol(section, { ...plain, name: 0, type: STT_SECTION, sectionIndex: this.#indices.get(section)! });
    }
    for (const symbol of this.object.symbols) {
      if (symbol.binding === STB_LOCAL && symbol.isDefined && !symbol.temporary) this.#addSymbol(symbol, this.#record(symbol, symbol.name));
    }
    let count = 0;
    for (const symbol of named) this.#addSymbol(symbol, this.#record(symbol, `.LC${count++}`));
    this.#localCount = this.#symbols.length;
    for (const symbol of this.object.symbols) {
      if (symbol.binding !== STB_LOCAL && (symbol.isDefined || used.has(symbol)))
        this.#addSymbol(symbol, this.#record(symbol, symbol.name));
    }
  }

  #relocationData(relocations: readonly Relocation[]): Uint8Array {
    const out = new ByteBuffer(relocations.length * RELA_SIZE);
    for (const relocation of relocations) {
      let index = this.#symbolIndices.get(relocation.symbol);
      let addend = relocation.addend;
      if (index === undefined) {
        const section = relocation.symbol.section;
        index = section === undefined ? undefined : this.#symbolIndices.get(section);
        addend += relocation.symbol.value;
      }
      if (index === undefined) throw new Error(`code generator: ${relocation.symbol.name} is not a symbol of ${this.object.fileName}`);
      out.u64(relocation.offset);
      out.u64((BigInt(index) << 32n) | BigInt(relocation.type));
      out.u64(addend);
    }
    return out.bytes;
  }

  #addOutput(header: Partial<SectionHeader> & { nameText: string; type: number }, data: Uint8Array, size = data.length): number {
    const { nameText, ...rest } = header;
    const complete = { flags: 0, address: 0n, size, link: 0, info: 0, align: 1, entsize: 0, ...rest, name: nameText };
    this.#outputs.push({ header: complete, data, inFile: header.type !== SHT_NOBITS && header.type !== SHT_NULL });
    return this.#outputs.length - 1;
  }

  write(): Uint8Array {
    const { sections } = this.object;
    this.#addOutput({ nameText: "", type: SHT_NULL, align: 0 }, new Uint8Array(0));
    // Header indices first: symbols and relocations refer to them.
    let next = 1;
    for (const section of sections) {
      this.#indices.set(section, next);
      next += 1 + (section.relocations.length > 0 ? 1 : 0) + section.livepatchRelocations.length;
    }
    const symtabIndex = next;
    this.#makeSymbols();
    for (const section of sections) {
      const { type, flags, align, entsize } = section;
      const index = this.#addOutput({ nameText: section.name, type, flags, align, entsize }, section.data.bytes, section.size);
      const relocationHeader = { type: SHT_RELA, link: symtabIndex, info: index, align: 8, entsize: RELA_SIZE };
      if (section.relocations.length > 0) {
        const header = { ...relocationHeader, nameText: `.rela${section.name}`, flags: SHF_INFO_LINK };
        this.#addOutput(header, this.#relocationData(section.relocations));
      }
      for (const table of section.livepatchRelocations) {
        const header = { ...relocationHeader, nameText: table.name, flags: SHF_ALLOC | SHF_INFO_LINK | SHF_RELA_LIVEPATCH };
        this.#addOutput(header, this.#relocationData(table.relocations));
      }
    }
    const records = new ByteBuffer(this.#symbols.length * SYM_SIZE);
    for (const symbol of this.#symbols) symbolRecord(records, symbol);
    const symtab = { nameText: ".symtab", type: SHT_SYMTAB, link: symtabIndex + 1, info: this.#localCount, align: 8, entsize: SYM_SIZE };
    this.#addOutput(symtab, records.bytes);
    this.#addOutput({ nameText: ".strtab", type: SHT_STRTAB }, this.#strings.data.bytes);
    return this.#file();
  }

  #file(): Uint8Array {
    const names = new StringTable();
    for (const output of this.#outputs) names.add(output.header.name);
    const namesIndex = this.#addOutput({ nameText: ".shstrtab", type: SHT_STRTAB }, new Uint8Array(0));
    names.add(".shstrtab");
    const last = this.#outputs[namesIndex]!;
    last.data = names.data.bytes;
    last.header.size = last.data.length;

    const size = this.#outputs.reduce((sum, output) => sum + output.data.length + output.header.align, 64 + 8);
    const out = new ByteBuffer(size + SHDR_SIZE * this.#outputs.length);
    out.fill(0, 64);
    const offsets = this.#outputs.map(({ header, data, inFile }) => {
      if (header.type === SHT_NULL) return 0;
      if (inFile) out.align(Math.max(header.align, 1));
      const at = out.length;
      if (inFile) out.append(data);
      return at;
    });
    out.align(8);
    const sectionHeaderOffset = out.length;
    for (const [index, { header }] of this.#outputs.entries()) {
      sectionHeader(out, { ...header, name: names.add(header.name), offset: offsets[index]! });
    }
    const head = new ByteBuffer(64);
    fileHeader(head, {
      type: ET_REL,
      entry: 0n,
      programHeaderOffset: 0,
      programHeaderCount: 0,
      sectionHeaderOffset,
      sectionHeaderCount: this.#outputs.length,
      sectionNamesIndex: namesIndex,
    });
    out.set(0, head.bytes);
    return out.bytes.slice();
  }
}

/** The object as an ET_REL file. Throws only on an object that the code generator made wrongly. */
export function writeRelocatable(object: ObjectFile): Uint8Array {
  return new Writer(object).write();
}

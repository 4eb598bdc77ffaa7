// Reads a relocatable ELF file (ours or gcc's) into the object model, so that the linker can take it. Every offset and index is
// checked: a broken file is an error value, never an exception.

import {
  EHDR_SIZE,
  ELF_MAGIC,
  ELFCLASS64,
  ELFDATA2LSB,
  EM_X86_64,
  ET_REL,
  R_X86_64_NONE,
  RELA_SIZE,
  SHDR_SIZE,
  SHF_RELA_LIVEPATCH,
  SHN_ABS,
  SHN_COMMON,
  SHN_LIVEPATCH,
  SHN_LORESERVE,
  SHN_UNDEF,
  SHT_GROUP,
  SHT_NOBITS,
  SHT_NULL,
  SHT_REL,
  SHT_RELA,
  SHT_STRTAB,
  SHT_SYMTAB,
  SHT_SYMTAB_SHNDX,
  STB_LOCAL,
  STT_FILE,
  STT_OBJECT,
  STT_SECTION,
  SYM_SIZE,
} from "../../abi/elf.js";
import { type ElfSymbol, ObjectFile, Section } from "./object.js";

export interface ReadError {
  readonly error: string;
}

interface Header {
  index: number;
  name: string;
  type: number;
  flags: number;
  offset: number;
  size: number;
  link: number;
  info: number;
  align: number;
  entsize: number;
}

/** What went wrong, on its way out of the reader. Caught in readRelocatable and nowhere else. */
class Malformed extends Error {}

class Reader {
  readonly #view: DataView;
  readonly #object: ObjectFile;
  #headers: Header[] = [];
  readonly #sections = new Map<number, Section>();
  readonly #sectionSymbols = new Map<Section, ElfSymbol>();
  #symbols: (ElfSymbol | undefined)[] = [];
  readonly #decoder = new TextDecoder();

  constructor(
    readonly bytes: Uint8Array,
    fileName: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#object = new ObjectFile(fileName);
  }

  #fail(message: string): never {
    throw new Malformed(message);
  }

  #check(offset: number, size: number, what: string): void {
    if (offset < 0 || size < 0 || offset + size > this.bytes.length) this.#fail(`${what} lies outside the file`);
  }

  /** A 64-bit unsigned field that must be a sensible size or offset. */
  #u64(at: number, what: string): number {
    const value = this.#view.getBigUint64(at, true);
    if (value > 0xffff_ffff_ffffn) this.#fail(`${what} is ${value.toString()}`);
    return Number(value);
  }

  #text(table: Header, offset: number): string {
    if (offset >= table.size) this.#fail(`a name lies outside of ${table.name || "the string table"}`);
    const start = table.offset + offset;
    const end = this.bytes.indexOf(0, start);
    if (end < 0 || end >= table.offset + table.size) this.#fail("a name has no end");
    return this.#decoder.decode(this.bytes.subarray(start, end));
  }

  read(): ObjectFile {
    const view = this.#view;
    if (this.bytes.length < EHDR_SIZE || view.getUint32(0, true) !== ELF_MAGIC) this.#fail("not an ELF file");
    if (this.bytes[4] !== ELFCLASS64 || this.bytes[5] !== ELFDATA2LSB) this.#fail("not a 64-bit little-endian ELF file");
    if (view.getUint16(18, true) !== EM_X86_64) this.#fail("not for x86-64");
    if (view.getUint16(16, true) !== ET_REL) this.#fail("not a relocatable file");
    this.#readHeaders();
    this.#makeSections();
    this.#readSymbols();
    for (const header of this.#headers) if (header.type === SHT_RELA) this.#readRelocations(header);
    if (this.#headers.some((header) => header.type === SHT_REL)) this.#fail("SHT_REL relocations are not used on x86-64");
    return this.#object;
  }

  #readHeaders(): void {
    const view = this.#view;
    const offset = this.#u64(40, "the section header offset");
    const count = view.getUint16(60, true);
    const namesIndex = view.getUint16(62, true);
    if (view.getUint16(58, true) !== SHDR_SIZE) this.#fail("wrong section header size");
    if (count === 0) this.#fail("no section headers");
    this.#check(offset, count * SHDR_SIZE, "the section header table");
    const nameOffsets: number[] = [];
    for (let index = 0; index < count; index++) {
      const at = offset + index * SHDR_SIZE;
      nameOffsets.push(view.getUint32(at, true));
      const type = view.getUint32(at + 4, true);
      const header: Header = {
        index,
        name: "",
        type,
        flags: this.#u64(at + 8, "section flags"),
        offset: this.#u64(at + 24, "a section offset"),
        size: this.#u64(at + 32, "a section size"),
        link: view.getUint32(at + 40, true),
        info: view.getUint32(at + 44, true),
        align: this.#u64(at + 48, "a section alignment"),
        entsize: this.#u64(at + 56, "an entry size"),
      };
      if (type !== SHT_NULL && type !== SHT_NOBITS) this.#check(header.offset, header.size, `section ${index}`);
      if (type === SHT_NOBITS && header.size > 0x4000_0000) this.#fail(`section ${index} is larger than 1 GiB`);
      if ((header.align & (header.align - 1)) !== 0 || header.align > 0x20_0000)
        this.#fail(`section ${index} has alignment ${header.align}`);
      this.#headers.push(header);
    }
    const names = this.#headers[namesIndex];
    if (names === undefined || names.type !== SHT_STRTAB) this.#fail("no section name table");
    for (const header of this.#headers) header.name = header.type === SHT_NULL ? "" : this.#text(names, nameOffsets[header.index]!);
  }

  #makeSections(): void {
    const tables = new Set([SHT_NULL, SHT_SYMTAB, SHT_STRTAB, SHT_RELA, SHT_REL, SHT_GROUP, SHT_SYMTAB_SHNDX]);
    for (const header of this.#headers) {
      if (tables.has(header.type)) continue;
      const section = new Section(header.name, header.type, header.flags, Math.max(header.align, 1), header.entsize);
      if (header.type === SHT_NOBITS) section.reserve(header.size);
      else section.data.append(this.bytes.subarray(header.offset, header.offset + header.size));
      this.#object.addSection(section);
      this.#sections.set(header.index, section);
    }
  }

  #readSymbols(): void {
    const table = this.#headers.find((header) => header.type === SHT_SYMTAB);
    if (table === undefined) return;
    if (table.size % SYM_SIZE !== 0) this.#fail("the symbol table has a fraction of an entry");
    const strings = this.#headers[table.link];
    if (strings === undefined || strings.type !== SHT_STRTAB) this.#fail("the symbol table has no string table");
    for (let at = table.offset; at < table.offset + table.size; at += SYM_SIZE) {
      this.#symbols.push(at === table.offset ? undefined : this.#readSymbol(at, strings));
    }
  }

  #readSymbol(at: number, strings: Header): ElfSymbol | undefined {
    const view = this.#view;
    const info = this.bytes[at + 4]!;
    const type = info & 15;
    const shndx = view.getUint16(at + 6, true);
    if (type === STT_FILE) return undefined;
    const binding = info >> 4;
    const name = this.#text(strings, view.getUint32(at, true));
    const section = this.#sections.get(shndx);
    if (type === STT_SECTION) {
      if (section === undefined) return undefined;
      const symbol = this.#object.temporarySymbol(section.name).define(section, 0);
      this.#sectionSymbols.set(section, symbol);
      return symbol;
    }
    const symbol = binding === STB_LOCAL ? this.#object.localSymbol(name) : this.#object.symbol(name);
    if (binding !== STB_LOCAL && symbol.isDefined && shndx !== SHN_UNDEF) this.#fail(`symbol ${name} is defined twice`);
    symbol.binding = binding;
    symbol.type = type;
    symbol.visibility = this.bytes[at + 5]! & 3;
    symbol.size = this.#u64(at + 16, `the size of ${name}`);
    symbol.temporary = binding === STB_LOCAL && name.startsWith(".L");
    if (shndx === SHN_UNDEF) return symbol;
    if (shndx === SHN_ABS || shndx === SHN_LIVEPATCH) {
      symbol.place = shndx === SHN_ABS ? "absolute" : "livepatch";
      symbol.value = this.#u64(at + 8, `the value of ${name}`);
      return symbol;
    }
    const value = this.#u64(at + 8, `the value of ${name}`);
    if (shndx === SHN_COMMON) {
      const bss = this.#object.section(".bss");
      const place = bss.alignTo(Math.max(1, Math.min(value, 4096)));
      bss.reserve(symbol.size);
      return symbol.define(bss, place, STT_OBJECT);
    }
    if (shndx >= SHN_LORESERVE || section === undefined) this.#fail(`symbol ${name} lies in section ${shndx}, which is none`);
    if (value > section.size) this.#fail(`symbol ${name} lies outside of ${section.name}`);
    return symbol.define(section, value);
  }

  #readRelocations(header: Header): void {
    const target = this.#sections.get(header.info);
    if (target === undefined) this.#fail(`${header.name} has no section to relocate`);
    if (header.size % RELA_SIZE !== 0) this.#fail(`${header.name} has a fraction of an entry`);
    const livepatch = (header.flags & SHF_RELA_LIVEPATCH) !== 0;
    const table = livepatch ? { name: header.name, relocations: [] } : undefined;
    if (table !== undefined) target.livepatchRelocations.push(table);
    const list = table?.relocations ?? target.relocations;
    for (let at = header.offset; at < header.offset + header.size; at += RELA_SIZE) {
      const offset = this.#u64(at, `an offset in ${header.name}`);
      const type = this.#view.getUint32(at + 8, true);
      const symbol = this.#symbols[this.#view.getUint32(at + 12, true)];
      const addend = this.#view.getBigInt64(at + 16, true);
      if (type === R_X86_64_NONE) continue;
      if (symbol === undefined) this.#fail(`${header.name} refers to a symbol that is none`);
      if (offset >= target.size) this.#fail(`${header.name} relocates outside of ${target.name}`);
      if (addend > BigInt(Number.MAX_SAFE_INTEGER) || addend < -BigInt(Number.MAX_SAFE_INTEGER))
        this.#fail(`${header.name}: addend ${addend}`);
      (list as { offset: number; type: number; symbol: ElfSymbol; addend: number }[]).push({
        offset,
        type,
        symbol,
        addend: Number(addend),
      });
    }
  }
}

/** The object of an ET_REL file, or what is wrong with it. */
export function readRelocatable(bytes: Uint8Array, fileName: string): ObjectFile | ReadError {
  try {
    return new Reader(bytes, fileName).read();
  } catch (error) {
    if (error instanceof Malformed) return { error: `${fileName}: ${error.message}` };
    throw error;
  }
}

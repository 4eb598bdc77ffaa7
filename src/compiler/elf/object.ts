// The model of a relocatable object: sections, symbols, relocations, linked by reference (a relocation holds its symbol, a
// symbol its section). The code generator and the assembler fill it; write.ts makes an ET_REL file of it, read.ts reads one
// into it, link.ts links several.

import {
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHF_MERGE,
  SHF_STRINGS,
  SHF_WRITE,
  SHT_NOBITS,
  SHT_NOTE,
  SHT_PROGBITS,
  STB_GLOBAL,
  STB_LOCAL,
  STT_NOTYPE,
  STV_DEFAULT,
} from "../../abi/elf.js";
import { ByteBuffer } from "./byte-buffer.js";

export interface Relocation {
  /** Byte offset of the field in its section. */
  offset: number;
  /** R_X86_64_… */
  type: number;
  symbol: ElfSymbol;
  addend: number;
}

export class Section {
  readonly data = new ByteBuffer();
  readonly relocations: Relocation[] = [];
  /** Bytes of a SHT_NOBITS section, which has no data. */
  #reserved = 0;
  /** Relocations that livepatch applies: one `.klp.rela.OBJECT.SECTION` table each (SHF_RELA_LIVEPATCH). */
  readonly livepatchRelocations: { readonly name: string; readonly relocations: Relocation[] }[] = [];

  constructor(
    readonly name: string,
    public type: number,
    public flags: number,
    public align = 1,
    public entsize = 0,
  ) {}

  get size(): number {
    return this.type === SHT_NOBITS ? this.#reserved : this.data.length;
  }

  get isCode(): boolean {
    return (this.flags & SHF_EXECINSTR) !== 0;
  }

  get isAllocated(): boolean {
    return (this.flags & SHF_ALLOC) !== 0;
  }

  /** Pads to the alignment (zeros; code is padded by the assembler) and raises the section's own. Returns the offset. */
  alignTo(alignment: number): number {
    if (alignment > this.align) this.align = alignment;
    if (this.type === SHT_NOBITS) this.#reserved = Math.ceil(this.#reserved / alignment) * alignment;
    else this.data.align(alignment);
    return this.size;
  }

  /** Room for `size` zero bytes; returns its offset. Works for .bss too. */
  reserve(size: number): number {
    const at = this.size;
    if (this.type === SHT_NOBITS) this.#reserved += size;
    else this.data.fill(0, size);
    return at;
  }

  relocate(offset: number, type: number, symbol: ElfSymbol, addend = 0): void {
    this.relocations.push({ offset, type, symbol, addend });
  }
}

/** Where a symbol lies: in a section, nowhere yet, at an absolute address, or in a reserved section index (SHN_LIVEPATCH). */
export type Place = Section | "undefined" | "absolute" | "livepatch";

export class ElfSymbol {
  place: Place = "undefined";
  value = 0;
  size = 0;
  type = STT_NOTYPE;
  binding = STB_GLOBAL;
  visibility = STV_DEFAULT;
  /**
   * An assembler's local label: never in a symbol table; relocations against it are written as section symbol + offset.
   */
  temporary = false;

  constructor(readonly name: string) {}

  get section(): Section | undefined {
    return this.place instanceof Section ? this.place : undefined;
  }

  get isDefined(): boolean {
    return this.place !== "undefined";
  }

  /** Puts the symbol at an offset of a section. */
  define(section: Section, value: number, type = this.type, size = this.size): this {
    this.place = section;
    this.value = value;
    this.type = type;
    this.size = size;
    return this;
  }
}

/** Type, flags, alignment and entry size of a section by its name, as gcc and gas choose them. */
function sectionDefaults(name: string): { type: number; flags: number; align: number; entsize: number } {
  const is = (prefix: string) => name === prefix || name.startsWith(prefix + ".");
  const make = (type: number, flags: number, align: number, entsize = 0) => ({ type, flags, align, entsize });
  if (is(".bss") || is(".init.bss")) return make(SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 1);
  if (is(".rodata.str") || is(".rodata.str1.1")) return make(SHT_PROGBITS, SHF_ALLOC | SHF_MERGE | SHF_STRINGS, 1, 1);
  if (name.endsWith(".text") || is(".text") || is(".init.text") || is(".exit.text")) {
    return make(SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 1);
  }
  if (is(".data") || is(".init.data") || is(".exit.data") || is(".gnu.linkonce.this_module")) {
    return make(SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 1);
  }
  // The kernel writes to these: dynamic debug sets flags, ftrace sorts and clears its sites, a warning is marked as done.
  if (name === "__dyndbg" || name === "__mcount_loc" || name === "__jump_table") return make(SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 8);
  if (name === "__bug_table") return make(SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 4);
  if (is(".note")) return make(SHT_NOTE, name === ".note.GNU-stack" ? 0 : SHF_ALLOC, 1);
  if (is(".comment") || is(".debug") || name.startsWith(".debug_") || name.startsWith(".BTF")) return make(SHT_PROGBITS, 0, 1);
  // .rodata, .modinfo, __ksymtab*, __param, __ex_table, …
  return make(SHT_PROGBITS, SHF_ALLOC, 1);
}

export class ObjectFile {
  readonly sections: Section[] = [];
  readonly symbols: ElfSymbol[] = [];
  readonly #sectionsByName = new Map<string, Section>();
  readonly #globals = new Map<string, ElfSymbol>();

  /** `fileName` becomes the STT_FILE symbol, and the name in the linker's messages. */
  constructor(readonly fileName: string) {}

  /** The section of that name, made with the usual type and flags if it is not there. */
  section(name: string): Section {
    const known = this.#sectionsByName.get(name);
    if (known !== undefined) return known;
    const { type, flags, align, entsize } = sectionDefaults(name);
    return this.addSection(new Section(name, type, flags, align, entsize));
  }

  findSection(name: string): Section | undefined {
    return this.#sectionsByName.get(name);
  }

  /** Adds a section as it is; of several with one name `section()` finds the first. */
  addSection(section: Section): Section {
    this.sections.push(section);
    if (!this.#sectionsByName.has(section.name)) this.#sectionsByName.set(section.name, section);
    return section;
  }

  /** The global (or undefined, or weak) symbol of that name, made undefined if it is not there. */
  symbol(name: string): ElfSymbol {
    const known = this.#globals.get(name);
    if (known !== undefined) return known;
    const symbol = new ElfSymbol(name);
    this.#globals.set(name, symbol);
    this.symbols.push(symbol);
    return symbol;
  }

  findSymbol(name: string): ElfSymbol | undefined {
    return this.#globals.get(name);
  }

  /** A new local symbol (static function or variable). Names need not be unique. */
  localSymbol(name: string): ElfSymbol {
    const symbol = new ElfSymbol(name);
    symbol.binding = STB_LOCAL;
    this.symbols.push(symbol);
    return symbol;
  }

  /** A new local symbol that appears in no symbol table; for string literals, jump tables, recorded sites. */
  temporarySymbol(name = ".L"): ElfSymbol {
    const symbol = new ElfSymbol(name);
    symbol.binding = STB_LOCAL;
    symbol.temporary = true;
    return symbol;
  }
}

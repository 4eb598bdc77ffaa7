// The kernel's own symbol table (kallsyms) and System.map, both from the linker's resolved symbols. The tables' sizes follow from
// the names alone, so they are placed before addresses are known and filled afterwards.

import { SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHT_NOBITS, SHT_PROGBITS, STB_LOCAL, STB_WEAK, STT_FUNC, STT_OBJECT } from "../../abi/elf.js";
import { ByteBuffer } from "./byte-buffer.js";
import type { OutputSection } from "./layout.js";
import { ObjectFile, Section } from "./object.js";
import type { Resolved } from "./resolve.js";

const KALLSYMS_SECTION = ".rodata.kallsyms";
const tableNames = ["kallsyms_num_syms", "kallsyms_addresses", "kallsyms_names_offset", "kallsyms_names"] as const;

/** The letter that nm prints: the section's kind, upper case for global symbols. */
function typeLetter(symbol: Resolved): string {
  const { output } = symbol;
  if (symbol.binding === STB_WEAK) return symbol.type === STT_OBJECT ? "V" : "W";
  let letter = "a";
  if (output !== undefined && (output.flags & SHF_ALLOC) === 0) letter = "n";
  else if (output !== undefined) letter = sectionLetter(output);
  return symbol.binding === STB_LOCAL ? letter : letter.toUpperCase();
}

function sectionLetter(output: OutputSection): string {
  if ((output.flags & SHF_EXECINSTR) !== 0) return "t";
  if (output.type === SHT_NOBITS) return "b";
  return (output.flags & SHF_WRITE) !== 0 ? "d" : "r";
}

function leadingUnderscores(name: string): number {
  return /^_*/.exec(name)![0].length;
}

/**
 * By address. At one address the name that a trace should show comes first: functions and objects before bare labels, an
 * object's symbol before the linker's, global before weak, fewer underscores first, then link order.
 */
function sortSymbols(symbols: readonly Resolved[]): Resolved[] {
  const rank = (symbol: Resolved) =>
    (symbol.object === undefined ? 8 : 0) +
    (symbol.type === STT_FUNC || symbol.type === STT_OBJECT ? 0 : 4) +
    (symbol.binding === STB_WEAK ? 2 : 0);
  return [...symbols].sort((a, b) => a.address - b.address || rank(a) - rank(b) || leadingUnderscores(a.name) - leadingUnderscores(b.name));
}

/** Whether the kernel's table shall have the symbol: loaded ones but its own tables, as Linux' scripts/kallsyms decides. */
export function isListed(name: string): boolean {
  return name !== "" && !name.startsWith(".L") && !name.startsWith("$") && !(tableNames as readonly string[]).includes(name);
}

function loaded(symbols: readonly Resolved[]): Resolved[] {
  return symbols.filter((symbol) => symbol.output !== undefined && (symbol.output.flags & SHF_ALLOC) !== 0);
}

export class KallsymsTables {
  readonly object = new ObjectFile("kallsyms");
  readonly #section: Section;
  readonly #names = new TextEncoder();

  /** Room for a table of these names; only names that stay in the image may be given. */
  constructor(readonly listed: readonly string[]) {
    this.#section = new Section(KALLSYMS_SECTION, SHT_PROGBITS, SHF_ALLOC, 8);
    this.object.addSection(this.#section);
    const nameBytes = listed.reduce((sum, name) => sum + this.#names.encode(name).length + 2, 0);
    const sizes = [8, listed.length * 8, listed.length * 4, nameBytes];
    for (const [index, name] of tableNames.entries()) {
      const at = this.#section.alignTo(8);
      this.#section.reserve(sizes[index]!);
      this.object.symbol(name).define(this.#section, at, STT_OBJECT, sizes[index]!);
    }
  }

  /** Fills the tables; the layout copies them afterwards. Returns an error if the symbols are not those announced. */
  fill(symbols: readonly Resolved[], base: bigint): string | undefined {
    const listed = sortSymbols(loaded(symbols).filter((symbol) => isListed(symbol.name)));
    if (listed.length !== this.listed.length) return `kallsyms: ${this.listed.length} names announced, ${listed.length} found`;
    const names = new ByteBuffer(listed.length * 24);
    const at = (name: string) => this.object.symbol(name).value;
    const { data } = this.#section;
    data.setU64(at("kallsyms_num_syms"), listed.length);
    for (const [index, symbol] of listed.entries()) {
      data.setU64(at("kallsyms_addresses") + index * 8, base + BigInt(symbol.address));
      data.setU32(at("kallsyms_names_offset") + index * 4, names.length);
      names.cstring(typeLetter(symbol) + symbol.name);
    }
    data.set(at("kallsyms_names"), names.bytes);
    return undefined;
  }
}

/** System.map: address, letter, name of every loaded symbol, sorted by address. */
export function systemMap(symbols: readonly Resolved[], base: bigint): string {
  const lines = sortSymbols(loaded(symbols)).map((symbol) => {
    const address = BigInt.asUintN(64, base + BigInt(symbol.address));
    return `${address.toString(16).padStart(16, "0")} ${typeLetter(symbol)} ${symbol.name}\n`;
  });
  return lines.join("");
}

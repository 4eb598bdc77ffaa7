// Names for addresses and addresses for names, from an ELF file's symbol table.

import { STB_LOCAL, STT_FILE, STT_SECTION } from "../abi/elf.js";
import type { ElfFile, ElfSymbol } from "./elf-file.js";

export class SymbolTable {
  /** By address; of several at one address the one that objdump names comes first. */
  private readonly sorted: readonly ElfSymbol[];
  private readonly byName = new Map<string, ElfSymbol>();

  /** @param section only symbols of this section (needed in relocatable files, where each starts at 0). */
  constructor(elf: ElfFile, section?: number) {
    const usable = elf.symbols.filter(
      (symbol) =>
        symbol.name !== "" &&
        symbol.section !== 0 &&
        symbol.type !== STT_FILE &&
        symbol.type !== STT_SECTION &&
        (section === undefined || symbol.section === section),
    );
    this.sorted = usable
      .map((symbol, order) => ({ symbol, order }))
      .sort(compare)
      .map(({ symbol }) => symbol);
    for (const symbol of usable) if (!this.byName.has(symbol.name)) this.byName.set(symbol.name, symbol);
  }

  find(name: string): ElfSymbol | undefined {
    return this.byName.get(name);
  }

  address(name: string): bigint | undefined {
    return this.byName.get(name)?.value;
  }

  /** The symbol at or before an address. */
  before(address: bigint): ElfSymbol | undefined {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sorted[middle].value <= address) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    const { value } = this.sorted[low - 1];
    while (low >= 2 && this.sorted[low - 2].value === value) low--;
    return this.sorted[low - 1];
  }

  /** The next address after this one that has a symbol. */
  after(address: bigint): bigint | undefined {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sorted[middle].value <= address) low = middle + 1;
      else high = middle;
    }
    return this.sorted[low]?.value;
  }

  /** `name` or `name+0x12`, without brackets. */
  describe(address: bigint): string | undefined {
    const symbol = this.before(address);
    if (!symbol) return undefined;
    return address === symbol.value ? symbol.name : `${symbol.name}+0x${(address - symbol.value).toString(16)}`;
  }

  /** All symbols, by address. */
  all(): readonly ElfSymbol[] {
    return this.sorted;
  }
}

/** Address first; at one address global before local, functions and objects before labels, then the file's order. */
function compare(a: { symbol: ElfSymbol; order: number }, b: { symbol: ElfSymbol; order: number }): number {
  if (a.symbol.value !== b.symbol.value) return a.symbol.value < b.symbol.value ? -1 : 1;
  const local = Number(a.symbol.binding === STB_LOCAL) - Number(b.symbol.binding === STB_LOCAL);
  if (local !== 0) return local;
  const untyped = Number(a.symbol.type === 0) - Number(b.symbol.type === 0);
  return untyped !== 0 ? untyped : a.order - b.order;
}

// Symbol resolution for the linker: one definition for each global name, its address after layout, and lists of what is
// defined twice or not at all.

import { STB_GLOBAL, STB_LOCAL, STB_WEAK, STT_FILE, STT_SECTION } from "../../abi/elf.js";
import type { Layout, OutputSection } from "./layout.js";
import type { ElfSymbol, ObjectFile, Section } from "./object.js";

/** A defined symbol with its final place. */
export interface Resolved {
  name: string;
  /** Offset from the image's base; of an absolute symbol its value. */
  address: number;
  /** undefined: absolute. */
  output: OutputSection | undefined;
  size: number;
  type: number;
  binding: number;
  visibility: number;
  /** The object that defines it; undefined: the linker. */
  object: ObjectFile | undefined;
}

/** The function or variable of the object that contains the offset, for messages. */
export function enclosingName(object: ObjectFile, section: Section, offset: number): string {
  const holder = object.symbols.find(
    (symbol) => symbol.place === section && !symbol.temporary && offset >= symbol.value && offset < symbol.value + Math.max(symbol.size, 1),
  );
  return holder?.name ?? `${section.name}+0x${offset.toString(16)}`;
}

export class SymbolResolver {
  readonly errors: string[] = [];
  readonly #definitions = new Map<string, { object: ObjectFile; symbol: ElfSymbol }>();
  readonly #script = new Map<string, Resolved>();
  readonly #resolved = new Map<ElfSymbol, Resolved>();

  constructor(
    readonly objects: readonly ObjectFile[],
    readonly layout: Layout,
  ) {
    for (const object of objects) for (const symbol of object.symbols) this.#collect(object, symbol);
    for (const { name, address, output } of layout.symbols) {
      // An object's own definition wins, as with ld's PROVIDE.
      if (this.#definitions.has(name)) continue;
      this.#script.set(name, { name, address, output, size: 0, type: 0, binding: STB_GLOBAL, visibility: 0, object: undefined });
    }
  }

  #collect(object: ObjectFile, symbol: ElfSymbol): void {
    if (symbol.binding === STB_LOCAL || !symbol.isDefined) return;
    const section = symbol.section;
    if (section !== undefined && this.layout.find(section, symbol.value) === undefined) return;
    const known = this.#definitions.get(symbol.name);
    if (known === undefined || (known.symbol.binding === STB_WEAK && symbol.binding !== STB_WEAK)) {
      this.#definitions.set(symbol.name, { object, symbol });
    } else if (known.symbol.binding !== STB_WEAK && symbol.binding !== STB_WEAK) {
      this.errors.push(`${symbol.name} is defined in ${known.object.fileName} and in ${object.fileName}`);
    }
  }

  #locate(object: ObjectFile, symbol: ElfSymbol): Resolved | undefined {
    const { name, size, type, binding, visibility } = symbol;
    const base = { name, size, type, binding, visibility, object };
    const section = symbol.section;
    if (section === undefined) return { ...base, address: symbol.value, output: undefined };
    const address = this.layout.addressOf(section, symbol.value);
    const output = this.layout.find(section, symbol.value)?.output;
    return address === undefined ? undefined : { ...base, address, output };
  }

  /** What a reference to the symbol means; undefined: nothing (undefined, or in a discarded section). */
  resolve(object: ObjectFile, symbol: ElfSymbol): Resolved | undefined {
    const known = this.#resolved.get(symbol);
    if (known !== undefined) return known;
    let resolved: Resolved | undefined;
    if (symbol.binding === STB_LOCAL && symbol.isDefined) resolved = this.#locate(object, symbol);
    else {
      const definition = this.#definitions.get(symbol.name);
      resolved = definition === undefined ? this.#script.get(symbol.name) : this.#locate(definition.object, definition.symbol);
    }
    if (resolved !== undefined) this.#resolved.set(symbol, resolved);
    return resolved;
  }

  find(name: string): Resolved | undefined {
    const definition = this.#definitions.get(name);
    return definition === undefined ? this.#script.get(name) : this.#locate(definition.object, definition.symbol);
  }

  /** All defined symbols that have names, objects' in link order (locals before globals in each), then the script's. */
  all(): Resolved[] {
    const found: Resolved[] = [];
    for (const object of this.objects) {
      const own = object.symbols.filter(
        (symbol) => symbol.isDefined && !symbol.temporary && symbol.type !== STT_SECTION && symbol.type !== STT_FILE && symbol.name !== "",
      );
      const isWinner = (symbol: ElfSymbol) => this.#definitions.get(symbol.name)?.symbol === symbol;
      for (const symbol of own.filter(({ binding }) => binding === STB_LOCAL)) {
        const resolved = this.#locate(object, symbol);
        if (resolved !== undefined) found.push(resolved);
      }
      for (const symbol of own.filter((candidate) => candidate.binding !== STB_LOCAL && isWinner(candidate))) {
        const resolved = this.#locate(object, symbol);
        if (resolved !== undefined) found.push(resolved);
      }
    }
    return [...found, ...this.#script.values()];
  }
}

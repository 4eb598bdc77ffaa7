// One object file in the making: symbols of entities, string literals, static data, an assembler for each code section. The
// lowering of expressions and functions works inside a unit.

import type ts from "typescript";
import { R_X86_64_64, SHT_NOBITS, STB_GLOBAL, STT_FUNC, STT_OBJECT } from "../../abi/elf.js";
import { CompileError, type Diagnostic } from "../diagnostics.js";
import type { TypedVariable } from "../elf/btf.js";
import { type ElfSymbol, ObjectFile, type Section } from "../elf/object.js";
import { alignOf, type CType, sizeOf } from "../front/c-type.js";
import { utf8 } from "../front/literals.js";
import type { Program } from "../front/program.js";
import { Assembler } from "../x86/assembler.js";
import type { Entity } from "./entities.js";

/** Contents of a static object: bytes and the places of addresses. */
export class DataImage {
  readonly bytes: Uint8Array;
  readonly relocations: { offset: number; symbol: ElfSymbol; addend: number }[] = [];
  constructor(readonly size: number) {
    this.bytes = new Uint8Array(size);
  }
  get isZero(): boolean {
    return this.relocations.length === 0 && this.bytes.every((byte) => byte === 0);
  }
}

export type ImageConfig = Pick<ReadonlyMap<string, bigint>, "get">;

export interface UnitOptions {
  /** Name of the module these files are built into; undefined: the kernel itself, or a program. */
  readonly module?: string;
  /** User-mode code: nothing to trace it. */
  readonly user?: boolean;
  /** The image's configuration: what CONFIG_ names stand for; those not listed are 0. */
  readonly config?: ImageConfig;
}

export class Unit {
  readonly object: ObjectFile;
  readonly diagnostics: Diagnostic[] = [];
  /** Entities by symbol, as this unit's references see them. */
  readonly entities = new Map<ts.Symbol, Entity>();
  /** Functions of other files that this unit needs its own copy of: inline ones whose address is taken. */
  readonly copies = new Set<ts.Symbol>();
  readonly pendingFunctions: (() => void)[] = [];
  readonly #symbols = new Map<ts.Symbol, ElfSymbol>();
  readonly #strings = new Map<string, ElfSymbol>();
  readonly #assemblers = new Map<Section, Assembler>();
  #anonymous = 0;
  /** Compiles a function into this unit; set by the unit's driver. */
  compileFunction: ((entity: Extract<Entity, { k: "function" }>) => void) | undefined;

  constructor(
    readonly program: Program,
    readonly files: ReadonlySet<ts.SourceFile>,
    name: string,
    readonly options: UnitOptions,
  ) {
    this.object = new ObjectFile(name);
  }

  /** Runs `work`; a fault in it is recorded and ends only that work. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      this.diagnostics.push(error.diagnostic);
    }
  }

  /** Whether the symbol's own file belongs to this object. */
  defines(symbol: ts.Symbol): boolean {
    return symbol.declarations?.some((declaration) => this.files.has(declaration.getSourceFile())) ?? false;
  }

  /** The link symbol of a function or variable. */
  symbolFor(symbol: ts.Symbol, name: string, ambient: boolean): ElfSymbol {
    let known = this.#symbols.get(symbol);
    if (known === undefined) {
      const local =
        !ambient && (this.copies.has(symbol) || !this.program.isExported(symbol)) && (this.defines(symbol) || this.copies.has(symbol));
      known = local ? this.object.localSymbol(name) : this.object.symbol(name);
      this.#symbols.set(symbol, known);
    }
    return known;
  }

  /** The address of a NUL-terminated literal; equal ones are one. */
  string(text: string): ElfSymbol {
    let known = this.#strings.get(text);
    if (known === undefined) {
      const section = this.object.section(".rodata.str1.1");
      known = this.object.temporarySymbol(".LC");
      known.define(section, section.size, STT_OBJECT);
      section.data.append(utf8(text));
      section.data.u8(0);
      this.#strings.set(text, known);
    }
    return known;
  }

  anonymousName(base: string): string {
    return `${base}.${this.#anonymous++}`;
  }

  /** Writes a static object. Without a section name: .bss when zero, .rodata for constant tables, else .data. */
  define(symbol: ElfSymbol, type: CType, image: DataImage, options: { section?: string; align?: number; readOnly?: boolean } = {}): void {
    const size = sizeOf(type);
    // As gcc does, larger objects are aligned to 16 or 32 bytes only if their type asks for it.
    const align = Math.max(options.align ?? 1, alignOf(type));
    const zero = image.isZero;
    const name = options.section ?? (zero ? ".bss" : options.readOnly && image.relocations.length === 0 ? ".rodata" : ".data");
    const section = this.object.section(name);
    const at = section.alignTo(align);
    section.reserve(Math.max(size, 0));
    if (section.type !== SHT_NOBITS) {
      section.data.set(at, image.bytes);
      for (const { offset, symbol: target, addend } of image.relocations) section.relocate(at + offset, R_X86_64_64, target, addend);
    }
    symbol.define(section, at, STT_OBJECT, size);
  }

  /** The variables that this unit has defined, with their types. */
  variables(): TypedVariable[] {
    const found: TypedVariable[] = [];
    for (const [symbol, entity] of this.entities) {
      if (entity.k !== "variable" || !this.defines(symbol)) continue;
      const placed = this.#symbols.get(symbol);
      if (placed?.isDefined) found.push({ symbol: placed, type: entity.type, global: placed.binding === STB_GLOBAL });
    }
    return found;
  }

  assembler(sectionName: string): Assembler {
    const section = this.object.section(sectionName);
    let assembler = this.#assemblers.get(section);
    if (assembler === undefined) {
      assembler = new Assembler(this.object, section);
      this.#assemblers.set(section, assembler);
    }
    return assembler;
  }

  /** A second name for a symbol: same place, global. Call after finish(). */
  alias(name: string, target: ElfSymbol): void {
    const symbol = this.object.symbol(name);
    symbol.place = target.place;
    symbol.value = target.value;
    symbol.size = target.size;
    symbol.type = STT_FUNC;
    symbol.binding = STB_GLOBAL;
  }

  finish(): void {
    while (this.pendingFunctions.length > 0) this.pendingFunctions.shift()!();
    for (const assembler of this.#assemblers.values()) {
      for (const text of assembler.finish()) {
        this.diagnostics.push({ file: "", line: 0, column: 0, text: `${this.object.fileName}: ${text}`, sourceLine: "", width: 1 });
      }
    }
  }
}

// BTF, the kernel's type information (Documentation/bpf/btf.rst): what structs, variables and function pointers look like, so that
// debuggers and inspectors read guest memory by name. Written into vmlinux as .BTF; built while linking, since DATASEC entries
// hold the places of variables.

import { BTF_HEADER_SIZE, BTF_INT_BOOL, BTF_INT_SIGNED, BTF_KIND, BTF_MAGIC, BTF_VERSION } from "../../abi/btf.js";
import { SHF_ALLOC, SHT_PROGBITS } from "../../abi/elf.js";
import { type CType, type IntType, type StructType, sizeOf } from "../front/c-type.js";
import { ByteBuffer } from "./byte-buffer.js";
import type { Layout } from "./layout.js";
import { type ElfSymbol, ObjectFile, Section } from "./object.js";
import { StringTable } from "./string-table.js";

/** A variable of the kernel, with the symbol that the linker places. */
export interface TypedVariable {
  readonly symbol: ElfSymbol;
  readonly type: CType;
  readonly global: boolean;
}

export interface TypeInformation {
  /** Structs to describe besides those that variables and other structs lead to. */
  readonly structs: readonly StructType[];
  readonly variables: readonly TypedVariable[];
}

/** kcc's names for C's. */
const C_NAMES: Readonly<Record<string, string>> = {
  bool: "_Bool",
  u8: "unsigned char",
  u16: "unsigned short",
  u32: "unsigned int",
  u64: "unsigned long",
  s8: "signed char",
  s16: "short",
  int: "int",
  s64: "long",
};

interface DataSection {
  readonly name: string;
  readonly entries: { readonly type: number; readonly variable: TypedVariable }[];
}

export class BtfTables {
  readonly object = new ObjectFile("btf");
  readonly #strings = new StringTable();
  readonly #records: ByteBuffer[] = [];
  readonly #ids = new Map<string, number>();
  readonly #structs = new Map<StructType, number>();
  readonly #waiting: StructType[] = [];
  /** Offsets in the section of DATASEC entries, whose places are filled in after layout. */
  readonly #places: { at: number; variable: TypedVariable }[] = [];
  readonly #section = new Section(".BTF", SHT_PROGBITS, SHF_ALLOC, 4);

  /** @param trial a layout of the same objects: tells which output section each variable gets into. */
  constructor(information: TypeInformation, trial: Layout) {
    for (const struct of information.structs) this.#id(struct);
    const sections = this.#variables(information.variables, trial);
    while (this.#waiting.length > 0) this.#members(this.#waiting.shift()!);
    for (const section of sections) this.#dataSection(section);
    this.#write();
    this.object.addSection(this.#section);
  }

  /** Puts the variables' final offsets in. */
  fill(layout: Layout): void {
    for (const { at, variable } of this.#places) {
      const { symbol } = variable;
      const piece = symbol.section === undefined ? undefined : layout.find(symbol.section, symbol.value);
      if (piece !== undefined) this.#section.data.setU32(at, piece.at + symbol.value - piece.from);
    }
  }

  /** A new record; ids count from 1. */
  #record(name: string, kind: number, vlen: number, sizeOrType: number): { id: number; data: ByteBuffer } {
    const data = new ByteBuffer(16);
    data.u32(name === "" ? 0 : this.#strings.add(name));
    data.u32((kind << 24) | vlen);
    data.u32(sizeOrType);
    this.#records.push(data);
    return { id: this.#records.length, data };
  }

  #once(key: string, make: () => number): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = make();
    this.#ids.set(key, id);
    return id;
  }

  #id(type: CType): number {
    switch (type.kind) {
      case "void":
        return 0;
      case "int":
        return this.#once(type.name, () => this.#int(type));
      case "pointer": {
        const to = this.#id(type.to);
        return this.#once(`*${to}`, () => this.#record("", BTF_KIND.PTR, 0, to).id);
      }
      case "array": {
        const of = this.#id(type.of);
        return this.#once(`${of}[${type.length}]`, () => {
          const index = this.#once("u32", () => this.#int({ kind: "int", size: 4, signed: false, bool: false, name: "u32" }));
          const { id, data } = this.#record("", BTF_KIND.ARRAY, 0, 0);
          for (const word of [of, index, type.length]) data.u32(word);
          return id;
        });
      }
      case "function": {
        const result = this.#id(type.result);
        const params = type.params.map((param) => this.#id(param));
        if (type.variadic) params.push(0);
        return this.#once(`${result}(${params.join()})`, () => {
          const { id, data } = this.#record("", BTF_KIND.FUNC_PROTO, params.length, result);
          for (const param of params) {
            data.u32(0);
            data.u32(param);
          }
          return id;
        });
      }
      case "struct":
        return this.#struct(type);
    }
  }

  #int({ name, size, signed, bool }: IntType): number {
    const { id, data } = this.#record(C_NAMES[name] ?? name, BTF_KIND.INT, 0, size);
    data.u32(((bool ? BTF_INT_BOOL : signed ? BTF_INT_SIGNED : 0) << 24) | (size * 8));
    return id;
  }

  /** Members come later: structs point at each other. */
  #struct(struct: StructType): number {
    const known = this.#structs.get(struct);
    if (known !== undefined) return known;
    const { id } = this.#record(struct.name, struct.union ? BTF_KIND.UNION : BTF_KIND.STRUCT, struct.fields.size, struct.size);
    this.#structs.set(struct, id);
    this.#waiting.push(struct);
    return id;
  }

  #members(struct: StructType): void {
    const data = this.#records[this.#structs.get(struct)! - 1]!;
    for (const { name, type, offset } of struct.fields.values()) {
      data.u32(this.#strings.add(name));
      data.u32(this.#id(type));
      data.u32(offset * 8);
    }
  }

  #variables(variables: readonly TypedVariable[], trial: Layout): DataSection[] {
    const sections = new Map<string, DataSection>();
    for (const variable of variables) {
      const { symbol, type, global } = variable;
      const piece = symbol.section === undefined ? undefined : trial.find(symbol.section, symbol.value);
      // Labels in assembler have no extent.
      if (piece === undefined || sizeOf(type) === 0) continue;
      const { id, data } = this.#record(symbol.name, BTF_KIND.VAR, 0, this.#id(type));
      data.u32(global ? 1 : 0);
      const { name } = piece.output;
      const section = sections.get(name) ?? { name, entries: [] };
      sections.set(name, section);
      section.entries.push({ type: id, variable });
    }
    // By offset, as the format asks; relative order is the same in the final layout.
    const offset = ({ variable: { symbol } }: DataSection["entries"][number]) => trial.addressOf(symbol.section!, symbol.value) ?? 0;
    for (const { entries } of sections.values()) entries.sort((a, b) => offset(a) - offset(b));
    return [...sections.values()];
  }

  #dataSection({ name, entries }: DataSection): void {
    const size = entries.reduce((sum, { variable }) => sum + sizeOf(variable.type), 0);
    const { data } = this.#record(name, BTF_KIND.DATASEC, entries.length, size);
    for (const { type, variable } of entries) {
      data.u32(type);
      this.#places.push({ at: data.length, variable });
      data.u32(0);
      data.u32(sizeOf(variable.type));
    }
    // The places are counted from the record's start until it is written.
    for (const place of this.#places.slice(-entries.length))
      place.at += this.#records.slice(0, -1).reduce((sum, one) => sum + one.length, 0);
  }

  #write(): void {
    const typeLength = this.#records.reduce((sum, { length }) => sum + length, 0);
    const { data } = this.#section;
    data.u16(BTF_MAGIC);
    data.u8(BTF_VERSION);
    data.u8(0);
    const { bytes: strings } = this.#strings.data;
    for (const word of [BTF_HEADER_SIZE, 0, typeLength, typeLength, strings.length]) data.u32(word);
    for (const record of this.#records) data.append(record.bytes);
    data.append(strings);
    for (const place of this.#places) place.at += BTF_HEADER_SIZE;
  }
}

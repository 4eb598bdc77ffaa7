// The contents of an asm() block of kernel TypeScript (docs/language.md, "Assembler"): operand constructors (mem, gs, rip, abs,
// qword, …) and statements (instructions and directives). The front end evaluates names and constants and calls `construct`
// for each operand call and `statement` for each statement; both answer errors as text, to be shown at the call's place.

import { STT_NOTYPE } from "../../abi/elf.js";
import type { ElfSymbol } from "../elf/object.js";
import type { Assembler } from "./assembler.js";
import { findRegister, type Label, type Mem, type Operand, type OperandSize, type Reg, type SymbolRef } from "./operands.js";

/** `abs(symbol)`: a sign-extended 32-bit address, memory or immediate by where it stands. */
interface Absolute {
  readonly kind: "absolute";
  readonly symbol: ElfSymbol;
  readonly addend: number;
}

/** Registers, memory, symbols (SymbolRef), constants (bigint), label names and texts (string), and null for a missing base. */
export type AsmValue = Reg | Mem | SymbolRef | Absolute | bigint | string | null;

export interface AsmError {
  readonly kind: "error";
  readonly message: string;
}

const sizes: Record<string, OperandSize> = { byte: 1, word: 2, dword: 4, fword: 6, qword: 8, tbyte: 10 };

/** Names of the operand constructors. */
export const asmConstructors: readonly string[] = ["mem", "gs", "fs", "rip", "abs", ...Object.keys(sizes)];
/** Names of the statements that are no instructions. */
export const asmDirectives: readonly string[] = ["label", "symbol", "align", "bytes", "quad", "long", "nop5", "ex_table"];

/** The register of that name in an asm() block. */
export function asmRegister(name: string): Reg | undefined {
  return findRegister(name);
}

function error(message: string): AsmError {
  return { kind: "error", message };
}

function kindOf(value: AsmValue | undefined): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "bigint") return "a number";
  return typeof value === "string"
    ? "a text"
    : { reg: "a register", mem: "memory", symbol: "a symbol", absolute: "an address" }[value.kind];
}

/** What an address in memory is made of, for each argument of mem(). */
function addressPart(value: AsmValue | undefined): Partial<Mem> | string {
  if (value === null || value === undefined) return {};
  if (typeof value === "bigint") return { disp: value };
  if (typeof value === "object" && value.kind === "reg") return { base: value };
  if (typeof value === "object" && (value.kind === "absolute" || value.kind === "symbol")) {
    return { symbol: value.symbol, disp: BigInt(value.addend) };
  }
  return `mem(): ${kindOf(value)} is no part of an address`;
}

function makeMem(args: readonly AsmValue[]): AsmValue | AsmError {
  const [first, second, third, fourth] = args;
  const indexed = typeof second === "object" && second !== null && second.kind === "reg";
  if (args.length > (indexed ? 4 : 2)) return error(indexed ? "mem() takes base, index, scale, disp" : "mem() takes base, disp");
  const head = addressPart(first);
  const tail = addressPart(indexed ? fourth : second);
  if (typeof head === "string") return error(head);
  if (typeof tail === "string") return error(tail);
  if (tail.base !== undefined) return error("mem(): the displacement cannot be a register");
  if (head.symbol !== undefined && tail.symbol !== undefined) return error("mem(): two symbols in one address");
  const scale = indexed ? (third ?? 1n) : 1n;
  if (scale !== 1n && scale !== 2n && scale !== 4n && scale !== 8n) return error("mem(): the scale is 1, 2, 4 or 8");
  return {
    kind: "mem",
    size: 0,
    base: head.base,
    index: indexed ? second : undefined,
    scale: Number(scale) as 1 | 2 | 4 | 8,
    disp: BigInt(head.disp ?? 0) + BigInt(tail.disp ?? 0),
    symbol: head.symbol ?? tail.symbol,
  };
}

/** An operand as memory: mem() itself, abs() and plain symbols as absolute addresses, numbers as fixed ones. */
function asMem(value: AsmValue | undefined): Mem | undefined {
  if (typeof value === "bigint") return { kind: "mem", size: 0, disp: value };
  if (typeof value !== "object" || value === null || value.kind === "reg") return undefined;
  if (value.kind === "mem") return value;
  return { kind: "mem", size: 0, symbol: value.symbol, disp: value.addend };
}

export class AsmBlock {
  readonly #labels = new Map<string, Label>();

  /** One block of assembler code; labels are local to it. */
  constructor(readonly assembler: Assembler) {}

  #label(name: string): Label {
    let label = this.#labels.get(name);
    if (label === undefined) {
      label = this.assembler.newLabel(name);
      this.#labels.set(name, label);
    }
    return label;
  }

  /** The value of an operand constructor's call. */
  construct(name: string, args: readonly AsmValue[]): AsmValue | AsmError {
    if (name === "mem") return makeMem(args);
    if (name === "rip" || name === "abs") return this.#symbolic(name, args);
    const memory = args.length === 1 ? asMem(args[0]) : undefined;
    if (memory === undefined) return error(`${name}() takes one memory operand, not ${args.map(kindOf).join(", ") || "nothing"}`);
    if (name === "gs" || name === "fs") return { ...memory, segment: name };
    const size = sizes[name];
    return size === undefined ? error(`${name}() is no operand`) : { ...memory, size };
  }

  #symbolic(name: "rip" | "abs", args: readonly AsmValue[]): AsmValue | AsmError {
    const [target, offset = 0n] = args;
    if (typeof offset !== "bigint" || args.length > 2) return error(`${name}() takes a symbol and a constant offset`);
    if (name === "rip" && typeof target === "string") {
      return { kind: "mem", size: 0, label: this.#label(target), ripRelative: true, disp: offset };
    }
    if (typeof target !== "object" || target === null || target.kind !== "symbol") {
      return error(`${name}() takes a symbol, not ${kindOf(target)}`);
    }
    const addend = target.addend + Number(offset);
    if (name === "abs") return { kind: "absolute", symbol: target.symbol, addend };
    return { kind: "mem", size: 0, symbol: target.symbol, disp: addend, ripRelative: true };
  }

  /** Appends one statement: an instruction (a trailing underscore is dropped: in_, int_) or a directive. */
  statement(name: string, args: readonly AsmValue[]): string | undefined {
    const directive = this.#directive(name, args);
    if (directive !== "instruction") return directive;
    const operands: Operand[] = [];
    for (const value of args) {
      if (value === null) return `${name}: null is no operand`;
      if (typeof value === "bigint") operands.push({ kind: "imm", value });
      else if (typeof value === "string") operands.push(this.#label(value));
      else if (value.kind === "absolute") operands.push({ kind: "symbol", symbol: value.symbol, addend: value.addend });
      else operands.push(value);
    }
    return this.assembler.tryEmit(name.replace(/_$/, ""), operands);
  }

  #directive(name: string, args: readonly AsmValue[]): string | undefined {
    const [first, second] = args;
    switch (name) {
      case "label": {
        if (typeof first !== "string") return "label() takes a text";
        const label = this.#label(first);
        if (label.isBound) return `label "${first}" is defined twice in this block`;
        this.assembler.bind(label);
        return undefined;
      }
      case "symbol": {
        if (typeof first !== "string") return "symbol() takes a text";
        const symbol = this.assembler.object.symbol(first);
        if (symbol.isDefined) return `symbol ${first} is already defined`;
        this.assembler.defineSymbol(symbol, STT_NOTYPE);
        return undefined;
      }
      case "align": {
        if (typeof first !== "bigint" || first < 1n || first > 4096n || (first & (first - 1n)) !== 0n)
          return "align() takes a power of two";
        this.assembler.align(Number(first));
        return undefined;
      }
      case "bytes": {
        const wrong = args.find((value) => typeof value !== "bigint" || value < -128n || value > 255n);
        if (wrong !== undefined) return "bytes() takes numbers from 0 to 255";
        this.assembler.bytes(args.map((value) => Number(value) & 0xff));
        return undefined;
      }
      case "quad":
      case "long":
        return this.#data(name, args);
      case "nop5":
        this.assembler.nop(5);
        return undefined;
      case "nop":
        if (args.length !== 1 || typeof first !== "bigint") return "instruction";
        if (first < 0n || first > 4096n) return "nop() takes a number of bytes";
        this.assembler.nop(Number(first));
        return undefined;
      case "ex_table":
        if (typeof first !== "string" || typeof second !== "string") return "ex_table() takes two labels";
        this.assembler.exTable(this.#label(first), this.#label(second));
        return undefined;
      default:
        return "instruction";
    }
  }

  #data(name: "quad" | "long", args: readonly AsmValue[]): string | undefined {
    for (const value of args) {
      if (typeof value === "bigint") this.assembler[name](value);
      else if (typeof value === "string") {
        this.assembler[name]({ kind: "symbol", symbol: this.assembler.symbolAt(this.#label(value)), addend: 0 });
      } else if (value !== null && (value.kind === "symbol" || value.kind === "absolute")) {
        this.assembler[name]({ kind: "symbol", symbol: value.symbol, addend: value.addend });
      } else return `${name}() takes numbers, symbols and labels, not ${kindOf(value)}`;
    }
    return undefined;
  }

  /** To be called at the block's end: labels that were used but not defined. */
  end(): string[] {
    const missing = [...this.#labels.values()].filter((label) => !label.isBound);
    // Bound here so that the assembler's own layout can go on, and the block's error is the only one.
    for (const label of missing) this.assembler.bind(label);
    return missing.map((label) => `label "${label.name}" is used but not defined in this block`);
  }
}

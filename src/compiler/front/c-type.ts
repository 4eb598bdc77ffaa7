// kcc's own types: what a checked TypeScript type means in C. Sizes, layout and C's conversion rules live here; the lowering,
// the static initialisers and the code generator use them.

export interface VoidType {
  readonly kind: "void";
}
export interface IntType {
  readonly kind: "int";
  readonly size: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  /** `_Bool`: one byte, 0 or 1. */
  readonly bool: boolean;
  readonly name: string;
}
export interface PointerType {
  readonly kind: "pointer";
  readonly to: CType;
}
export interface ArrayType {
  readonly kind: "array";
  readonly of: CType;
  readonly length: number;
}
export interface FunctionType {
  readonly kind: "function";
  readonly params: readonly CType[];
  readonly result: CType;
  readonly variadic: boolean;
}
export interface Field {
  readonly name: string;
  readonly type: CType;
  readonly offset: number;
}
export type CType = VoidType | IntType | PointerType | StructType | ArrayType | FunctionType;

/** A struct or union in place. Fields are asked for when needed first, since structs point at each other. */
export class StructType {
  readonly kind = "struct";
  #layout: { fields: Map<string, Field>; size: number; align: number } | undefined;
  #busy = false;

  constructor(
    readonly name: string,
    readonly union: boolean,
    private readonly members: () => { name: string; type: CType }[],
    private readonly onCycle: () => void,
    private readonly minimumAlign = 1,
  ) {}

  #get() {
    if (this.#layout !== undefined) return this.#layout;
    if (this.#busy) {
      this.onCycle();
      return { fields: new Map<string, Field>(), size: 0, align: 1 };
    }
    this.#busy = true;
    const fields = new Map<string, Field>();
    let size = 0;
    let align = this.minimumAlign;
    for (const { name, type } of this.members()) {
      const fieldAlign = alignOf(type);
      const offset = this.union ? 0 : roundUp(size, fieldAlign);
      fields.set(name, { name, type, offset });
      size = this.union ? Math.max(size, sizeOf(type)) : offset + sizeOf(type);
      align = Math.max(align, fieldAlign);
    }
    this.#layout = { fields, size: roundUp(size, align), align };
    this.#busy = false;
    return this.#layout;
  }

  get fields(): Map<string, Field> {
    return this.#get().fields;
  }
  get size(): number {
    return this.#get().size;
  }
  get align(): number {
    return this.#get().align;
  }
}

const int = (name: string, size: 1 | 2 | 4 | 8, signed: boolean, bool = false): IntType => ({ kind: "int", size, signed, bool, name });
export const VOID: VoidType = { kind: "void" };
export const BOOL = int("bool", 1, false, true);
export const U8 = int("u8", 1, false);
export const U16 = int("u16", 2, false);
export const U32 = int("u32", 4, false);
export const U64 = int("u64", 8, false);
export const S8 = int("s8", 1, true);
export const S16 = int("s16", 2, true);
export const INT = int("int", 4, true);
export const S64 = int("s64", 8, true);
export const intTypes: Readonly<Record<string, IntType>> = { u8: U8, u16: U16, u32: U32, u64: U64, s8: S8, s16: S16, int: INT, s64: S64 };

export const pointerTo = (to: CType): PointerType => ({ kind: "pointer", to });
export const VOID_POINTER = pointerTo(VOID);
export const CHAR_POINTER = pointerTo(U8);

/** The psABI's va_list element: gp_offset, fp_offset, overflow_arg_area, reg_save_area. */
export const VA_LIST = new StructType(
  "va_list",
  false,
  () => [
    { name: "gp_offset", type: U32 },
    { name: "fp_offset", type: U32 },
    { name: "overflow_arg_area", type: VOID_POINTER },
    { name: "reg_save_area", type: VOID_POINTER },
  ],
  () => {},
);

export function roundUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

export function sizeOf(type: CType): number {
  switch (type.kind) {
    case "void":
    case "function":
      return 1;
    case "int":
    case "struct":
      return type.size;
    case "pointer":
      return 8;
    case "array":
      return sizeOf(type.of) * type.length;
  }
}

export function alignOf(type: CType): number {
  switch (type.kind) {
    case "void":
    case "function":
      return 1;
    case "int":
      return type.size;
    case "struct":
      return type.align;
    case "pointer":
      return 8;
    case "array":
      return alignOf(type.of);
  }
}

/** The value an lvalue of this type yields: structs, arrays and functions yield their address. */
export function decay(type: CType): CType {
  if (type.kind === "array") return pointerTo(type.of);
  if (type.kind === "struct" || type.kind === "function") return pointerTo(type);
  return type;
}

export const isAggregate = (type: CType): type is StructType | ArrayType => type.kind === "struct" || type.kind === "array";
export const isScalar = (type: CType): type is IntType | PointerType => type.kind === "int" || type.kind === "pointer";

/** C's integer promotion. */
export function promote(type: IntType): IntType {
  return type.size < 4 ? INT : type;
}

/** C's usual arithmetic conversions. */
export function commonType(a: IntType, b: IntType): IntType {
  const x = promote(a);
  const y = promote(b);
  const size = Math.max(x.size, y.size);
  const unsigned = (!x.signed && x.size === size) || (!y.signed && y.size === size);
  return size === 8 ? (unsigned ? U64 : S64) : unsigned ? U32 : INT;
}

/** Wraps a value into a type's range. */
export function wrap(value: bigint, type: CType): bigint {
  if (type.kind !== "int") return BigInt.asUintN(64, value);
  if (type.bool) return value === 0n ? 0n : 1n;
  return type.signed ? BigInt.asIntN(type.size * 8, value) : BigInt.asUintN(type.size * 8, value);
}

/** The type of an integer literal: int if it fits, else s64, else u64. */
export function literalType(value: bigint): IntType {
  if (BigInt.asIntN(32, value) === value) return INT;
  if (BigInt.asIntN(64, value) === value) return S64;
  return U64;
}

/** A type as messages show it. */
export function typeText(type: CType): string {
  switch (type.kind) {
    case "void":
      return "void";
    case "int":
      return type.name;
    case "struct":
      return `embed<${type.name}>`;
    case "array":
      return `array<${typeText(type.of)}, ${type.length}>`;
    case "function":
      return `(${type.params.map(typeText).join(", ")}${type.variadic ? ", ..." : ""}) => ${typeText(type.result)}`;
    case "pointer":
      if (type.to.kind === "void") return "ptr";
      if (type.to.kind === "struct") return type.to.name;
      if (type.to.kind === "function") return typeText(type.to);
      return `${typeText(type.to)}[]`;
  }
}

export function sameType(a: CType, b: CType): boolean {
  if (a === b) return true;
  if (a.kind === "pointer" && b.kind === "pointer") return sameType(a.to, b.to);
  if (a.kind === "array" && b.kind === "array") return a.length === b.length && sameType(a.of, b.of);
  return false;
}

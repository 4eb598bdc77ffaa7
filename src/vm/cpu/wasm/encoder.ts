// A small WebAssembly encoder: expressions are nested byte lists, flattened once when the module is put together. Used by
// the processor core (instruction handlers and the runtime functions beside them).

/** A piece of wasm code: a byte, or pieces in order. An expression leaves its value on the stack. */
export type Code = number | readonly Code[];

export type ValType = 0x7f | 0x7e | 0x7c;
export const I32: ValType = 0x7f;
export const I64: ValType = 0x7e;
export const F64: ValType = 0x7c;

export function uleb(n: number): Code {
  if (n < 0x80) return n;
  const out: number[] = [];
  do {
    const byte = n % 128;
    n = Math.floor(n / 128);
    out.push(n > 0 ? byte | 0x80 : byte);
  } while (n > 0);
  return out;
}

function sleb32(n: number): number[] {
  const out: number[] = [];
  for (;;) {
    const byte = n & 0x7f;
    n >>= 7;
    if ((n === 0 && !(byte & 0x40)) || (n === -1 && byte & 0x40)) {
      out.push(byte);
      return out;
    }
    out.push(byte | 0x80);
  }
}

function sleb64(n: bigint): number[] {
  const out: number[] = [];
  for (;;) {
    const byte = Number(n & 0x7fn);
    n >>= 7n;
    if ((n === 0n && !(byte & 0x40)) || (n === -1n && byte & 0x40)) {
      out.push(byte);
      return out;
    }
    out.push(byte | 0x80);
  }
}

const bin =
  (op: number) =>
  (a: Code, b: Code): Code => [a, b, op];
const un =
  (op: number) =>
  (a: Code): Code => [a, op];
const load =
  (op: number) =>
  (address: Code, offset = 0): Code => [address, op, 0, uleb(offset)];
const store =
  (op: number) =>
  (address: Code, offset: number, value: Code): Code => [address, value, op, 0, uleb(offset)];

export const i32 = {
  const: (n: number): Code => [0x41, sleb32(n | 0)],
  load: load(0x28),
  load8u: load(0x2d),
  load16u: load(0x2f),
  store: store(0x36),
  store8: store(0x3a),
  store16: store(0x3b),
  eqz: un(0x45),
  eq: bin(0x46),
  ne: bin(0x47),
  ltu: bin(0x49),
  gtu: bin(0x4b),
  gts: bin(0x4a),
  leu: bin(0x4d),
  geu: bin(0x4f),
  popcnt: un(0x69),
  add: bin(0x6a),
  sub: bin(0x6b),
  mul: bin(0x6c),
  and: bin(0x71),
  or: bin(0x72),
  xor: bin(0x73),
  shl: bin(0x74),
  shrs: bin(0x75),
  shru: bin(0x76),
  wrap: un(0xa7),
};

export const i64 = {
  const: (n: bigint | number): Code => [0x42, typeof n === "number" ? sleb32(n) : sleb64(BigInt.asIntN(64, n))],
  load: load(0x29),
  load8s: load(0x30),
  load8u: load(0x31),
  load16s: load(0x32),
  load16u: load(0x33),
  load32s: load(0x34),
  load32u: load(0x35),
  store: store(0x37),
  store8: store(0x3c),
  store16: store(0x3d),
  store32: store(0x3e),
  eqz: un(0x50),
  eq: bin(0x51),
  ne: bin(0x52),
  lts: bin(0x53),
  ltu: bin(0x54),
  gts: bin(0x55),
  gtu: bin(0x56),
  leu: bin(0x58),
  geu: bin(0x5a),
  clz: un(0x79),
  ctz: un(0x7a),
  popcnt: un(0x7b),
  add: bin(0x7c),
  sub: bin(0x7d),
  mul: bin(0x7e),
  divs: bin(0x7f),
  divu: bin(0x80),
  rems: bin(0x81),
  remu: bin(0x82),
  and: bin(0x83),
  or: bin(0x84),
  xor: bin(0x85),
  shl: bin(0x86),
  shrs: bin(0x87),
  shru: bin(0x88),
  rotl: bin(0x89),
  rotr: bin(0x8a),
  ext32u: un(0xad),
  ext32s: un(0xac),
  extend8s: un(0xc2),
  extend16s: un(0xc3),
  extend32s: un(0xc4),
  not: (a: Code): Code => [a, 0x42, 0x7f, 0x85],
  neg: (a: Code): Code => [0x42, 0, a, 0x7d],
};

export const f64 = { fromU64: un(0xba) };
export const select = (a: Code, b: Code, condition: Code): Code => [a, b, condition, 0x1b];
/** A local variable: as Code it is its value. */
export type Var = readonly [0x20, number];

export interface Label {
  readonly depth: number;
}

/** Collects one function's statements. */
export class Fn {
  private current: Code[] = [];
  private readonly localTypes: ValType[] = [];
  private depth = 0;

  constructor(
    readonly params: readonly ValType[],
    readonly results: readonly ValType[] = [],
  ) {}

  param(n: number): Var {
    return [0x20, n];
  }

  emit(...code: Code[]): void {
    this.current.push(code);
  }

  variable(type: ValType): Var {
    this.localTypes.push(type);
    return [0x20, this.params.length + this.localTypes.length - 1];
  }

  set(v: Var, value: Code): void {
    this.current.push([value, 0x21, v[1]]);
  }

  /** A new i64 local with this value. */
  let64(value: Code): Var {
    const v = this.variable(I64);
    this.set(v, value);
    return v;
  }

  let32(value: Code): Var {
    const v = this.variable(I32);
    this.set(v, value);
    return v;
  }

  if(condition: Code, then: () => void, otherwise?: () => void): void {
    const outer = this.current;
    this.depth++;
    const thenCode: Code[] = [];
    this.current = thenCode;
    then();
    const code: Code[] = [condition, 0x04, 0x40, thenCode];
    if (otherwise) {
      const elseCode: Code[] = [];
      this.current = elseCode;
      otherwise();
      code.push(0x05, elseCode);
    }
    code.push(0x0b);
    this.depth--;
    this.current = outer;
    outer.push(code);
  }

  private nest(op: number, body: (label: Label) => void): void {
    const outer = this.current;
    this.depth++;
    const inner: Code[] = [];
    this.current = inner;
    body({ depth: this.depth });
    this.depth--;
    this.current = outer;
    outer.push([op, 0x40, inner, 0x0b]);
  }

  /** A branch to the label starts the body again. */
  loop(body: (label: Label) => void): void {
    this.nest(0x03, body);
  }

  /** A branch to the label leaves the body. */
  block(body: (label: Label) => void): void {
    this.nest(0x02, body);
  }

  br(label: Label): void {
    this.emit(0x0c, this.depth - label.depth);
  }

  brIf(label: Label, condition: Code): void {
    this.emit(condition, 0x0d, this.depth - label.depth);
  }

  return(value?: Code): void {
    this.emit(value ?? [], 0x0f);
  }

  unreachable(): void {
    this.emit(0x00);
  }

  /** The code section's entry of this function. */
  finish(): Code {
    const groups: Code[] = [];
    let count = 0;
    for (let i = 0; i < this.localTypes.length; ) {
      let j = i;
      while (j < this.localTypes.length && this.localTypes[j] === this.localTypes[i]) j++;
      groups.push([uleb(j - i), this.localTypes[i]!]);
      count++;
      i = j;
    }
    return [uleb(count), groups, this.current, 0x0b];
  }
}

class Bytes {
  data = new Uint8Array(1 << 16);
  length = 0;

  private grow(): void {
    const bigger = new Uint8Array(this.data.length * 2);
    bigger.set(this.data);
    this.data = bigger;
  }

  put(code: Code): void {
    if (typeof code === "number") {
      if (this.length === this.data.length) this.grow();
      this.data[this.length++] = code;
    } else for (let i = 0; i < code.length; i++) this.put(code[i]!);
  }

  /** Puts what `body` writes behind its length, kept in a fixed five-byte form so that nothing needs to move. */
  sized(body: () => void): void {
    const at = this.length;
    this.put([0, 0, 0, 0, 0]);
    body();
    let n = this.length - at - 5;
    for (let i = 0; i < 5; i++, n >>>= 7) this.data[at + i] = (n & 0x7f) | (i < 4 ? 0x80 : 0);
  }
}

const name = (text: string): Code => [uleb(text.length), [...text].map((c) => c.charCodeAt(0))];

/** Puts a module together: imports first, then functions by number, one table, one imported memory. */
export class ModuleBuilder {
  private readonly types = new Map<string, { index: number; code: Code }>();
  private readonly imports: Code[] = [];
  private readonly functions: { type: number; fn: Fn | undefined }[] = [];
  private readonly exports: Code[] = [];
  private tableFunctions: readonly number[] = [];
  private importCount = 0;

  type(params: readonly ValType[], results: readonly ValType[]): number {
    const key = `${params.join()}:${results.join()}`;
    const known = this.types.get(key);
    if (known) return known.index;
    const index = this.types.size;
    this.types.set(key, { index, code: [0x60, uleb(params.length), params, uleb(results.length), results] });
    return index;
  }

  importFunction(field: string, params: readonly ValType[], results: readonly ValType[]): number {
    this.imports.push([name("env"), name(field), 0x00, uleb(this.type(params, results))]);
    return this.importCount++;
  }

  importMemory(pages: number): void {
    this.imports.push([name("env"), name("memory"), 0x02, 0x00, uleb(pages)]);
  }

  /** Gives a function its number; its body may follow later (define), so that functions can call each other. */
  declare(params: readonly ValType[], results: readonly ValType[]): number {
    this.functions.push({ type: this.type(params, results), fn: undefined });
    return this.importCount + this.functions.length - 1;
  }

  define(index: number, fn: Fn): void {
    this.functions[index - this.importCount]!.fn = fn;
  }

  export(field: string, index: number): void {
    this.exports.push([name(field), 0x00, uleb(index)]);
  }

  setTable(functions: readonly number[]): void {
    this.tableFunctions = functions;
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new Bytes();
    out.put([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const section = (id: number, body: () => void): void => {
      out.put(id);
      out.sized(body);
    };
    const list = (id: number, items: readonly Code[]): void => section(id, () => out.put([uleb(items.length), items]));
    list(
      1,
      [...this.types.values()].map((t) => t.code),
    );
    list(2, this.imports);
    list(
      3,
      this.functions.map((f) => uleb(f.type)),
    );
    list(4, [[0x70, 0x00, uleb(this.tableFunctions.length)]]);
    list(7, this.exports);
    list(9, [[0, 0x41, 0, 0x0b, uleb(this.tableFunctions.length), this.tableFunctions.map(uleb)]]);
    section(10, () => {
      out.put(uleb(this.functions.length));
      for (const f of this.functions) out.sized(() => out.put(f.fn!.finish()));
    });
    return out.data.slice(0, out.length);
  }
}

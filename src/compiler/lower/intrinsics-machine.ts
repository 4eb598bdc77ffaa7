// Intrinsics that are machine instructions: atomics, bit scans, port I/O, control registers, MSRs.

import type ts from "typescript";
import { imm, type MemOperand, RAX, RBX, RCX, RDI, RDX, RSI, RSP, reg, type Size } from "../codegen/machine.js";
import type { Selector } from "../codegen/select.js";
import { convert, type Tree, width } from "../codegen/tree.js";
import { fail } from "../diagnostics.js";
import { BOOL, type CType, INT, isScalar, U8, U16, U32, U64, VOID, VOID_POINTER } from "../front/c-type.js";
import type { Context } from "./context.js";
import { convertTo, expression } from "./expressions.js";
import { code } from "./intrinsics.js";

interface Arguments {
  readonly cx: Context;
  readonly node: ts.CallExpression;
  /** Argument i converted to a type. */
  readonly value: (i: number, type: CType) => Tree;
  /** Argument i as it is. */
  readonly raw: (i: number) => Tree;
}

/** What the pointer argument points at. */
function pointee(a: Arguments, i: number): { pointer: Tree; type: CType; size: Size } {
  const pointer = a.raw(i);
  const type = pointer.type.kind === "pointer" ? pointer.type.to : VOID;
  if (!isScalar(type)) return fail(a.node.arguments[i]!, "dynamicSize");
  return { pointer, type, size: width(type) };
}

const at = (base: number): MemOperand => ({ k: "m", base, scale: 1, disp: 0 });
const anyMods = (trees: readonly Tree[]) => trees.some((tree) => tree.mods);

/** Registers of several trees, evaluated in order. */
function registers(selector: Selector, trees: readonly Tree[]): number[] {
  return trees.map((tree, i) => (anyMods(trees.slice(i + 1)) ? selector.fresh(tree) : selector.value(tree)));
}

/** Values moved to fixed registers, then one instruction, then a result register. */
function fixed(op: string, inputs: readonly [Tree, number][], uses: number[], defs: number[], result?: { r: number; type: CType }): Tree {
  const trees = inputs.map(([tree]) => tree);
  return code(
    result?.type ?? VOID,
    (selector) => {
      const values = registers(selector, trees);
      inputs.forEach(([tree, r], i) => {
        selector.fn.copy(r, values[i]!, width(tree.type));
      });
      selector.fn.emit(op, 8, undefined, undefined, { uses, defs, keep: true });
      return result === undefined ? undefined : selector.result(result.r, result.type);
    },
    anyMods(trees),
  );
}

/** A locked read-modify-write of memory with one operand. */
function locked(a: Arguments, op: string, value: Tree | undefined): Tree {
  const { pointer, size } = pointee(a, 0);
  return code(
    VOID,
    (selector) => {
      const base = selector.value(pointer);
      const source = value === undefined ? undefined : value.k === "const" ? selector.operand(value, size) : reg(selector.value(value));
      selector.fn.emit(op, size, at(base), source, { prefix: "lock", keep: true });
      return undefined;
    },
    pointer.mods || (value?.mods ?? false),
  );
}

/** xchg and xadd: the register takes part in both directions. */
/** What an exchange left in a register: of 32 bits and more it has the form that values are kept in, as what was there before had. */
function exchanged(selector: Selector, from: number, type: CType, size: Size): number {
  if (size < 4) return selector.result(from, type);
  const r = selector.fn.newRegister();
  selector.fn.copy(r, from, size);
  return r;
}

function exchange(a: Arguments, op: "xchg" | "xadd"): Tree {
  const { pointer, type, size } = pointee(a, 0);
  const value = a.value(1, type);
  return code(
    type,
    (selector) => {
      const base = value.mods ? selector.fresh(pointer) : selector.value(pointer);
      const r = selector.fresh(value);
      selector.fn.emit(op, size, at(base), reg(r), { ...(op === "xadd" ? { prefix: "lock" } : {}), keep: true });
      return exchanged(selector, r, type, size);
    },
    pointer.mods || value.mods,
  );
}

function compareExchange(a: Arguments): Tree {
  const { pointer, type, size } = pointee(a, 0);
  const expected = a.value(1, type);
  const value = a.value(2, type);
  return code(
    type,
    (selector) => {
      const [base, old, next] = registers(selector, [pointer, expected, value]);
      selector.fn.copy(RAX, old!, size);
      selector.fn.emit("cmpxchg", size, at(base!), reg(next!), { prefix: "lock", uses: [RAX], defs: [RAX], keep: true });
      return exchanged(selector, RAX, type, size);
    },
    anyMods([pointer, expected, value]),
  );
}

function bitOperation(a: Arguments, op: "bts" | "btr"): Tree {
  const nr = convert(a.raw(0), U64);
  const pointer = a.raw(1);
  return code(
    BOOL,
    (selector) => {
      const [bit, base] = registers(selector, [nr, pointer]);
      selector.fn.emit(op, 8, at(base!), reg(bit!), { prefix: "lock", keep: true });
      return selector.flag("b");
    },
    anyMods([nr, pointer]),
  );
}

function decrementAndTest(a: Arguments): Tree {
  const { pointer, size } = pointee(a, 0);
  return code(
    BOOL,
    (selector) => {
      selector.fn.emit("dec", size, at(selector.value(pointer)), undefined, { prefix: "lock", keep: true });
      return selector.flag("e");
    },
    pointer.mods,
  );
}

/** One operand in, one register out. */
function scan(op: string, value: Tree): Tree {
  return code(
    INT,
    (selector) => {
      const r = selector.fn.newRegister();
      selector.fn.emit(op, 8, reg(r), reg(selector.value(value)));
      return r;
    },
    value.mods,
  );
}

function byteSwap(value: Tree, size: 4 | 8, type: CType): Tree {
  return code(
    type,
    (selector) => {
      const r = selector.fresh(value);
      selector.fn.emit("bswap", size, reg(r));
      return r;
    },
    value.mods,
  );
}

/** Instructions without operands, or with one memory operand. */
function plain(...ops: string[]): Tree {
  return code(VOID, ({ fn }) => {
    for (const op of ops) fn.emit(op, 8, undefined, undefined, { keep: true });
    return undefined;
  });
}

function withMemory(op: string, address: Tree, size: Size): Tree {
  return code(
    VOID,
    (selector) => {
      selector.fn.emit(op, size, at(selector.value(address)), undefined, { keep: true });
      return undefined;
    },
    address.mods,
  );
}

// Control registers are outside the code generator's operand model: they are read and written by these pseudo-instructions.
const readControl = (n: number): Tree =>
  code(U64, (selector) => {
    selector.fn.emit(`read_cr${n}`, 8, undefined, undefined, { defs: [RAX], keep: true });
    return selector.result(RAX, U64);
  });
const writeControl = (n: number, value: Tree): Tree => fixed(`write_cr${n}`, [[value, RAX]], [RAX], []);

function cpuid(a: Arguments): Tree {
  const [leaf, subleaf, out] = [a.value(0, U32), a.value(1, U32), a.raw(2)];
  return code(
    VOID,
    (selector) => {
      const { fn } = selector;
      const [x, y, base] = registers(selector, [leaf, subleaf, out]);
      fn.copy(RAX, x!, 4);
      fn.copy(RCX, y!, 4);
      fn.emit("cpuid", 8, undefined, undefined, { uses: [RAX, RCX], defs: [RAX, RBX, RCX, RDX], keep: true });
      [RAX, RBX, RCX, RDX].forEach((r, i) => {
        fn.emit("mov", 4, { k: "m", base: base!, scale: 1, disp: i * 4 }, reg(r));
      });
      return undefined;
    },
    anyMods([leaf, subleaf, out]),
  );
}

/** edx:eax as one value. */
function wideResult(op: string, inputs: readonly [Tree, number][], uses: number[]): Tree {
  const trees = inputs.map(([tree]) => tree);
  return code(
    U64,
    (selector) => {
      const { fn } = selector;
      const values = registers(selector, trees);
      inputs.forEach(([, r], i) => {
        fn.copy(r, values[i]!, 4);
      });
      fn.emit(op, 8, undefined, undefined, { uses, defs: [RAX, RDX], keep: true });
      const high = fn.newRegister();
      fn.copy(high, RDX, 8);
      const low = fn.newRegister();
      fn.copy(low, RAX, 8);
      fn.emit("shl", 8, reg(high), imm(32), { sizeB: 1 });
      fn.emit("or", 8, reg(high), reg(low));
      return high;
    },
    anyMods(trees),
  );
}

function writeMsr(a: Arguments): Tree {
  const [msr, value] = [a.value(0, U32), a.value(1, U64)];
  return code(
    VOID,
    (selector) => {
      const { fn } = selector;
      const [m, v] = registers(selector, [msr, value]);
      const high = fn.newRegister();
      fn.copy(high, v!, 8);
      fn.emit("shr", 8, reg(high), imm(32), { sizeB: 1 });
      fn.copy(RCX, m!, 4);
      fn.copy(RAX, v!, 8);
      fn.copy(RDX, high, 8);
      fn.emit("wrmsr", 8, undefined, undefined, { uses: [RAX, RCX, RDX], keep: true });
      return undefined;
    },
    anyMods([msr, value]),
  );
}

const portIn = (a: Arguments, size: 1 | 2 | 4): Tree =>
  fixed(`in_${size}`, [[a.value(0, U16), RDX]], [RDX], [RAX], { r: RAX, type: size === 1 ? U8 : size === 2 ? U16 : U32 });
const portOut = (a: Arguments, size: 1 | 2 | 4): Tree =>
  fixed(
    `out_${size}`,
    [
      [a.value(0, size === 1 ? U8 : size === 2 ? U16 : U32), RAX],
      [a.value(1, U16), RDX],
    ],
    [RAX, RDX],
    [],
  );

function repeated(op: string, inputs: readonly [Tree, number][], uses: number[], defs: number[]): Tree {
  const trees = inputs.map(([tree]) => tree);
  return code(
    VOID,
    (selector) => {
      const values = registers(selector, trees);
      inputs.forEach(([, r], i) => {
        selector.fn.copy(r, values[i]!, 8);
      });
      selector.fn.emit(op, 8, undefined, undefined, { prefix: "rep", uses, defs, keep: true });
      return undefined;
    },
    anyMods(trees),
  );
}

const table: Readonly<Record<string, (a: Arguments) => Tree>> = {
  barrier: () => code(VOID, () => undefined),
  mb: () => plain("mfence"),
  xchg: (a) => exchange(a, "xchg"),
  cmpxchg: compareExchange,
  fetch_add: (a) => exchange(a, "xadd"),
  lock_or: (a) => locked(a, "or", a.value(1, pointee(a, 0).type)),
  lock_and: (a) => locked(a, "and", a.value(1, pointee(a, 0).type)),
  lock_inc: (a) => locked(a, "inc", undefined),
  lock_dec_and_test: decrementAndTest,
  test_and_set_bit: (a) => bitOperation(a, "bts"),
  test_and_clear_bit: (a) => bitOperation(a, "btr"),
  ctz64: (a) => scan("bsf", a.value(0, U64)),
  fls64_nonzero: (a) => scan("bsr", a.value(0, U64)),
  popcount64: (a) => scan("popcnt", a.value(0, U64)),
  bswap32: (a) => byteSwap(a.value(0, U32), 4, U32),
  bswap64: (a) => byteSwap(a.value(0, U64), 8, U64),
  rep_stosb: (a) =>
    repeated(
      "stosb",
      [
        [a.value(0, VOID_POINTER), RDI],
        [a.value(1, U8), RAX],
        [a.value(2, U64), RCX],
      ],
      [RDI, RAX, RCX],
      [RDI, RCX],
    ),
  rep_movsb: (a) =>
    repeated(
      "movsb",
      [
        [a.value(0, VOID_POINTER), RDI],
        [a.value(1, VOID_POINTER), RSI],
        [a.value(2, U64), RCX],
      ],
      [RDI, RSI, RCX],
      [RDI, RSI, RCX],
    ),
  inb: (a) => portIn(a, 1),
  inw: (a) => portIn(a, 2),
  inl: (a) => portIn(a, 4),
  outb: (a) => portOut(a, 1),
  outw: (a) => portOut(a, 2),
  outl: (a) => portOut(a, 4),
  rdmsr: (a) => wideResult("rdmsr", [[a.value(0, U32), RCX]], [RCX]),
  wrmsr: writeMsr,
  rdtsc: () => wideResult("rdtsc", [], []),
  cpuid,
  read_cr0: () => readControl(0),
  read_cr2: () => readControl(2),
  read_cr3: () => readControl(3),
  read_cr4: () => readControl(4),
  write_cr0: (a) => writeControl(0, a.value(0, U64)),
  write_cr3: (a) => writeControl(3, a.value(0, U64)),
  write_cr4: (a) => writeControl(4, a.value(0, U64)),
  invlpg: (a) => withMemory("invlpg", a.value(0, U64), 1),
  lgdt: (a) => withMemory("lgdt", a.value(0, VOID_POINTER), 8),
  lidt: (a) => withMemory("lidt", a.value(0, VOID_POINTER), 8),
  ltr: (a) => fixed("ltr_ax", [[a.value(0, U16), RAX]], [RAX], []),
  read_rflags: () =>
    code(U64, (selector) => {
      const r = selector.fn.newRegister();
      selector.fn.emit("read_rflags", 8, reg(r), undefined, { keep: true });
      return r;
    }),
  write_rflags: (a) => fixed("write_rflags", [[a.value(0, U64), RAX]], [RAX], []),
  cli: () => plain("cli"),
  sti: () => plain("sti"),
  hlt: () => plain("hlt"),
  sti_hlt: () => plain("sti", "hlt"),
  cpu_relax: () => plain("pause"),
  ud2: () => plain("ud2"),
  stack_pointer: () =>
    code(U64, ({ fn }) => {
      const r = fn.newRegister();
      fn.emit("mov", 8, reg(r), reg(RSP));
      return r;
    }),
};

export function machineIntrinsic(cx: Context, node: ts.CallExpression, name: string): Tree | undefined {
  const make = Object.hasOwn(table, name) ? table[name] : undefined;
  return make?.({
    cx,
    node,
    value: (i, type) => convertTo(node.arguments[i] ?? node, expression(cx, node.arguments[i]!, type), type),
    raw: (i) => expression(cx, node.arguments[i]!),
  });
}

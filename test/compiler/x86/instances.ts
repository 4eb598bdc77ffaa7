// Makes instances of every form of the instruction table, over registers, addressing modes and immediates, and writes them in
// GNU as' Intel syntax. For the encoder's tests.

import { type Form, instructionTable, type Pattern } from "../../../src/compiler/x86/instructions.js";
import { findRegister, gp, type Mem, type Operand, type OperandSize, type Reg } from "../../../src/compiler/x86/operands.js";

export interface Instance {
  form: Form;
  operands: Operand[];
}

const reg = (name: string): Reg => findRegister(name)!;

/** Address forms with a special case in ModRM, SIB or displacement, and plain ones. */
function addresses(size: OperandSize): Mem[] {
  const make = (rest: Partial<Mem>): Mem => ({ kind: "mem", size, ...rest });
  const bases = ["rax", "rcx", "rsp", "rbp", "rsi", "r8", "r12", "r13", "r15"];
  return [
    ...bases.map((base) => make({ base: reg(base) })),
    ...["rbx", "rsp", "rbp", "r12", "r13"].map((base) => make({ base: reg(base), disp: -8 })),
    ...["rdi", "rsp", "r12", "r13"].map((base) => make({ base: reg(base), disp: 0x12345678 })),
    make({ base: reg("rax"), disp: 127 }),
    make({ base: reg("rax"), disp: 128 }),
    make({ base: reg("rax"), disp: -128 }),
    make({ base: reg("rax"), disp: -129 }),
    make({ base: reg("rax"), index: reg("rcx"), scale: 1 }),
    make({ base: reg("rsp"), index: reg("rbp"), scale: 2, disp: 16 }),
    make({ base: reg("rbp"), index: reg("r12"), scale: 4 }),
    make({ base: reg("r13"), index: reg("r15"), scale: 8 }),
    make({ base: reg("r12"), index: reg("r13"), scale: 8, disp: -0x1000 }),
    make({ index: reg("rax"), scale: 8, disp: 0x1000 }),
    make({ index: reg("r9"), scale: 4, disp: 0 }),
    make({ disp: 0x1234 }),
    make({ disp: -0x1000 }),
    make({ disp: 0x40, ripRelative: true }),
    make({ base: reg("rdi"), disp: 8, segment: "gs" }),
    make({ disp: 0x28, segment: "fs" }),
    make({ disp: 0x28, segment: "gs" }),
    make({ base: reg("eax"), disp: 4 }),
  ];
}

const immediates: Record<number, bigint[]> = {
  1: [0n, 1n, 5n, 127n, 128n, 255n, -1n, -128n],
  2: [0n, 127n, 128n, 0x1234n, -1n, -128n, -129n, 0xffffn],
  4: [0n, 127n, 128n, -1n, -128n, -129n, 0x12345678n, -0x80000000n],
  8: [0n, 0x123456789abcdefn, 0x80000000n, 0xffffffffn, 0x100000000n, 0xffffffff81000000n, -0x7fffffffffffffffn],
};

/** Operands that the pattern takes, the first one plain. */
function choices(pattern: Pattern): Operand[] {
  const size = pattern.size as OperandSize;
  const registers = () => {
    const low = Array.from({ length: 16 }, (_, number) => gp(number, size as 1 | 2 | 4 | 8));
    return size === 1 ? [...low, ...["ah", "ch", "dh", "bh"].map(reg)] : low;
  };
  // Both kinds of numbers that callers use.
  const isShort = (value: bigint) =>
    value % 2n === 0n && value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  const number = (value: bigint): Operand => ({ kind: "imm", value: isShort(value) ? Number(value) : value });
  switch (pattern.kind) {
    case "r":
    case "rr":
      return registers();
    case "rm":
      return [...registers(), ...addresses(size)];
    case "m":
      return addresses(size);
    case "acc":
      return [gp(0, size as 1 | 2 | 4 | 8)];
    case "cl":
      return [reg("cl")];
    case "dx":
      return [reg("dx")];
    case "fs":
    case "gs":
      return [reg(pattern.kind)];
    case "one":
      return [number(1n)];
    case "sreg":
      return ["ds", "es", "ss", "fs", "gs"].map(reg);
    case "cr":
      return ["cr0", "cr2", "cr3", "cr4", "cr8"].map(reg);
    case "dr":
      return ["dr0", "dr3", "dr6", "dr7"].map(reg);
    case "imm":
      return immediates[size]!.map(number);
    case "imms":
      return (size === 1 ? [0n, 5n, 127n, -1n, -128n] : immediates[4]!).map(number);
    case "uimm":
      return [0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn].map(number);
    case "rel":
    case "rel8":
      return [];
  }
}

/** Every choice of each operand with the others plain, and a few mixed ones. Branches to labels are tested elsewhere. */
export function* instances(): Generator<Instance> {
  for (const forms of instructionTable.values()) {
    for (const form of forms) {
      const lists = form.operands.map(choices);
      if (lists.some((list) => list.length === 0)) continue;
      // xchg of the accumulator with itself is a no-operation that has several spellings.
      const isNop = (operands: Operand[]) => form.mnemonic === "xchg" && operands.every((operand) => operand === operands[0]);
      const plain = lists.map((list) => list[0]!);
      if (!isNop(plain)) yield { form, operands: plain };
      for (const [position, list] of lists.entries()) {
        for (const [index, operand] of list.entries()) {
          const operands = lists.map((other) => other[(index * 7 + 3) % other.length]!);
          operands[position] = operand;
          if (!isNop(operands)) yield { form, operands };
        }
      }
    }
  }
}

const pointers: Record<number, string> = { 1: "byte", 2: "word", 4: "dword", 6: "fword", 8: "qword", 10: "tbyte", 16: "oword" };

/** An operand in GNU as' Intel syntax. */
export function gasOperand(operand: Operand): string {
  if (operand.kind === "reg") return operand.name;
  if (operand.kind === "imm") return String(operand.value);
  if (operand.kind !== "mem") throw new Error("no text for this operand");
  const prefix = operand.size === 0 ? "" : `${pointers[operand.size]} ptr `;
  const disp = Number(operand.disp ?? 0);
  const segment = operand.segment === undefined ? "" : `${operand.segment}:`;
  if (operand.base === undefined && operand.index === undefined && operand.ripRelative !== true) {
    return `${prefix}${segment === "" ? "ds:" : segment}${disp}`;
  }
  const terms = [operand.ripRelative === true ? "rip" : operand.base?.name, operand.index && `${operand.index.name}*${operand.scale}`];
  const sum = terms.filter((term) => term !== undefined).join("+");
  return `${prefix}${segment}[${sum}${disp < 0 ? "" : "+"}${disp}]`;
}

/**
 * The operands as the shortest equal instruction has them: a 64-bit register loaded with a 32-bit number or with a selector is
 * written by its low half, and a selector is loaded from one.
 */
export function effectiveOperands(form: Form, operands: readonly Operand[]): readonly Operand[] {
  const [to, value] = operands;
  if ((form.mnemonic === "sldt" || form.mnemonic === "str") && to?.kind === "reg" && to.size === 8) return [gp(to.number, 4)];
  if (form.mnemonic === "mov" && to?.kind === "reg" && value?.kind === "reg") {
    if (to.class === "segment") return [to, gp(value.number, 4)];
    if (value.class === "segment" && to.size === 8) return [gp(to.number, 4), value];
  }
  if (form.mnemonic !== "mov" || to?.kind !== "reg" || to.class !== "gp" || to.size !== 8 || value?.kind !== "imm") return operands;
  const number = BigInt(value.value);
  return number >= 0n && number <= 0xffffffffn ? [gp(to.number, 4), value] : operands;
}

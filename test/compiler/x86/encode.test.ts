// The encoder against two foreign authorities: every form of the table, over registers, addressing modes and immediates, must
// decode (iced-x86) to what was asked, and be GNU as' own bytes where as is installed.

import test from "ava";
import { Decoder, DecoderOptions, Mnemonic, OpKind, Register } from "iced-x86";
import { encode } from "../../../src/compiler/x86/encode.js";
import { findRegister, gp, type Operand, type OperandSize } from "../../../src/compiler/x86/operands.js";
import { assemble, hasProgram, hex } from "./gas.js";
import { effectiveOperands, gasOperand, type Instance, instances } from "./instances.js";

/** Our names for instructions that iced knows by another one. */
const icedNames: Record<string, string> = {
  movabs: "mov",
  sal: "shl",
  iret: "iretd",
  pushf: "pushfq",
  popf: "popfq",
  cltq: "cdqe",
  cqto: "cqo",
  lret: "retf",
  retfq: "retf",
  lretq: "retf",
  sysretl: "sysret",
  ljmp: "jmp",
  lcall: "call",
  movslq: "movsxd",
  fxsave64: "fxsave64",
  fxrstor64: "fxrstor64",
};
const conditionAliases: Record<string, string> = {
  c: "b",
  nae: "b",
  nb: "ae",
  nc: "ae",
  z: "e",
  nz: "ne",
  na: "be",
  nbe: "a",
  pe: "p",
  po: "np",
  nge: "l",
  nl: "ge",
  ng: "le",
  nle: "g",
};

function canonicalMnemonic(mnemonic: string, operands: readonly Operand[]): string {
  const match = /^(set|cmov)(.*)$/.exec(mnemonic);
  if (match !== null) return match[1]! + (conditionAliases[match[2]!] ?? match[2]!);
  if (mnemonic === "movsx" && operands[1]?.kind !== "imm" && operands[1] !== undefined && "size" in operands[1] && operands[1].size === 4) {
    return "movsxd";
  }
  return icedNames[mnemonic] ?? mnemonic;
}

const registerName = (register: number) => Register[register]!.toLowerCase().replace(/^(r\d+)l$/, "$1b");
const decoded = (bytes: readonly number[]) => {
  const decoder = new Decoder(64, Uint8Array.from(bytes), DecoderOptions.None);
  const instruction = decoder.decode();
  decoder.free();
  return instruction;
};

/** Width in which an immediate is compared: as encoded, or as extended to the operand. */
function bits(form: Instance["form"], position: number): number {
  const pattern = form.operands[Math.min(position, form.operands.length - 1)]!;
  return (pattern.kind === "imms" ? form.size : Math.max(pattern.size, 1)) * 8;
}

/** Instructions whose 16-bit register operand iced writes as 32 bits wide. */
const takesSelector = new Set(["lmsw", "lldt", "ltr", "verr", "verw"]);

/** What was asked, and what iced sees, in one notation. */
function asked(form: Instance["form"], operands: readonly Operand[]): string {
  const texts = operands.map((operand, position) => {
    if (operand.kind === "imm") return `#${BigInt.asUintN(bits(form, position), BigInt(operand.value))}`;
    if (operand.kind === "reg") return takesSelector.has(form.mnemonic) ? gp(operand.number, 4).name : operand.name;
    if (operand.kind !== "mem") return "?";
    const disp = BigInt.asUintN(64, BigInt(operand.disp ?? 0));
    const base = operand.ripRelative === true ? "rip" : (operand.base?.name ?? "none");
    const wide = BigInt.asUintN(operand.base?.size === 4 ? 32 : 64, disp);
    return `[${operand.segment ?? ""} ${base} ${operand.index?.name ?? "none"}*${operand.index === undefined ? 1 : operand.scale} ${wide}]`;
  });
  return `${canonicalMnemonic(form.mnemonic, operands)} ${texts.join(", ")}`.trim();
}

function seen(bytes: readonly number[], form: Instance["form"], operands: readonly Operand[]): string {
  const instruction = decoded(bytes);
  const texts: string[] = [];
  const implied = instruction.opCount - operands.length;
  for (let index = 0; index < instruction.opCount && texts.length < operands.length; index++) {
    const kind = instruction.opKind(index);
    if (kind === OpKind.Register) texts.push(registerName(instruction.opRegister(index)));
    else if (kind === OpKind.Memory) {
      const segment = instruction.segmentPrefix === Register.None ? "" : registerName(instruction.segmentPrefix);
      const rip = instruction.memoryBase === Register.RIP;
      const disp = rip
        ? BigInt.asUintN(64, instruction.memoryDisplacement - BigInt(bytes.length))
        : BigInt.asUintN(64, instruction.memoryDisplacement);
      const [base, memIndex] = [registerName(instruction.memoryBase), registerName(instruction.memoryIndex)];
      texts.push(`[${segment} ${base} ${memIndex}*${instruction.memoryIndexScale} ${disp}]`);
    } else if (kind >= OpKind.Immediate8 && kind <= OpKind.Immediate32to64) {
      texts.push(`#${BigInt.asUintN(bits(form, texts.length), instruction.immediate(index))}`);
    } else texts.push(`kind ${kind}`);
  }
  const name = Mnemonic[instruction.mnemonic]!.toLowerCase();
  instruction.free();
  // imul r, imm is written r, r, imm; shifts by one and string operations have operands that are not written.
  if (implied === 1 && form.duplicate) return seen3(bytes, form, operands);
  return `${name} ${texts.join(", ")}`.trim();
}

function seen3(bytes: readonly number[], form: Instance["form"], operands: readonly Operand[]): string {
  const text = seen(bytes, { ...form, duplicate: false }, [operands[0]!, operands[0]!, operands[1]!]);
  const [head, second, third] = text.split(", ");
  return head!.endsWith(` ${second}`) ? `${head}, ${third}` : text;
}

/** Prefixes that stand alone do not decode, and xchg's operands have no order. */
const notDecodable = new Set(["lock", "rep", "repe", "repz", "repne", "repnz"]);
const unordered = new Set(["xchg", "test"]);

function normalize(text: string): string {
  const [mnemonic, ...rest] = text.split(" ");
  if (!unordered.has(mnemonic!)) return text;
  return `${mnemonic} ${rest.join(" ").split(", ").sort().join(", ")}`;
}

function isHighWithRex(error: string): boolean {
  return error.includes("cannot stand in an instruction with a REX prefix");
}

test("every form decodes to the instruction that was asked", (t) => {
  const wrong: string[] = [];
  let count = 0;
  for (const { form, operands } of instances()) {
    if (notDecodable.has(form.mnemonic)) continue;
    const encoded = encode(form.mnemonic, operands);
    if (typeof encoded === "string") {
      if (!isHighWithRex(encoded)) wrong.push(encoded);
      continue;
    }
    count++;
    const wanted = effectiveOperands(form, operands);
    const [expected, actual] = [normalize(asked(form, wanted)), normalize(seen(encoded.bytes, form, wanted))];
    if (expected !== actual) {
      wrong.push(`${form.mnemonic}: asked ${expected}, encoded ${hex(encoded.bytes)}, which is ${actual}`);
    }
  }
  t.deepEqual(wrong.slice(0, 20), []);
  t.true(count > 15000, `${count} instances`);
});

/** Instructions whose names or memory sizes GNU as' Intel syntax writes otherwise; iced alone checks them. */
const notInGas = new Set(["ljmp", "lcall", "movslq", "xlatb", "sysret", "sysretl", "cltq", "cqto", "fxsave64", "fxrstor64"]);
const sizeless = new Set(["lea", "invlpg", "lgdt", "lidt", "sgdt", "sidt", "clflush", "fxsave", "fxrstor", "invpcid", "prefetchw"]);

function gasText({ form, operands }: Instance): string | undefined {
  if (notInGas.has(form.mnemonic)) return undefined;
  const wanted = effectiveOperands(form, operands);
  const texts = wanted.map((operand) =>
    gasOperand(operand.kind === "mem" && sizeless.has(form.mnemonic) ? { ...operand, size: 0 } : operand),
  );
  return `${form.mnemonic} ${texts.join(", ")}`.trim();
}

/** The bytes that GNU as gives each line, cut out at 32-byte steps; an error in any line fails the whole. */
function assembleLines(lines: readonly string[]): Uint8Array[] {
  const source = lines.map((line, index) => `${line}\nL${index}:\n.balign 32, 0x90`).join("\n");
  const table = lines.map((_, index) => `.byte L${index} - .text - ${index * 32}`).join("\n");
  const object = assemble(`${source}\n.data\n${table}`);
  const text = object.section(".text").data.bytes;
  const lengths = object.section(".data").data.bytes;
  return lines.map((_, index) => text.slice(index * 32, index * 32 + lengths[index]!));
}

test("every form is GNU as' own encoding", (t) => {
  if (!hasProgram("as")) {
    t.log("skipped: as is not installed");
    t.pass();
    return;
  }
  const all: { text: string; bytes: number[] }[] = [];
  for (const instance of instances()) {
    const text = gasText(instance);
    const encoded = encode(instance.form.mnemonic, instance.operands);
    if (text !== undefined && typeof encoded !== "string") all.push({ text, bytes: encoded.bytes });
  }
  const theirs = assembleLines(all.map(({ text }) => text));
  const wrong: string[] = [];
  for (const [index, { text, bytes }] of all.entries()) {
    if (hex(bytes) !== hex(theirs[index]!)) wrong.push(`${text}: ours ${hex(bytes)}, as ${hex(theirs[index]!)}`);
  }
  t.deepEqual(wrong.slice(0, 20), []);
  t.true(all.length > 15000);
});

test("operands that x86-64 cannot encode are refused with a reason", (t) => {
  const reg = (name: string) => findRegister(name)!;
  const at = (size: OperandSize, rest: object): Operand => ({ kind: "mem", size, ...rest });
  const number = (value: number | bigint): Operand => ({ kind: "imm", value });
  const cases: [string, Operand[], string][] = [
    ["mov", [reg("ah"), reg("sil")], "mov ah, sil: ah, bh, ch, dh cannot stand in an instruction with a REX prefix"],
    ["mov", [reg("ah"), reg("r8b")], "mov ah, r8b: ah, bh, ch, dh cannot stand in an instruction with a REX prefix"],
    ["mov", [reg("eax"), reg("rcx")], "mov eax, rcx: no such combination of operands"],
    ["mov", [reg("cs"), reg("ax")], "mov cs, ax: cs cannot be loaded by mov"],
    [
      "mov",
      [at(0, { base: reg("rax") }), number(1)],
      "mov [rax], 1: the size of the memory operand is not known; write byte(…), word(…), dword(…) or qword(…)",
    ],
    ["add", [reg("rax"), number(0x80000000)], "add rax, 2147483648: no such combination of operands"],
    ["add", [reg("al"), number(256)], "add al, 256: no such combination of operands"],
    ["mov", [reg("rax"), at(8, { base: reg("rax"), index: reg("rsp"), scale: 2 })], "mov rax, qword [rax + rsp*2]: rsp cannot be an index"],
    ["mov", [reg("rax"), at(8, { base: reg("ax") })], "mov rax, qword [ax]: ax cannot address memory"],
    ["mov", [reg("rax"), at(8, { disp: 0x80000000 })], "mov rax, qword [2147483648]: displacement 2147483648 does not fit in 32 bits"],
    ["lea", [reg("rax"), reg("rcx")], "lea rax, rcx: no such combination of operands"],
    ["ret", [reg("rax")], "ret rax: no such combination of operands"],
    ["cpuid", [reg("rax")], "cpuid rax: cpuid takes 0 operands, not 1"],
    ["frobnicate", [], "unknown instruction frobnicate"],
  ];
  for (const [mnemonic, operands, message] of cases) t.is(encode(mnemonic, operands), message);
});

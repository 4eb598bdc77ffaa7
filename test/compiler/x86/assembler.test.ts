// Labels, branch relaxation, alignment, references and the contents of asm() blocks, compared with GNU as where it is installed.

import test from "ava";
import { Decoder, DecoderOptions } from "iced-x86";
import { R_X86_64_32S, R_X86_64_64, R_X86_64_PC32, R_X86_64_PLT32, STT_FUNC } from "../../../src/abi/elf.js";
import { ObjectFile } from "../../../src/compiler/elf/object.js";
import { AsmBlock, type AsmValue, asmRegister } from "../../../src/compiler/x86/asm-block.js";
import { Assembler, nopBytes } from "../../../src/compiler/x86/assembler.js";
import { gp, type Label, memAbsolute, memRip, symbolRef } from "../../../src/compiler/x86/operands.js";
import { assemble, hasProgram, hex } from "./gas.js";

function newAssembler(): { object: ObjectFile; asm: Assembler } {
  const object = new ObjectFile("test.ts");
  return { object, asm: new Assembler(object, object.section(".text")) };
}

/** A small deterministic generator (Numerical Recipes' constants). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x100000000) * below);
  };
}

test("jumps are as short as GNU as makes them", (t) => {
  if (!hasProgram("as")) {
    t.log("skipped: as is not installed");
    t.pass();
    return;
  }
  for (let seed = 1; seed <= 20; seed++) {
    const random = generator(seed);
    const { object, asm } = newAssembler();
    const labels: Label[] = Array.from({ length: 60 }, (_, index) => asm.newLabel(`L${index}`));
    const lines: string[] = [];
    for (const [index, label] of labels.entries()) {
      asm.bind(label);
      lines.push(`L${index}:`);
      const target = Math.max(0, Math.min(59, index + random(9) - 4));
      const mnemonic = ["jmp", "jne", "jb", "call", "jg"][random(5)]!;
      asm.emit(mnemonic, labels[target]!);
      lines.push(`${mnemonic} L${target}`);
      const filler = random(70);
      asm.bytes(new Array<number>(filler).fill(0x90));
      lines.push(`.fill ${filler}, 1, 0x90`);
    }
    t.deepEqual(asm.finish(), []);
    t.is(hex(object.section(".text").data.bytes), hex(assemble(lines.join("\n")).section(".text").data.bytes), `seed ${seed}`);
  }
});

test("alignment moves labels as GNU as moves them", (t) => {
  if (!hasProgram("as")) {
    t.log("skipped: as is not installed");
    t.pass();
    return;
  }
  for (let seed = 1; seed <= 20; seed++) {
    const random = generator(seed + 100);
    const { object, asm } = newAssembler();
    const end = asm.newLabel("end");
    const lines: string[] = [];
    for (let index = 0; index < 30; index++) {
      const symbol = object.symbol(`s${index}`);
      asm.align(16);
      asm.defineSymbol(symbol, STT_FUNC);
      const filler = random(20);
      asm.bytes(new Array<number>(filler).fill(0x90));
      asm.emit("je", end);
      lines.push(".p2align 4", `.globl s${index}`, `s${index}:`, `.fill ${filler}, 1, 0x90`, "je end");
    }
    asm.bind(end);
    lines.push("end:");
    t.deepEqual(asm.finish(), []);
    const theirs = assemble(lines.join("\n"));
    const values = (file: ObjectFile) => Array.from({ length: 30 }, (_, index) => file.symbol(`s${index}`).value);
    t.deepEqual(values(object), values(theirs), `seed ${seed}`);
    t.is(object.section(".text").size, theirs.section(".text").size);
  }
});

test("every length of padding is whole NOPs", (t) => {
  for (let count = 0; count <= 64; count++) {
    const bytes = nopBytes(count);
    t.is(bytes.length, count);
    const decoder = new Decoder(64, Uint8Array.from(bytes), DecoderOptions.None);
    const texts = decoder.decodeAll().map((instruction) => instruction.code);
    decoder.free();
    t.true(texts.every((code) => code !== 0));
    t.true(texts.length === Math.ceil(count / 9));
  }
});

test("references become the relocations that GNU as makes", (t) => {
  const { object, asm } = newAssembler();
  const symbol = object.symbol("thing");
  asm.emit("call", symbolRef(symbol));
  asm.emit("jne", symbolRef(symbol));
  asm.emit("mov", gp(0), memRip(8, symbol, 4));
  asm.emit("mov", memRip(4, symbol), { kind: "imm", value: 7 });
  asm.emit("cmp", memRip(1, symbol), { kind: "imm", value: 7 });
  asm.emit("mov", gp(0), memAbsolute(8, symbol, 8));
  asm.emit("mov", gp(7), symbolRef(symbol, 16));
  asm.emit("movabs", gp(7), symbolRef(symbol));
  asm.emit("push", symbolRef(symbol));
  asm.quad(symbolRef(symbol, 24));
  t.deepEqual(asm.finish(), []);
  const found = object.section(".text").relocations.map(({ offset, type, addend }) => [offset, type, addend]);
  t.deepEqual(found, [
    [1, R_X86_64_PLT32, -4],
    [7, R_X86_64_PLT32, -4],
    [14, R_X86_64_PC32, 0],
    [20, R_X86_64_PC32, -8],
    [30, R_X86_64_PC32, -5],
    [39, R_X86_64_32S, 8],
    [46, R_X86_64_32S, 16],
    [52, R_X86_64_64, 0],
    [61, R_X86_64_32S, 0],
    [65, R_X86_64_64, 24],
  ]);
  if (!hasProgram("as")) {
    t.log("skipped: as is not installed");
    return;
  }
  const source = [
    "call thing",
    "jne thing",
    "mov rax, [rip+thing+4]",
    "mov dword ptr [rip+thing], 7",
    "cmp byte ptr [rip+thing], 7",
    "mov rax, ds:thing+8",
    "mov rdi, offset thing+16",
    "movabs rdi, offset thing",
    "push offset thing",
    ".quad thing+24",
  ];
  const theirs = assemble(source.join("\n")).section(".text");
  t.deepEqual(
    found,
    // as appends what it relaxes last.
    theirs.relocations.map(({ offset, type, addend }) => [offset, type, addend]).sort((a, b) => a[0]! - b[0]!),
  );
  t.is(hex(object.section(".text").data.bytes), hex(theirs.data.bytes));
});

test("a label that is never placed, and a short branch that is too far, are reported", (t) => {
  const first = newAssembler().asm;
  first.emit("jmp", first.newLabel("nowhere"));
  t.deepEqual(first.finish(), ['label "nowhere" is used but not defined']);
  const second = newAssembler().asm;
  const far = second.newLabel("far");
  second.emit("loop", far);
  second.nop(200);
  second.bind(far);
  t.deepEqual(second.finish(), ['label "far" is too far for a short branch']);
});

/** A statement of a block: name and arguments; an argument that is a list is an operand constructor's call. */
type Argument = AsmValue | { call: string; args: Argument[] };
type Statement = [string, ...Argument[]];

function run(statements: Statement[]): { object: ObjectFile; errors: string[] } {
  const { object, asm } = newAssembler();
  const block = new AsmBlock(asm);
  const errors: string[] = [];
  const evaluate = (argument: Argument): AsmValue => {
    if (typeof argument !== "object" || argument === null || !("call" in argument)) return argument;
    const value = block.construct(argument.call, argument.args.map(evaluate));
    if (typeof value === "object" && value !== null && value.kind === "error") {
      errors.push(value.message);
      return null;
    }
    return value;
  };
  for (const [name, ...args] of statements) {
    const before = errors.length;
    const values = args.map(evaluate);
    if (errors.length > before) continue;
    const error = block.statement(name, values);
    if (error !== undefined) errors.push(error);
  }
  errors.push(...block.end(), ...asm.finish());
  return { object, errors };
}

const r = (name: string): AsmValue => asmRegister(name)!;
const call = (name: string, ...args: Argument[]): Argument => ({ call: name, args });

test("an asm block's statements are the instructions they name", (t) => {
  const symbolOwner = new ObjectFile("other.ts");
  const thing: AsmValue = symbolRef(symbolOwner.symbol("thing"));
  const { object, errors } = run([
    ["push", r("rbp")],
    ["mov", call("mem", r("rdi"), 8n), r("rsp")],
    ["mov", r("rax"), call("gs", call("rip", thing, 16n))],
    ["mov", r("rsp"), call("gs", call("abs", thing))],
    ["mov", call("qword", call("mem", r("rsp"), r("rax"), 8n, -16n)), 5n],
    ["call", call("qword", call("mem", call("abs", thing), r("rax"), 8n))],
    ["mov", r("rdi"), call("abs", thing, 4n)],
    ["label", "1"],
    ["in_", r("al"), r("dx")],
    ["lock"],
    ["cmpxchg16b", call("mem", r("rdi"))],
    ["jne", "1"],
    ["jmp", "2"],
    ["nop5"],
    ["bytes", 0x0fn, 0x0bn],
    ["align", 16n],
    ["label", "2"],
    ["lea", r("rcx"), call("rip", "1")],
    ["mov", r("gs"), r("ax")],
    ["int_", 0x80n],
    ["long", 1n, 2n],
    ["quad", thing],
    ["iretq"],
  ]);
  t.deepEqual(errors, []);
  if (!hasProgram("as")) {
    t.log("skipped: as is not installed");
    return;
  }
  const theirs = assemble(`
    push rbp\n mov [rdi+8], rsp\n mov rax, gs:[rip+thing+16]\n mov rsp, gs:thing\n mov qword ptr [rsp+rax*8-16], 5
    call qword ptr [thing+rax*8]\n mov rdi, offset thing+4\n 1: in al, dx\n lock\n cmpxchg16b [rdi]\n jne 1b\n jmp 2f
    .byte 0x0f, 0x1f, 0x44, 0, 0\n .byte 0x0f, 0x0b\n .byte 0x66, 0x90\n 2: lea rcx, [rip+1b]\n mov gs, eax\n int 0x80\n .long 1, 2\n .quad thing\n iretq`);
  const [own, other] = [object.section(".text"), theirs.section(".text")];
  t.is(hex(own.data.bytes), hex(other.data.bytes));
  const relocations = (section: typeof own) => section.relocations.map(({ offset, type, addend }) => [offset, type, addend]);
  t.deepEqual(relocations(own), relocations(other));
});

test("symbol() and ex_table() leave a symbol and a pair of distances", (t) => {
  const { object, errors } = run([
    ["nop"],
    ["label", "1"],
    ["mov", r("rax"), call("mem", r("rdi"))],
    ["symbol", "resume"],
    ["label", "2"],
    ["ret"],
    ["ex_table", "1", "2"],
  ]);
  t.deepEqual(errors, []);
  t.is(object.symbol("resume").value, 4);
  const table = object.section("__ex_table");
  t.is(table.size, 8);
  t.deepEqual(
    table.relocations.map(({ offset, type, symbol, addend }) => [offset, type, symbol.value, addend]),
    [
      [0, R_X86_64_PC32, 1, 0],
      [4, R_X86_64_PC32, 4, 0],
    ],
  );
});

test("wrong statements of a block are explained", (t) => {
  const cases: [Statement[], string[]][] = [
    [[["mov", r("eax"), r("rbx")]], ["mov eax, rbx: no such combination of operands"]],
    [
      [["mov", call("mem", r("rdi")), 1n]],
      ["mov [rdi], 1: the size of the memory operand is not known; write byte(…), word(…), dword(…) or qword(…)"],
    ],
    [[["jmp", "9"]], ['label "9" is used but not defined in this block']],
    [
      [
        ["label", "1"],
        ["label", "1"],
      ],
      ['label "1" is defined twice in this block'],
    ],
    [[["align", 12n]], ["align() takes a power of two"]],
    [[["bytes", 256n]], ["bytes() takes numbers from 0 to 255"]],
    [[["push", call("mem", r("rdi"), r("rsi"), 3n)]], ["mem(): the scale is 1, 2, 4 or 8"]],
    [[["push", call("gs", r("rdi"))]], ["gs() takes one memory operand, not a register"]],
    [[["push", call("rip", r("rdi"))]], ["rip() takes a symbol, not a register"]],
    [[["foo"]], ["unknown instruction foo"]],
    [[["ex_table", 1n, "2"]], ["ex_table() takes two labels"]],
  ];
  for (const [statements, errors] of cases) t.deepEqual(run(statements).errors, errors);
});

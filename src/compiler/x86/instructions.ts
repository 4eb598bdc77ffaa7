// The instruction table: every mnemonic, its operand forms and their encodings (Intel SDM vol. 2). It drives the assembler,
// and the tests enumerate it. The first form of a mnemonic that fits is taken, so the order here is the choice between
// encodings: shortest first, and gas' choice where lengths are equal.
//
// A row is  "mnemonic[/alias…]  operands  encoding".
// Operands: r rm m rr imm with a width in bits (rr: a register in ModRM.rm); v: 16, 32 and 64 in turn, y: 32 and 64 (prefix 66
// and REX.W follow from it); acc: al ax eax rax; imm8s, imm32s: sign-extended to the operand; immz: imm16, imm32 or imm32s;
// cl dx fs gs one; sreg cr dr; rel: branch target; rel8: short branch only; m alone: memory of any or no stated size.
// Encoding: opcode bytes (leading 66 f2 f3 are mandatory prefixes), W: REX.W, /n: opcode extension in ModRM.reg, +: register in
// the opcode's low bits, dup: the register operand stands in ModRM.rm too, unsized: memory need not state its size.

import { conditionNames } from "../../abi/x86.js";

type PatternKind =
  | "r"
  | "rm"
  | "m"
  | "rr"
  | "imm"
  | "imms"
  | "uimm"
  | "acc"
  | "cl"
  | "dx"
  | "fs"
  | "gs"
  | "one"
  | "sreg"
  | "cr"
  | "dr"
  | "rel"
  | "rel8";

export interface Pattern {
  readonly kind: PatternKind;
  /** Bytes; of an immediate: as encoded. 0: any. */
  readonly size: number;
}

export interface Form {
  readonly mnemonic: string;
  readonly operands: readonly Pattern[];
  /** 0x66 for 16-bit operands, then the mandatory prefixes. */
  readonly prefixes: readonly number[];
  readonly opcode: readonly number[];
  readonly rexW: boolean;
  readonly hasModrm: boolean;
  /** Opcode extension in ModRM.reg; -1: a register operand goes there. */
  readonly digit: number;
  readonly plusRegister: boolean;
  readonly duplicate: boolean;
  readonly unsized: boolean;
  /** Operand size in bytes to which immediates are extended. */
  readonly size: number;
}

function arithmetic(): string[] {
  const names = ["add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"];
  return names.flatMap((name, digit) => {
    const op = (low: number) => (digit * 8 + low).toString(16).padStart(2, "0");
    return [
      `${name} rm8,r8 ${op(0)}`,
      `${name} rmv,rv ${op(1)}`,
      `${name} r8,m8 ${op(2)}`,
      `${name} rv,mv ${op(3)}`,
      `${name} acc8,imm8 ${op(4)}`,
      `${name} rmv,imm8s 83 /${digit}`,
      `${name} accv,immz ${op(5)}`,
      `${name} rm8,imm8 80 /${digit}`,
      `${name} rmv,immz 81 /${digit}`,
    ];
  });
}

function shifts(): string[] {
  const names: [string, number][] = [
    ["rol", 0],
    ["ror", 1],
    ["rcl", 2],
    ["rcr", 3],
    ["shl/sal", 4],
    ["shr", 5],
    ["sar", 7],
  ];
  return names.flatMap(([name, digit]) => [
    `${name} rm8,one d0 /${digit}`,
    `${name} rmv,one d1 /${digit}`,
    `${name} rm8,cl d2 /${digit}`,
    `${name} rmv,cl d3 /${digit}`,
    `${name} rm8,imm8 c0 /${digit}`,
    `${name} rmv,imm8 c1 /${digit}`,
  ]);
}

function unary(): string[] {
  const names: [string, number][] = [
    ["not", 2],
    ["neg", 3],
    ["mul", 4],
    ["imul", 5],
    ["div", 6],
    ["idiv", 7],
  ];
  return [
    ...names.flatMap(([name, digit]) => [`${name} rm8 f6 /${digit}`, `${name} rmv f7 /${digit}`]),
    "inc rm8 fe /0",
    "inc rmv ff /0",
    "dec rm8 fe /1",
    "dec rmv ff /1",
  ];
}

function bitTests(): string[] {
  const names = ["bt", "bts", "btr", "btc"];
  return names.flatMap((name, index) => [`${name} rmv,rv 0f ${(0xa3 + 8 * index).toString(16)}`, `${name} rmv,imm8 0f ba /${4 + index}`]);
}

function conditional(): string[] {
  return conditionNames.flatMap((names, number) => {
    const all = (prefix: string) => names.map((name) => prefix + name).join("/");
    return [
      `${all("j")} rel 0f ${(0x80 + number).toString(16)}`,
      `${all("set")} rm8 0f ${(0x90 + number).toString(16)} /0 unsized`,
      `${all("cmov")} rv,rmv 0f ${(0x40 + number).toString(16)}`,
    ];
  });
}

const moves = `
mov rm8,r8 88
mov rmv,rv 89
mov r8,m8 8a
mov rv,mv 8b
mov r8,imm8 b0 +
mov r16,imm16 66 b8 +
mov r32,imm32 b8 +
mov r64,uimm32 b8 +
mov rr64,imm32s W c7 /0
mov r64,imm64 W b8 +
mov m8,imm8 c6 /0
mov mv,immz c7 /0
mov m16,sreg 8c
mov rr16,sreg 66 8c
mov rr32,sreg 8c
mov rr64,sreg 8c
mov sreg,rr16 8e
mov sreg,rr32 8e
mov sreg,rr64 8e
mov sreg,m16 8e
mov rr64,cr 0f 20
mov cr,rr64 0f 22
mov rr64,dr 0f 21
mov dr,rr64 0f 23
movabs r64,imm64 W b8 +
movzx rv,rm8 0f b6
movzx r32,rm16 0f b7
movzx r64,rm16 W 0f b7
movsx rv,rm8 0f be
movsx r32,rm16 0f bf
movsx r64,rm16 W 0f bf
movsxd/movsx/movslq r64,rm32 W 63
movnti my,ry 0f c3
lea rv,m 8d
xchg accv,rv 90 +
xchg rv,accv 90 +
xchg rm8,r8 86
xchg rmv,rv 87
xchg r8,m8 86
xchg rv,mv 87
bswap ry 0f c8 +
push r64 50 +
push r16 66 50 +
push imm8s 6a
push imm32s 68
push rm64 ff /6 unsized
push m16 66 ff /6
push fs 0f a0
push gs 0f a8
pop r64 58 +
pop r16 66 58 +
pop rm64 8f /0 unsized
pop m16 66 8f /0
pop fs 0f a1
pop gs 0f a9
pushfq/pushf - 9c
popfq/popf - 9d
enter imm16,imm8 c8
leave - c9
lahf - 9f
sahf - 9e
xlatb - d7
`;

const integer = `
test rm8,r8 84
test rmv,rv 85
test r8,m8 84
test rv,mv 85
test acc8,imm8 a8
test accv,immz a9
test rm8,imm8 f6 /0
test rmv,immz f7 /0
imul rv,rmv 0f af
imul rv,rmv,imm8s 6b
imul rv,rmv,immz 69
imul rv,imm8s 6b dup
imul rv,immz 69 dup
shld rmv,rv,imm8 0f a4
shld rmv,rv,cl 0f a5
shrd rmv,rv,imm8 0f ac
shrd rmv,rv,cl 0f ad
bsf rv,rmv 0f bc
bsr rv,rmv 0f bd
tzcnt rv,rmv f3 0f bc
lzcnt rv,rmv f3 0f bd
popcnt rv,rmv f3 0f b8
cmpxchg rm8,r8 0f b0
cmpxchg rmv,rv 0f b1
xadd rm8,r8 0f c0
xadd rmv,rv 0f c1
cmpxchg8b m 0f c7 /1
cmpxchg16b m W 0f c7 /1
cbw - 66 98
cwde - 98
cdqe/cltq - W 98
cwd - 66 99
cdq - 99
cqo/cqto - W 99
clc - f8
stc - f9
cmc - f5
cld - fc
std - fd
lock - f0
rep/repe/repz - f3
repne/repnz - f2
movsb - a4
movsw - 66 a5
movsd - a5
movsq - W a5
cmpsb - a6
cmpsw - 66 a7
cmpsd - a7
cmpsq - W a7
stosb - aa
stosw - 66 ab
stosd - ab
stosq - W ab
lodsb - ac
lodsw - 66 ad
lodsd - ad
lodsq - W ad
scasb - ae
scasw - 66 af
scasd - af
scasq - W af
insb - 6c
insw - 66 6d
insd - 6d
outsb - 6e
outsw - 66 6f
outsd - 6f
rdrand rrv 0f c7 /6
rdseed rrv 0f c7 /7
`;

const control = `
jmp rel e9
jmp rm64 ff /4 unsized
call rel e8
call rm64 ff /2 unsized
ljmp m80 W ff /5 unsized
ljmp m48 ff /5
lcall m80 W ff /3 unsized
lcall m48 ff /3
loop rel8 e2
loope/loopz rel8 e1
loopne/loopnz rel8 e0
jrcxz rel8 e3
jecxz rel8 67 e3
ret - c3
ret imm16 c2
retf/lret - cb
retfq/lretq - W cb
retf/lret imm16 ca
int imm8 cd
int1 - f1
int3 - cc
iret/iretd - cf
iretq - W cf
syscall - 0f 05
sysretq - W 0f 07
sysretl/sysret - 0f 07
sysenter - 0f 34
vmcall - 0f 01 c1
vmmcall - 0f 01 d9
ud2 - 0f 0b
endbr64 - f3 0f 1e fa
nop - 90
nop rmv 0f 1f /0
pause - f3 90
hlt - f4
`;

const system = `
cli - fa
sti - fb
swapgs - 0f 01 f8
rdmsr - 0f 32
wrmsr - 0f 30
rdtsc - 0f 31
rdtscp - 0f 01 f9
rdpmc - 0f 33
cpuid - 0f a2
in acc8,imm8 e4
in acc16,imm8 66 e5
in acc32,imm8 e5
in acc8,dx ec
in acc16,dx 66 ed
in acc32,dx ed
out imm8,acc8 e6
out imm8,acc16 66 e7
out imm8,acc32 e7
out dx,acc8 ee
out dx,acc16 66 ef
out dx,acc32 ef
sgdt m 0f 01 /0
sidt m 0f 01 /1
lgdt m 0f 01 /2
lidt m 0f 01 /3
smsw rrv 0f 01 /4
smsw m 0f 01 /4
lmsw rm16 0f 01 /6 unsized
invlpg m 0f 01 /7
sldt rr16 66 0f 00 /0
sldt rr32 0f 00 /0
sldt rr64 0f 00 /0
sldt m 0f 00 /0
str rr16 66 0f 00 /1
str rr32 0f 00 /1
str rr64 0f 00 /1
str m 0f 00 /1
lldt rm16 0f 00 /2 unsized
ltr rm16 0f 00 /3 unsized
verr rm16 0f 00 /4 unsized
verw rm16 0f 00 /5 unsized
clts - 0f 06
invd - 0f 08
wbinvd - 0f 09
invpcid r64,m 66 0f 38 82
lfence - 0f ae e8
mfence - 0f ae f0
sfence - 0f ae f8
clflush m 0f ae /7
fxsave m 0f ae /0
fxsave64 m W 0f ae /0
fxrstor m 0f ae /1
fxrstor64 m W 0f ae /1
ldmxcsr m 0f ae /2
stmxcsr m 0f ae /3
fninit - db e3
prefetchnta m 0f 18 /0
prefetcht0 m 0f 18 /1
prefetcht1 m 0f 18 /2
prefetcht2 m 0f 18 /3
prefetchw m 0f 0d /1
rdfsbase rry f3 0f ae /0
rdgsbase rry f3 0f ae /1
wrfsbase rry f3 0f ae /2
wrgsbase rry f3 0f ae /3
stac - 0f 01 cb
clac - 0f 01 ca
xgetbv - 0f 01 d0
xsetbv - 0f 01 d1
monitor - 0f 01 c8
mwait - 0f 01 c9
`;

function rows(): string[] {
  const plain = [moves, integer, control, system].flatMap((text) => text.split("\n").filter((row) => row !== ""));
  return [...plain, ...arithmetic(), ...unary(), ...shifts(), ...bitTests(), ...conditional()];
}

const fixedPatterns: Record<string, Pattern> = {
  cl: { kind: "cl", size: 1 },
  dx: { kind: "dx", size: 2 },
  fs: { kind: "fs", size: 2 },
  gs: { kind: "gs", size: 2 },
  one: { kind: "one", size: 0 },
  sreg: { kind: "sreg", size: 2 },
  cr: { kind: "cr", size: 8 },
  dr: { kind: "dr", size: 8 },
  rel: { kind: "rel", size: 4 },
  rel8: { kind: "rel8", size: 1 },
  m: { kind: "m", size: 0 },
  imm8s: { kind: "imms", size: 1 },
  imm32s: { kind: "imms", size: 4 },
  uimm32: { kind: "uimm", size: 4 },
};

function parsePattern(text: string, size: number): Pattern {
  const known = fixedPatterns[text];
  if (known !== undefined) return known;
  if (text === "immz") return size === 8 ? { kind: "imms", size: 4 } : { kind: "imm", size };
  const [, kind, width] = /^(rm|rr|r|m|imm|acc)(\d+|v|y)$/.exec(text)!;
  return { kind: kind as PatternKind, size: width === "v" || width === "y" ? size : Number(width) / 8 };
}

/** One form of a row, with v and y standing for `size`; 0: the row has neither. */
function parseForm(mnemonic: string, operandText: string, tokens: readonly string[], size: number): Form {
  const operands = operandText === "-" ? [] : operandText.split(",").map((text) => parsePattern(text, size));
  const bytes = tokens.filter((token) => /^[0-9a-f]{2}$/.test(token)).map((token) => Number.parseInt(token, 16));
  const prefixes: number[] = size === 2 ? [0x66] : [];
  while (bytes.length > 1 && (bytes[0] === 0x66 || bytes[0] === 0x67 || bytes[0] === 0xf2 || bytes[0] === 0xf3)) {
    prefixes.push(bytes.shift()!);
  }
  const digit = tokens.find((token) => token.startsWith("/"));
  const duplicate = tokens.includes("dup");
  const widest = operands.reduce((most, pattern) => (/^(r|rm|m|rr|acc)$/.test(pattern.kind) ? Math.max(most, pattern.size) : most), 0);
  return {
    mnemonic,
    operands,
    prefixes,
    opcode: bytes,
    rexW: tokens.includes("W") || size === 8,
    hasModrm: duplicate || operands.some((pattern) => pattern.kind === "rm" || pattern.kind === "m" || pattern.kind === "rr"),
    digit: digit === undefined ? -1 : Number(digit.slice(1)),
    plusRegister: tokens.includes("+"),
    duplicate,
    unsized: tokens.includes("unsized"),
    size: size !== 0 ? size : widest !== 0 ? widest : 8,
  };
}

function buildTable(): Map<string, Form[]> {
  const table = new Map<string, Form[]>();
  for (const row of rows()) {
    const [names, operandText, ...tokens] = row.split(" ") as [string, string, ...string[]];
    const sizes = /(^|,)(r|rm|m|rr|acc)v(,|$)/.test(operandText) ? [2, 4, 8] : /(^|,)(r|rm|m|rr)y(,|$)/.test(operandText) ? [4, 8] : [0];
    for (const mnemonic of names.split("/")) {
      const forms = table.get(mnemonic) ?? [];
      table.set(mnemonic, forms);
      for (const size of sizes) forms.push(parseForm(mnemonic, operandText, tokens, size));
    }
  }
  return table;
}

/** Forms by mnemonic, in order of preference. */
export const instructionTable: ReadonlyMap<string, readonly Form[]> = buildTable();

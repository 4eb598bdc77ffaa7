// The instruction table: one row an opcode form. A row names its operands in the manual's letters and its meaning; the
// decoder and the handlers of the wasm core both follow from it.
//
// Operands: E r/m, M r/m that must be memory, R r/m that must be a register, G reg, Z register in the opcode, A accumulator,
// C cl, 1 the constant, I immediate, J branch displacement, O absolute address,
// B register in VEX.vvvv, X [rbx + al], N a byte that must be 0 (nesting of enter). Sizes: b w d q; v by operand size, y 32 or
// 64, s stack (64, or 16 with 66), z immediate of at most 32 bits, plain v of an immediate: up to 64.

import * as alu from "./meaning/alu.js";
import * as branch from "./meaning/branch.js";
import * as data from "./meaning/data.js";
import * as extension from "./meaning/extensions.js";
import * as flag from "./meaning/flag-ops.js";
import type { Meaning } from "./meaning/meaning.js";
import * as shift from "./meaning/shift.js";
import * as string from "./meaning/string.js";
import { SystemOp } from "./system-ops.js";

export interface Row {
  /** 0: one byte, 1: 0f, 2: 0f 38; VEX-encoded: 3: 0f 38, 4: 0f 3a. */
  readonly map: number;
  readonly opcode: number;
  readonly args: readonly string[];
  readonly meaning: Meaning | SystemOp;
  /** ModRM.reg that selects this row of a group. */
  readonly ext?: number;
  /** The whole ModRM byte that selects this row. */
  readonly modrm?: number;
  /** Mandatory prefix: f3, f2, 66, 0 for neither of f2 and f3, −1 for none of the three. In VEX rows 0 is none. */
  readonly prefix?: number;
  /** Only without REX.B (90 is nop, 41 90 is xchg). */
  readonly withoutRexB?: boolean;
  /** Size letter of an instruction without operands. */
  readonly size?: string;
}

type Options = Pick<Row, "ext" | "modrm" | "prefix" | "size" | "withoutRexB">;
const rows: Row[] = [];

function row(opcode: number, args: string, meaning: Meaning | SystemOp, options: Options = {}): void {
  const map = opcode >= 0x0f3800 ? 2 : opcode >= 0x0f00 ? 1 : 0;
  rows.push({ map, opcode: opcode & 0xff, args: args === "" ? [] : args.split(","), meaning, ...options });
}

for (const [n, m] of [alu.add, alu.or, alu.adc, alu.sbb, alu.and, alu.sub, alu.xor, alu.cmp].entries()) {
  row(8 * n, "Eb,Gb", m);
  row(8 * n + 1, "Ev,Gv", m);
  row(8 * n + 2, "Gb,Eb", m);
  row(8 * n + 3, "Gv,Ev", m);
  row(8 * n + 4, "Ab,Ib", m);
  row(8 * n + 5, "Av,Iz", m);
  row(0x80, "Eb,Ib", m, { ext: n });
  row(0x81, "Ev,Iz", m, { ext: n });
  row(0x83, "Ev,Ib", m, { ext: n });
}
for (let r = 0; r < 8; r++) {
  row(0x50 + r, "Zs", data.push);
  row(0x58 + r, "Zs", data.pop);
  row(0xb0 + r, "Zb,Ib", data.mov);
  row(0xb8 + r, "Zv,Iv", data.mov);
  row(0x0fc8 + r, "Zv", data.bswap);
}
row(0x63, "Gv,Ed", data.movsx);
row(0x68, "Iz", data.push, { size: "s" });
row(0x69, "Gv,Ev,Iz", alu.imul3);
row(0x6a, "Ib", data.push, { size: "s" });
row(0x6b, "Gv,Ev,Ib", alu.imul3);
row(0x6c, "", SystemOp.Ins, { size: "b" });
row(0x6d, "", SystemOp.Ins, { size: "v" });
row(0x6e, "", SystemOp.Outs, { size: "b" });
row(0x6f, "", SystemOp.Outs, { size: "v" });
for (let cc = 0; cc < 16; cc++) {
  const jcc = branch.jcc(cc);
  row(0x70 + cc, "Jb", jcc);
  row(0x0f80 + cc, "Jz", jcc);
  row(0x0f40 + cc, "Gv,Ev", data.cmovcc(cc));
  row(0x0f90 + cc, "Eb", data.setcc(cc));
}
row(0x84, "Eb,Gb", alu.test);
row(0x85, "Ev,Gv", alu.test);
row(0x86, "Eb,Gb", data.xchg);
row(0x87, "Ev,Gv", data.xchg);
row(0x88, "Eb,Gb", data.mov);
row(0x89, "Ev,Gv", data.mov);
row(0x8a, "Gb,Eb", data.mov);
row(0x8b, "Gv,Ev", data.mov);
row(0x8c, "Ev", SystemOp.ReadSelector);
row(0x8d, "Gv,Mv", data.lea);
row(0x8e, "Ew", SystemOp.WriteSelector);
row(0x8f, "Es", data.pop, { ext: 0 });
row(0x90, "", SystemOp.Pause, { prefix: 0xf3 });
row(0x90, "", data.nop, { withoutRexB: true });
for (let r = 0; r < 8; r++) row(0x90 + r, "Zv,Av", data.xchg);
row(0x98, "", data.convert, { size: "v" });
row(0x99, "", data.convertDouble, { size: "v" });
row(0x9c, "", flag.pushf, { size: "s" });
row(0x9d, "", flag.popf, { size: "s" });
row(0x9e, "", flag.sahf);
row(0x9f, "", flag.lahf);
row(0xa0, "Ab,Ob", data.mov);
row(0xa1, "Av,Ov", data.mov);
row(0xa2, "Ob,Ab", data.mov);
row(0xa3, "Ov,Av", data.mov);
for (const [opcode, make] of [
  [0xa4, string.movs],
  [0xaa, string.stos],
  [0xac, string.lods],
] as const) {
  for (const [n, size] of [
    [0, "b"],
    [1, "v"],
  ] as const) {
    row(opcode + n, "", make("rep"), { prefix: 0xf3, size });
    row(opcode + n, "", make("rep"), { prefix: 0xf2, size });
    row(opcode + n, "", make(""), { prefix: 0, size });
  }
}
for (const [opcode, make] of [
  [0xa6, string.cmps],
  [0xae, string.scas],
] as const) {
  for (const [n, size] of [
    [0, "b"],
    [1, "v"],
  ] as const) {
    row(opcode + n, "", make("repe"), { prefix: 0xf3, size });
    row(opcode + n, "", make("repne"), { prefix: 0xf2, size });
    row(opcode + n, "", make(""), { prefix: 0, size });
  }
}
row(0xa8, "Ab,Ib", alu.test);
row(0xa9, "Av,Iz", alu.test);
const shifts = [shift.rol, shift.ror, shift.rcl, shift.rcr, shift.shl, shift.shr, shift.shl, shift.sar];
for (const [ext, m] of shifts.entries()) {
  row(0xc0, "Eb,Ib", m, { ext });
  row(0xc1, "Ev,Ib", m, { ext });
  row(0xd0, "Eb,1", m, { ext });
  row(0xd1, "Ev,1", m, { ext });
  row(0xd2, "Eb,C", m, { ext });
  row(0xd3, "Ev,C", m, { ext });
}
row(0xc2, "Iw", branch.retPop);
row(0xc3, "", branch.ret);
row(0xc6, "Eb,Ib", data.mov, { ext: 0 });
row(0xc7, "Ev,Iz", data.mov, { ext: 0 });
row(0xc8, "Iw,N", data.enter);
row(0xc9, "", data.leave);
row(0xca, "Iw", SystemOp.FarReturnPop, { size: "v" });
row(0xcb, "", SystemOp.FarReturn, { size: "v" });
row(0xcc, "", SystemOp.Int3);
row(0xcd, "Ib", SystemOp.Int);
row(0xcf, "", SystemOp.Iret, { size: "v" });
row(0xd7, "Xb", data.xlat);
row(0xe0, "Jb", branch.loopne);
row(0xe1, "Jb", branch.loope);
row(0xe2, "Jb", branch.loop);
row(0xe3, "Jb", branch.jrcxz);
row(0xe4, "Ib", SystemOp.In, { size: "b" });
row(0xe5, "Ib", SystemOp.In, { size: "v" });
row(0xe6, "Ib", SystemOp.Out, { size: "b" });
row(0xe7, "Ib", SystemOp.Out, { size: "v" });
row(0xe8, "Jz", branch.call);
row(0xe9, "Jz", branch.jmp);
row(0xeb, "Jb", branch.jmp);
row(0xec, "", SystemOp.In, { size: "b" });
row(0xed, "", SystemOp.In, { size: "v" });
row(0xee, "", SystemOp.Out, { size: "b" });
row(0xef, "", SystemOp.Out, { size: "v" });
row(0xf1, "", SystemOp.Int1);
row(0xf4, "", SystemOp.Hlt);
row(0xf5, "", flag.cmc);
for (const [opcode, e, i] of [
  [0xf6, "Eb", "Ib"],
  [0xf7, "Ev", "Iz"],
] as const) {
  row(opcode, `${e},${i}`, alu.test, { ext: 0 });
  row(opcode, `${e},${i}`, alu.test, { ext: 1 });
  row(opcode, e, alu.not, { ext: 2 });
  row(opcode, e, alu.neg, { ext: 3 });
  row(opcode, e, alu.mul, { ext: 4 });
  row(opcode, e, alu.imulWide, { ext: 5 });
  row(opcode, e, alu.div, { ext: 6 });
  row(opcode, e, alu.idiv, { ext: 7 });
}
row(0xf8, "", flag.clc);
row(0xf9, "", flag.stc);
row(0xfa, "", flag.cli);
row(0xfb, "", flag.sti);
row(0xfc, "", flag.cld);
row(0xfd, "", flag.std);
row(0xfe, "Eb", alu.inc, { ext: 0 });
row(0xfe, "Eb", alu.dec, { ext: 1 });
row(0xff, "Ev", alu.inc, { ext: 0 });
row(0xff, "Ev", alu.dec, { ext: 1 });
row(0xff, "Eq", branch.callIndirect, { ext: 2 });
row(0xff, "Mv", SystemOp.FarCall, { ext: 3 });
row(0xff, "Eq", branch.jmpIndirect, { ext: 4 });
row(0xff, "Mv", SystemOp.FarJump, { ext: 5 });
row(0xff, "Es", data.push, { ext: 6 });

row(0x0f00, "Ev", SystemOp.Sldt, { ext: 0 });
row(0x0f00, "Ev", SystemOp.Str, { ext: 1 });
row(0x0f00, "Ew", SystemOp.Lldt, { ext: 2 });
row(0x0f00, "Ew", SystemOp.Ltr, { ext: 3 });
row(0x0f01, "", SystemOp.Vmcall, { modrm: 0xc1, prefix: -1 });
row(0x0f01, "", SystemOp.Swapgs, { modrm: 0xf8, prefix: -1 });
row(0x0f01, "", SystemOp.Rdtscp, { modrm: 0xf9, prefix: -1 });
row(0x0f01, "Mv", SystemOp.Sgdt, { ext: 0 });
row(0x0f01, "Mv", SystemOp.Sidt, { ext: 1 });
row(0x0f01, "Mv", SystemOp.Lgdt, { ext: 2 });
row(0x0f01, "Mv", SystemOp.Lidt, { ext: 3 });
row(0x0f01, "Ev", SystemOp.Smsw, { ext: 4 });
row(0x0f01, "Ew", SystemOp.Lmsw, { ext: 6 });
row(0x0f01, "Mb", SystemOp.Invlpg, { ext: 7 });
row(0x0f05, "", SystemOp.Syscall);
row(0x0f06, "", SystemOp.Clts);
row(0x0f07, "", SystemOp.Sysret, { size: "v" });
row(0x0f08, "", SystemOp.Invd);
row(0x0f09, "", SystemOp.Invd);
row(0x0f0b, "", SystemOp.Ud);
row(0x0f0d, "Mb", data.nopOperand);
for (let n = 0x18; n < 0x20; n++) row(0x0f00 + n, "Ev", data.nopOperand);
row(0x0f20, "Gq", SystemOp.ReadCr);
row(0x0f21, "Gq", SystemOp.ReadDr);
row(0x0f22, "Gq", SystemOp.WriteCr);
row(0x0f23, "Gq", SystemOp.WriteDr);
row(0x0f30, "", SystemOp.Wrmsr);
row(0x0f31, "", SystemOp.Rdtsc);
row(0x0f32, "", SystemOp.Rdmsr);
row(0x0fa0, "", SystemOp.PushSelector, { size: "s" });
row(0x0fa1, "", SystemOp.PopSelector, { size: "s" });
row(0x0fa2, "", SystemOp.Cpuid);
row(0x0fa3, "Ev,Gv", data.bt);
row(0x0fa4, "Ev,Gv,Ib", shift.shld);
row(0x0fa5, "Ev,Gv,C", shift.shld);
row(0x0fa8, "", SystemOp.PushSelector, { size: "s" });
row(0x0fa9, "", SystemOp.PopSelector, { size: "s" });
row(0x0fab, "Ev,Gv", data.bts);
row(0x0fac, "Ev,Gv,Ib", shift.shrd);
row(0x0fad, "Ev,Gv,C", shift.shrd);
row(0x0fae, "Ry", SystemOp.ReadBase, { ext: 0, prefix: 0xf3 });
row(0x0fae, "Ry", SystemOp.ReadBase, { ext: 1, prefix: 0xf3 });
row(0x0fae, "Ry", SystemOp.WriteBase, { ext: 2, prefix: 0xf3 });
row(0x0fae, "Ry", SystemOp.WriteBase, { ext: 3, prefix: 0xf3 });
for (const ext of [5, 6, 7]) row(0x0fae, "Rv", data.nopOperand, { ext, prefix: -1 });
row(0x0fae, "Mb", data.nopOperand, { ext: 7, prefix: 0 });
row(0x0faf, "Gv,Ev", alu.imul2);
row(0x0fb0, "Eb,Gb", data.cmpxchg);
row(0x0fb1, "Ev,Gv", data.cmpxchg);
row(0x0fb3, "Ev,Gv", data.btr);
row(0x0fb6, "Gv,Eb", data.movzx);
row(0x0fb7, "Gv,Ew", data.movzx);
row(0x0fb8, "Gv,Ev", data.popcnt, { prefix: 0xf3 });
row(0x0fb9, "Gv,Ev", SystemOp.Ud);
for (const [ext, m] of [
  [4, data.bt],
  [5, data.bts],
  [6, data.btr],
  [7, data.btc],
] as const)
  row(0x0fba, "Ev,Ib", m, { ext });
row(0x0fbb, "Ev,Gv", data.btc);
row(0x0fbc, "Gv,Ev", data.tzcnt, { prefix: 0xf3 });
row(0x0fbc, "Gv,Ev", data.bsf);
row(0x0fbd, "Gv,Ev", data.lzcnt, { prefix: 0xf3 });
row(0x0fbd, "Gv,Ev", data.bsr);
row(0x0fbe, "Gv,Eb", data.movsx);
row(0x0fbf, "Gv,Ew", data.movsx);
row(0x0fc0, "Eb,Gb", data.xadd);
row(0x0fc1, "Ev,Gv", data.xadd);
row(0x0fc3, "My,Gy", data.mov, { prefix: -1 });
row(0x0fc7, "My", data.cmpxchgPair, { ext: 1 });
row(0x0fff, "Gv,Ev", SystemOp.Ud);
row(0x0f38f0, "Gy,Eb", extension.crc32, { prefix: 0xf2 });
row(0x0f38f1, "Gy,Ev", extension.crc32, { prefix: 0xf2 });
row(0x0f38f0, "Gv,Mv", data.movbe, { prefix: 0 });
row(0x0f38f1, "Mv,Gv", data.movbe, { prefix: 0 });
row(0x0f38f6, "Gy,Ey", extension.adcx, { prefix: 0x66 });
row(0x0f38f6, "Gy,Ey", extension.adox, { prefix: 0xf3 });

const VEX_0F38 = 3;
const VEX_0F3A = 4;
for (const [map, prefix, opcode, args, m, ext] of [
  [VEX_0F38, 0, 0xf2, "Gy,By,Ey", extension.andn, undefined],
  [VEX_0F38, 0, 0xf3, "By,Ey", extension.blsr, 1],
  [VEX_0F38, 0, 0xf3, "By,Ey", extension.blsmsk, 2],
  [VEX_0F38, 0, 0xf3, "By,Ey", extension.blsi, 3],
  [VEX_0F38, 0, 0xf5, "Gy,Ey,By", extension.bzhi, undefined],
  [VEX_0F38, 0xf3, 0xf5, "Gy,By,Ey", extension.pext, undefined],
  [VEX_0F38, 0xf2, 0xf5, "Gy,By,Ey", extension.pdep, undefined],
  [VEX_0F38, 0xf2, 0xf6, "Gy,By,Ey", extension.mulx, undefined],
  [VEX_0F38, 0, 0xf7, "Gy,Ey,By", extension.bextr, undefined],
  [VEX_0F38, 0x66, 0xf7, "Gy,Ey,By", extension.shlx, undefined],
  [VEX_0F38, 0xf3, 0xf7, "Gy,Ey,By", extension.sarx, undefined],
  [VEX_0F38, 0xf2, 0xf7, "Gy,Ey,By", extension.shrx, undefined],
  [VEX_0F3A, 0xf2, 0xf0, "Gy,Ey,Ib", extension.rorx, undefined],
] as const)
  rows.push({ map, opcode, args: args.split(","), meaning: m, prefix, ...(ext === undefined ? {} : { ext }) });

export const TABLE: readonly Row[] = rows;

// Lengths of x86-64 instructions: where one ends, and where its opcode, ModRM byte and rip-relative displacement lie. For kprobes, which must
// not plant a breakpoint in the middle of an instruction. Covers the legacy one-, two- and three-byte opcode maps; VEX and EVEX have no place
// in kernel code.

notrace_file();

/** What an opcode is followed by. */
const M = 1; // ModRM
const I8 = 2;
const I16 = 4;
const I32 = 8; // 16 bits with the operand size prefix
const I64 = 16; // mov reg, imm64: with REX.W, else I32
const A64 = 32; // moffs: an address
const G3 = 64; // f6/f7: an immediate only with /0 and /1
const BAD = 128;

// The opcode maps as the manual prints them, a row for each high digit; the letters are those of kind_of. There is no instruction at '-'.
const one_byte: array<u8, 257> =
  "MMMMbd--MMMMbd--" +
  "MMMMbd--MMMMbd--" +
  "MMMMbd--MMMMbd--" +
  "MMMMbd--MMMMbd--" +
  "----------------" +
  "................" +
  "---M----dDbB...." +
  "bbbbbbbbbbbbbbbb" +
  "BD-BMMMMMMMMMMMM" +
  "..........-....." +
  "aaaa....bd......" +
  "bbbbbbbbqqqqqqqq" +
  "BBw.--BDe.w..b-." +
  "MMMM---.MMMMMMMM" +
  "bbbbbbbbdd-b...." +
  "-.--..gg......MM";

/** After 0f. */
const two_byte: array<u8, 257> =
  "MMMM-.....-.-M.-" +
  "MMMMMMMMMMMMMMMM" +
  "MMMM----MMMMMMMM" +
  "......-.--------" +
  "MMMMMMMMMMMMMMMM" +
  "MMMMMMMMMMMMMMMM" +
  "MMMMMMMMMMMMMMMM" +
  "BBBBMMM.MM--MMMM" +
  "dddddddddddddddd" +
  "MMMMMMMMMMMMMMMM" +
  "...MBM--...MBMMM" +
  "MMMMMMMMMMBMMMMM" +
  "MMBMBBBM........" +
  "MMMMMMMMMMMMMMMM" +
  "MMMMMMMMMMMMMMMM" +
  "MMMMMMMMMMMMMMMM";

function kind_of(letter: u8): int {
  switch (letter) {
    case 0x2e: // .
      return 0;
    case 0x4d: // M
      return M;
    case 0x42: // B
      return M | I8;
    case 0x44: // D
      return M | I32;
    case 0x67: // g
      return M | G3;
    case 0x62: // b
      return I8;
    case 0x77: // w
      return I16;
    case 0x64: // d
      return I32;
    case 0x65: // e: enter
      return I16 | I8;
    case 0x71: // q
      return I64;
    case 0x61: // a
      return A64;
  }
  return BAD;
}

/** One decoded instruction. Offsets from its start; 0: there is none. */
export interface insn extends struct<"insn"> {
  length?: int;
  opcode_off?: int;
  /** The opcode; of the 0f maps with 0x0f00, 0x0f3800, 0x0f3a00 in front. */
  opcode?: u32;
  rex?: u8;
  prefixed?: bool; // operand size
  modrm_off?: int;
  modrm?: u8;
  /** Offset of a 32-bit displacement from the next instruction. */
  riprel_off?: int;
  imm_off?: int;
}

function is_prefix(b: u8): bool {
  return (
    b === 0x66 ||
    b === 0x67 ||
    b === 0xf0 ||
    b === 0xf2 ||
    b === 0xf3 ||
    b === 0x2e ||
    b === 0x36 ||
    b === 0x3e ||
    b === 0x26 ||
    b === 0x64 ||
    b === 0x65
  );
}

/** Decodes the bytes at p (15 may be read). False: no instruction that is known. */
export function insn_decode(out: insn, p: u8[]): bool {
  let i: int = 0;
  out.riprel_off = 0;
  out.modrm_off = 0;
  out.modrm = 0;
  out.rex = 0;
  out.prefixed = false;
  while (is_prefix(p[i])) {
    if (p[i] === 0x66) out.prefixed = true;
    i++;
    if (i > 10) return false;
  }
  if ((p[i] & 0xf0) === 0x40) {
    out.rex = p[i];
    i++;
  }
  out.opcode_off = i;
  let kind: int = 0;
  if (p[i] !== 0x0f) {
    out.opcode = u32(p[i]);
    kind = kind_of(one_byte[p[i]]);
  } else if (p[i + 1] === 0x38) {
    i += 2;
    out.opcode = 0x0f3800 | u32(p[i]);
    kind = M;
  } else if (p[i + 1] === 0x3a) {
    i += 2;
    out.opcode = 0x0f3a00 | u32(p[i]);
    kind = M | I8;
  } else {
    i++;
    out.opcode = 0x0f00 | u32(p[i]);
    kind = kind_of(two_byte[p[i]]);
  }
  i++;
  if ((kind & BAD) !== 0) return false;
  if ((kind & M) !== 0) {
    out.modrm_off = i;
    out.modrm = p[i];
    const mod = int(p[i]) >> 6;
    const rm = int(p[i]) & 7;
    i++;
    if (mod !== 3) {
      if (rm === 4) {
        const base = int(p[i]) & 7;
        i++;
        if (mod === 0 && base === 5) i += 4;
      } else if (mod === 0 && rm === 5) {
        out.riprel_off = i;
        i += 4;
      }
      if (mod === 1) i += 1;
      else if (mod === 2) i += 4;
    }
    if ((kind & G3) !== 0 && ((int(out.modrm) >> 3) & 6) === 0) kind |= out.opcode === 0xf6 ? I8 : I32;
  }
  out.imm_off = i;
  if ((kind & I8) !== 0) i += 1;
  if ((kind & I16) !== 0) i += 2;
  const near = out.opcode === 0xe8 || out.opcode === 0xe9 || (out.opcode & 0xfff0) === 0x0f80;
  if ((kind & I32) !== 0) i += out.prefixed && !near ? 2 : 4;
  if ((kind & I64) !== 0) i += (out.rex & 8) !== 0 ? 8 : out.prefixed ? 2 : 4;
  if ((kind & A64) !== 0) i += 8;
  out.length = i;
  return i <= 15;
}

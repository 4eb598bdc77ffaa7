// One instruction's bytes → a record: prefixes, opcode, operands, and which handler executes it. Used by decoder.ts.

import type { Width } from "./flags.js";
import { DECODED_ROWS, type DecodedRow, FORM_ANY, FORM_BASE, FORM_REGISTER, H_SYSTEM, operandWidth, systemHandler } from "./handlers.js";
import * as L from "./layout.js";
import { SystemOp } from "./system-ops.js";

/** A row with what the decoder asks of it for each instruction. */
interface OpcodeRow extends DecodedRow {
  readonly hasVexRegister: boolean;
  /** ModRM must name memory, or a register. */
  readonly memoryOnly: boolean;
  readonly registerOnly: boolean;
  readonly movesControl: boolean;
  /** REC_STACK for instructions that use the stack. */
  readonly stackFlag: number;
  readonly ends: boolean;
}

/** Behind these nothing follows in a straight line, or the way back is another lookup. */
const ENDING = new Set(["jmp", "jmpIndirect", "call", "callIndirect", "ret", "retPop"]);
/** A non-canonical stack address is #SS. */
const STACK = new Set(["push", "pop", "pushf", "popf", "call", "callIndirect", "ret", "retPop", "leave", "enter"]);
/** mov to and from control and debug registers: the r/m field is a register whatever mod says. */
const MOVES_CONTROL: readonly (SystemOp | object)[] = [SystemOp.ReadCr, SystemOp.WriteCr, SystemOp.ReadDr, SystemOp.WriteDr];

const BY_OPCODE: OpcodeRow[][] = Array.from({ length: 5 * 256 }, () => []);
for (const row of DECODED_ROWS) {
  const takes = (kind: string): boolean => row.args.some((arg) => arg[0] === kind);
  const name = typeof row.meaning === "number" ? "" : row.meaning.name;
  BY_OPCODE[row.map * 256 + row.opcode]!.push({
    ...row,
    hasVexRegister: takes("B"),
    memoryOnly: takes("M"),
    registerOnly: row.usesModrm && row.modrm === undefined && takes("R"),
    movesControl: MOVES_CONTROL.includes(row.meaning),
    stackFlag: STACK.has(name) ? L.REC_STACK : 0,
    ends: ENDING.has(name),
  });
}

const MAX_LENGTH = 15;

/** Layout of REC_IMM in a record of a system instruction. */
export const SYS_WIDTH_SHIFT = 8;
export const SYS_REG_SHIFT = 16;
export const SYS_IS_REGISTER = 1 << 24;
export const SYS_REPEAT = 1 << 25;

/** What decode found out: does the run end here? */
export const enum Flow {
  Next,
  End,
  /** The bytes ended before the instruction did. */
  Short,
}

export class InstructionDecoder {
  private readonly u8: Uint8Array;
  private readonly u16: Uint16Array;
  private readonly i32: Int32Array;
  /** Position of the byte being read, and the first that may not be. */
  private p = 0;
  private limit = 0;

  constructor(memory: WebAssembly.Memory) {
    this.u8 = new Uint8Array(memory.buffer);
    this.u16 = new Uint16Array(memory.buffer);
    this.i32 = new Int32Array(memory.buffer);
  }

  clear(record: number, offset: number): void {
    this.i32.fill(0, record / 4, (record + L.RECORD_SIZE) / 4);
    this.u16[(record + L.REC_OFFSET) / 2] = offset;
    this.u16[(record + L.REC_END) / 2] = offset;
    this.u16[(record + L.REC_BASE) / 2] = L.ZERO;
    this.u16[(record + L.REC_INDEX) / 2] = L.ZERO;
    this.u16[(record + L.REC_SEGMENT) / 2] = L.ZERO;
  }

  setSystem(record: number, op: SystemOp): void {
    this.i32[record / 4] = H_SYSTEM;
    this.i32[(record + L.REC_IMM) / 4] = op;
  }

  private setDisplacement(record: number, value: number): void {
    this.i32[(record + L.REC_DISP) / 4] = value | 0;
    this.i32[(record + L.REC_DISP) / 4 + 1] = Math.floor(value / 2 ** 32);
  }

  private byte(): number {
    const at = this.p++;
    return at < this.limit ? this.u8[at]! : 0;
  }

  private signed8(): number {
    return (this.byte() << 24) >> 24;
  }

  private signed16(): number {
    return this.byte() | ((this.byte() << 24) >> 16);
  }

  private signed32(): number {
    return this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24);
  }

  /** Decodes the instruction at memory address `at` into the record; `offset` is its offset in its page. */
  decode(record: number, at: number, limit: number, offset: number, crossing: boolean): Flow {
    this.p = at;
    this.limit = limit;
    this.clear(record, offset);
    let opsize16 = false;
    let addr32 = false;
    let lock = false;
    let repeat = 0;
    let segment = L.ZERO;
    let rex = 0;
    let opcode: number;
    for (;;) {
      if (this.p - at >= MAX_LENGTH) return this.finishSystem(record, at, offset, SystemOp.General);
      opcode = this.byte();
      if (opcode === 0x66) opsize16 = true;
      else if (opcode === 0x67) addr32 = true;
      else if (opcode === 0xf0) lock = true;
      else if (opcode === 0xf2 || opcode === 0xf3) repeat = opcode;
      else if (opcode === 0x64) segment = L.FS_BASE;
      else if (opcode === 0x65) segment = L.GS_BASE;
      else if (opcode >= 0x40 && opcode <= 0x4f) {
        rex = opcode;
        continue;
      } else if (opcode !== 0x2e && opcode !== 0x36 && opcode !== 0x3e && opcode !== 0x26) break;
      // A REX prefix counts only directly before the opcode.
      rex = 0;
    }
    let map = 0;
    if (opcode === 0x0f) {
      opcode = this.byte();
      map = 1;
      if (opcode === 0x38) {
        opcode = this.byte();
        map = 2;
      } else if (opcode === 0x3a) return this.finishSystem(record, at, offset, SystemOp.Undefined);
    }
    // −1: not VEX-encoded. Else the mandatory prefix that its two bits stand for, and the register that it names.
    let vexPrefix = -1;
    let vexRegister = 0;
    // The two-byte form (c5) reaches vector instructions only.
    if (map === 0 && opcode === 0xc4) {
      const legacy = opsize16 || lock || repeat !== 0 || rex !== 0;
      const first = this.byte();
      const second = this.byte();
      map = [0, 0, 3, 4][first & 31] ?? 0;
      rex = 0x40 | ((~first >> 5) & 7) | ((second >> 4) & 8);
      vexPrefix = [0, 0x66, 0xf3, 0xf2][second & 3]!;
      vexRegister = (~second >> 3) & 15;
      opcode = this.byte();
      if (legacy || map === 0 || second & 4) return this.finishSystem(record, at, offset, SystemOp.Undefined);
    }
    const candidates = BY_OPCODE[map * 256 + opcode]!;
    let modrm = -1;
    if (candidates.length > 0 && candidates[0]!.usesModrm) modrm = this.byte();
    let row: OpcodeRow | undefined;
    // A plain loop: most instructions are decoded before the host has compiled this.
    for (let i = 0; i < candidates.length; i++) {
      const r = candidates[i]!;
      if (r.ext !== undefined && r.ext !== ((modrm >> 3) & 7)) continue;
      if (r.modrm !== undefined && r.modrm !== modrm) continue;
      if (vexPrefix >= 0 ? r.prefix !== vexPrefix : r.prefix !== undefined && !matchesPrefix(r.prefix, repeat, opsize16)) continue;
      if (vexRegister !== 0 && !r.hasVexRegister) continue;
      if (r.withoutRexB && rex & 1) continue;
      if (modrm >= 0xc0 ? r.memoryOnly : r.registerOnly) continue;
      row = r;
      break;
    }
    if (this.p > this.limit) return this.p - at > MAX_LENGTH ? this.finishSystem(record, at, offset, SystemOp.General) : Flow.Short;
    if (!row) return this.finishSystem(record, at, offset, SystemOp.Undefined);
    const width: Width = rex & 8 ? 64 : opsize16 ? 16 : 32;
    const sizeIndex = width === 64 ? 2 : width === 32 ? 1 : 0;
    const reg = ((modrm >> 3) & 7) | ((rex & 4) << 1);
    const rm = (modrm & 7) | ((rex & 1) << 3);
    let form = FORM_REGISTER;
    let ripRelative = false;
    let displacement = 0;
    let flags = addr32 ? L.REC_ADDR32 : 0;
    const accessesMemory = row.usesModrm && modrm < 0xc0 && !row.movesControl;
    if (accessesMemory) {
      form = FORM_BASE;
      const mod = modrm >> 6;
      let base = rm;
      if ((modrm & 7) === 4) {
        const sib = this.byte();
        const index = ((sib >> 3) & 7) | ((rex & 2) << 2);
        base = (sib & 7) | ((rex & 1) << 3);
        if (index !== 4) {
          form = FORM_ANY;
          this.u16[(record + L.REC_INDEX) / 2] = L.GPR + index * 8;
          this.u8[record + L.REC_SCALE] = sib >> 6;
        }
        if ((sib & 7) === 5 && mod === 0) {
          base = -1;
          displacement = this.signed32();
        }
      } else if ((modrm & 7) === 5 && mod === 0) {
        base = -1;
        ripRelative = true;
        displacement = this.signed32();
      }
      if (mod === 1) displacement = this.signed8();
      else if (mod === 2) displacement = this.signed32();
      if (base >= 0) {
        this.u16[(record + L.REC_BASE) / 2] = L.GPR + base * 8;
        if (base === 4 || base === 5) flags |= segment === L.ZERO ? L.REC_STACK : 0;
      }
    }
    if (segment !== L.ZERO || addr32) {
      this.u16[(record + L.REC_SEGMENT) / 2] = segment;
      if (form === FORM_BASE) form = FORM_ANY;
    }
    const isSystem = typeof row.meaning === "number";
    let registerField = L.REC_A;
    let branch = false;
    let nested = false;
    const setRegister = (n: number, size: Width): void => {
      const address = size === 8 && rex === 0 && n >= 4 && n < 8 ? L.GPR + (n - 4) * 8 + 1 : L.GPR + n * 8;
      this.u16[(record + registerField) / 2] = address;
      registerField = registerField === L.REC_A ? L.REC_B : L.REC_C;
    };
    for (const arg of row.args) {
      const size = operandWidth(arg[1] ?? "b", width);
      switch (arg[0]) {
        case "E":
        case "M":
        case "R":
          if (!accessesMemory) setRegister(rm, size);
          break;
        case "G":
          setRegister(row.movesControl ? rm : reg, size);
          break;
        case "B":
          setRegister(vexRegister, size);
          break;
        case "Z":
          setRegister((opcode & 7) | ((rex & 1) << 3), size);
          break;
        case "A":
          setRegister(0, size);
          break;
        case "O": {
          form = segment !== L.ZERO || addr32 ? FORM_ANY : FORM_BASE;
          this.i32[(record + L.REC_DISP) / 4] = this.signed32();
          this.i32[(record + L.REC_DISP) / 4 + 1] = addr32 ? 0 : this.signed32();
          break;
        }
        case "X":
          this.u16[(record + L.REC_BASE) / 2] = L.RBX;
          form = FORM_ANY;
          break;
        case "N":
          nested = this.byte() !== 0;
          break;
        case "J":
          displacement = arg === "Jb" ? this.signed8() : this.signed32();
          branch = true;
          break;
        case "I":
          if (arg === "Iv" && width === 64) {
            this.i32[(record + L.REC_DISP) / 4] = this.signed32();
            this.i32[(record + L.REC_DISP) / 4 + 1] = this.signed32();
          } else {
            const value = arg === "Ib" ? this.signed8() : arg === "Iw" || size === 16 ? this.signed16() : this.signed32();
            this.i32[(record + L.REC_IMM) / 4] = value;
            if (isSystem) {
              this.setDisplacement(record, value);
              // Tells in and out with an immediate port from those with dx.
              this.u8[record + L.REC_SCALE] = 1;
            }
          }
          break;
      }
    }
    if (this.p > this.limit || this.p - at > MAX_LENGTH)
      return this.p - at > MAX_LENGTH ? this.finishSystem(record, at, offset, SystemOp.General) : Flow.Short;
    const end = offset + this.p - at;
    this.u16[(record + L.REC_END) / 2] = end;
    if (ripRelative) {
      this.u16[(record + L.REC_BASE) / 2] = L.PAGE_BASE;
      displacement += end;
    }
    if (accessesMemory) this.setDisplacement(record, displacement);
    if (branch) {
      const target = end + displacement;
      this.setDisplacement(record, target);
      form = !crossing && target >= 0 && target < 4096 ? FORM_BASE : FORM_REGISTER;
    }
    const { meaning } = row;
    if (lock) {
      const first = row.args[0]?.[0];
      if (typeof meaning === "number" || !meaning.lockable || !accessesMemory || (first !== "E" && first !== "M"))
        return this.finishSystem(record, at, offset, SystemOp.Ud);
    }
    if (typeof meaning === "number") {
      const size = row.size ? operandWidth(row.size, width) : row.args[0] ? operandWidth(row.args[0][1]!, width) : width;
      const field = modrm >= 0 ? reg : (opcode >> 3) & 7;
      this.i32[(record + L.REC_IMM) / 4] =
        meaning | (size << SYS_WIDTH_SHIFT) | (field << SYS_REG_SHIFT) | (accessesMemory ? 0 : SYS_IS_REGISTER) | (repeat ? SYS_REPEAT : 0);
      this.i32[record / 4] = systemHandler(meaning, size as Width, field);
      this.u8[record + L.REC_FLAGS] = flags;
      return meaning === SystemOp.Swapgs ? Flow.Next : Flow.End;
    }
    flags |= row.stackFlag;
    if (form === FORM_BASE && row.handlers[sizeIndex * 3 + FORM_BASE]! < 0) form = FORM_ANY;
    const handler = row.handlers[sizeIndex * 3 + form]!;
    // A size that the table does not have; nested enter; string instructions with 32-bit addresses.
    if (handler < 0 || nested || (addr32 && isString(meaning.name))) return this.finishSystem(record, at, offset, SystemOp.Undefined);
    this.u8[record + L.REC_FLAGS] = flags;
    this.i32[record / 4] = handler;
    return row.ends ? Flow.End : Flow.Next;
  }

  private finishSystem(record: number, at: number, offset: number, op: SystemOp): Flow {
    const length = Math.min(this.p - at, MAX_LENGTH);
    this.clear(record, offset);
    this.u16[(record + L.REC_END) / 2] = offset + length;
    this.setSystem(record, op);
    return Flow.End;
  }
}

function isString(name: string): boolean {
  return /^(movs|stos|lods|cmps|scas)(rep|repe|repne)?$/.test(name);
}

/** Does the legacy prefix that selects among rows fit? */
function matchesPrefix(wanted: number, repeat: number, opsize16: boolean): boolean {
  return wanted === repeat || (repeat === 0 && wanted === (opsize16 ? 0x66 : -1));
}

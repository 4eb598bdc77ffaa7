// The instructions that the host executes: port and machine access, control registers, descriptor tables, system calls,
// software interrupts. Each either finishes (the caller moves rip on unless it was set) or throws a GuestFault.

import { ControlRegisters } from "./control-registers.js";
import { type CoreState, GuestFault, isCanonical } from "./core-state.js";
import type { Bus } from "./cpu-api.js";
import { defaultCpuid } from "./cpuid.js";
import { farReturn, farTransfer, interruptReturn } from "./exceptions.js";
import { SYS_IS_REGISTER, SYS_REG_SHIFT, SYS_REPEAT, SYS_WIDTH_SHIFT } from "./instruction-decoder.js";
import * as L from "./layout.js";
import { PortIo } from "./port-io.js";
import { loadSelector, loadTask } from "./segment-loads.js";
import { After, SystemOp } from "./system-ops.js";

const CR0_TS = 8n;
const CR4_TSD = 4n;
const CR4_UMIP = 0x800n;
const CR4_FSGSBASE = 0x10000n;
const EFER_SCE = 1n;

export class SystemUnit {
  /** Physical address of the gate text page, or −1. */
  gatePage = -1;
  /** Vector of the software interrupt behind After.Interrupt. */
  softwareVector = 0;

  private readonly control: ControlRegisters;
  private readonly ports: PortIo;

  constructor(
    private readonly s: CoreState,
    private readonly bus: Bus,
  ) {
    this.control = new ControlRegisters(s, bus);
    this.ports = new PortIo(s, bus);
  }

  private get cpu(): number {
    return this.s.word(L.CPU_NUMBER);
  }

  private gp(errorCode = 0): never {
    throw new GuestFault(L.VECTOR_GP, errorCode);
  }

  private ud(): never {
    throw new GuestFault(L.VECTOR_UD, undefined);
  }

  private ringZero(): void {
    if (this.s.cpl !== 0) this.gp();
  }

  private umip(): void {
    if (this.s.cpl !== 0 && this.s.get(L.CR4) & CR4_UMIP) this.gp();
  }

  private low(register: number): number {
    return Number(BigInt.asUintN(32, this.s.get(register)));
  }

  private setLow(register: number, value: number): void {
    this.s.set(register, BigInt(value >>> 0));
  }

  /** Linear address of a record's memory operand. */
  private address(record: number): bigint {
    const s = this.s;
    const field = (n: number): bigint => s.get(s.view.getUint16(record + n, true));
    let ea = field(L.REC_BASE) + (field(L.REC_INDEX) << BigInt(s.view.getUint8(record + L.REC_SCALE))) + s.get(record + L.REC_DISP);
    if (s.view.getUint8(record + L.REC_FLAGS) & L.REC_ADDR32) ea = BigInt.asUintN(32, ea);
    return BigInt.asUintN(64, ea + field(L.REC_SEGMENT));
  }

  private registerAddress(record: number): number {
    return this.s.view.getUint16(record + L.REC_A, true);
  }

  private readOperand16(record: number, isRegister: boolean): number {
    const s = this.s;
    return isRegister ? s.view.getUint16(this.registerAddress(record), true) : Number(s.read(this.address(record), 2, s.cpl === 3));
  }

  /** Executes the system instruction of this record. */
  execute(record: number): After {
    const s = this.s;
    const imm = s.word(record + L.REC_IMM);
    const op = (imm & 0xff) as SystemOp;
    const width = (imm >> SYS_WIDTH_SHIFT) & 0xff;
    const reg = (imm >> SYS_REG_SHIFT) & 0xff;
    const isRegister = (imm & SYS_IS_REGISTER) !== 0;
    const next = s.get(L.PAGE_BASE) + BigInt(s.view.getUint16(record + L.REC_END, true));
    switch (op) {
      case SystemOp.Undefined:
        this.reportUndefined(record);
        return this.ud();
      case SystemOp.Ud:
        return this.ud();
      case SystemOp.General:
        return this.gp();
      case SystemOp.In:
      case SystemOp.Out:
      case SystemOp.Ins:
      case SystemOp.Outs:
        return this.ports.execute(record, op, width, (imm & SYS_REPEAT) !== 0);
      case SystemOp.Int3:
        return this.softwareInterrupt(L.VECTOR_BP);
      case SystemOp.Int1:
        return this.softwareInterrupt(L.VECTOR_DB);
      case SystemOp.Int:
        return this.softwareInterrupt(s.word(record + L.REC_DISP) & 0xff);
      case SystemOp.Iret:
        interruptReturn(s, width);
        return After.Jumped;
      case SystemOp.FarReturn:
      case SystemOp.FarReturnPop:
        farReturn(s, width, op === SystemOp.FarReturn ? 0n : BigInt(s.word(record + L.REC_DISP) & 0xffff));
        return After.Jumped;
      case SystemOp.FarJump:
      case SystemOp.FarCall:
        farTransfer(s, width, this.address(record), op === SystemOp.FarCall, next);
        return After.Jumped;
      case SystemOp.Hlt:
        this.ringZero();
        return After.Halt;
      case SystemOp.Pause:
        return After.Pause;
      case SystemOp.Sldt:
      case SystemOp.Str:
      case SystemOp.Smsw: {
        this.umip();
        const value = op === SystemOp.Smsw ? s.get(L.CR0) : BigInt(s.word(op === SystemOp.Str ? L.TSS_SELECTOR : L.LDT_SELECTOR));
        if (isRegister) s.writeRegister(this.registerAddress(record), width, value);
        else s.write(this.address(record), 2, value & 0xffffn, s.cpl === 3);
        return After.Next;
      }
      case SystemOp.Lldt: {
        this.ringZero();
        const selector = this.readOperand16(record, isRegister);
        // There is no LDT: only the null selector can be loaded.
        if (selector & 0xfffc) this.gp(selector & 0xfffc);
        s.setWord(L.LDT_SELECTOR, selector);
        return After.Next;
      }
      case SystemOp.Ltr:
        this.ringZero();
        loadTask(s, this.readOperand16(record, isRegister));
        return After.Next;
      case SystemOp.Sgdt:
      case SystemOp.Sidt: {
        this.umip();
        const at = this.address(record);
        const isGdt = op === SystemOp.Sgdt;
        s.probeWrite(at, 10, s.cpl === 3);
        s.write(at, 2, BigInt(s.word(isGdt ? L.GDT_LIMIT : L.IDT_LIMIT)), s.cpl === 3);
        s.write(at + 2n, 8, s.get(isGdt ? L.GDT_BASE : L.IDT_BASE), s.cpl === 3);
        return After.Next;
      }
      case SystemOp.Lgdt:
      case SystemOp.Lidt: {
        this.ringZero();
        const at = this.address(record);
        const limit = Number(s.read(at, 2, false));
        const base = s.read(at + 2n, 8, false);
        if (!isCanonical(base)) this.gp();
        s.setWord(op === SystemOp.Lgdt ? L.GDT_LIMIT : L.IDT_LIMIT, limit);
        s.set(op === SystemOp.Lgdt ? L.GDT_BASE : L.IDT_BASE, base);
        return After.Next;
      }
      case SystemOp.Lmsw: {
        this.ringZero();
        const value = BigInt(this.readOperand16(record, isRegister)) & 0xfn;
        // PE can be set, not cleared.
        s.set(L.CR0, (s.get(L.CR0) & ~0xen) | value);
        return After.Next;
      }
      case SystemOp.Invlpg:
        this.ringZero();
        s.flushTlbPage(this.address(record));
        return After.Next;
      case SystemOp.Vmcall:
        return this.gate();
      case SystemOp.Swapgs: {
        this.ringZero();
        const gs = s.get(L.GS_BASE);
        s.set(L.GS_BASE, s.get(L.KERNEL_GS_BASE));
        s.set(L.KERNEL_GS_BASE, gs);
        return After.Next;
      }
      case SystemOp.Rdtsc:
      case SystemOp.Rdtscp: {
        if (s.cpl !== 0 && s.get(L.CR4) & CR4_TSD) this.gp();
        const tsc = this.bus.tsc(this.cpu);
        s.set(L.RAX, tsc & 0xffffffffn);
        s.set(L.RDX, (tsc >> 32n) & 0xffffffffn);
        if (op === SystemOp.Rdtscp) s.set(L.RCX, s.get(L.TSC_AUX) & 0xffffffffn);
        return After.Next;
      }
      case SystemOp.Syscall:
        return this.syscall(next);
      case SystemOp.Sysret:
        return this.sysret(width);
      case SystemOp.Clts:
        this.ringZero();
        s.set(L.CR0, s.get(L.CR0) & ~CR0_TS);
        return After.Next;
      case SystemOp.Invd:
        this.ringZero();
        return After.Next;
      case SystemOp.ReadCr:
        this.ringZero();
        s.set(this.registerAddress(record), this.control.readControl(reg));
        return After.Next;
      case SystemOp.WriteCr:
        this.ringZero();
        this.control.writeControl(reg, s.get(this.registerAddress(record)));
        return After.Next;
      case SystemOp.ReadDr:
        this.ringZero();
        s.set(this.registerAddress(record), s.get(this.control.debugRegister(reg)));
        return After.Next;
      case SystemOp.WriteDr:
        this.ringZero();
        this.control.writeDebug(reg, s.get(this.registerAddress(record)));
        return After.Next;
      case SystemOp.Wrmsr:
        this.ringZero();
        this.control.writeMsr(this.low(L.RCX), (s.get(L.RDX) << 32n) | (s.get(L.RAX) & 0xffffffffn));
        return After.Next;
      case SystemOp.Rdmsr: {
        this.ringZero();
        const value = this.control.readMsr(this.low(L.RCX));
        s.set(L.RAX, value & 0xffffffffn);
        s.set(L.RDX, (value >> 32n) & 0xffffffffn);
        return After.Next;
      }
      case SystemOp.Cpuid: {
        const [leaf, subleaf] = [this.low(L.RAX), this.low(L.RCX)];
        const r = this.bus.cpuid(this.cpu, leaf, subleaf) ?? defaultCpuid(leaf, subleaf, this.cpu);
        this.setLow(L.RAX, r.eax);
        this.setLow(L.RBX, r.ebx);
        this.setLow(L.RCX, r.ecx);
        this.setLow(L.RDX, r.edx);
        return After.Next;
      }
      case SystemOp.ReadBase:
      case SystemOp.WriteBase: {
        if (!(s.get(L.CR4) & CR4_FSGSBASE)) this.ud();
        const base = reg & 1 ? L.GS_BASE : L.FS_BASE;
        const at = this.registerAddress(record);
        if (op === SystemOp.ReadBase) s.writeRegister(at, width, s.get(base));
        else {
          const value = BigInt.asUintN(width, s.get(at));
          if (!isCanonical(value)) this.gp();
          s.set(base, value);
        }
        return After.Next;
      }
      case SystemOp.ReadSelector: {
        if (reg > 5) this.ud();
        const value = BigInt(s.selector(reg));
        if (isRegister) s.writeRegister(this.registerAddress(record), width, value);
        else s.write(this.address(record), 2, value, s.cpl === 3);
        return After.Next;
      }
      case SystemOp.WriteSelector:
        if (reg > 5 || reg === 1) this.ud();
        loadSelector(s, reg, this.readOperand16(record, isRegister));
        if (reg === 2) s.setWord(L.SHADOW, 1);
        return After.Next;
      case SystemOp.PushSelector: {
        const rsp = BigInt.asUintN(64, s.get(L.RSP) - BigInt(width / 8));
        s.write(rsp, width / 8, BigInt(s.selector(reg)), s.cpl === 3);
        s.set(L.RSP, rsp);
        return After.Next;
      }
      case SystemOp.PopSelector: {
        const rsp = s.get(L.RSP);
        loadSelector(s, reg, Number(s.read(rsp, width / 8, s.cpl === 3) & 0xffffn));
        s.set(L.RSP, BigInt.asUintN(64, rsp + BigInt(width / 8)));
        return After.Next;
      }
    }
  }

  private reportUndefined(record: number): void {
    const s = this.s;
    const rip = s.get(L.RIP);
    const bytes: number[] = [];
    try {
      for (let i = 0; i < 15; i++) bytes.push(Number(s.read(rip + BigInt(i), 1, s.cpl === 3)));
    } catch (error) {
      if (!(error instanceof GuestFault)) throw error;
    }
    const length = s.view.getUint16(record + L.REC_END, true) - s.view.getUint16(record + L.REC_OFFSET, true);
    this.bus.undefinedInstruction(this.cpu, rip, Uint8Array.from(bytes.slice(0, Math.max(length, Math.min(15, bytes.length)))));
  }

  private softwareInterrupt(vector: number): After {
    this.softwareVector = vector;
    return After.Interrupt;
  }

  private gate(): After {
    const s = this.s;
    if (s.cpl !== 3 || this.gatePage < 0) this.ud();
    const USER_FETCH = 0x14;
    const here = s.exports.walk(s.get(L.RIP), USER_FETCH);
    if (here < 0n || (here & ~0xfffn) !== BigInt(this.gatePage)) this.ud();
    const result = this.bus.gate(this.cpu);
    if (result.kind === "done") return After.Next;
    if (result.kind === "kill") this.ud();
    const access = 4 | (result.write ? 2 : 0);
    const address = BigInt.asUintN(64, result.address);
    if (!isCanonical(address)) this.gp();
    const errorCode = s.exports.walk(address, access) < 0n ? s.word(L.WALK_ERROR) : access;
    throw new GuestFault(L.VECTOR_PF, errorCode, address);
  }

  private syscall(next: bigint): After {
    const s = this.s;
    if (!(s.get(L.EFER) & EFER_SCE)) this.ud();
    const flags = BigInt(s.exports.getFlags() & ~L.FLAG_RF);
    s.set(L.RCX, next);
    s.set(L.R11, flags);
    s.set(L.RIP, s.get(L.LSTAR));
    s.exports.setFlags(flags & ~s.get(L.FMASK));
    const selector = Number((s.get(L.STAR) >> 32n) & 0xfffcn);
    s.setSelector(1, selector);
    s.setSelector(2, selector + 8);
    s.setCpl(0);
    return After.Jumped;
  }

  private sysret(width: number): After {
    const s = this.s;
    if (!(s.get(L.EFER) & EFER_SCE)) this.ud();
    this.ringZero();
    // The 32-bit form leads to compatibility mode, which does not exist here.
    if (width !== 64) this.ud();
    const rip = s.get(L.RCX);
    if (!isCanonical(rip)) this.gp();
    s.exports.setFlags(s.get(L.R11) & 0x3c7fd7n);
    const selector = Number((s.get(L.STAR) >> 48n) & 0xffffn);
    s.setSelector(1, (selector + 16) | 3);
    s.setSelector(2, (selector + 8) | 3);
    s.set(L.RIP, rip);
    s.setCpl(3);
    return After.Jumped;
  }
}

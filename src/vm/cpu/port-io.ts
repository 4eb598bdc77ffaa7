// in, out, ins and outs. Used by system.ts.

import { type CoreState, GuestFault } from "./core-state.js";
import type { Bus } from "./cpu-api.js";
import * as L from "./layout.js";
import { After, SystemOp } from "./system-ops.js";

function gp(): never {
  throw new GuestFault(L.VECTOR_GP, 0);
}

export class PortIo {
  constructor(
    private readonly s: CoreState,
    private readonly bus: Bus,
  ) {}

  /** Ring 3 may use a port where IOPL or the TSS's permission bitmap lets it. */
  private checkPort(port: number, size: number): void {
    const s = this.s;
    if (s.cpl <= ((s.word(L.RFLAGS) >> 12) & 3)) return;
    if (s.word(L.TSS_LIMIT) < 0x67) gp();
    const map = Number(s.read(s.get(L.TSS_BASE) + 0x66n, 2, false)) + (port >> 3);
    if (map + 1 > s.word(L.TSS_LIMIT)) gp();
    const bits = Number(s.read(s.get(L.TSS_BASE) + BigInt(map), 2, false));
    if ((bits >> (port & 7)) & ((1 << size) - 1)) gp();
  }

  execute(record: number, op: SystemOp, width: number, repeat: boolean): After {
    const s = this.s;
    const size = (width === 64 ? 4 : width / 8) as 1 | 2 | 4;
    const isString = op === SystemOp.Ins || op === SystemOp.Outs;
    const hasImmediate = !isString && this.immediatePort(record) >= 0;
    const port = hasImmediate ? this.immediatePort(record) : Number(s.get(L.RDX) & 0xffffn);
    this.checkPort(port, size);
    if (op === SystemOp.In) {
      s.writeRegister(L.RAX, 8 * size, BigInt(this.bus.portIn(s.word(L.CPU_NUMBER), port, size) >>> 0));
      return After.Next;
    }
    if (op === SystemOp.Out) {
      this.bus.portOut(s.word(L.CPU_NUMBER), port, size, Number(BigInt.asUintN(8 * size, s.get(L.RAX))));
      return After.Next;
    }
    if (repeat && s.get(L.RCX) === 0n) return After.Next;
    const user = s.cpl === 3;
    const step = s.word(L.RFLAGS) & L.FLAG_DF ? -BigInt(size) : BigInt(size);
    if (op === SystemOp.Ins) {
      s.probeWrite(s.get(L.RDI), size, user);
      s.write(s.get(L.RDI), size, BigInt(this.bus.portIn(s.word(L.CPU_NUMBER), port, size) >>> 0), user);
      s.set(L.RDI, BigInt.asUintN(64, s.get(L.RDI) + step));
    } else {
      const segment = s.get(s.view.getUint16(record + L.REC_SEGMENT, true));
      this.bus.portOut(s.word(L.CPU_NUMBER), port, size, Number(s.read(s.get(L.RSI) + segment, size, user)));
      s.set(L.RSI, BigInt.asUintN(64, s.get(L.RSI) + step));
    }
    if (!repeat) return After.Next;
    s.set(L.RCX, BigInt.asUintN(64, s.get(L.RCX) - 1n));
    return s.get(L.RCX) === 0n ? After.Next : After.Again;
  }

  /** The port in the instruction, or −1 for dx: the decoder leaves REC_SCALE 1 where there is an immediate. */
  private immediatePort(record: number): number {
    return this.s.view.getUint8(record + L.REC_SCALE) ? this.s.word(record + L.REC_DISP) & 0xff : -1;
  }
}

// createCores: the processor cores behind cpu-api.ts. Owns the wasm instance, swaps CPU states, runs the loop in which
// wasm executes instructions and the host does the rest: faults, interrupts, system instructions, page-crossing code.

import { hitsBreakpoint } from "./breakpoints.js";
import { type CoreExports, CoreState, GuestFault } from "./core-state.js";
import { type Access, type Bus, type Cores, type CoresOptions, type CoresState, type CpuRegisters, Stop } from "./cpu-api.js";
import { CpuRegisterView } from "./cpu-registers.js";
import { executeCrossing } from "./crossing.js";
import { Decoder } from "./decoder.js";
import { deliver, type Event } from "./exceptions.js";
import * as L from "./layout.js";
import { enterLongMode, type LongModeStart } from "./long-mode.js";
import { coreModule } from "./module-cache.js";
import { SystemUnit } from "./system.js";
import { After } from "./system-ops.js";

/** Vectors whose frame has an error code. */
const HAS_ERROR_CODE = new Set([8, 10, 11, 12, 13, 14, 17]);
/** Deliveries without a retired instruction, after which each costs one: a guest that only faults still uses its budget. */
const FREE_DELIVERIES = 256;

const ACCESS_BITS: Record<Access, number> = { read: 0, write: 2, execute: 16 };

class CoresImpl implements Cores {
  readonly cpuCount: number;
  readonly ram: Uint8Array;
  readonly registers: readonly CpuRegisters[];
  private readonly s: CoreState;
  private readonly decoder: Decoder;
  private readonly system: SystemUnit;
  /** Whose state stands at STATE. */
  private active = 0;
  private running = false;
  private runningCpu = 0;
  private stopRequested = false;
  private readonly shutDown: boolean[];
  /** Instructions of the current run that wasm does not know of yet: kept back so that it returns earlier. */
  private stash = 0;
  /** Budget of the current run, as far as limitBudget has not cut it. */
  private granted = 0;
  private retiredBefore = 0n;
  private deliveries = 0;
  private sampling: { period: number; next: number; take: (cpu: number) => void } | undefined;

  constructor(
    options: CoresOptions,
    private readonly bus: Bus,
  ) {
    if (!Number.isInteger(options.cpus) || options.cpus < 1 || options.cpus > L.MAX_CPUS)
      throw new RangeError(`the machine has 1 to ${L.MAX_CPUS} CPUs, not ${options.cpus}`);
    this.cpuCount = options.cpus;
    // One page more than RAM: the write path looks at 16 bytes from an address on.
    const pages = L.RAM_BASE / 65536 + Math.ceil(options.memoryBytes / 65536) + 1;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.ram = new Uint8Array(memory.buffer, L.RAM_BASE, options.memoryBytes);
    this.s = new CoreState(memory, options.cpus, options.memoryBytes, bus);
    this.decoder = new Decoder(
      memory,
      () => this.s.dropExecuteEntries(),
      (page) => this.s.dropWriteEntries(page),
    );
    const instance = new WebAssembly.Instance(coreModule(), {
      env: {
        memory,
        decode: (map: number, offset: number) => this.decoder.decode(map, offset),
        codePage: (page: number) => this.decoder.pageMap(page),
        releasePage: (page: number) => this.s.dropExecuteEntriesOf(this.decoder.release(page)),
        tsc: () => bus.tsc(this.active),
        mmioRead: (paddr: number, size: number) => bus.mmioRead(this.active, paddr, size),
        mmioWrite: (paddr: number, size: number, value: bigint) => bus.mmioWrite(this.active, paddr, size, BigInt.asUintN(8 * size, value)),
      },
    });
    this.s.exports = instance.exports as unknown as CoreExports;
    this.system = new SystemUnit(this.s, bus);
    this.shutDown = Array.from({ length: options.cpus }, () => false);
    this.s.set(L.RAM_BYTES, BigInt(options.memoryBytes));
    for (let cpu = options.cpus - 1; cpu >= 0; cpu--) {
      this.s.i32.fill(0, L.STATE / 4, L.STATE_END / 4);
      this.s.setWord(L.CPU_NUMBER, cpu);
      this.s.setWord(L.HALTED, 1);
      this.s.set(L.DR6, 0xffff0ff0n);
      this.s.set(L.DR7, 0x400n);
      this.s.exports.setFlags(2n);
      this.s.setCpl(0);
      this.s.flushTlb();
      if (cpu > 0) this.copyState(L.STATE, this.parked(cpu));
    }
    this.registers = Array.from(
      { length: options.cpus },
      (_, cpu) =>
        new CpuRegisterView(
          this.s,
          (fn) => this.withCpu(cpu, fn),
          () => this.liveRetired(cpu),
        ),
    );
  }

  private parked(cpu: number): number {
    return L.PARKED + cpu * L.PARKED_SIZE;
  }

  private copyState(from: number, to: number): void {
    this.s.i32.copyWithin(to / 4, from / 4, (from + L.STATE_END - L.STATE) / 4);
  }

  private activate(cpu: number): void {
    if (cpu === this.active) return;
    this.copyState(L.STATE, this.parked(this.active));
    this.copyState(this.parked(cpu), L.STATE);
    this.active = cpu;
  }

  /** Does something with a CPU's state at STATE; the CPU that runs comes back afterwards. */
  private withCpu<T>(cpu: number, fn: () => T): T {
    const previous = this.active;
    this.activate(cpu);
    try {
      return fn();
    } finally {
      if (this.running) this.activate(previous);
    }
  }

  private liveRetired(cpu: number): bigint {
    const done = this.running && cpu === this.runningCpu ? BigInt(this.granted - this.left()) : 0n;
    return this.s.get(L.RETIRED) + done;
  }

  /** Instructions of the current run that are still to be executed, the current one included. */
  private left(): number {
    return this.s.word(L.REMAINING) + this.stash;
  }

  retiredTotal(): bigint {
    return this.retiredBefore + (this.running ? BigInt(this.granted - this.left()) : 0n);
  }

  requestStop(): void {
    this.stopRequested = true;
    this.breakOut();
  }

  /** Makes wasm return behind the current instruction. */
  private breakOut(): void {
    if (!this.running) return;
    const remaining = this.s.word(L.REMAINING);
    if (remaining > 1) {
      this.stash += remaining - 1;
      this.s.setWord(L.REMAINING, 1);
    }
  }

  limitBudget(instructions: number): void {
    if (!this.running) return;
    const most = Math.max(0, instructions) + 1;
    const cut = this.left() - most;
    if (cut <= 0) return;
    this.granted -= cut;
    const fromStash = Math.min(cut, this.stash);
    this.stash -= fromStash;
    this.s.setWord(L.REMAINING, this.s.word(L.REMAINING) - (cut - fromStash));
  }

  setInterruptLine(cpu: number, pending: boolean): void {
    if (cpu !== this.active) {
      this.s.setWord(this.parked(cpu) + L.INTERRUPT_LINE - L.STATE, pending ? 1 : 0);
      return;
    }
    this.s.setWord(L.INTERRUPT_LINE, pending ? 1 : 0);
    if (pending) this.breakOut();
  }

  raiseNmi(cpu: number): void {
    const at = cpu === this.active ? L.NMI : this.parked(cpu) + L.NMI - L.STATE;
    this.s.setWord(at, this.s.word(at) | L.NMI_PENDING);
    if (cpu === this.active) this.breakOut();
  }

  ramWritten(paddr: number, length: number): void {
    const end = Math.min(paddr + length, this.ram.length);
    for (let at = paddr; at < end; ) {
      const n = Math.min(end - at, 4096 - (at & 4095));
      this.s.exports.invalidate(at, n);
      at += n;
    }
  }

  sampleEvery(period: number, take: (cpu: number) => void): void {
    this.sampling = { period, next: Number(this.retiredTotal()) + period, take };
  }

  /** Takes a sample that is due. Returns how many instructions may be executed before the next one. */
  private untilSample(sampling: { period: number; next: number; take: (cpu: number) => void }): number {
    const done = Number(this.retiredTotal());
    if (done >= sampling.next) {
      sampling.take(this.active);
      sampling.next = done + sampling.period;
    }
    return sampling.next - done;
  }

  setGatePage(paddr: number): void {
    this.system.gatePage = paddr;
  }

  translate(cpu: number, address: bigint, access: Access, cpl: 0 | 3): number {
    const linear = BigInt.asUintN(64, address);
    if (BigInt.asUintN(64, BigInt.asIntN(48, linear)) !== linear) return -1;
    return this.withCpu(cpu, () => Number(this.s.exports.walk(linear, ACCESS_BITS[access] | (cpl === 3 ? 4 : 0))));
  }

  startLongMode(cpu: number, start: LongModeStart): void {
    this.shutDown[cpu] = false;
    this.withCpu(cpu, () => enterLongMode(this.s, cpu, start));
  }

  save(): CoresState {
    this.decoder.dropAll();
    const cpus = this.registers.map((_, cpu) =>
      this.withCpu(cpu, () => {
        this.s.flushTlb();
        return Uint8Array.from(this.stateBytes());
      }),
    );
    return { cpus, shutDown: [...this.shutDown], retired: this.retiredBefore, gatePage: this.system.gatePage };
  }

  restore(state: CoresState): void {
    for (const [cpu, bytes] of state.cpus.entries()) {
      this.withCpu(cpu, () => {
        this.stateBytes().set(bytes);
        this.s.setWord(L.CURRENT_MAP, 0); // its records lie in the other memory
        this.s.flushTlb();
      });
      this.shutDown[cpu] = state.shutDown[cpu];
    }
    this.retiredBefore = state.retired;
    this.system.gatePage = state.gatePage;
    this.ramWritten(0, this.ram.length);
  }

  private stateBytes(): Uint8Array {
    return new Uint8Array(this.s.i32.buffer, L.STATE, L.STATE_END - L.STATE);
  }

  run(cpu: number, budget: number): Stop {
    if (this.shutDown[cpu]) return Stop.Shutdown;
    this.activate(cpu);
    this.running = true;
    this.runningCpu = cpu;
    this.stopRequested = false;
    this.granted = budget;
    this.stash = 0;
    this.deliveries = 0;
    this.s.setWord(L.REMAINING, budget);
    try {
      return this.loop();
    } finally {
      const done = BigInt(this.granted - this.left());
      this.running = false;
      this.s.set(L.RETIRED, this.s.get(L.RETIRED) + done);
      this.retiredBefore += done;
    }
  }

  private loop(): Stop {
    const s = this.s;
    for (;;) {
      const left = this.left();
      this.stash = 0;
      s.setWord(L.REMAINING, left);
      if (this.stopRequested) return Stop.Requested;
      if (left <= 0) return Stop.Budget;
      const flags = s.word(L.RFLAGS);
      const interruptible = s.word(L.INTERRUPT_LINE) !== 0 && (flags & L.FLAG_IF) !== 0;
      const nmi = s.word(L.NMI) === L.NMI_PENDING;
      if (s.word(L.HALTED)) {
        if (!interruptible && !nmi) return Stop.Halted;
        s.setWord(L.HALTED, 0);
      }
      const shadow = s.word(L.SHADOW);
      if (nmi && !shadow) {
        s.setWord(L.NMI, L.NMI_BLOCKED);
        if (!this.deliver({ vector: L.VECTOR_NMI, errorCode: undefined, software: false, fault: false })) return Stop.Shutdown;
        continue;
      }
      if (interruptible && !shadow) {
        const vector = this.bus.acknowledgeInterrupt(this.active);
        if (vector >= 0) {
          if (!this.deliver({ vector, errorCode: undefined, software: false, fault: false })) return Stop.Shutdown;
          continue;
        }
      }
      s.setWord(L.SHADOW, 0);
      const trap = (flags & L.FLAG_TF) !== 0;
      const breakpoints = (s.word(L.DR7) & 0xff) !== 0;
      if (breakpoints && hitsBreakpoint(s)) {
        if (!this.deliver({ vector: L.VECTOR_DB, errorCode: undefined, software: false, fault: true })) return Stop.Shutdown;
        continue;
      }
      const most = shadow || trap || breakpoints ? 1 : this.sampling ? this.untilSample(this.sampling) : left;
      if (most < left) {
        this.stash = left - most;
        s.setWord(L.REMAINING, most);
      }
      const stop = this.executeSome();
      if (flags & L.FLAG_RF && this.left() < left) s.setWord(L.RFLAGS, s.word(L.RFLAGS) & ~L.FLAG_RF);
      if (this.left() < left) this.deliveries = 0;
      // #DB of single step comes behind the instruction, unless that one was delivered as an interrupt itself.
      if (trap && this.left() < left && s.word(L.RFLAGS) & L.FLAG_TF) {
        s.set(L.DR6, s.get(L.DR6) | 0x4000n);
        if (!this.deliver({ vector: L.VECTOR_DB, errorCode: undefined, software: false, fault: false })) return Stop.Shutdown;
      }
      if (stop !== undefined) return stop;
    }
  }

  /** Runs wasm until it returns, and does what it returned for. */
  private executeSome(): Stop | undefined {
    const s = this.s;
    s.setWord(L.EXIT, L.EXIT_BUDGET);
    s.exports.execute(s.word(L.REMAINING));
    try {
      while (s.word(L.EXIT) === L.EXIT_CROSS) executeCrossing(s, this.decoder);
      switch (s.word(L.EXIT)) {
        case L.EXIT_FAULT: {
          const vector = s.word(L.VECTOR);
          const errorCode = HAS_ERROR_CODE.has(vector) ? s.word(L.ERROR_CODE) : undefined;
          const delivered = this.deliver({ vector, errorCode, software: false, fault: vector !== L.VECTOR_DB });
          return delivered ? undefined : Stop.Shutdown;
        }
        case L.EXIT_SYSTEM:
          return this.executeSystem(s.word(L.EXIT_RECORD));
        default:
          return undefined;
      }
    } catch (error) {
      if (!(error instanceof GuestFault)) throw error;
      if (error.vector === L.VECTOR_PF) s.set(L.CR2, error.address ?? 0n);
      return this.deliver({ vector: error.vector, errorCode: error.errorCode, software: false, fault: error.vector !== L.VECTOR_DB })
        ? undefined
        : Stop.Shutdown;
    }
  }

  private executeSystem(record: number): Stop | undefined {
    const s = this.s;
    const next = BigInt.asUintN(64, s.get(L.PAGE_BASE) + BigInt(s.view.getUint16(record + L.REC_END, true)));
    const after = this.system.execute(record);
    if (after !== After.Jumped && after !== After.Again) s.set(L.RIP, next);
    s.setWord(L.REMAINING, s.word(L.REMAINING) - 1);
    switch (after) {
      case After.Halt:
        s.setWord(L.HALTED, 1);
        return undefined;
      case After.Pause:
        return Stop.Pause;
      case After.Interrupt:
        return this.softwareInterrupt(s.get(L.RIP), record);
      default:
        return undefined;
    }
  }

  /** int n and int3 return behind themselves; a fault in their delivery returns to them. */
  private softwareInterrupt(next: bigint, record: number): Stop | undefined {
    const s = this.s;
    const vector = this.system.softwareVector;
    const here = s.get(L.PAGE_BASE) + BigInt(s.view.getUint16(record + L.REC_OFFSET, true));
    const ok = this.deliver({ vector, errorCode: undefined, software: vector !== L.VECTOR_DB, fault: false }, { next, here });
    return ok ? undefined : Stop.Shutdown;
  }

  private deliver(event: Event, software?: { next: bigint; here: bigint }): boolean {
    if (++this.deliveries > FREE_DELIVERIES && this.left() > 0) {
      if (this.stash > 0) this.stash--;
      else this.s.setWord(L.REMAINING, this.s.word(L.REMAINING) - 1);
    }
    const ok = deliver(this.s, event, software?.here);
    if (!ok) this.shutDown[this.active] = true;
    return ok;
  }
}

/** The processor cores of a machine. Synchronous: small enough to be compiled in place. */
export function createCores(options: CoresOptions, bus: Bus): Cores {
  return new CoresImpl(options, bus);
}

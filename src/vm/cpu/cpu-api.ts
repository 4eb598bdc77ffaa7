// The seam between the processor core (src/vm/cpu: WebAssembly made from the instruction table) and the machine around it
// (src/vm/machine.ts and src/vm/devices). The core knows registers, paging, exceptions and guest RAM; everything that is
// not RAM, and all time, is behind Bus.

/** Why `run` came back before or at its budget. */
export const enum Stop {
  /** The budget is used up. */
  Budget = 0,
  /** `hlt` with nothing pending: no turn until an interrupt is. */
  Halted = 1,
  /** `pause`: ends the turn. */
  Pause = 2,
  /** A device asked for a stop (Cores.requestStop), e.g. debug exit. */
  Requested = 3,
  /** Triple fault: the machine resets. */
  Shutdown = 4,
}

/** What the core asks of the machine while it executes. Called synchronously; retired counts are exact at each call. */
export interface Bus {
  portIn(cpu: number, port: number, size: 1 | 2 | 4): number;
  portOut(cpu: number, port: number, size: 1 | 2 | 4, value: number): void;
  /** Physical addresses outside RAM. Reads of nothing give all ones; sizes 1, 2, 4, 8. */
  mmioRead(cpu: number, paddr: number, size: number): bigint;
  mmioWrite(cpu: number, paddr: number, size: number, value: bigint): void;
  /** The core takes the highest pending external interrupt of this CPU (IF is set, no shadow): its vector, or −1 if none after all. */
  acknowledgeInterrupt(cpu: number): number;
  /** Time stamp counter now, in ticks of 10 ns. */
  tsc(cpu: number): bigint;
  cpuid(cpu: number, leaf: number, subleaf: number): { eax: number; ebx: number; ecx: number; edx: number } | undefined;
  /** MSRs that the core does not keep itself; undefined / false: #GP. */
  readMsr(cpu: number, msr: number): bigint | undefined;
  writeMsr(cpu: number, msr: number, value: bigint): boolean;
  /** `vmcall` in ring 3 on the gate text page (see Cores.setGatePage). Elsewhere the core raises #UD itself. */
  gate(cpu: number): GateResult;
  /** An instruction outside the table, before its #UD: for the one clear host line. */
  undefinedInstruction(cpu: number, rip: bigint, bytes: Uint8Array): void;
}

/** done: go on behind the vmcall. fault: #PF at this user address, nothing happened, the vmcall is executed again. kill: #UD. */
export type GateResult = { kind: "done" } | { kind: "fault"; address: bigint; write: boolean } | { kind: "kill" };

/** Registers of one CPU, read and written between instructions. GPR numbers are the encoding's: 0 rax, 1 rcx, 2 rdx, 3 rbx, 4 rsp, 5 rbp, 6 rsi, 7 rdi, 8…15. */
export interface CpuRegisters {
  gpr(n: number): bigint;
  setGpr(n: number, value: bigint): void;
  rip: bigint;
  rflags: bigint;
  cr0: bigint;
  cr2: bigint;
  cr3: bigint;
  cr4: bigint;
  efer: bigint;
  fsBase: bigint;
  gsBase: bigint;
  kernelGsBase: bigint;
  readonly cpl: number;
  /** Instructions that this CPU has retired since power-on. */
  readonly retired: bigint;
}

export type Access = "read" | "write" | "execute";

/** The cores without RAM: taken and put back between two runs. */
export interface CoresState {
  /** Registers and the processor's other state, one block a CPU. */
  readonly cpus: readonly Uint8Array[];
  readonly shutDown: readonly boolean[];
  readonly retired: bigint;
  readonly gatePage: number;
}

export interface Cores {
  readonly cpuCount: number;
  /** Guest physical memory [0, size). Host writes to it must be told by `ramWritten`, so that no stale decoded code runs. */
  readonly ram: Uint8Array;
  readonly registers: readonly CpuRegisters[];
  /** Runs one CPU for at most `budget` instructions (≤ 2^31−1); stops at the exact instruction. */
  run(cpu: number, budget: number): Stop;
  /** Instructions that all CPUs together have retired: exact also from within a Bus call. */
  retiredTotal(): bigint;
  /** From within a Bus call: `run` returns Stop.Requested after the current instruction. */
  requestStop(): void;
  /** From within a Bus call (a timer was armed): the running CPU's budget ends after at most n further instructions. */
  limitBudget(instructions: number): void;
  /** Level of the CPU's interrupt line (LAPIC's INTR); looked at between instructions. Wakes a halted CPU's next run(). */
  setInterruptLine(cpu: number, pending: boolean): void;
  /** A non-maskable interrupt: taken between instructions whatever IF says, but not within another one's handler. */
  raiseNmi(cpu: number): void;
  /** Host or device wrote RAM [paddr, paddr+length). */
  ramWritten(paddr: number, length: number): void;
  /** Physical page of the gate text, or −1: `vmcall` elsewhere is #UD. */
  setGatePage(paddr: number): void;
  /** Page-table walk with the rights of cpl (3: user), no TLB side effect but accessed/dirty bits. Physical address, or −1 on a fault. */
  translate(cpu: number, address: bigint, access: Access, cpl: 0 | 3): number;
  /**
   * Calls `take` between two instructions whenever all CPUs together have retired another `period` of them. The run itself, to the
   * instruction, is the one without it.
   */
  sampleEvery(period: number, take: (cpu: number) => void): void;
  /** Flushes the TLBs, so that these cores and restored ones go on alike. */
  save(): CoresState;
  /** Into fresh cores of the same number whose RAM has been filled. */
  restore(state: CoresState): void;
  /** Puts a CPU into the boot state of docs/architecture.md: long mode, cr3, flat segments, IF=0. */
  startLongMode(cpu: number, state: { rip: bigint; cr3: bigint; rsp: bigint; rdi?: bigint; rbx?: bigint }): void;
}

export interface CoresOptions {
  cpus: number;
  memoryBytes: number;
}

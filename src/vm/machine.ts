// The PC: cores, devices and one deterministic clock. The command line runs it in slices and gives it input; everything that
// happens follows from the options, the seed and the stamped input.

import { Volume } from "memfs";
import { MAILBOX, NS_PER_TICK } from "../abi/machine.js";
import type { UserGate } from "../abi/user-gate.js";
import { loadMachine } from "./boot.js";
import { Clock, type Stamp } from "./clock.js";
import { type Bus, type Cores, type CoresOptions, Stop } from "./cpu/cpu-api.js";
import type { TerminalSize } from "./devices/virtio-console.js";
import { EventQueue } from "./event-queue.js";
import { MachineBus } from "./machine-bus.js";
import { type CpuState, restorePages, type Snapshot, SnapshotError, savePages } from "./snapshot.js";
import { Turns } from "./turns.js";

/** 2026-01-01 00:00:00 UTC: the wall clock at power-on where none is given. */
const DEFAULT_BOOT_TIME = 1767225600;
export const TICKS_PER_SECOND = 100_000_000;

export interface MachineOptions {
  memoryMiB: number;
  cpus: number;
  /** 0: plain round robin. */
  seed: number;
  /** The kernel: an ELF executable. */
  image: Uint8Array;
  commandLine: string;
  /** The root file system. */
  volume: Volume;
  gate?: UserGate;
  /** Seconds since 1970. */
  bootTime?: number;
  createCores: (options: CoresOptions, bus: Bus) => Cores;
  onConsole(bytes: Uint8Array): void;
  /** Something for the host's user: one line. */
  onHostLine(text: string): void;
  onUndefinedInstruction?(cpu: number, rip: bigint, bytes: Uint8Array): void;
  /** Typed bytes have reached the UART, or the terminal's size its device. */
  onInput?(record: InputRecord): void;
}

/** What a machine is connected to. */
export type MachineWiring = Omit<MachineOptions, "memoryMiB" | "cpus" | "seed" | "image" | "commandLine" | "volume" | "bootTime">;

/**
 * Why `run` returned. slice: the limit is reached. idle: all CPUs wait; nextEvent is the tick of the next timer, undefined if
 * only input can wake them. exit: the guest wrote to the debug-exit port. reset: triple fault.
 */
export type RunResult =
  | { kind: "slice" }
  | { kind: "idle"; nextEvent: number | undefined }
  | { kind: "exit"; value: number }
  | { kind: "reset"; cpu: number; rip: bigint };

export interface RunLimit {
  /** Return at the end of the first turn after which this many more instructions have been retired. */
  instructions?: number;
  /** Do not let time pass this tick by skipping idle time; return as soon as it is reached. */
  until?: number;
  /** Return at idle instead of skipping to the next timer (the caller paces with `skipTo`). */
  stopWhenIdle?: boolean;
  /**
   * Return when all CPUs together have retired this many, to the instruction. Where that cuts a turn short the machine is for looking
   * at: going on would give other turns than an uncut run.
   */
  stopAt?: bigint;
}

/** What comes in from outside: typed bytes, or another size of the terminal. */
export type MachineInput = { bytes: Uint8Array } | { size: TerminalSize };
export type InputRecord = { stamp: Stamp } & MachineInput;

const CONSOLE_CHUNK = 4096;
const PAUSE_TICKS = 100;
const MAILBOX_SLOT = 32;
const MAX_BUDGET = 2 ** 31 - 1;

export class Machine {
  readonly cores: Cores;
  readonly clock: Clock;
  /** What came in, and when. */
  readonly inputLog: InputRecord[] = [];
  private readonly bus: MachineBus;
  private readonly events: EventQueue;
  private readonly turns: Turns;
  private readonly states: CpuState[];
  private readonly mailbox: DataView;
  private runningCpu = -1;
  /** Turns given so far. */
  private turn = 0;
  /** What comes in before the next turn. */
  private readonly waiting: MachineInput[] = [];
  /** Input whose time is to come, earliest first. */
  private readonly scheduled: InputRecord[] = [];
  private exitValue: number | undefined;
  private console = new Uint8Array(CONSOLE_CHUNK);
  private consoleLength = 0;

  /** What a restored machine needs anew; the rest lies in the snapshot. */
  static restore(snapshot: Snapshot, wiring: MachineWiring): Machine {
    if (snapshot.gate !== (wiring.gate !== undefined))
      throw new SnapshotError("the saved machine and this one differ in having a user gate");
    const { memoryMiB, seed, bootTime } = snapshot;
    const hardware = { memoryMiB, seed, bootTime, cpus: snapshot.states.length };
    return new Machine({ ...hardware, ...wiring, image: new Uint8Array(0), commandLine: "", volume: new Volume() }, snapshot);
  }

  constructor(
    private readonly options: MachineOptions,
    snapshot?: Snapshot,
  ) {
    const { cpus, memoryMiB } = options;
    this.clock = new Clock(() => this.cores.retiredTotal(), options.bootTime ?? DEFAULT_BOOT_TIME);
    this.events = new EventQueue((at) => this.shortenTurn(at));
    this.turns = new Turns(cpus, options.seed);
    this.states = Array.from({ length: cpus }, (_, cpu) => (cpu === 0 ? "running" : "parked"));
    this.bus = new MachineBus({
      cpus,
      volume: options.volume,
      gate: options.gate,
      clock: this.clock,
      events: this.events,
      onConsoleByte: (byte) => this.transmit(byte),
      onExit: (value) => {
        this.exitValue = value;
        this.cores.requestStop();
      },
      onInterruptLine: (cpu, pending) => this.interruptLine(cpu, pending),
      onNmi: (cpu) => this.nmi(cpu),
      onHostLine: options.onHostLine,
      onUndefinedInstruction: (cpu, rip, bytes) => options.onUndefinedInstruction?.(cpu, rip, bytes),
    });
    this.cores = options.createCores({ cpus, memoryBytes: memoryMiB * 2 ** 20 }, this.bus);
    this.bus.connect(this.cores);
    const { ram } = this.cores;
    if (snapshot) this.putBack(snapshot);
    else {
      const boot = loadMachine(ram, options.image, options.commandLine);
      this.cores.ramWritten(0, ram.length);
      this.cores.startLongMode(0, boot);
    }
    this.mailbox = new DataView(ram.buffer, ram.byteOffset + MAILBOX, MAILBOX_SLOT * 8);
  }

  /** RAM, CPUs, devices and the volume. Call it between runs, where no host program runs. */
  save(): Snapshot {
    const { memoryMiB, seed, gate } = this.options;
    if (gate?.alive) throw new SnapshotError(`${gate.alive} host programs run: their state cannot be saved`);
    if (this.scheduled.length > 0) throw new SnapshotError("recorded input is still to come");
    return {
      memoryMiB,
      seed,
      bootTime: this.clock.bootTime,
      gate: gate !== undefined,
      stamp: this.stamp,
      pages: savePages(this.cores.ram),
      cores: this.cores.save(),
      bus: this.bus.save(),
      turns: this.turns.save(),
      states: [...this.states],
      woken: [...this.woken],
      skippedTicks: this.clock.skipped,
      exitValue: this.exitValue,
      waiting: [...this.waiting],
    };
  }

  private putBack(snapshot: Snapshot): void {
    restorePages(this.cores.ram, snapshot.pages);
    this.cores.restore(snapshot.cores);
    this.clock.skipped = snapshot.skippedTicks;
    this.bus.restore(snapshot.bus);
    this.turns.restore(snapshot.turns);
    this.turn = snapshot.stamp.turn;
    this.states.splice(0, this.states.length, ...snapshot.states);
    this.woken.splice(0, this.woken.length, ...snapshot.woken);
    this.exitValue = snapshot.exitValue;
    this.waiting.push(...snapshot.waiting);
  }

  /** Ticks of 10 ns since power-on. */
  get now(): number {
    return this.clock.now();
  }

  /** The moment between two turns at which the machine stands. */
  get stamp(): Stamp {
    return { retired: this.cores.retiredTotal(), skippedNs: this.clock.skippedNs, turn: this.turn };
  }

  get gate(): UserGate | undefined {
    return this.options.gate;
  }

  /** For inspection; a CPU is parked until it has been started. */
  cpuState(cpu: number): CpuState {
    return this.states[cpu];
  }

  /** Typed bytes arrive at the UART before the next turn. Call it between runs only. */
  input(bytes: Uint8Array): void {
    this.waiting.push({ bytes: Uint8Array.from(bytes) });
  }

  /** The terminal has another size from the next turn on. Call it between runs only. */
  resize(size: TerminalSize): void {
    const { rows, columns } = this.terminalSize;
    if (size.rows !== rows || size.columns !== columns) this.waiting.push({ size });
  }

  /** As it will be at the next turn; 0 × 0 where it is not known. */
  private get terminalSize(): TerminalSize {
    const last = this.waiting.findLast((input) => "size" in input);
    return last && "size" in last ? last.size : this.bus.terminalSize;
  }

  /** Input of a recorded run, in its order: it arrives when it did then. */
  replayInput(records: readonly InputRecord[]): void {
    this.scheduled.push(...records);
  }

  /** Bytes of input that the guest's driver has not taken from the UART yet. */
  get inputPending(): number {
    return this.bus.uart.pending + this.waiting.reduce((sum, input) => sum + ("bytes" in input ? input.bytes.length : 0), 0);
  }

  private takeInput(): void {
    for (let next = this.scheduled[0]; next && this.isDue(next.stamp); next = this.scheduled[0]) {
      this.scheduled.shift();
      const { stamp: _stamp, ...input } = next;
      this.receive(input);
    }
    for (const input of this.waiting.splice(0)) this.receive(input);
  }

  private isDue({ turn, retired, skippedNs }: Stamp): boolean {
    return this.turn >= turn && this.cores.retiredTotal() >= retired && this.clock.skippedNs >= skippedNs;
  }

  private receive(input: MachineInput): void {
    const record = { stamp: this.stamp, ...input };
    this.inputLog.push(record);
    this.options.onInput?.(record);
    if ("bytes" in input) this.bus.uart.receive(input.bytes);
    else this.bus.resizeTerminal(input.size);
  }

  /** What an idle machine waits for: the next timer, or recorded input that comes before it. */
  private nextEvent(): number | undefined {
    const timer = this.events.next();
    const input = this.scheduled[0];
    if (!input) return timer;
    const at = Number(input.stamp.retired) + input.stamp.skippedNs / NS_PER_TICK;
    return timer === undefined ? at : Math.min(at, timer);
  }

  /** Lets idle time pass, at most to the next timer. For callers that pace an idle machine to the wall clock. */
  skipTo(tick: number): void {
    this.clock.skipTo(Math.min(tick, this.nextEvent() ?? tick));
  }

  run(limit: RunLimit = {}): RunResult {
    const result = this.runTurns(limit);
    this.flushConsole();
    return result;
  }

  private runTurns({
    instructions = Number.POSITIVE_INFINITY,
    until = Number.POSITIVE_INFINITY,
    stopWhenIdle = false,
    stopAt,
  }: RunLimit): RunResult {
    const start = Number(this.cores.retiredTotal());
    const last = stopAt === undefined ? Number.POSITIVE_INFINITY : Number(stopAt);
    for (;;) {
      if (this.exitValue !== undefined) return { kind: "exit", value: this.exitValue };
      const now = this.clock.now();
      const retired = Number(this.cores.retiredTotal());
      if (now >= until || retired - start >= instructions || retired >= last) return { kind: "slice" };
      this.events.fireDue(now);
      this.takeInput();
      const turn = this.turns.next((cpu) => this.runnable(cpu));
      if (!turn) {
        const next = this.nextEvent();
        if (next === undefined || stopWhenIdle) return { kind: "idle", nextEvent: next };
        this.clock.skipTo(Math.min(next, until));
        continue;
      }
      const stop = this.runTurn(turn.cpu, Math.min(turn.quantum, last - retired), now);
      if (stop === Stop.Halted) this.halt(turn.cpu);
      else if (stop === Stop.Pause) this.passPause(turn.alone);
      else if (stop === Stop.Shutdown) return { kind: "reset", cpu: turn.cpu, rip: this.cores.registers[turn.cpu].rip };
    }
  }

  /** A CPU that spins while no other has work waits for a time or a timer: a `pause` lets up to a microsecond go by. */
  private passPause(alone: boolean): void {
    const now = this.clock.now();
    if (alone) this.clock.skipTo(Math.min(now + PAUSE_TICKS, this.nextEvent() ?? Number.POSITIVE_INFINITY));
  }

  private runTurn(cpu: number, quantum: number, now: number): Stop {
    const toEvent = (this.events.next() ?? now + MAX_BUDGET) - now;
    this.runningCpu = cpu;
    this.turn++;
    this.woken[cpu] = false;
    const stop = this.cores.run(cpu, Math.max(1, Math.min(quantum, toEvent, MAX_BUDGET)));
    this.runningCpu = -1;
    return stop;
  }

  /** Interrupt lines that rose during the CPU's own turn: a `hlt` that met one is no sleep. */
  private readonly woken: boolean[] = [];

  private halt(cpu: number): void {
    if (!this.woken[cpu]) this.states[cpu] = "halted";
  }

  private runnable(cpu: number): boolean {
    if (this.states[cpu] === "parked") this.lookAtMailbox(cpu);
    return this.states[cpu] === "running";
  }

  private lookAtMailbox(cpu: number): void {
    const slot = MAILBOX_SLOT * cpu;
    const entry = this.mailbox.getBigUint64(slot, true);
    if (entry === 0n) return;
    const cr3 = this.mailbox.getBigUint64(slot + 8, true);
    const rsp = this.mailbox.getBigUint64(slot + 16, true);
    const rdi = this.mailbox.getBigUint64(slot + 24, true);
    this.cores.startLongMode(cpu, { rip: entry, cr3, rsp, rdi });
    this.states[cpu] = "running";
  }

  private interruptLine(cpu: number, pending: boolean): void {
    this.cores.setInterruptLine(cpu, pending);
    if (pending) this.wake(cpu);
  }

  private nmi(cpu: number): void {
    this.cores.raiseNmi(cpu);
    this.wake(cpu);
  }

  private wake(cpu: number): void {
    this.woken[cpu] = true;
    if (this.states[cpu] === "halted") this.states[cpu] = "running";
    // A CPU that was woken gets its turn now, not after a long lone quantum of the waker.
    if (this.runningCpu >= 0 && this.runningCpu !== cpu) this.cores.limitBudget(0);
  }

  /** An event was armed for `at` while a CPU runs. */
  private shortenTurn(at: number): void {
    if (this.runningCpu >= 0) this.cores.limitBudget(Math.max(0, Math.min(at - this.clock.now(), MAX_BUDGET)));
  }

  private transmit(byte: number): void {
    this.console[this.consoleLength++] = byte;
    if (this.consoleLength === CONSOLE_CHUNK) this.flushConsole();
  }

  private flushConsole(): void {
    if (this.consoleLength === 0) return;
    const bytes = this.console.subarray(0, this.consoleLength);
    this.console = new Uint8Array(CONSOLE_CHUNK);
    this.consoleLength = 0;
    this.options.onConsole(bytes);
  }
}

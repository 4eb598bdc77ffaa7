// What the processor core meets outside RAM: ports, memory-mapped devices, MSRs, CPUID and the user gate. It owns the devices
// and their wiring; the machine (machine.ts) owns the run loop and time.

import type { Volume } from "memfs";
import { GATE_DATA, GATE_MSR_TEXT } from "../abi/gate.js";
import {
  IOAPIC_BASE,
  IRQ_UART,
  IRQ_VIRTIO_FIRST,
  LAPIC_BASE,
  NS_PER_TICK,
  PORT_DEBUG_EXIT,
  PORT_UART,
  VIRTIO_MMIO_BASE,
  VIRTIO_MMIO_SLOTS,
  VIRTIO_MMIO_STRIDE,
} from "../abi/machine.js";
import type { UserGate } from "../abi/user-gate.js";
import type { Clock } from "./clock.js";
import type { Bus, Cores, GateResult } from "./cpu/cpu-api.js";
import { type CpuidResult, machineCpuid } from "./cpuid.js";
import { GuestMemory } from "./devices/guest-memory.js";
import { IoApic, type IoApicState } from "./devices/io-apic.js";
import {
  DELIVERY_FIXED,
  DELIVERY_LOWEST_PRIORITY,
  DELIVERY_NMI,
  type IpiMessage,
  LocalApic,
  type LocalApicState,
} from "./devices/local-apic.js";
import { Inodes } from "./devices/p9/inodes.js";
import { P9Server, type P9State } from "./devices/p9/server.js";
import { Uart16550, type UartState } from "./devices/uart-16550.js";
import { Virtio9p } from "./devices/virtio-9p.js";
import { type TerminalSize, VirtioConsole } from "./devices/virtio-console.js";
import { type VirtioBackend, VirtioMmio, type VirtioMmioState } from "./devices/virtio-mmio.js";
import type { EventQueue } from "./event-queue.js";
import { CpuGateContext } from "./gate-context.js";

/** From serving a request to its interrupt: constant, so that a run does not depend on the host's speed. */
const VIRTIO_LATENCY_NS = 5000;
const ROOT_TAG = "/dev/root";
/** virtio-mmio slots. */
const SLOT_9P = 0;
const SLOT_CONSOLE = 1;
const DEVICE_PAGE = 0x1000;

const MSR_TSC = 0x10;
const MSR_APIC_BASE = 0x1b;
const MSR_MISC_ENABLE = 0x1a0;
const MSR_PAT = 0x277;
const APIC_BASE_ENABLED = 0x800n;
const APIC_BASE_BOOT_CPU = 0x100n;
const PAT_DEFAULT = 0x0007040600070406n;

export interface BusState {
  readonly uart: UartState;
  readonly ioApic: IoApicState;
  readonly localApics: readonly LocalApicState[];
  /** By slot. */
  readonly virtio: readonly VirtioMmioState[];
  readonly terminalSize: TerminalSize;
  readonly p9: P9State;
  readonly pat: bigint;
}

export interface BusOptions {
  cpus: number;
  volume: Volume;
  gate: UserGate | undefined;
  clock: Clock;
  events: EventQueue;
  onConsoleByte(byte: number): void;
  onExit(value: number): void;
  /** A CPU other than the one that runs got something to do. */
  onInterruptLine(cpu: number, pending: boolean): void;
  onNmi(cpu: number): void;
  onHostLine(text: string): void;
  onUndefinedInstruction(cpu: number, rip: bigint, bytes: Uint8Array): void;
}

export class MachineBus implements Bus {
  readonly uart: Uart16550;
  private readonly ioApic: IoApic;
  private readonly localApics: LocalApic[];
  /** By virtio-mmio slot; wired by `connect`, because they reach RAM. */
  private readonly virtio: VirtioMmio[] = [];
  private readonly console: VirtioConsole;
  private cores: Cores | undefined;
  private p9: P9Server | undefined;
  private pat = PAT_DEFAULT;

  constructor(private readonly options: BusOptions) {
    const { clock, events } = options;
    this.ioApic = new IoApic((message) => {
      const { vector, deliveryMode, destination, logical, level } = message;
      if (deliveryMode > DELIVERY_LOWEST_PRIORITY) return; // only processors send others here
      const targets = this.localApics.filter((apic) => apic.matches(destination, logical));
      for (const apic of deliveryMode === DELIVERY_LOWEST_PRIORITY ? targets.slice(0, 1) : targets) apic.accept(vector, level);
    });
    this.localApics = Array.from(
      { length: options.cpus },
      (_, cpu) =>
        new LocalApic(cpu, events, {
          now: () => clock.now(),
          interruptLine: (pending) => options.onInterruptLine(cpu, pending),
          sendIpi: (message) => this.sendIpi(cpu, message),
          endOfInterrupt: (vector) => this.ioApic.endOfInterrupt(vector),
        }),
    );
    this.console = new VirtioConsole(options.onConsoleByte);
    this.uart = new Uart16550({
      transmit: options.onConsoleByte,
      interrupt: (level) => this.ioApic.setPin(IRQ_UART, level),
    });
  }

  /** The second half of construction: the cores exist only after their bus. */
  connect(cores: Cores): void {
    this.cores = cores;
    const { clock, events, volume, onHostLine } = this.options;
    const memory = new GuestMemory(cores.ram, (paddr, length) => cores.ramWritten(paddr, length));
    const server = new P9Server(new Inodes(volume, () => clock.wall()), () => clock.wall(), onHostLine);
    this.p9 = server;
    const plug = (slot: number, backend: VirtioBackend) => {
      this.virtio[slot] = new VirtioMmio(backend, memory, events, VIRTIO_LATENCY_NS / NS_PER_TICK, {
        now: () => clock.now(),
        interrupt: (level) => this.ioApic.setPin(IRQ_VIRTIO_FIRST + slot, level),
        problem: onHostLine,
      });
    };
    plug(SLOT_9P, new Virtio9p(ROOT_TAG, server));
    plug(SLOT_CONSOLE, this.console);
  }

  get terminalSize(): TerminalSize {
    return this.console.size;
  }

  resizeTerminal(size: TerminalSize): void {
    this.console.size = size;
    this.virtio[SLOT_CONSOLE].configChanged();
  }

  save(): BusState {
    if (!this.p9) throw new Error("the bus is not connected");
    return {
      uart: this.uart.save(),
      ioApic: this.ioApic.save(),
      localApics: this.localApics.map((apic) => apic.save()),
      virtio: this.virtio.map((device) => device.save()),
      terminalSize: this.terminalSize,
      p9: this.p9.save(),
      pat: this.pat,
    };
  }

  /** Timers and interrupts under way are armed again in their old order: those of one tick fire in it. */
  restore(state: BusState): void {
    if (!this.p9) throw new Error("the bus is not connected");
    this.uart.restore(state.uart);
    this.ioApic.restore(state.ioApic);
    for (const [slot, device] of this.virtio.entries()) device.restore(state.virtio[slot]);
    this.console.size = state.terminalSize;
    this.p9.restore(state.p9);
    this.pat = state.pat;
    const armed = this.virtio.flatMap((device, slot) =>
      state.virtio[slot].interrupts.map((event) => ({ ...event, arm: () => device.armInterrupt(event.at) })),
    );
    for (const [cpu, apic] of state.localApics.entries()) {
      this.localApics[cpu].restore(apic);
      const { timer } = apic;
      if (timer) armed.push({ ...timer, arm: () => this.localApics[cpu].armTimer(timer.at) });
    }
    for (const { arm } of armed.sort((a, b) => a.position - b.position)) arm();
  }

  portIn(_cpu: number, port: number, size: 1 | 2 | 4): number {
    if (port >= PORT_UART && port < PORT_UART + 8 && size === 1) return this.uart.read(port - PORT_UART);
    return size === 4 ? 0xffffffff : size === 2 ? 0xffff : 0xff;
  }

  portOut(_cpu: number, port: number, size: 1 | 2 | 4, value: number): void {
    if (port >= PORT_UART && port < PORT_UART + 8 && size === 1) this.uart.write(port - PORT_UART, value);
    else if (port === PORT_DEBUG_EXIT) this.options.onExit(value >>> 0);
  }

  mmioRead(cpu: number, paddr: number, size: number): bigint {
    if (size === 8) return this.mmioRead(cpu, paddr, 4) | (this.mmioRead(cpu, paddr + 4, 4) << 32n);
    if (within(paddr, LAPIC_BASE, DEVICE_PAGE)) return narrow(this.localApics[cpu].read(paddr - LAPIC_BASE), size);
    if (within(paddr, IOAPIC_BASE, DEVICE_PAGE)) return narrow(this.ioApic.read(paddr - IOAPIC_BASE), size);
    if (within(paddr, VIRTIO_MMIO_BASE, VIRTIO_MMIO_SLOTS * VIRTIO_MMIO_STRIDE)) {
      const offset = paddr - VIRTIO_MMIO_BASE;
      const device = this.virtio.at(Math.floor(offset / VIRTIO_MMIO_STRIDE));
      const register = offset % VIRTIO_MMIO_STRIDE;
      // An empty slot is a transport with device id 0.
      const value = device ? device.read(register, size) : register === 0 ? 0x74726976 : register === 4 ? 2 : 0;
      return narrow(value, size);
    }
    return (1n << BigInt(8 * size)) - 1n;
  }

  mmioWrite(cpu: number, paddr: number, size: number, value: bigint): void {
    if (size === 8) {
      this.mmioWrite(cpu, paddr, 4, value & 0xffffffffn);
      this.mmioWrite(cpu, paddr + 4, 4, value >> 32n);
      return;
    }
    const word = Number(BigInt.asUintN(32, value));
    if (within(paddr, LAPIC_BASE, DEVICE_PAGE)) this.localApics[cpu].write(paddr - LAPIC_BASE, word);
    else if (within(paddr, IOAPIC_BASE, DEVICE_PAGE)) this.ioApic.write(paddr - IOAPIC_BASE, word);
    else if (within(paddr, VIRTIO_MMIO_BASE, VIRTIO_MMIO_SLOTS * VIRTIO_MMIO_STRIDE)) {
      const offset = paddr - VIRTIO_MMIO_BASE;
      this.virtio.at(Math.floor(offset / VIRTIO_MMIO_STRIDE))?.write(offset % VIRTIO_MMIO_STRIDE, word);
    }
  }

  acknowledgeInterrupt(cpu: number): number {
    return this.localApics[cpu].acknowledge();
  }

  tsc(_cpu: number): bigint {
    return BigInt(this.options.clock.now());
  }

  cpuid(_cpu: number, leaf: number, _subleaf: number): CpuidResult | undefined {
    const { cpus, gate, clock } = this.options;
    return machineCpuid({ cpus, gate: gate !== undefined, bootTime: clock.bootTime }, leaf);
  }

  readMsr(cpu: number, msr: number): bigint | undefined {
    switch (msr >>> 0) {
      case MSR_TSC:
        return this.tsc(cpu);
      case MSR_APIC_BASE:
        return BigInt(LAPIC_BASE) | APIC_BASE_ENABLED | (cpu === 0 ? APIC_BASE_BOOT_CPU : 0n);
      case MSR_MISC_ENABLE:
        return 1n; // fast string operations
      case MSR_PAT:
        return this.pat;
      default:
        return undefined;
    }
  }

  writeMsr(cpu: number, msr: number, value: bigint): boolean {
    switch (msr >>> 0) {
      case MSR_APIC_BASE:
        return value === this.readMsr(cpu, msr); // neither moved, nor switched off, nor x2APIC
      case MSR_MISC_ENABLE:
        return true;
      case MSR_PAT:
        this.pat = value;
        return true;
      case GATE_MSR_TEXT:
        if (!this.options.gate) return false;
        this.cores?.setGatePage(Number(value & ~0xfffn));
        return true;
      default:
        return false;
    }
  }

  gate(cpu: number): GateResult {
    const { cores } = this;
    const { gate, onHostLine } = this.options;
    if (!cores || !gate) return { kind: "kill" };
    const data = cores.translate(cpu, GATE_DATA, "write", 3);
    if (data < 0) return { kind: "fault", address: GATE_DATA, write: true };
    const offset = Number(cores.registers[cpu].rip & 0xfffn);
    const result = gate.call(new CpuGateContext(cores, cpu, Math.floor(data / 4096), offset));
    if (result.kind === "kill") onHostLine(result.message);
    return result;
  }

  undefinedInstruction(cpu: number, rip: bigint, bytes: Uint8Array): void {
    this.options.onUndefinedInstruction(cpu, rip, bytes);
  }

  private sendIpi(from: number, message: IpiMessage): void {
    const { deliveryMode, shorthand, destination, logical, vector } = message;
    // INIT and SIPI start CPUs on a PC; here the mailbox does, and both are ignored. SMI does not exist.
    if (deliveryMode > DELIVERY_LOWEST_PRIORITY && deliveryMode !== DELIVERY_NMI) return;
    const matches = (apic: LocalApic, cpu: number): boolean => {
      if (shorthand === 1) return cpu === from;
      if (shorthand === 2) return true;
      if (shorthand === 3) return cpu !== from;
      return apic.matches(destination, logical);
    };
    if (deliveryMode === DELIVERY_NMI) {
      this.localApics.forEach((apic, cpu) => {
        if (matches(apic, cpu)) this.options.onNmi(cpu);
      });
      return;
    }
    const targets = this.localApics.filter(matches);
    for (const apic of deliveryMode === DELIVERY_FIXED ? targets : targets.slice(0, 1)) apic.accept(vector, false);
  }
}

const within = (paddr: number, base: number, length: number): boolean => paddr >= base && paddr < base + length;
const narrow = (value: number, size: number): bigint => BigInt.asUintN(8 * size, BigInt(value));

// The virtio-mmio transport, version 2 (virtio 1.1, section 4.2): registers of one slot, feature negotiation and queues. What
// the device does with a request is its VirtioBackend's business.

import type { EventQueue, SavedEvent, TimedEvent } from "../event-queue.js";
import type { GuestMemory } from "./guest-memory.js";
import { type BadQueue, type Chain, isBadQueue, Virtqueue, type VirtqueueState } from "./virtqueue.js";

const MAGIC = 0x74726976;
const VERSION = 2;
const VENDOR = 0x504c454b; // "KELP"

const REG_MAGIC = 0x000;
const REG_VERSION = 0x004;
const REG_DEVICE_ID = 0x008;
const REG_VENDOR_ID = 0x00c;
const REG_DEVICE_FEATURES = 0x010;
const REG_DEVICE_FEATURES_SEL = 0x014;
const REG_DRIVER_FEATURES = 0x020;
const REG_DRIVER_FEATURES_SEL = 0x024;
const REG_QUEUE_SEL = 0x030;
const REG_QUEUE_NUM_MAX = 0x034;
const REG_QUEUE_NUM = 0x038;
const REG_QUEUE_READY = 0x044;
const REG_QUEUE_NOTIFY = 0x050;
const REG_INTERRUPT_STATUS = 0x060;
const REG_INTERRUPT_ACK = 0x064;
const REG_STATUS = 0x070;
const REG_QUEUE_DESC = 0x080;
const REG_QUEUE_DRIVER = 0x090;
const REG_QUEUE_DEVICE = 0x0a0;
const REG_CONFIG_GENERATION = 0x0fc;
const REG_CONFIG = 0x100;

const STATUS_DRIVER_OK = 4;
const STATUS_FEATURES_OK = 8;
const STATUS_NEEDS_RESET = 64;
const INTERRUPT_USED = 1;
const INTERRUPT_CONFIG = 2;
const FEATURE_VERSION_1 = 1n << 32n;

const QUEUE_MAX = 128;

const SCALARS = ["status", "deviceFeaturesSel", "driverFeaturesSel", "queueSel", "interruptStatus", "configGeneration"] as const;

export interface VirtioMmioState {
  readonly registers: readonly number[];
  readonly driverFeatures: bigint;
  readonly queues: readonly VirtqueueState[];
  /** Interrupts under way. */
  readonly interrupts: readonly SavedEvent[];
}

export interface VirtioBackend {
  readonly deviceId: number;
  /** Device-specific feature bits offered. */
  readonly features: bigint;
  readonly config: Uint8Array;
  readonly queues: number;
  /** Longest request that is looked at. */
  readonly maxRequest: number;
  /** Answers a request at once; at most `capacity` bytes are of use. */
  serve(queue: number, request: Uint8Array, capacity: number): Uint8Array;
  /** Whether the buffers of this queue stay with the device until it has something to tell. */
  keeps?(queue: number): boolean;
  reset(): void;
}

export interface VirtioHooks {
  now(): number;
  /** Level of the slot's interrupt output. */
  interrupt(level: boolean): void;
  /** A malformed queue: one line for the host's log. */
  problem(text: string): void;
}

export class VirtioMmio {
  private status = 0;
  private deviceFeaturesSel = 0;
  private driverFeaturesSel = 0;
  private driverFeatures = 0n;
  private queueSel = 0;
  private interruptStatus = 0;
  private configGeneration = 0;
  private readonly queues: Virtqueue[];
  /** Interrupts to come; one that was under way when the driver reset the device must not. */
  private readonly underWay = new Set<TimedEvent>();

  /** @param interruptDelay ticks between serving a request and its interrupt. */
  constructor(
    private readonly backend: VirtioBackend,
    memory: GuestMemory,
    private readonly events: EventQueue,
    private readonly interruptDelay: number,
    private readonly hooks: VirtioHooks,
  ) {
    this.queues = Array.from({ length: backend.queues }, () => new Virtqueue(memory, QUEUE_MAX));
  }

  /** Register reads are 32 bits wide; configuration space takes any width. */
  read(offset: number, size: number): number {
    if (offset >= REG_CONFIG) return this.readConfig(offset - REG_CONFIG, size);
    switch (offset) {
      case REG_MAGIC:
        return MAGIC;
      case REG_VERSION:
        return VERSION;
      case REG_DEVICE_ID:
        return this.backend.deviceId;
      case REG_VENDOR_ID:
        return VENDOR;
      case REG_DEVICE_FEATURES:
        return this.deviceFeaturesSel > 1 ? 0 : Number((this.offered() >> BigInt(32 * this.deviceFeaturesSel)) & 0xffffffffn);
      case REG_QUEUE_NUM_MAX:
        return this.queue()?.maxSize ?? 0;
      case REG_QUEUE_READY:
        return this.queue()?.ready ? 1 : 0;
      case REG_INTERRUPT_STATUS:
        return this.interruptStatus;
      case REG_STATUS:
        return this.status;
      case REG_CONFIG_GENERATION:
        return this.configGeneration;
      default:
        return 0;
    }
  }

  write(offset: number, value: number): void {
    value >>>= 0;
    switch (offset) {
      case REG_DEVICE_FEATURES_SEL:
        this.deviceFeaturesSel = value;
        break;
      case REG_DRIVER_FEATURES:
        this.writeDriverFeatures(value);
        break;
      case REG_DRIVER_FEATURES_SEL:
        this.driverFeaturesSel = value;
        break;
      case REG_QUEUE_SEL:
        this.queueSel = value;
        break;
      case REG_QUEUE_NOTIFY:
        this.notify(value);
        break;
      case REG_INTERRUPT_ACK:
        this.interruptStatus &= ~value;
        this.updateInterrupt();
        break;
      case REG_STATUS:
        this.writeStatus(value & 0xff);
        break;
      default:
        this.writeQueue(offset, value);
        break;
    }
  }

  private offered(): bigint {
    return this.backend.features | FEATURE_VERSION_1;
  }

  private queue(): Virtqueue | undefined {
    return this.queues[this.queueSel];
  }

  private readConfig(offset: number, size: number): number {
    let value = 0;
    for (let i = Math.min(size, 4) - 1; i >= 0; i--) value = value * 256 + (this.backend.config[offset + i] ?? 0);
    return value;
  }

  private writeDriverFeatures(value: number): void {
    if (this.status & STATUS_FEATURES_OK || this.driverFeaturesSel > 1) return;
    const shift = BigInt(32 * this.driverFeaturesSel);
    this.driverFeatures = (this.driverFeatures & ~(0xffffffffn << shift)) | (BigInt(value) << shift);
  }

  private writeStatus(value: number): void {
    if (value === 0) {
      this.reset();
      return;
    }
    // FEATURES_OK stays clear if the driver took what was not offered, or refused version 1, without which this transport is none.
    const acceptable = (this.driverFeatures & ~this.offered()) === 0n && (this.driverFeatures & FEATURE_VERSION_1) !== 0n;
    if (value & STATUS_FEATURES_OK && !acceptable) value &= ~STATUS_FEATURES_OK;
    // Bits are only ever set by the driver, and the device's own bit survives.
    this.status |= value & ~STATUS_NEEDS_RESET;
  }

  private writeQueue(offset: number, value: number): void {
    const queue = this.queue();
    if (!queue) return;
    if (offset === REG_QUEUE_READY) {
      if (!(value & 1)) {
        queue.ready = false;
        return;
      }
      const bad = queue.check();
      if (bad) this.fail(bad);
      else queue.ready = true;
      return;
    }
    if (queue.ready) return; // the layout of a live queue is fixed
    if (offset === REG_QUEUE_NUM) queue.size = value;
    else if (offset === REG_QUEUE_DESC || offset === REG_QUEUE_DESC + 4) queue.desc = setHalf(queue.desc, offset - REG_QUEUE_DESC, value);
    else if (offset === REG_QUEUE_DRIVER || offset === REG_QUEUE_DRIVER + 4) {
      queue.avail = setHalf(queue.avail, offset - REG_QUEUE_DRIVER, value);
    } else if (offset === REG_QUEUE_DEVICE || offset === REG_QUEUE_DEVICE + 4) {
      queue.used = setHalf(queue.used, offset - REG_QUEUE_DEVICE, value);
    }
  }

  private notify(index: number): void {
    const queue = this.queues[index];
    if (!queue?.ready || this.backend.keeps?.(index) || !(this.status & STATUS_DRIVER_OK) || this.status & STATUS_NEEDS_RESET) return;
    let served = false;
    for (;;) {
      const chain: Chain | BadQueue | undefined = queue.take();
      if (chain === undefined) break;
      if (isBadQueue(chain)) {
        this.fail(chain);
        return;
      }
      const request = queue.gather(chain, this.backend.maxRequest);
      queue.finish(chain, this.backend.serve(index, request, queue.capacity(chain)));
      served = true;
    }
    if (!served || !queue.interruptsWanted()) return;
    this.armInterrupt(this.hooks.now() + this.interruptDelay);
  }

  /** The backend's configuration has been given other values. */
  configChanged(): void {
    this.configGeneration = (this.configGeneration + 1) >>> 0;
    if (this.status & STATUS_DRIVER_OK) this.raise(INTERRUPT_CONFIG);
  }

  armInterrupt(at: number): void {
    const event = this.events.schedule(at, () => {
      this.underWay.delete(event);
      this.raise(INTERRUPT_USED);
    });
    this.underWay.add(event);
  }

  save(): VirtioMmioState {
    return {
      registers: SCALARS.map((name) => this[name]),
      driverFeatures: this.driverFeatures,
      queues: this.queues.map((queue) => queue.save()),
      interrupts: [...this.underWay].map((event) => ({ at: event.at, position: this.events.position(event) })),
    };
  }

  /** Without the interrupts under way: `armInterrupt` follows, in the events' order. */
  restore({ registers, driverFeatures, queues }: VirtioMmioState): void {
    for (const [i, name] of SCALARS.entries()) this[name] = registers[i];
    this.driverFeatures = driverFeatures;
    for (const [i, queue] of this.queues.entries()) queue.restore(queues[i]);
  }

  private fail(bad: BadQueue): void {
    this.hooks.problem(`virtio device ${this.backend.deviceId}: bad ${bad.problem}; it needs a reset`);
    this.status |= STATUS_NEEDS_RESET;
    if (this.status & STATUS_DRIVER_OK) this.raise(INTERRUPT_CONFIG);
  }

  private raise(bits: number): void {
    this.interruptStatus |= bits;
    this.updateInterrupt();
  }

  private updateInterrupt(): void {
    this.hooks.interrupt(this.interruptStatus !== 0);
  }

  private reset(): void {
    for (const event of this.underWay) this.events.cancel(event);
    this.underWay.clear();
    this.status = 0;
    this.driverFeatures = 0n;
    this.deviceFeaturesSel = this.driverFeaturesSel = this.queueSel = 0;
    this.interruptStatus = 0;
    for (const queue of this.queues) queue.reset();
    this.backend.reset();
    this.updateInterrupt();
  }
}

function setHalf(address: bigint, byte: number, value: number): bigint {
  return byte === 0 ? (address & 0xffffffff00000000n) | BigInt(value) : (address & 0xffffffffn) | (BigInt(value) << 32n);
}

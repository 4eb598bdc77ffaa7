// A split virtqueue (virtio 1.1, section 2.6) in guest RAM: takes descriptor chains from the available ring and returns them on
// the used ring. Anything malformed is a value, BadQueue, on which the device asks for a reset.

import type { GuestMemory } from "./guest-memory.js";

const DESC_SIZE = 16;
const DESC_NEXT = 1;
const DESC_WRITE = 2;
const DESC_INDIRECT = 4;
const AVAIL_NO_INTERRUPT = 1;

interface Segment {
  paddr: number;
  length: number;
}

/** One request: what the driver wrote for the device, and where the device may answer. */
export interface Chain {
  readonly head: number;
  readonly readable: readonly Segment[];
  readonly writable: readonly Segment[];
}

export interface BadQueue {
  readonly problem: string;
}

export const isBadQueue = (value: Chain | BadQueue | undefined): value is BadQueue => value !== undefined && "problem" in value;

const SCALARS = ["size", "nextAvail", "nextUsed"] as const;

export interface VirtqueueState {
  readonly counters: readonly number[];
  readonly rings: readonly bigint[];
  readonly ready: boolean;
}

export class Virtqueue {
  size = 0;
  ready = false;
  desc = 0n;
  avail = 0n;
  used = 0n;
  private nextAvail = 0;
  private nextUsed = 0;

  constructor(
    private readonly memory: GuestMemory,
    readonly maxSize: number,
  ) {}

  save(): VirtqueueState {
    return { counters: SCALARS.map((name) => this[name]), rings: [this.desc, this.avail, this.used], ready: this.ready };
  }

  restore({ counters, rings, ready }: VirtqueueState): void {
    for (const [i, name] of SCALARS.entries()) this[name] = counters[i];
    [this.desc, this.avail, this.used] = rings;
    this.ready = ready;
  }

  reset(): void {
    this.size = 0;
    this.ready = false;
    this.desc = this.avail = this.used = 0n;
    this.nextAvail = this.nextUsed = 0;
  }

  /** Whether the three rings lie within RAM and are aligned as section 2.6 asks; checked when the driver sets QueueReady. */
  check(): BadQueue | undefined {
    const { size } = this;
    if (size === 0 || size > this.maxSize || (size & (size - 1)) !== 0) return { problem: `queue size ${size}` };
    const parts: [string, bigint, number, bigint][] = [
      ["descriptor table", this.desc, DESC_SIZE * size, 16n],
      ["available ring", this.avail, 6 + 2 * size, 2n],
      ["used ring", this.used, 6 + 8 * size, 4n],
    ];
    for (const [name, address, length, alignment] of parts) {
      if (address % alignment !== 0n || !this.memory.contains(Number(address), length)) {
        return { problem: `${name} at 0x${address.toString(16)}` };
      }
    }
    return undefined;
  }

  /** The next chain that the driver has made available; undefined when there is none. */
  take(): Chain | BadQueue | undefined {
    const avail = Number(this.avail);
    const index = this.memory.u16(avail + 2);
    const waiting = (index - this.nextAvail) & 0xffff;
    if (waiting === 0) return undefined;
    if (waiting > this.size) return { problem: `available index ${index} is ${waiting} ahead` };
    const head = this.memory.u16(avail + 4 + 2 * (this.nextAvail % this.size));
    this.nextAvail = (this.nextAvail + 1) & 0xffff;
    return this.chain(head);
  }

  private chain(head: number): Chain | BadQueue {
    const readable: Segment[] = [];
    const writable: Segment[] = [];
    let index = head;
    for (let count = 0; ; count++) {
      if (index >= this.size) return { problem: `descriptor index ${index}` };
      if (count >= this.size) return { problem: "descriptor loop" };
      const at = Number(this.desc) + DESC_SIZE * index;
      const address = this.memory.u64(at);
      const length = this.memory.u32(at + 8);
      const flags = this.memory.u16(at + 12);
      if (flags & DESC_INDIRECT) return { problem: "indirect descriptor without the feature" };
      if (address > BigInt(Number.MAX_SAFE_INTEGER) || !this.memory.contains(Number(address), length)) {
        return { problem: `buffer at 0x${address.toString(16)}, ${length} bytes` };
      }
      if (flags & DESC_WRITE) writable.push({ paddr: Number(address), length });
      else if (writable.length > 0) return { problem: "readable descriptor behind a writable one" };
      else readable.push({ paddr: Number(address), length });
      if (!(flags & DESC_NEXT)) return { head, readable, writable };
      index = this.memory.u16(at + 14);
    }
  }

  /** Gathers a chain's readable bytes, at most `limit`. */
  gather(chain: Chain, limit: number): Uint8Array {
    const total = chain.readable.reduce((sum, segment) => sum + segment.length, 0);
    const bytes = new Uint8Array(Math.min(total, limit));
    let filled = 0;
    for (const segment of chain.readable) {
      const length = Math.min(segment.length, bytes.length - filled);
      bytes.set(this.memory.slice(segment.paddr, length), filled);
      filled += length;
    }
    return bytes;
  }

  capacity(chain: Chain): number {
    return chain.writable.reduce((sum, segment) => sum + segment.length, 0);
  }

  /** Scatters the answer and returns the chain to the driver. Bytes beyond the capacity are dropped. */
  finish(chain: Chain, answer: Uint8Array): void {
    let done = 0;
    for (const segment of chain.writable) {
      const length = Math.min(segment.length, answer.length - done);
      if (length <= 0) break;
      this.memory.write(segment.paddr, answer.subarray(done, done + length));
      done += length;
    }
    const used = Number(this.used);
    const at = used + 4 + 8 * (this.nextUsed % this.size);
    this.memory.setU32(at, chain.head);
    this.memory.setU32(at + 4, done);
    this.nextUsed = (this.nextUsed + 1) & 0xffff;
    this.memory.setU16(used + 2, this.nextUsed);
  }

  interruptsWanted(): boolean {
    return (this.memory.u16(Number(this.avail)) & AVAIL_NO_INTERRUPT) === 0;
  }
}

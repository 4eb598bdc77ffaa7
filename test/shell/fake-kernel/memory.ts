// User memory of a fake process: the gate data page, the stack, and what mmap has given. Accesses outside of it are faults.
import { GATE_DATA } from "../../../src/abi/gate.js";
import type { GateFault } from "../../../src/abi/user-gate.js";

interface Region {
  base: bigint;
  bytes: Uint8Array;
}

const PAGE = 4096;
const STACK_TOP = 0x7ffffffff000n;
const STACK_SIZE = 262144;
const FIRST_MAPPING = 0x7f0000000000n;

export class Memory {
  #regions: Region[] = [
    { base: GATE_DATA, bytes: new Uint8Array(PAGE) },
    { base: STACK_TOP - BigInt(STACK_SIZE), bytes: new Uint8Array(STACK_SIZE) },
  ];
  #nextMapping = FIRST_MAPPING;
  /** Addresses that fault once: what a page not yet present does. */
  faults = new Set<bigint>();

  clone(): Memory {
    const copy = new Memory();
    copy.#regions = this.#regions.map(({ base, bytes }) => ({ base, bytes: bytes.slice() }));
    copy.#nextMapping = this.#nextMapping;
    return copy;
  }

  map(size: number): bigint {
    const base = this.#nextMapping;
    this.#nextMapping += BigInt(size + PAGE);
    this.#regions.push({ base, bytes: new Uint8Array(size) });
    return base;
  }

  unmap(base: bigint): void {
    this.#regions = this.#regions.filter((region) => region.base !== base);
  }

  get mappings(): number {
    return this.#regions.length - 2;
  }

  #find(address: bigint, length: number, write: boolean): Uint8Array | GateFault {
    for (const fault of this.faults) {
      if (fault >= address && fault < address + BigInt(length)) {
        this.faults.delete(fault);
        return { address: fault, write };
      }
    }
    const region = this.#regions.find(({ base, bytes }) => address >= base && address + BigInt(length) <= base + BigInt(bytes.length));
    if (!region) return { address, write };
    const start = Number(address - region.base);
    return region.bytes.subarray(start, start + length);
  }

  read(address: bigint, length: number): Uint8Array | GateFault {
    const bytes = this.#find(address, length, false);
    return bytes instanceof Uint8Array ? bytes.slice() : bytes;
  }

  write(address: bigint, data: Uint8Array): GateFault | undefined {
    const bytes = this.#find(address, data.length, true);
    if (!(bytes instanceof Uint8Array)) return bytes;
    bytes.set(data);
    return undefined;
  }

  /** A NUL-terminated text. */
  text(address: bigint): string {
    let text = "";
    for (let at = address; ; at++) {
      const byte = this.read(at, 1);
      if (!(byte instanceof Uint8Array)) throw new Error(`fake kernel: bad text at ${address.toString(16)}`);
      if (byte[0] === 0) return text;
      text += String.fromCharCode(byte[0] ?? 0);
    }
  }

  bytes(address: bigint, length: number): Buffer {
    const bytes = this.read(address, length);
    if (!(bytes instanceof Uint8Array)) throw new Error(`fake kernel: bad buffer at ${address.toString(16)}`);
    return Buffer.from(bytes);
  }

  texts(address: bigint): string[] {
    const list: string[] = [];
    for (let at = address; ; at += 8n) {
      const pointer = this.bytes(at, 8).readBigUInt64LE(0);
      if (pointer === 0n) return list;
      list.push(this.text(pointer));
    }
  }

  /** Lays argv and envp out as the psABI wants it; the stack pointer. */
  layStack(argv: readonly string[], env: readonly string[]): bigint {
    let top = STACK_TOP - 16n;
    const place = (text: string): bigint => {
      top -= BigInt(text.length + 1);
      this.write(top, Buffer.from(`${text}\0`, "latin1"));
      return top;
    };
    const pointers = [argv.map(place), env.map(place)];
    const words = [BigInt(argv.length), ...(pointers[0] ?? []), 0n, ...(pointers[1] ?? []), 0n, 0n, 0n];
    const stack = (top - BigInt(words.length * 8)) & ~15n;
    const bytes = Buffer.alloc(words.length * 8);
    words.forEach((word, n) => {
      bytes.writeBigUInt64LE(word, n * 8);
    });
    this.write(stack, bytes);
    return stack;
  }
}

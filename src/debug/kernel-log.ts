// Reads the guest kernel's log buffer out of RAM through vmlinux's symbols: the records that src/kernel/kernel/printk keeps, which
// needs neither the guest's help nor its console.

import type { SymbolTable } from "./symbols.js";

/** Kernel text, data and bss are linked this far above their physical addresses (docs/architecture.md). */
const KERNEL_MAP = 0xffffffff80000000n;

/** struct printk_log: ts_nsec u64, len u16, text_len u16, facility u8, level u8, flags u16, caller_id u32, pad u32. */
const RECORD_HEADER = 24;
const NS_PER_MICROSECOND = 1000n;
const MICROSECONDS = 1_000_000n;

export interface LogRecord {
  /** Number of the record since boot. */
  readonly sequence: bigint;
  /** ns since power-on. */
  readonly time: bigint;
  /** 0 (emergency) to 7 (debug). */
  readonly level: number;
  /** Without line end; may hold several lines. */
  readonly text: string;
}

export class KernelLog {
  private readonly view: DataView;
  private seen = 0n;

  constructor(
    private readonly ram: Uint8Array,
    private readonly symbols: SymbolTable,
  ) {
    this.view = new DataView(ram.buffer, ram.byteOffset, ram.byteLength);
  }

  /** All records in the buffer, oldest first. Empty before the kernel has set it up, or if the kernel has no such symbols. */
  records(): LogRecord[] {
    const buffer = this.physical("__log_buf");
    const [firstIndex, firstSequence, nextSequence] = [this.u32("log_first_idx"), this.u64("log_first_seq"), this.u64("log_next_seq")];
    const size = this.symbols.find("__log_buf")?.size ?? 0;
    if (buffer === undefined || firstIndex === undefined || firstSequence === undefined || nextSequence === undefined) return [];
    const records: LogRecord[] = [];
    let index = firstIndex;
    for (let sequence = firstSequence; sequence < nextSequence; sequence++) {
      // A record of length 0 means: on at the buffer's start.
      if (index + RECORD_HEADER > size || this.view.getUint16(buffer + index + 8, true) === 0) index = 0;
      const at = buffer + index;
      const length = this.view.getUint16(at + 8, true);
      const textLength = this.view.getUint16(at + 10, true);
      if (length < RECORD_HEADER + textLength || index + length > size) break; // a guest that wrote over its log
      const text = Buffer.from(this.ram.subarray(at + RECORD_HEADER, at + RECORD_HEADER + textLength));
      records.push({
        sequence,
        time: this.view.getBigUint64(at, true),
        level: this.view.getUint8(at + 13) & 7,
        text: text.toString("utf8"),
      });
      index += length;
    }
    return records;
  }

  /** Lines, as dmesg prints them, of the records that have come since the last call. */
  takeNew(): string[] {
    const fresh = this.records().filter(({ sequence }) => sequence >= this.seen);
    const last = fresh.at(-1);
    if (last) this.seen = last.sequence + 1n;
    return fresh.flatMap(dmesgLines);
  }

  private physical(name: string): number | undefined {
    const address = this.symbols.address(name);
    if (address === undefined || address < KERNEL_MAP) return undefined;
    const paddr = Number(address - KERNEL_MAP);
    return paddr + 8 <= this.ram.length ? paddr : undefined;
  }

  private u32(name: string): number | undefined {
    const at = this.physical(name);
    return at === undefined ? undefined : this.view.getUint32(at, true);
  }

  private u64(name: string): bigint | undefined {
    const at = this.physical(name);
    return at === undefined ? undefined : this.view.getBigUint64(at, true);
  }
}

/** `[    2.870802] text`, once for each line of the record. */
export function dmesgLines({ time, text }: LogRecord): string[] {
  const microseconds = time / NS_PER_MICROSECOND;
  const stamp = `${String(microseconds / MICROSECONDS).padStart(5)}.${String(microseconds % MICROSECONDS).padStart(6, "0")}`;
  return text.split("\n").map((line) => `[${stamp}] ${line}`);
}

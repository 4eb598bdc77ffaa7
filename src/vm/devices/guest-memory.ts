// Bounds-checked access to guest RAM for devices. A device never trusts an address that the guest gave it.

export class GuestMemory {
  private readonly view: DataView;

  /** @param written told about every write, so that decoded or translated code of those bytes is dropped. */
  constructor(
    readonly bytes: Uint8Array,
    private readonly written: (paddr: number, length: number) => void,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  contains(paddr: number, length: number): boolean {
    return paddr >= 0 && length >= 0 && paddr + length <= this.bytes.length;
  }

  /** Callers have checked `contains`. */
  u16(paddr: number): number {
    return this.view.getUint16(paddr, true);
  }
  u32(paddr: number): number {
    return this.view.getUint32(paddr, true);
  }
  u64(paddr: number): bigint {
    return this.view.getBigUint64(paddr, true);
  }
  setU16(paddr: number, value: number): void {
    this.view.setUint16(paddr, value, true);
    this.written(paddr, 2);
  }
  setU32(paddr: number, value: number): void {
    this.view.setUint32(paddr, value, true);
    this.written(paddr, 4);
  }
  setU64(paddr: number, value: bigint): void {
    this.view.setBigUint64(paddr, value, true);
    this.written(paddr, 8);
  }
  /** A view, valid until the guest runs again. */
  slice(paddr: number, length: number): Uint8Array {
    return this.bytes.subarray(paddr, paddr + length);
  }
  write(paddr: number, data: Uint8Array): void {
    this.bytes.set(data, paddr);
    this.written(paddr, data.length);
  }
}

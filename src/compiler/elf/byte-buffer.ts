// A growing byte buffer, little-endian: contents of sections, tables of ELF files, output of the assembler.

export class ByteBuffer {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  static from(bytes: Uint8Array): ByteBuffer {
    const buffer = new ByteBuffer(Math.max(bytes.length, 16));
    buffer.append(bytes);
    return buffer;
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes written so far; valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): number {
    const at = this.#length;
    const need = at + count;
    if (need > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(need, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = need;
    return at;
  }

  append(bytes: ArrayLike<number>): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  fill(value: number, count: number): void {
    const at = this.#reserve(count);
    this.#bytes.fill(value, at, at + count);
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }

  /** Low 64 bits of the value. */
  u64(value: number | bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
  }

  /** The text in UTF-8 and a NUL. */
  cstring(text: string): void {
    this.append(new TextEncoder().encode(text));
    this.u8(0);
  }

  align(alignment: number, fill = 0): void {
    const rest = this.#length % alignment;
    if (rest !== 0) this.fill(fill, alignment - rest);
  }

  setU8(at: number, value: number): void {
    this.#bytes[at] = value;
  }

  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  setU64(at: number, value: number | bigint): void {
    this.#view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
  }

  set(at: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, at);
  }
}

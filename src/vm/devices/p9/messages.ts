// Wire format of 9P2000.L: message types and little-endian readers and writers. A reader that runs off the end reports it
// instead of throwing.

export const Message = {
  Rlerror: 7,
  Tstatfs: 8,
  Tlopen: 12,
  Tlcreate: 14,
  Tsymlink: 16,
  Tmknod: 18,
  Trename: 20,
  Treadlink: 22,
  Tgetattr: 24,
  Tsetattr: 26,
  Txattrwalk: 30,
  Txattrcreate: 32,
  Treaddir: 40,
  Tfsync: 50,
  Tlock: 52,
  Tgetlock: 54,
  Tlink: 70,
  Tmkdir: 72,
  Trenameat: 74,
  Tunlinkat: 76,
  Tversion: 100,
  Tauth: 102,
  Tattach: 104,
  Tflush: 108,
  Twalk: 110,
  Tread: 116,
  Twrite: 118,
  Tclunk: 120,
  Tremove: 122,
} as const;

/** size[4] type[1] tag[2] */
export const HEADER_SIZE = 7;
/** What Tread and Twrite need around their data, and more (the protocol's own constant, P9_IOHDRSZ). */
export const IO_HEADER_SIZE = 24;
export const QID_SIZE = 13;

export interface Qid {
  type: number;
  version: number;
  path: bigint;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export class Reader {
  private at = 0;
  /** Set once the message was too short or held a string that is not UTF-8; values read from then on are zero or empty. */
  bad = false;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private take(length: number): number {
    const at = this.at;
    if (this.bad || at + length > this.bytes.length) {
      this.bad = true;
      return -1;
    }
    this.at += length;
    return at;
  }

  u8(): number {
    const at = this.take(1);
    return at < 0 ? 0 : this.view.getUint8(at);
  }
  u16(): number {
    const at = this.take(2);
    return at < 0 ? 0 : this.view.getUint16(at, true);
  }
  u32(): number {
    const at = this.take(4);
    return at < 0 ? 0 : this.view.getUint32(at, true);
  }
  u64(): bigint {
    const at = this.take(8);
    return at < 0 ? 0n : this.view.getBigUint64(at, true);
  }
  data(length: number): Uint8Array {
    const at = this.take(length);
    return at < 0 ? new Uint8Array(0) : this.bytes.subarray(at, at + length);
  }
  text(): string {
    const bytes = this.data(this.u16());
    try {
      return decoder.decode(bytes);
    } catch {
      this.bad = true;
      return "";
    }
  }
}

export class Writer {
  private bytes: Uint8Array;
  private view: DataView;
  length = HEADER_SIZE;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  private room(length: number): number {
    const at = this.length;
    if (at + length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.bytes.length * 2, at + length));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    this.length += length;
    return at;
  }

  u8(value: number): this {
    const at = this.room(1);
    this.view.setUint8(at, value);
    return this;
  }
  u16(value: number): this {
    const at = this.room(2);
    this.view.setUint16(at, value, true);
    return this;
  }
  u32(value: number): this {
    const at = this.room(4);
    this.view.setUint32(at, value, true);
    return this;
  }
  u64(value: bigint | number): this {
    const at = this.room(8);
    this.view.setBigUint64(at, BigInt(value), true);
    return this;
  }
  text(value: string): this {
    const bytes = encoder.encode(value);
    return this.u16(bytes.length).raw(bytes);
  }
  raw(bytes: Uint8Array): this {
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
    return this;
  }
  qid(qid: Qid): this {
    return this.u8(qid.type).u32(qid.version).u64(qid.path);
  }
  /** Length prefix of the data that follows, for Rread and Rreaddir. */
  patchU32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  /** The whole message with its header. */
  finish(type: number, tag: number): Uint8Array {
    this.view.setUint32(0, this.length, true);
    this.view.setUint8(4, type);
    this.view.setUint16(5, tag, true);
    return this.bytes.subarray(0, this.length);
  }
}

export const encodedLength = (text: string): number => encoder.encode(text).length;

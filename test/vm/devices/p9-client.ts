// A minimal 9P2000.L client for tests: builds requests from the protocol's own layout (diod's protocol.md), not from the
// server's tables.

import { Volume } from "memfs";
import { Inodes } from "../../../src/vm/devices/p9/inodes.js";
import { P9Server } from "../../../src/vm/devices/p9/server.js";

export type Field = { u8: number } | { u16: number } | { u32: number } | { u64: bigint } | { s: string } | { raw: Uint8Array };

export const u8 = (value: number): Field => ({ u8: value });
export const u16 = (value: number): Field => ({ u16: value });
export const u32 = (value: number): Field => ({ u32: value });
export const u64 = (value: bigint | number): Field => ({ u64: BigInt(value) });
export const s = (value: string): Field => ({ s: value });
export const raw = (value: Uint8Array): Field => ({ raw: value });

function encode(field: Field): Buffer {
  const bytes = Buffer.alloc(8);
  if ("u8" in field) return bytes.subarray(0, bytes.writeUInt8(field.u8));
  if ("u16" in field) return bytes.subarray(0, bytes.writeUInt16LE(field.u16));
  if ("u32" in field) return bytes.subarray(0, bytes.writeUInt32LE(field.u32));
  if ("u64" in field) return bytes.subarray(0, bytes.writeBigUInt64LE(field.u64));
  if ("raw" in field) return Buffer.from(field.raw);
  const text = Buffer.from(field.s, "utf8");
  return Buffer.concat([encode(u16(text.length)), text]);
}

export function message(type: number, tag: number, ...fields: Field[]): Buffer {
  const body = Buffer.concat(fields.map(encode));
  return Buffer.concat([encode(u32(7 + body.length)), encode(u8(type)), encode(u16(tag)), body]);
}

export class Client {
  readonly volume = new Volume();
  readonly problems: string[] = [];
  readonly server: P9Server;
  now = 1_767_225_600_000_000_000n;

  constructor() {
    const clock = (): bigint => this.now;
    this.server = new P9Server(new Inodes(this.volume, clock), clock, (text) => this.problems.push(text));
  }

  /** The reply's body; an Rlerror is returned as its errno. */
  call(type: number, ...fields: Field[]): Buffer | number {
    const reply = Buffer.from(this.server.serve(message(type, 7, ...fields), 1 << 20));
    if (reply.readUInt32LE(0) !== reply.length || reply.readUInt16LE(5) !== 7) throw new Error("malformed reply header");
    if (reply[4] === 7) return reply.readUInt32LE(7);
    if (reply[4] !== type + 1) throw new Error(`reply type ${reply[4]} to ${type}`);
    return reply.subarray(7);
  }

  ok(type: number, ...fields: Field[]): Buffer {
    const reply = this.call(type, ...fields);
    if (typeof reply === "number") throw new Error(`errno ${reply}`);
    return reply;
  }

  /** Tversion and Tattach of fid 0. */
  attach(): this {
    this.ok(100, u32(65536), s("9P2000.L"));
    this.ok(104, u32(0), u32(0xffffffff), s("root"), s(""), u32(0));
    return this;
  }
}

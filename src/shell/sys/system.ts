// Time, names and figures of the system: nanosleep, clocks, uname, sysinfo, poll, times. Used by applets and sh's builtins.
import { SYS } from "../../abi/syscalls.js";
import { call, callOut } from "./calls.js";
import { fromBytes, type Sys } from "./request.js";

const NS = 1_000_000_000;
export const CLOCK_REALTIME = 0;

function timespec(seconds: number): Buffer {
  const bytes = Buffer.alloc(16);
  const whole = Math.floor(seconds);
  bytes.writeBigInt64LE(BigInt(whole), 0);
  bytes.writeBigInt64LE(BigInt(Math.min(NS - 1, Math.round((seconds - whole) * NS))), 8);
  return bytes;
}

/** Sleeps; 0, or -EINTR. As glibc's nanosleep it is clock_nanosleep underneath. */
export function* nanosleep(seconds: number): Sys<number> {
  return yield* call(SYS.clock_nanosleep, CLOCK_REALTIME, 0, timespec(seconds), 0);
}

export const CLOCK_MONOTONIC = 1;

/** Seconds with fraction. */
export function* clockGettime(clock: number): Sys<number> {
  const bytes = yield* callOut(SYS.clock_gettime, clock, { out: 16 });
  if (typeof bytes === "number") return 0;
  const view = Buffer.from(bytes);
  return Number(view.readBigInt64LE(0)) + Number(view.readBigInt64LE(8)) / NS;
}

export function* clockSettime(clock: number, seconds: number): Sys<number> {
  const whole = Math.floor(seconds);
  const words = Buffer.alloc(16);
  words.writeBigInt64LE(BigInt(whole), 0);
  words.writeBigInt64LE(BigInt(Math.floor((seconds - whole) * NS)), 8);
  return yield* call(SYS.clock_settime, clock, words);
}

export interface SystemName {
  sysname: string;
  nodename: string;
  release: string;
  version: string;
  machine: string;
  domainname: string;
}

const UTS_FIELD = 65;

export function* uname(): Sys<SystemName | number> {
  const bytes = yield* callOut(SYS.uname, { out: UTS_FIELD * 6 });
  if (typeof bytes === "number") return bytes;
  const text = fromBytes(bytes);
  const field = (n: number): string => text.slice(n * UTS_FIELD, (n + 1) * UTS_FIELD).split("\0")[0] ?? "";
  return { sysname: field(0), nodename: field(1), release: field(2), version: field(3), machine: field(4), domainname: field(5) };
}

export interface SystemInfo {
  uptime: number;
  /** Load averages. */
  loads: [number, number, number];
  totalram: number;
  freeram: number;
  sharedram: number;
  bufferram: number;
  totalswap: number;
  freeswap: number;
  procs: number;
}

const SYSINFO_SIZE = 112;
const LOAD_SCALE = 65536;

export function* sysinfo(): Sys<SystemInfo | number> {
  const bytes = yield* callOut(SYS.sysinfo, { out: SYSINFO_SIZE });
  if (typeof bytes === "number") return bytes;
  const view = Buffer.from(bytes);
  const long = (at: number): number => Number(view.readBigInt64LE(at));
  const unit = view.readUInt32LE(104) || 1;
  return {
    uptime: long(0),
    loads: [long(8) / LOAD_SCALE, long(16) / LOAD_SCALE, long(24) / LOAD_SCALE],
    totalram: long(32) * unit,
    freeram: long(40) * unit,
    sharedram: long(48) * unit,
    bufferram: long(56) * unit,
    totalswap: long(64) * unit,
    freeswap: long(72) * unit,
    procs: view.readUInt16LE(80),
  };
}

export const POLLIN = 1;

/** Waits until one descriptor can be read: 1, 0 after the time (milliseconds, -1: for ever), or a negative errno. */
export function* pollIn(fd: number, milliseconds: number): Sys<number> {
  const bytes = Buffer.alloc(8);
  bytes.writeInt32LE(fd, 0);
  bytes.writeInt16LE(POLLIN, 4);
  return yield* call(SYS.poll, { inout: bytes }, 1, milliseconds);
}

/** times(2): user, system, children's user and children's system time in clock ticks (100 a second). */
export function* times(): Sys<[number, number, number, number]> {
  const bytes = yield* callOut(SYS.times, { out: 32 });
  if (typeof bytes === "number") return [0, 0, 0, 0];
  const view = Buffer.from(bytes);
  const long = (n: number): number => Number(view.readBigInt64LE(n * 8));
  return [long(0), long(1), long(2), long(3)];
}

/** getrlimit: [soft, hard], undefined for no limit. */
export function* getrlimit(resource: number): Sys<[bigint, bigint] | number> {
  const bytes = yield* callOut(SYS.prlimit64, 0, resource, 0, { out: 16 });
  if (typeof bytes === "number") return bytes;
  const view = Buffer.from(bytes);
  return [view.readBigUInt64LE(0), view.readBigUInt64LE(8)];
}

export function* setrlimit(resource: number, soft: bigint, hard: bigint): Sys<number> {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(soft, 0);
  bytes.writeBigUInt64LE(hard, 8);
  return yield* call(SYS.prlimit64, 0, resource, bytes, 0);
}

// 9P2000.L messages: numbers, and packing and unpacking of a request's buffers (little-endian, unaligned).
import { memcpy, strlen } from "linux/string";
import type { wait_queue_head } from "linux/wait";

export const P9_RLERROR = 7;
export const P9_TSTATFS = 8;
export const P9_TLOPEN = 12;
export const P9_TLCREATE = 14;
export const P9_TSYMLINK = 16;
export const P9_TMKNOD = 18;
export const P9_TREADLINK = 22;
export const P9_TGETATTR = 24;
export const P9_TSETATTR = 26;
export const P9_TREADDIR = 40;
export const P9_TFSYNC = 50;
export const P9_TLINK = 70;
export const P9_TMKDIR = 72;
export const P9_TRENAMEAT = 74;
export const P9_TUNLINKAT = 76;
export const P9_TVERSION = 100;
export const P9_TATTACH = 104;
export const P9_TWALK = 110;
export const P9_TREAD = 116;
export const P9_TWRITE = 118;
export const P9_TCLUNK = 120;
export const P9_NOTAG = 0xffff;
export const P9_NOFID = 0xffffffff;
/** Bytes of a message that are not data, at most: size, type, tag, fid, offset, count. */
export const P9_IOHDRSZ = 24;
export const P9_QTDIR = 0x80;

/** One request in flight; its tag is its place in the client's pool. */
export interface p9_req_t extends struct<"p9_req_t"> {
  next?: p9_req_t;
  tag?: u16;
  done?: bool;
  wq?: embed<wait_queue_head>;
  tc?: u8[];
  /** Bytes packed. */
  tlen?: u32;
  rc?: u8[];
  rlen?: u32;
  /** Place of unpacking. */
  roff?: u32;
}

export interface p9_qid extends struct<"p9_qid"> {
  type?: u8;
  version?: u32;
  path?: u64;
}

export function p9_put8(r: p9_req_t, v: u8): void {
  r.tc[r.tlen] = v;
  r.tlen += 1;
}
export function p9_put16(r: p9_req_t, v: u16): void {
  at<u16[]>(u64(r.tc) + r.tlen)[0] = v;
  r.tlen += 2;
}
export function p9_put32(r: p9_req_t, v: u32): void {
  at<u32[]>(u64(r.tc) + r.tlen)[0] = v;
  r.tlen += 4;
}
export function p9_put64(r: p9_req_t, v: u64): void {
  at<u64[]>(u64(r.tc) + r.tlen)[0] = v;
  r.tlen += 8;
}
export function p9_putn(r: p9_req_t, s: ptr, len: u32): void {
  p9_put16(r, u16(len));
  memcpy(add(r.tc, r.tlen), s, u64(len));
  r.tlen += len;
}
export function p9_puts(r: p9_req_t, s: cstr): void {
  p9_putn(r, s as ptr, u32(strlen(s)));
}

/** What lies behind the answer's end reads as 0. */
function take(r: p9_req_t, n: u32): u64 {
  const off = r.roff;
  r.roff += n;
  return r.roff > r.rlen ? 0 : u64(r.rc) + off;
}

export function p9_get8(r: p9_req_t): u8 {
  const p = take(r, 1);
  return p === 0 ? 0 : at<u8[]>(p)[0];
}
export function p9_get16(r: p9_req_t): u16 {
  const p = take(r, 2);
  return p === 0 ? 0 : at<u16[]>(p)[0];
}
export function p9_get32(r: p9_req_t): u32 {
  const p = take(r, 4);
  return p === 0 ? 0 : at<u32[]>(p)[0];
}
export function p9_get64(r: p9_req_t): u64 {
  const p = take(r, 8);
  return p === 0 ? 0 : at<u64[]>(p)[0];
}
export function p9_getqid(r: p9_req_t, qid: p9_qid): void {
  qid.type = p9_get8(r);
  qid.version = p9_get32(r);
  qid.path = p9_get64(r);
}
/** `n` bytes in place, or null. */
export function p9_getn(r: p9_req_t, n: u32): u8[] {
  return at<u8[]>(take(r, n));
}

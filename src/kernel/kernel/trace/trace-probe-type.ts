// The types of probe events' arguments: how a value is stored and shown; bitfields; what is wrong with an array.

import { isdigit } from "linux/ctype";
import { EINVAL } from "linux/errno";
import { kstrtoul } from "linux/kernel";
import { strchr, strcmp, strlen } from "linux/string";
import { type probe_arg } from "./trace-fetch";
import { trace_probe_error } from "./trace-probe-error";

notrace_file();

const MAX_ARRAY_LEN = 64;

/** How a value is named, stored and shown. */
export interface probe_type extends struct<"probe_type"> {
  name?: cstr;
  field?: cstr; // in the format file
  size?: u32;
  is_signed?: bool;
  /** For print fmt, and for us. */
  fmt?: cstr;
  print?: cstr;
}
export const probe_types: probe_type[] = [
  { name: "u8", field: "u8", size: 1, fmt: "%u", print: " %s=%lu" },
  { name: "u16", field: "u16", size: 2, fmt: "%u", print: " %s=%lu" },
  { name: "u32", field: "u32", size: 4, fmt: "%u", print: " %s=%lu" },
  { name: "u64", field: "u64", size: 8, fmt: "%Lu", print: " %s=%lu" },
  { name: "s8", field: "s8", size: 1, is_signed: true, fmt: "%d", print: " %s=%ld" },
  { name: "s16", field: "s16", size: 2, is_signed: true, fmt: "%d", print: " %s=%ld" },
  { name: "s32", field: "s32", size: 4, is_signed: true, fmt: "%d", print: " %s=%ld" },
  { name: "s64", field: "s64", size: 8, is_signed: true, fmt: "%Ld", print: " %s=%ld" },
  { name: "x8", field: "u8", size: 1, fmt: "0x%x", print: " %s=0x%lx" },
  { name: "x16", field: "u16", size: 2, fmt: "0x%x", print: " %s=0x%lx" },
  { name: "x32", field: "u32", size: 4, fmt: "0x%x", print: " %s=0x%lx" },
  { name: "x64", field: "u64", size: 8, fmt: "0x%Lx", print: " %s=0x%lx" },
  { name: "symbol", field: "u64", size: 8, fmt: "%pS", print: " %s=%pS" },
];
const NR_TYPES = 13;
export const TYPE_DEFAULT = 11;
export const string_type: probe_type = { name: "string", field: "__data_loc char[]", size: 4, is_signed: true, fmt: '\\"%s\\"' };

/** Digits at the front of a text, which is moved behind them. */
function take_number(p: ref<u8[]>[]): u64 {
  let value: u64 = 0;
  let text: u8[] = p[0];
  while (isdigit(text[0])) {
    value = value * u64(10) + u64(text[0] - 48);
    text = add(text, 1);
  }
  p[0] = text;
  return value;
}

/** bBITS@SHIFT/SIZE, in a container of 8, 16, 32 or 64 bits */
function parse_bitfield(arg: probe_arg, text: u8[], at_: u64): int {
  let size: u64 = 0;
  const slash = strchr(text, 47);
  if (slash === null || kstrtoul(add(slash, 1), 0, addr(size)) !== 0) return trace_probe_error(at_, "Unknown type is specified", -EINVAL);
  let log: int = 0;
  while (log < 4 && u64(8 << log) !== size) log++;
  if (log === 4) return trace_probe_error(at_, "Unknown type is specified", -EINVAL);
  arg.type = probe_types[log];
  let rest: u8[] = add(text, 1);
  const bits = take_number(addr(rest));
  let shift: u64 = 0;
  const ok = bits !== u64(0) && rest[0] === 64;
  if (ok) {
    rest = add(rest, 1);
    shift = take_number(addr(rest));
  }
  if (!ok || rest[0] !== 47 || bits + shift > size) return trace_probe_error(at_, "Invalid bitfield", -EINVAL);
  arg.bits = u32(bits);
  arg.shift = u32(shift);
  return 0;
}

/** The brackets behind a type. What they hold is checked; arrays themselves are not known here. */
function check_array(text: u8[], at_: u64): int {
  let count: u64 = 0;
  const open = strchr(text, 91);
  if (open === null) return 0;
  const size = add(open, 1);
  const at_size = at_ + (u64(size) - u64(text));
  const close = strchr(size, 93);
  if (close === null) return trace_probe_error(at_size + strlen(size), "Array is not closed", -EINVAL);
  if (close[1] !== 0) return trace_probe_error(at_ + (u64(close) - u64(text)) + u64(1), "Array has wrong suffix", -EINVAL);
  close[0] = 0;
  const err = kstrtoul(size, 0, addr(count));
  close[0] = 93;
  if (err !== 0 || count === u64(0)) return trace_probe_error(at_size, "Invalid array size", -EINVAL);
  return count > u64(MAX_ARRAY_LEN) ? trace_probe_error(at_size, "Array number is too big", -EINVAL) : 0;
}

/** "u8" … "x64", "symbol", "string", "ustring", "b4@2/16" */
export function parse_type(arg: probe_arg, text: u8[], at_: u64): int {
  const bad = check_array(text, at_);
  if (bad !== 0) return bad;
  if (strcmp(text, "string") === 0 || strcmp(text, "ustring") === 0) {
    arg.is_text = true;
    arg.user = text[0] === 117;
    arg.type = string_type;
    return 0;
  }
  for (let i: int = 0; i < NR_TYPES; i++) {
    if (strcmp(probe_types[i].name, text) !== 0) continue;
    arg.type = probe_types[i];
    return 0;
  }
  if (text[0] === 98) return parse_bitfield(arg, text, at_);
  return trace_probe_error(at_, "Unknown type is specified", -EINVAL);
}

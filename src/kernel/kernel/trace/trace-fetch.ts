// Arguments of probe events: what `name=%di:u32`, `$retval`, `+8(%si):string` and the like take out of a hit.

import type { pt_regs } from "asm/ptrace";
import { get_current } from "linux/current";
import { EINVAL } from "linux/errno";
import { kstrtol, kstrtoul } from "linux/kernel";
import { type seq_file, seq_printf } from "linux/seq_file";
import { memcpy, strchr, strcmp, strncmp } from "linux/string";
import { copy_from_kernel_nofault } from "linux/uaccess";
import { trace_probe_error } from "./trace-probe-error";

notrace_file();

const FETCH_REG = 0;
const FETCH_RETVAL = 1;
const FETCH_STACK = 2;
const FETCH_STACKP = 3;
const FETCH_COMM = 4;
/** Longest text of one argument in an entry, with its NUL. */
export const FETCH_TEXT = 64;
const MAX_DEREF = 4;

export interface probe_arg extends struct<"probe_arg"> {
  name?: array<u8, 32>;
  /** As it was written, for the list. */
  comm?: array<u8, 64>;
  kind?: int;
  index?: int;
  derefs?: int;
  offsets?: array<s64, 4>; // innermost first
  size?: int; // bytes of the value; 0: text
  format?: int; // 'u', 's', 'x'
}

interface reg_name extends struct<"reg_name"> {
  name?: cstr;
  offset?: int;
}
const registers: reg_name[] = [
  { name: "r15", offset: 0 },
  { name: "r14", offset: 8 },
  { name: "r13", offset: 16 },
  { name: "r12", offset: 24 },
  { name: "bp", offset: 32 },
  { name: "bx", offset: 40 },
  { name: "r11", offset: 48 },
  { name: "r10", offset: 56 },
  { name: "r9", offset: 64 },
  { name: "r8", offset: 72 },
  { name: "ax", offset: 80 },
  { name: "cx", offset: 88 },
  { name: "dx", offset: 96 },
  { name: "si", offset: 104 },
  { name: "di", offset: 112 },
  { name: "orig_ax", offset: 120 },
  { name: "ip", offset: 128 },
  { name: "cs", offset: 136 },
  { name: "flags", offset: 144 },
  { name: "sp", offset: 152 },
  { name: "ss", offset: 160 },
];
const NR_REGISTERS = 21;

/** A number without memory references. `at_`: where the text stands in the command, for error_log. */
function parse_base(arg: probe_arg, text: u8[], is_return: bool, at_: u64): int {
  if (text[0] === 37) {
    for (let i: int = 0; i < NR_REGISTERS; i++) {
      if (strcmp(registers[i].name, add(text, 1)) !== 0) continue;
      arg.kind = FETCH_REG;
      arg.index = registers[i].offset;
      return 0;
    }
    return trace_probe_error(at_, "Invalid register name", -EINVAL);
  }
  if (text[0] !== 36) return trace_probe_error(at_, "Invalid fetch argument", -EINVAL);
  const v = add(text, 1);
  if (strcmp(v, "retval") === 0) {
    if (!is_return) return trace_probe_error(at_, "Can not use $retval in kprobe events", -EINVAL);
    arg.kind = FETCH_RETVAL;
    return 0;
  }
  if (strcmp(v, "comm") === 0) {
    arg.kind = FETCH_COMM;
    arg.size = 0;
    return 0;
  }
  if (strcmp(v, "stack") === 0) {
    arg.kind = FETCH_STACKP;
    return 0;
  }
  let n: u64 = 0;
  if (strncmp(v, "stack", 5) === 0 && kstrtoul(add(v, 5), 10, addr(n)) === 0 && n < u64(512)) {
    arg.kind = FETCH_STACK;
    arg.index = int(n);
    return 0;
  }
  return trace_probe_error(at_, "Invalid $-variable specified", -EINVAL);
}

/** "u8" … "x64", "string" */
function parse_type(arg: probe_arg, text: u8[], at_: u64): int {
  let bits: u64 = 0;
  if (strcmp(text, "string") === 0) {
    arg.size = 0;
    return 0;
  }
  const letter = text[0];
  const known = letter === 117 || letter === 115 || letter === 120;
  if (
    !known ||
    kstrtoul(add(text, 1), 10, addr(bits)) !== 0 ||
    (bits !== u64(8) && bits !== u64(16) && bits !== u64(32) && bits !== u64(64))
  ) {
    return trace_probe_error(at_, "Unknown type is specified", -EINVAL);
  }
  arg.size = int(bits / u64(8));
  arg.format = int(letter);
  return 0;
}

/** One argument's text, which is cut up. */
export function parse_probe_arg(arg: probe_arg, word: u8[], number: int, is_return: bool, at_: u64): int {
  let text = word;
  let offset = at_;
  arg.size = 8;
  arg.format = 120;
  const equals = strchr(text, 61);
  if (equals !== null) {
    if (u64(equals) === u64(text) || u64(equals) - u64(text) > u64(31)) return trace_probe_error(at_, "Invalid argument name", -EINVAL);
    equals[0] = 0;
    memcpy(arg.name, text, u64(equals) - u64(text) + u64(1));
    offset += u64(equals) - u64(text) + u64(1);
    text = add(equals, 1);
  } else {
    arg.name[0] = 97;
    arg.name[1] = 114;
    arg.name[2] = 103;
    arg.name[3] = u8(48 + number);
    arg.name[4] = 0;
  }
  let len: int = 0;
  while (text[len] !== 0 && len < 63) {
    arg.comm[len] = text[len];
    len++;
  }
  arg.comm[len] = 0;
  const colon = strchr(text, 58);
  if (colon !== null) {
    colon[0] = 0;
    const err = parse_type(arg, add(colon, 1), offset + (u64(colon) - u64(text)) + u64(1));
    if (err !== 0) return err;
  }
  // +8(+16(%di)): the outermost is read last.
  while (text[0] === 43 || text[0] === 45) {
    const open = strchr(text, 40);
    const close = open === null ? null : strchr(open, 41);
    let value: s64 = 0;
    if (open === null) return trace_probe_error(offset, "Missing opening brace of dereference", -EINVAL);
    if (close === null || arg.derefs === MAX_DEREF) return trace_probe_error(offset, "Dereference is not closed", -EINVAL);
    let last = close;
    for (let more = strchr(add(close, 1), 41); more !== null; more = strchr(add(more, 1), 41)) last = more;
    open[0] = 0;
    last[0] = 0;
    if (kstrtol(text[0] === 43 ? add(text, 1) : text, 0, addr(value)) !== 0)
      return trace_probe_error(offset, "Invalid dereference offset", -EINVAL);
    for (let i = arg.derefs; i > 0; i--) arg.offsets[i] = arg.offsets[i - 1];
    arg.offsets[0] = value;
    arg.derefs++;
    offset += u64(open) - u64(text) + u64(1);
    text = add(open, 1);
  }
  const err = parse_base(arg, text, is_return, offset);
  if (err === 0 && arg.kind === FETCH_COMM) arg.size = 0;
  if (err === 0 && arg.size === 0 && arg.kind !== FETCH_COMM && arg.derefs === 0)
    return trace_probe_error(at_, "Type does not fit to the argument", -EINVAL);
  return err;
}

/** The value, or for texts (FETCH_TEXT bytes) the text, into an entry. */
export function fetch_probe_arg(arg: probe_arg, regs: pt_regs, to: u8[]): void {
  let value: u64 = 0;
  if (arg.kind === FETCH_REG) value = at<u64[]>(u64(regs) + u64(arg.index))[0];
  else if (arg.kind === FETCH_RETVAL) value = regs.ax;
  else if (arg.kind === FETCH_STACKP) value = regs.sp;
  else if (arg.kind === FETCH_STACK) copy_from_kernel_nofault(addr(value), at<ptr>(regs.sp + u64(arg.index * 8)), 8);
  else {
    memcpy(to, get_current().comm, 16);
    return;
  }
  for (let i: int = 0; i < arg.derefs; i++) {
    const where: u64 = value + u64(arg.offsets[i]);
    const last = i === arg.derefs - 1;
    value = 0;
    if (last && arg.size === 0) {
      fetch_text(to, where);
      return;
    }
    copy_from_kernel_nofault(addr(value), at<ptr>(where), last ? u64(arg.size) : u64(8));
  }
  at<u64[]>(u64(to))[0] = value;
}

function fetch_text(to: u8[], from: u64): void {
  for (let i: int = 0; i < FETCH_TEXT; i++) {
    to[i] = 0;
    if (i === FETCH_TEXT - 1 || copy_from_kernel_nofault(add(to, i), at<ptr>(from + u64(i)), 1) !== 0) {
      to[i] = 0;
      return;
    }
    if (to[i] === 0) return;
  }
}

export function probe_arg_size(arg: probe_arg): u64 {
  return arg.size === 0 ? u64(FETCH_TEXT) : u64(8);
}

export function print_probe_arg(m: seq_file, arg: probe_arg, from: u8[]): void {
  if (arg.size === 0) {
    seq_printf(m, ' %s="%s"', arg.name, from);
    return;
  }
  let value = at<u64[]>(u64(from))[0];
  const bits: int = arg.size * 8;
  if (bits < 64) value &= (u64(1) << bits) - u64(1);
  if (arg.format === 115 && bits < 64 && ((value >> (bits - 1)) & u64(1)) !== u64(0)) value |= ~((u64(1) << bits) - u64(1));
  if (arg.format === 115) seq_printf(m, " %s=%ld", arg.name, s64(value));
  else if (arg.format === 117) seq_printf(m, " %s=%lu", arg.name, value);
  else seq_printf(m, " %s=0x%lx", arg.name, value);
}

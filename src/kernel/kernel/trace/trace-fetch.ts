// Arguments of probe events: what `name=%di:u32`, `$retval`, `+8(%si):string` and the like take out of a hit, and where it lies in the record.

import { type pt_regs } from "asm/ptrace";
import { isdigit } from "linux/ctype";
import { get_current } from "linux/current";
import { EINVAL, ENOENT } from "linux/errno";
import { kallsyms_lookup_name } from "linux/kallsyms";
import { kstrtol, kstrtoul, scnprintf } from "linux/kernel";
import { type seq_file, seq_printf } from "linux/seq_file";
import { memcpy, strchr, strcmp, strlcpy, strlen, strncmp, strrchr } from "linux/string";
import { copy_from_kernel_nofault, strncpy_from_user } from "linux/uaccess";
import { EVENT_COMMON } from "./trace-events";
import { trace_probe_error } from "./trace-probe-error";
import { parse_type, type probe_type, probe_types, string_type, TYPE_DEFAULT } from "./trace-probe-type";

notrace_file();

const FETCH_REG = 0;
const FETCH_RETVAL = 1;
const FETCH_STACK = 2;
const FETCH_STACKP = 3;
const FETCH_COMM = 4;
const FETCH_IMM = 5;
const FETCH_MEM = 6;
/** Longest text of one argument in a record, with its NUL. */
export const FETCH_TEXT = 128;
const MAX_DEREF = 8;
const ARG_NAME_MAX = 32;
const MAX_STACK = 2048;

export interface probe_arg extends struct<"probe_arg"> {
  name?: array<u8, 32>;
  /** As it was written, for the list. */
  comm?: array<u8, 64>;
  kind?: int;
  index?: u64; // offset in pt_regs, stack slot, immediate, address
  derefs?: int;
  offsets?: array<s64, 8>; // innermost first
  user?: bool; // the text lies in user memory
  /** Bytes of the value; text: the place and length of it, 4 bytes. */
  size?: u32;
  offset?: u32; // in the record, common fields counted
  is_text?: bool;
  type?: probe_type;
  /** Of a bitfield: how many bits, and how many below them; 0 bits: the whole value. */
  bits?: u32;
  shift?: u32;
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
/** Where the calling convention has a function's first arguments. */
const arg_registers: array<u64, 6> = [112, 104, 96, 88, 72, 64];

export function is_identifier(text: cstr): bool {
  for (let i: int = 0; text[i] !== 0; i++) {
    const c = text[i];
    const letter = c === 95 || (c >= 97 && c <= 122) || (c >= 65 && c <= 90);
    if (!letter && (i === 0 || c < 48 || c > 57)) return false;
  }
  return text[0] !== 0;
}

/** $retval, $comm, $stack, $stackN, $argN; `text` begins behind the dollar. */
function parse_variable(arg: probe_arg, text: u8[], is_return: bool, at_: u64): int {
  let n: u64 = 0;
  if (strcmp(text, "retval") === 0) {
    if (!is_return) return trace_probe_error(at_, "$retval is not available on probe", -EINVAL);
    arg.kind = FETCH_RETVAL;
    return 0;
  }
  if (strcmp(text, "comm") === 0 || strcmp(text, "COMM") === 0) {
    arg.kind = FETCH_COMM;
    return 0;
  }
  if (strcmp(text, "stack") === 0) {
    arg.kind = FETCH_STACKP;
    return 0;
  }
  if (strncmp(text, "stack", 5) === 0 && isdigit(text[5])) {
    if (kstrtoul(add(text, 5), 10, addr(n)) !== 0 || n > u64(MAX_STACK)) {
      return trace_probe_error(at_ + u64(6), "Invalid stack number", -EINVAL);
    }
    arg.kind = FETCH_STACK;
    arg.index = n;
    return 0;
  }
  if (strncmp(text, "arg", 3) === 0 && isdigit(text[3]) && !is_return) {
    if (kstrtoul(add(text, 3), 10, addr(n)) !== 0 || n === u64(0) || n > u64(MAX_STACK)) {
      return trace_probe_error(at_ + u64(4), "Invalid argument number", -EINVAL);
    }
    // Only six are in registers; the others read as 0.
    arg.kind = n <= u64(6) ? FETCH_REG : FETCH_IMM;
    arg.index = n <= u64(6) ? arg_registers[n - u64(1)] : u64(0);
    return 0;
  }
  return trace_probe_error(at_, "Invalid $-variable specified", -EINVAL);
}

/** @ADDRESS, @SYMBOL[+-OFFSET] */
function parse_memory(arg: probe_arg, text: u8[], at_: u64, where: u64): int {
  let value: u64 = 0;
  let offset: s64 = 0;
  arg.kind = FETCH_MEM;
  if (text[0] >= 48 && text[0] <= 57) {
    if (kstrtoul(text, 0, addr(arg.index)) !== 0) return trace_probe_error(at_, "Invalid memory address", -EINVAL);
    return 0;
  }
  const plus = strchr(text, 43) !== null ? strchr(text, 43) : strchr(text, 45);
  if (plus !== null) {
    if (kstrtol(plus[0] === 43 ? add(plus, 1) : plus, 0, addr(offset)) !== 0)
      return trace_probe_error(at_, "Invalid memory address", -EINVAL);
    plus[0] = 0;
  }
  value = kallsyms_lookup_name(text);
  if (value === u64(0)) return trace_probe_error(where, "Invalid probed address or symbol", -ENOENT);
  arg.index = value + u64(offset);
  return 0;
}

/** A number without dereferences. `at_`: where the text stands in the command; `where`: where the probed symbol does. */
function parse_base(arg: probe_arg, text: u8[], is_return: bool, at_: u64, where: u64): int {
  if (text[0] === 36) return parse_variable(arg, add(text, 1), is_return, at_);
  if (text[0] === 64) return parse_memory(arg, add(text, 1), at_ + u64(1), where);
  if (text[0] === 92) {
    arg.kind = FETCH_IMM;
    let value: s64 = 0;
    if (kstrtol(add(text, 1), 0, addr(value)) !== 0) return trace_probe_error(at_ + u64(1), "Invalid immediate value", -EINVAL);
    arg.index = u64(value);
    return 0;
  }
  if (text[0] !== 37) return trace_probe_error(at_, "Invalid fetch argument", -EINVAL);
  for (let i: int = 0; i < NR_REGISTERS; i++) {
    if (strcmp(registers[i].name, add(text, 1)) !== 0) continue;
    arg.kind = FETCH_REG;
    arg.index = u64(registers[i].offset);
    return 0;
  }
  return trace_probe_error(at_, "Invalid register name", -EINVAL);
}

/** +8(+16(%di)): the outermost is read last. */
function parse_expression(arg: probe_arg, expression: u8[], is_return: bool, at_: u64, where: u64): int {
  let text = expression;
  let offset = at_;
  while (text[0] === 43 || text[0] === 45) {
    const minus = text[0] === 45;
    let number = add(text, 1);
    let value: s64 = 0;
    if (number[0] === 117) {
      arg.user = true;
      number = add(number, 1);
    }
    const open = strchr(number, 40);
    if (open === null) return trace_probe_error(offset, "Dereference needs a brace", -EINVAL);
    const close = strrchr(open, 41);
    if (close === null) return trace_probe_error(offset + strlen(text), "Dereference brace is not closed", -EINVAL);
    if (arg.derefs === MAX_DEREF) return trace_probe_error(offset, "Dereference is too much nested", -EINVAL);
    open[0] = 0;
    close[0] = 0;
    if (kstrtol(number, 0, addr(value)) !== 0) return trace_probe_error(offset, "Invalid dereference offset", -EINVAL);
    for (let i = arg.derefs; i > 0; i--) arg.offsets[i] = arg.offsets[i - 1];
    arg.offsets[0] = minus ? -value : value;
    arg.derefs++;
    offset += u64(open) - u64(text) + u64(1);
    text = add(open, 1);
  }
  const err = parse_base(arg, text, is_return, offset, where);
  if (err === 0 && arg.kind === FETCH_COMM && arg.derefs > 0) return trace_probe_error(offset, "$comm can not be dereferenced", -EINVAL);
  return err;
}

/** One argument's text, which is cut up. */
export function parse_probe_arg(arg: probe_arg, word: u8[], number: int, is_return: bool, at_: u64, where: u64): int {
  let text = word;
  let offset = at_;
  const equals = strchr(text, 61);
  arg.type = probe_types[TYPE_DEFAULT];
  if (equals !== null) {
    const len = u64(equals) - u64(text);
    if (len === u64(0)) return trace_probe_error(at_, "Argument name is not specified", -EINVAL);
    if (len >= u64(ARG_NAME_MAX)) return trace_probe_error(at_, "Argument name is too long", -EINVAL);
    equals[0] = 0;
    strlcpy(arg.name, text, ARG_NAME_MAX);
    if (!is_identifier(arg.name)) return trace_probe_error(at_, "Argument name must follow the same rules as C identifiers", -EINVAL);
    offset += len + u64(1);
    text = add(equals, 1);
  } else {
    scnprintf(arg.name, ARG_NAME_MAX, "arg%d", number);
  }
  if (text[0] === 0) return trace_probe_error(offset, "No argument expression", -EINVAL);
  if (strlen(text) > u64(63)) return trace_probe_error(offset, "Argument expression is too long", -EINVAL);
  strlcpy(arg.comm, text, 64);
  const colon = strrchr(text, 58);
  const type_at = colon === null ? offset : offset + (u64(colon) - u64(text)) + u64(1);
  if (colon !== null) {
    colon[0] = 0;
    const err = parse_type(arg, add(colon, 1), type_at);
    if (err !== 0) return err;
  }
  const err = parse_expression(arg, text, is_return, offset, where);
  if (err !== 0) return err;
  if (arg.kind === FETCH_COMM) {
    // It is a string and nothing else.
    if (colon !== null && strcmp(add(colon, 1), "string") !== 0) return -EINVAL;
    arg.is_text = true;
    arg.type = string_type;
  } else if (arg.is_text && arg.derefs === 0 && arg.kind !== FETCH_MEM) {
    return trace_probe_error(type_at, "String accepts only memory argument", -EINVAL);
  }
  arg.size = arg.type.size;
  return 0;
}

// ---- fetching ----

function read_text(to: u8[], from: u64, user: bool): u64 {
  if (user) {
    const n = strncpy_from_user(to, at<u8[]>(from), FETCH_TEXT - 1);
    if (n < 0) {
      strlcpy(to, "(fault)", FETCH_TEXT);
      return 8;
    }
    to[u64(n)] = 0;
    return u64(n) + u64(1);
  }
  for (let i: u64 = 0; i < u64(FETCH_TEXT); i++) {
    to[i] = 0;
    if (i === u64(FETCH_TEXT - 1)) return u64(FETCH_TEXT);
    if (copy_from_kernel_nofault(add(to, i), at<ptr>(from + i), 1) !== 0) {
      strlcpy(to, "(fault)", FETCH_TEXT);
      return 8;
    }
    if (to[i] === 0) return i + u64(1);
  }
  return u64(FETCH_TEXT);
}

function read_base(arg: probe_arg, regs: pt_regs): u64 {
  let value: u64 = 0;
  switch (arg.kind) {
    case FETCH_REG:
      return at<u64[]>(u64(regs) + arg.index)[0];
    case FETCH_RETVAL:
      return regs.ax;
    case FETCH_STACKP:
      return regs.sp;
    case FETCH_STACK:
      copy_from_kernel_nofault(addr(value), at<ptr>(regs.sp + arg.index * u64(8)), 8);
      return value;
    case FETCH_MEM:
      if (arg.is_text || arg.derefs > 0) return arg.index;
      copy_from_kernel_nofault(addr(value), at<ptr>(arg.index), u64(arg.size));
      return value;
    default:
      return arg.index;
  }
}

/** Puts the argument into the record, which begins at `data` (its offset 8); texts go to `end`, whose new value is returned. */
export function fetch_probe_arg(arg: probe_arg, regs: pt_regs, data: u8[], end: u64): u64 {
  const to = u64(data) + u64(arg.offset) - u64(EVENT_COMMON);
  let value: u64 = 0;
  let len: u64 = 0;
  if (arg.kind === FETCH_COMM) {
    len = strlen(get_current().comm) + u64(1);
    memcpy(at<u8[]>(u64(data) + end - u64(EVENT_COMMON)), get_current().comm, len);
  } else {
    value = read_base(arg, regs);
    for (let i: int = 0; i < arg.derefs; i++) {
      const where: u64 = value + u64(arg.offsets[i]);
      const last = i === arg.derefs - 1;
      value = 0;
      if (last && arg.is_text) value = where;
      else copy_from_kernel_nofault(addr(value), at<ptr>(where), last ? u64(arg.size) : u64(8));
    }
    if (arg.is_text) len = read_text(at<u8[]>(u64(data) + end - u64(EVENT_COMMON)), value, arg.user);
  }
  if (!arg.is_text) {
    if (arg.bits !== u32(0)) value = (value >> arg.shift) & (~u64(0) >> (u32(64) - arg.bits));
    memcpy(at<u8[]>(to), addr(value) as ptr as u8[], u64(arg.size));
    return end;
  }
  at<u32[]>(to)[0] = u32(end) | (u32(len) << 16);
  return end + len;
}

export function print_probe_arg(m: seq_file, arg: probe_arg, data: u8[]): void {
  const from = u64(data) + u64(arg.offset) - u64(EVENT_COMMON);
  if (arg.is_text) {
    const loc = at<u32[]>(from)[0];
    seq_printf(m, ' %s="%s"', arg.name, at<u8[]>(u64(data) + u64(loc & u32(0xffff)) - u64(EVENT_COMMON)));
    return;
  }
  let value: u64 = 0;
  memcpy(addr(value) as ptr as u8[], at<u8[]>(from), u64(arg.size));
  const unused: int = 64 - int(arg.size) * 8;
  if (arg.type.is_signed) value = u64(s64(value << unused) >> unused);
  seq_printf(m, arg.type.print, arg.name, value);
}

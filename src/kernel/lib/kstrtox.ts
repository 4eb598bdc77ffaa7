// Numbers and booleans from text.

import { isdigit, isspace, tolower } from "linux/ctype";
import { EINVAL, ERANGE } from "linux/errno";

/** Value of a digit in base ≤ 16, or 255. */
function digit_value(c: u8): u32 {
  if (isdigit(c)) return u32(c) - 48;
  const l = tolower(c);
  if (l >= 97 && l <= 102) return u32(l) - 87;
  return 255;
}
inline(digit_value);

/** Base by prefix: 0x 16, 0 8, else 10. */
function guess_base(s: cstr, base: u32): u32 {
  if (base !== 0) return base;
  if (s[0] !== 48) return 10;
  if (tolower(s[1]) === 120 && digit_value(s[2]) < 16) return 16;
  return 8;
}

function prefix_length(s: cstr, base: u32): u64 {
  return base === 16 && s[0] === 48 && tolower(s[1]) === 120 ? 2 : 0;
}

export function simple_strtoull(s: cstr, endp: ref<u8[]>[], base: u32): u64 {
  const b = guess_base(s, base);
  let i = prefix_length(s, b);
  let value: u64 = 0;
  for (;;) {
    const d = digit_value(s[i]);
    if (d >= b) break;
    value = value * u64(b) + u64(d);
    i++;
  }
  if (endp !== null) endp[0] = add(s as u8[], i);
  return value;
}

export function simple_strtoul(s: cstr, endp: ref<u8[]>[], base: u32): u64 {
  return simple_strtoull(s, endp, base);
}

export function simple_strtol(s: cstr, endp: ref<u8[]>[], base: u32): s64 {
  if (s[0] === 45) return -s64(simple_strtoull(add(s as u8[], 1), endp, base));
  return s64(simple_strtoull(s, endp, base));
}

/** The whole string (one newline may follow) must be a number. */
function parse_unsigned(s: cstr, base: u32, res: u64[]): int {
  const b = guess_base(s, base);
  let i = prefix_length(s, b);
  const start = i;
  let value: u64 = 0;
  for (;;) {
    const d = digit_value(s[i]);
    if (d >= b) break;
    if (value > (0xffffffffffffffff - u64(d)) / u64(b)) return -ERANGE;
    value = value * u64(b) + u64(d);
    i++;
  }
  if (i === start) return -EINVAL;
  if (s[i] === 10) i++;
  if (s[i] !== 0) return -EINVAL;
  res[0] = value;
  return 0;
}

export function kstrtoull(s: cstr, base: u32, res: u64[]): int {
  return parse_unsigned(s[0] === 43 ? add(s as u8[], 1) : s, base, res);
}

export function kstrtoll(s: cstr, base: u32, res: s64[]): int {
  let value: u64 = 0;
  if (s[0] === 45) {
    const rc = parse_unsigned(add(s as u8[], 1), base, addr(value));
    if (rc < 0) return rc;
    if (s64(-value) > 0) return -ERANGE;
    res[0] = s64(-value);
    return 0;
  }
  const rc = kstrtoull(s, base, addr(value));
  if (rc < 0) return rc;
  if (s64(value) < 0) return -ERANGE;
  res[0] = s64(value);
  return 0;
}

export function kstrtoul(s: cstr, base: u32, res: u64[]): int {
  return kstrtoull(s, base, res);
}

export function kstrtol(s: cstr, base: u32, res: s64[]): int {
  return kstrtoll(s, base, res);
}

function signed_in_range(s: cstr, base: u32, low: s64, high: s64, res: s64[]): int {
  const rc = kstrtoll(s, base, res);
  if (rc < 0) return rc;
  return res[0] < low || res[0] > high ? -ERANGE : 0;
}

function unsigned_in_range(s: cstr, base: u32, high: u64, res: u64[]): int {
  const rc = kstrtoull(s, base, res);
  if (rc < 0) return rc;
  return res[0] > high ? -ERANGE : 0;
}

export function kstrtouint(s: cstr, base: u32, res: u32[]): int {
  let value: u64 = 0;
  const rc = unsigned_in_range(s, base, 0xffffffff, addr(value));
  if (rc === 0) res[0] = u32(value);
  return rc;
}

export function kstrtoint(s: cstr, base: u32, res: int[]): int {
  let value: s64 = 0;
  const rc = signed_in_range(s, base, -0x80000000, 0x7fffffff, addr(value));
  if (rc === 0) res[0] = int(value);
  return rc;
}

export function kstrtou16(s: cstr, base: u32, res: u16[]): int {
  let value: u64 = 0;
  const rc = unsigned_in_range(s, base, 0xffff, addr(value));
  if (rc === 0) res[0] = u16(value);
  return rc;
}

export function kstrtos16(s: cstr, base: u32, res: s16[]): int {
  let value: s64 = 0;
  const rc = signed_in_range(s, base, -0x8000, 0x7fff, addr(value));
  if (rc === 0) res[0] = s16(value);
  return rc;
}

export function kstrtou8(s: cstr, base: u32, res: u8[]): int {
  let value: u64 = 0;
  const rc = unsigned_in_range(s, base, 0xff, addr(value));
  if (rc === 0) res[0] = u8(value);
  return rc;
}

/** The first character decides: y Y t T 1, n N f F 0, and on / off by the second. */
export function kstrtobool(s: cstr, res: bool[]): int {
  if (s === null) return -EINVAL;
  switch (tolower(s[0])) {
    case 121: // y
    case 116: // t
    case 49: // 1
      res[0] = true;
      return 0;
    case 110: // n
    case 102: // f
    case 48: // 0
      res[0] = false;
      return 0;
    case 111: // o
      switch (tolower(s[1])) {
        case 110:
          res[0] = true;
          return 0;
        case 102:
          res[0] = false;
          return 0;
      }
      break;
  }
  return -EINVAL;
}

/** Skips white space before a number, for sscanf. */
export function skip_number_space(s: cstr): u8[] {
  const p = s as u8[];
  let i: u64 = 0;
  while (isspace(p[i])) i++;
  return add(p, i);
}
EXPORT_SYMBOL(kstrtoull);
EXPORT_SYMBOL(kstrtoll);
EXPORT_SYMBOL(kstrtouint);
EXPORT_SYMBOL(kstrtoint);
EXPORT_SYMBOL(kstrtobool);
EXPORT_SYMBOL(simple_strtoul);
EXPORT_SYMBOL(simple_strtol);
EXPORT_SYMBOL(kstrtoul);
EXPORT_SYMBOL(kstrtol);
EXPORT_SYMBOL(kstrtou8);
EXPORT_SYMBOL(kstrtou16);
EXPORT_SYMBOL(kstrtos16);
EXPORT_SYMBOL(simple_strtoull);

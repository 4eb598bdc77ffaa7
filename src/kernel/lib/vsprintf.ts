// printf-style formatting, with the kernel's pointer extensions (%pS, %ps, %pB, %px, %pK, %*ph, %pV, %pd).

import type { dentry } from "linux/dcache";
import { sprint_backtrace, sprint_symbol, sprint_symbol_no_offset } from "linux/kallsyms";
import { kmalloc } from "linux/slab";
import { strlen, strnlen } from "./string";

const FLAG_LEFT = 1;
const FLAG_PLUS = 2;
const FLAG_SPACE = 4;
const FLAG_ZERO = 8;
const FLAG_ALT = 16;
const FLAG_SIGNED = 32;
const FLAG_UPPER = 64;

/** For %pV. */
export interface va_format extends struct<"va_format"> {
  fmt?: cstr;
  va?: ptr;
}

/** Where characters go: they are counted beyond the end, but stored before it only. */
interface out_buffer extends struct<"out_buffer"> {
  buf?: u8[];
  size?: u64;
  pos?: u64;
}

function put(o: out_buffer, c: u8): void {
  if (o.pos < o.size) o.buf[o.pos] = c;
  o.pos++;
}
inline(put);

function pad(o: out_buffer, n: int, c: u8): void {
  for (let i: int = 0; i < n; i++) put(o, c);
}

function put_string(o: out_buffer, s: cstr, width: int, precision: int, flags: u32): void {
  const text: cstr = u64(s) < 4096 ? (s === null ? "(null)" : "(efault)") : s;
  const n = precision >= 0 ? int(strnlen(text, u64(precision))) : int(strlen(text));
  if ((flags & FLAG_LEFT) === 0) pad(o, width - n, 32);
  for (let i: int = 0; i < n; i++) put(o, text[i]);
  if ((flags & FLAG_LEFT) !== 0) pad(o, width - n, 32);
}

function put_number(o: out_buffer, number: u64, base: u32, width: int, precision: int, flags: u32): void {
  let digits: array<u8, 24>;
  let value = number;
  let sign: u8 = 0;
  if ((flags & FLAG_SIGNED) !== 0) {
    if (s64(value) < 0) {
      sign = 45;
      value = -value;
    } else if ((flags & FLAG_PLUS) !== 0) {
      sign = 43;
    } else if ((flags & FLAG_SPACE) !== 0) {
      sign = 32;
    }
  }
  let n: int = 0;
  if (base === 16) {
    const letter: u8 = (flags & FLAG_UPPER) !== 0 ? 55 : 87;
    do {
      const d = u8(value & 15);
      digits[n] = d < 10 ? u8(d + 48) : u8(d + letter);
      n++;
      value = value >> 4;
    } while (value !== 0);
  } else {
    do {
      digits[n] = u8((value % u64(base)) + 48);
      n++;
      value = value / u64(base);
    } while (value !== 0);
  }
  let prefix: int = 0;
  if ((flags & FLAG_ALT) !== 0) prefix = base === 16 ? 2 : base === 8 ? 1 : 0;
  let zeros = precision > n ? precision - n : 0;
  let room = width - n - zeros - prefix - (sign !== 0 ? 1 : 0);
  if (precision < 0 && (flags & (FLAG_ZERO | FLAG_LEFT)) === FLAG_ZERO && room > 0) {
    zeros = room;
    room = 0;
  }
  if ((flags & FLAG_LEFT) === 0) pad(o, room, 32);
  if (sign !== 0) put(o, sign);
  if (prefix > 0) put(o, 48);
  if (prefix > 1) put(o, (flags & FLAG_UPPER) !== 0 ? 88 : 120);
  pad(o, zeros, 48);
  while (n > 0) {
    n--;
    put(o, digits[n]);
  }
  if ((flags & FLAG_LEFT) !== 0) pad(o, room, 32);
}

/** Addresses are not told by a plain %p: a fixed mixing of the bits stands for them, the same in every run. */
function hash_pointer(p: u64): u64 {
  let h = (p ^ 0x6b656c7000000000) * 0x9e3779b97f4a7c15;
  h = h ^ (h >> 32);
  return h & 0xffffffff;
}

function put_hex_bytes(o: out_buffer, p: u8[], count: int, separator: u8): void {
  const n = count < 1 ? 1 : count > 64 ? 64 : count;
  for (let i: int = 0; i < n; i++) {
    if (i > 0 && separator !== 0) put(o, separator);
    put_number(o, u64(p[i]), 16, 2, -1, FLAG_ZERO);
  }
}

/** %p and its letters; returns how many letters belong to it. */
function put_pointer(o: out_buffer, letters: cstr, value: u64, width: int, precision: int, flags: u32): int {
  let text: array<u8, 640>;
  switch (letters[0]) {
    case 83: // S
      sprint_symbol(text, value);
      put_string(o, text, width, precision, flags);
      return letters[1] === 82 || letters[1] === 98 ? 2 : 1;
    case 115: // s
      sprint_symbol_no_offset(text, value);
      put_string(o, text, width, precision, flags);
      return 1;
    case 66: // B
      sprint_backtrace(text, value);
      put_string(o, text, width, precision, flags);
      return letters[1] === 98 ? 2 : 1;
    case 120: // x
      put_number(o, value, 16, 16, -1, FLAG_ZERO);
      return 1;
    case 75: // K
      put_number(o, value, 16, 16, -1, FLAG_ZERO);
      return 1;
    case 104: // h
      if (letters[1] === 67 || letters[1] === 68 || letters[1] === 78) {
        put_hex_bytes(o, at<u8[]>(value), width, letters[1] === 67 ? 58 : letters[1] === 68 ? 45 : 0);
        return 2;
      }
      put_hex_bytes(o, at<u8[]>(value), width, 32);
      return 1;
    case 86: {
      // V
      const vf = at<va_format>(value);
      const rest = o.pos < o.size ? o.size - o.pos : u64(0);
      o.pos += u64(vsnprintf(rest !== 0 ? add(o.buf, o.pos) : null, rest, vf.fmt, vf.va as va_list));
      return 1;
    }
    case 100: // d
      put_string(o, at<dentry>(value).d_name.name, width, precision, flags);
      return 1;
    case 101: // e: error pointer
      put_number(o, value, 10, width, precision, flags | FLAG_SIGNED);
      return 1;
  }
  if (value === u64(0) || value >= 0xfffffffffffff001) {
    // Null and error values are no addresses: they are told as they are.
    put_number(o, value, 16, width === 0 ? 16 : width, -1, width === 0 ? FLAG_ZERO : flags);
    return 0;
  }
  put_number(o, hash_pointer(value), 16, 16, -1, FLAG_ZERO);
  return 0;
}

/** The text's length without NUL, also where it did not fit into size. */
export function vsnprintf(buf: u8[], size: u64, format: cstr, args: va_list): int {
  const o: out_buffer = { buf, size: size === 0 ? u64(0) : size - 1, pos: 0 };
  const f = format as u8[];
  let i: u64 = 0;
  for (;;) {
    const c = f[i];
    if (c === 0) break;
    i++;
    if (c !== 37) {
      put(o, c);
      continue;
    }
    let flags: u32 = 0;
    for (;;) {
      const x = f[i];
      if (x === 45) flags |= FLAG_LEFT;
      else if (x === 43) flags |= FLAG_PLUS;
      else if (x === 32) flags |= FLAG_SPACE;
      else if (x === 35) flags |= FLAG_ALT;
      else if (x === 48) flags |= FLAG_ZERO;
      else break;
      i++;
    }
    let width: int = 0;
    if (f[i] === 42) {
      width = va_arg<int>(args);
      i++;
      if (width < 0) {
        width = -width;
        flags |= FLAG_LEFT;
      }
    } else {
      while (f[i] >= 48 && f[i] <= 57) {
        width = width * 10 + int(f[i]) - 48;
        i++;
      }
    }
    let precision: int = -1;
    if (f[i] === 46) {
      i++;
      precision = 0;
      if (f[i] === 42) {
        precision = va_arg<int>(args);
        i++;
      } else {
        while (f[i] >= 48 && f[i] <= 57) {
          precision = precision * 10 + int(f[i]) - 48;
          i++;
        }
      }
    }
    let size_of_arg: int = 4;
    for (;;) {
      const x = f[i];
      if (x === 108 || x === 122 || x === 116 || x === 76) size_of_arg = 8;
      else if (x === 104) size_of_arg = size_of_arg === 2 ? 1 : 2;
      else break;
      i++;
    }
    const conversion = f[i];
    if (conversion === 0) break;
    i++;
    switch (conversion) {
      case 37: // %
        put(o, 37);
        continue;
      case 99: {
        // c
        const character = u8(va_arg<int>(args));
        if ((flags & FLAG_LEFT) === 0) pad(o, width - 1, 32);
        put(o, character);
        if ((flags & FLAG_LEFT) !== 0) pad(o, width - 1, 32);
        continue;
      }
      case 115: // s
        put_string(o, va_arg<cstr>(args), width, precision, flags);
        continue;
      case 112: // p
        i += u64(put_pointer(o, add(f, i), va_arg<u64>(args), width, precision, flags));
        continue;
      case 100: // d
      case 105: {
        // i
        let value: s64 = 0;
        if (size_of_arg === 8) value = va_arg<s64>(args);
        else if (size_of_arg === 4) value = s64(va_arg<int>(args));
        else if (size_of_arg === 2) value = s64(s16(va_arg<int>(args)));
        else value = s64(s8(va_arg<int>(args)));
        put_number(o, u64(value), 10, width, precision, flags | FLAG_SIGNED);
        continue;
      }
      case 117: // u
      case 120: // x
      case 88: // X
      case 111: {
        // o
        let value: u64 = 0;
        if (size_of_arg === 8) value = va_arg<u64>(args);
        else if (size_of_arg === 4) value = u64(va_arg<u32>(args));
        else if (size_of_arg === 2) value = u64(u16(va_arg<u32>(args)));
        else value = u64(u8(va_arg<u32>(args)));
        if (conversion === 88) flags |= FLAG_UPPER;
        put_number(o, value, conversion === 117 ? 10 : conversion === 111 ? 8 : 16, width, precision, flags);
        continue;
      }
      default:
        put(o, 37);
        put(o, conversion);
    }
  }
  if (size !== 0) buf[o.pos < size - 1 ? o.pos : size - 1] = 0;
  return int(o.pos);
}

/** As vsnprintf, but the number of characters stored. */
export function vscnprintf(buf: u8[], size: u64, format: cstr, args: va_list): int {
  const n = vsnprintf(buf, size, format, args);
  if (u64(n) < size) return n;
  return size !== 0 ? int(size - 1) : 0;
}

export function snprintf(buf: u8[], size: u64, format: cstr, ...args: va_list): int {
  return vsnprintf(buf, size, format, args);
}

export function scnprintf(buf: u8[], size: u64, format: cstr, ...args: va_list): int {
  return vscnprintf(buf, size, format, args);
}

export function vsprintf(buf: u8[], format: cstr, args: va_list): int {
  return vsnprintf(buf, 0x7fffffff, format, args);
}

export function sprintf(buf: u8[], format: cstr, ...args: va_list): int {
  return vsnprintf(buf, 0x7fffffff, format, args);
}

/** Formats into fresh memory, at most 1023 characters. */
export function kvasprintf(gfp: u32, format: cstr, args: va_list): u8[] {
  let text: array<u8, 1024>;
  const n = vscnprintf(text, 1024, format, args);
  const p = kmalloc(u64(n) + 1, gfp) as u8[];
  if (p === null) return null;
  for (let i: int = 0; i <= n; i++) p[i] = text[i];
  return p;
}

export function kasprintf(gfp: u32, format: cstr, ...args: va_list): u8[] {
  return kvasprintf(gfp, format, args);
}
EXPORT_SYMBOL(vsnprintf);
EXPORT_SYMBOL(vscnprintf);
EXPORT_SYMBOL(snprintf);
EXPORT_SYMBOL(scnprintf);
EXPORT_SYMBOL(sprintf);
EXPORT_SYMBOL(kasprintf);
EXPORT_SYMBOL(vsprintf);
EXPORT_SYMBOL(kvasprintf);

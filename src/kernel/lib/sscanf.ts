// sscanf: integers, words and single characters.

import { isspace } from "linux/ctype";
import { simple_strtol, simple_strtoull, skip_number_space } from "./kstrtox";

function store(p: ptr, size: int, value: u64): void {
  switch (size) {
    case 1:
      (p as u8[])[0] = u8(value);
      return;
    case 2:
      (p as u16[])[0] = u16(value);
      return;
    case 8:
      (p as u64[])[0] = value;
      return;
    default:
      (p as u32[])[0] = u32(value);
  }
}

/** Number of conversions that succeeded. */
export function vsscanf(text: cstr, format: cstr, args: va_list): int {
  let s = text as u8[];
  const f = format as u8[];
  let i: u64 = 0;
  let count: int = 0;
  for (;;) {
    const c = f[i];
    if (c === 0) return count;
    if (isspace(c)) {
      s = skip_number_space(s);
      i++;
      continue;
    }
    if (c !== 37) {
      if (s[0] !== c) return count;
      s = add(s, 1);
      i++;
      continue;
    }
    i++;
    const discard = f[i] === 42; // *
    if (discard) i++;
    let width: int = 0;
    while (f[i] >= 48 && f[i] <= 57) {
      width = width * 10 + int(f[i]) - 48;
      i++;
    }
    let size: int = 4;
    while (f[i] === 108 || f[i] === 104 || f[i] === 122) {
      size = f[i] === 104 ? (size === 2 ? 1 : 2) : 8;
      i++;
    }
    const conversion = f[i];
    if (conversion !== 0) i++;
    if (conversion === 37) {
      if (s[0] !== 37) return count;
      s = add(s, 1);
      continue;
    }
    if (conversion === 110) {
      va_arg<int[]>(args)[0] = int(u64(s) - u64(text));
      continue;
    }
    if (s[0] === 0) return count;
    if (conversion === 99) {
      if (!discard) {
        va_arg<u8[]>(args)[0] = s[0];
        count++;
      }
      s = add(s, 1);
      continue;
    }
    s = skip_number_space(s);
    if (conversion === 115) {
      const to = discard ? null : va_arg<u8[]>(args);
      let n: int = 0;
      while (s[0] !== 0 && !isspace(s[0]) && (width === 0 || n < width)) {
        if (to !== null) to[n] = s[0];
        s = add(s, 1);
        n++;
      }
      if (to !== null) {
        to[n] = 0;
        count++;
      }
      continue;
    }
    const base: u32 = conversion === 120 || conversion === 88 ? 16 : conversion === 111 ? 8 : conversion === 105 ? 0 : 10;
    const signed = conversion === 100 || conversion === 105;
    const first = s[0] === 45 ? s[1] : s[0];
    const is_digit = (first >= 48 && first <= 57) || (base === 16 && ((first >= 97 && first <= 102) || (first >= 65 && first <= 70)));
    if (!is_digit || (s[0] === 45 && !signed)) return count;
    let end: u8[] = null;
    const value = signed ? u64(simple_strtol(s, addr(end), base)) : simple_strtoull(s, addr(end), base);
    s = end;
    if (!discard) {
      store(va_arg<ptr>(args), size, value);
      count++;
    }
  }
}

export function sscanf(text: cstr, format: cstr, ...args: va_list): int {
  return vsscanf(text, format, args);
}
EXPORT_SYMBOL(sscanf);

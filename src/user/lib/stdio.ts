// Standard output: a buffer that is written at each line's end, and printf.

import { strlen } from "./string";
import { write } from "./unistd";

const BUFFER = 1024;
let buffer: array<u8, 1024>;
let used: u64 = 0;

export function flush(): void {
  let done: u64 = 0;
  while (done < used) {
    const n = write(1, add(buffer, done), used - done);
    if (n <= 0) break;
    done += u64(n);
  }
  used = 0;
}

export function putchar(c: u8): void {
  buffer[used++] = c;
  if (c === 10 || used === BUFFER) flush();
}

function put(s: cstr, n: u64): void {
  for (let i: u64 = 0; i < n; i++) putchar((s as u8[])[i]);
}

function pad(fill: u8, width: s64): void {
  for (let i: s64 = 0; i < width; i++) putchar(fill);
}

/** digits: 24 bytes. Their number; they are at the end. */
function to_digits(digits: u8[], value: u64, base: u64): u64 {
  let n: u64 = 0;
  let rest = value;
  do {
    const d = rest % base;
    digits[24 - ++n] = u8(d < 10 ? 48 + d : 87 + d);
    rest /= base;
  } while (rest !== 0);
  return n;
}

function put_number(value: u64, negative: bool, base: u64, width: s64, zeros: bool): void {
  let digits: array<u8, 24>;
  const n = to_digits(digits, value, base);
  const missing = width - s64(n) - (negative ? 1 : 0);
  if (!zeros) pad(32, missing);
  if (negative) putchar(45);
  if (zeros) pad(48, missing);
  put(add(digits, 24 - n), n);
}

/** %d %u %x %c %s %p %%, with l and a width, as in C. */
export function printf(format: cstr, ...args: va_list): void {
  const f = format as u8[];
  for (let i: u64 = 0; f[i] !== 0; i++) {
    if (f[i] !== 37) {
      putchar(f[i]);
      continue;
    }
    i++;
    const zeros = f[i] === 48;
    let width: s64 = 0;
    for (; f[i] >= 48 && f[i] <= 57; i++) width = width * 10 + (f[i] - 48);
    let long = false;
    for (; f[i] === 108; i++) long = true;
    switch (f[i]) {
      case 100: {
        const value = long ? va_arg<s64>(args) : s64(va_arg<int>(args));
        put_number(value < 0 ? -u64(value) : u64(value), value < 0, 10, width, zeros);
        break;
      }
      case 117:
      case 120: {
        const value = long ? va_arg<u64>(args) : u64(va_arg<u32>(args));
        put_number(value, false, f[i] === 117 ? 10 : 16, width, zeros);
        break;
      }
      case 112:
        put("0x", 2);
        put_number(va_arg<u64>(args), false, 16, 0, false);
        break;
      case 99:
        putchar(u8(va_arg<int>(args)));
        break;
      case 115: {
        const s = va_arg<u8[]>(args);
        const text: cstr = s === null ? "(null)" : s;
        const n = strlen(text);
        pad(32, width - s64(n));
        put(text, n);
        break;
      }
      case 0:
        return;
      default:
        putchar(f[i]);
    }
  }
}

export function puts(s: cstr): void {
  printf("%s\n", s);
}

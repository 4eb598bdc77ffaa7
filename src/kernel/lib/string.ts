// Memory and string functions of the kernel. memcpy, memset and memmove are assembler: 8 bytes a step.

import { isspace, tolower } from "linux/ctype";
import { E2BIG, ENOENT } from "linux/errno";

/** rdi to, rsi from, rdx bytes; returns to. */
export const memcpy = asm<(to: ptr, from: ptr, n: u64) => ptr>("memcpy", () => {
  mov(rax, rdi);
  mov(rcx, rdx);
  shr(rcx, 3);
  and(edx, 7);
  rep();
  movsq();
  mov(ecx, edx);
  rep();
  movsb();
  ret();
});

/** rdi to, sil byte, rdx bytes; returns to. */
export const memset = asm<(to: ptr, byte: int, n: u64) => ptr>("memset", () => {
  mov(r8, rdi);
  movzx(eax, sil);
  mov(rcx, 0x0101010101010101);
  imul(rax, rcx);
  mov(rcx, rdx);
  shr(rcx, 3);
  and(edx, 7);
  rep();
  stosq();
  mov(ecx, edx);
  rep();
  stosb();
  mov(rax, r8);
  ret();
});

/** As memcpy, but the areas may overlap: copies backwards where `to` lies within the source. */
export const memmove = asm<(to: ptr, from: ptr, n: u64) => ptr>("memmove", () => {
  mov(rax, rdi);
  sub(rax, rsi);
  cmp(rax, rdx);
  jae(memcpy);
  mov(rax, rdi);
  lea(rdi, mem(rdi, rdx, 1, -1));
  lea(rsi, mem(rsi, rdx, 1, -1));
  mov(rcx, rdx);
  std();
  rep();
  movsb();
  cld();
  ret();
});

export function memcmp(a: ptr, b: ptr, n: u64): int {
  const x = a as u8[];
  const y = b as u8[];
  for (let i: u64 = 0; i < n; i++) {
    if (x[i] !== y[i]) return int(x[i]) - int(y[i]);
  }
  return 0;
}

export function memchr(p: ptr, c: int, n: u64): ptr {
  const s = p as u8[];
  for (let i: u64 = 0; i < n; i++) {
    if (s[i] === u8(c)) return add(s, i);
  }
  return null;
}

/** First byte that is not c. */
export function memchr_inv(p: ptr, c: int, n: u64): ptr {
  const s = p as u8[];
  for (let i: u64 = 0; i < n; i++) {
    if (s[i] !== u8(c)) return add(s, i);
  }
  return null;
}

export function strlen(s: cstr): u64 {
  let n: u64 = 0;
  while (s[n] !== 0) n++;
  return n;
}

export function strnlen(s: cstr, max: u64): u64 {
  let n: u64 = 0;
  while (n < max && s[n] !== 0) n++;
  return n;
}

export function strcpy(to: u8[], from: cstr): u8[] {
  let i: u64 = 0;
  for (;;) {
    const c = from[i];
    to[i] = c;
    if (c === 0) return to;
    i++;
  }
}

export function strncpy(to: u8[], from: cstr, n: u64): u8[] {
  let i: u64 = 0;
  while (i < n && from[i] !== 0) {
    to[i] = from[i];
    i++;
  }
  while (i < n) {
    to[i] = 0;
    i++;
  }
  return to;
}

/** Copies what fits with a NUL; the length of `from`. */
export function strlcpy(to: u8[], from: cstr, size: u64): u64 {
  const n = strlen(from);
  if (size !== 0) {
    const len = n >= size ? size - 1 : n;
    memcpy(to, from, len);
    to[len] = 0;
  }
  return n;
}

/** Copies what fits with a NUL; the number of characters copied, or -E2BIG. */
export function strscpy(to: u8[], from: cstr, size: u64): s64 {
  if (size === 0) return -E2BIG;
  let i: u64 = 0;
  while (i < size - 1) {
    const c = from[i];
    to[i] = c;
    if (c === 0) return s64(i);
    i++;
  }
  to[i] = 0;
  return from[i] === 0 ? s64(i) : -E2BIG;
}

export function strcat(to: u8[], from: cstr): u8[] {
  strcpy(add(to, strlen(to)), from);
  return to;
}

export function strlcat(to: u8[], from: cstr, size: u64): u64 {
  const n = strnlen(to, size);
  return n + strlcpy(add(to, n), from, size - n);
}

export function strcmp(a: cstr, b: cstr): int {
  let i: u64 = 0;
  for (;;) {
    const c = a[i];
    const d = b[i];
    if (c !== d) return c < d ? -1 : 1;
    if (c === 0) return 0;
    i++;
  }
}

export function strncmp(a: cstr, b: cstr, n: u64): int {
  for (let i: u64 = 0; i < n; i++) {
    const c = a[i];
    const d = b[i];
    if (c !== d) return c < d ? -1 : 1;
    if (c === 0) return 0;
  }
  return 0;
}

export function strncasecmp(a: cstr, b: cstr, n: u64): int {
  for (let i: u64 = 0; i < n; i++) {
    const c = tolower(a[i]);
    const d = tolower(b[i]);
    if (c !== d) return int(c) - int(d);
    if (c === 0) return 0;
  }
  return 0;
}

export function strcasecmp(a: cstr, b: cstr): int {
  return strncasecmp(a, b, 0xffffffffffffffff);
}

export function strchr(s: cstr, c: int): u8[] {
  const p = s as u8[];
  for (let i: u64 = 0; ; i++) {
    if (p[i] === u8(c)) return add(p, i);
    if (p[i] === 0) return null;
  }
}

/** As strchr, but the end of the string where there is none. */
export function strchrnul(s: cstr, c: int): u8[] {
  const p = s as u8[];
  let i: u64 = 0;
  while (p[i] !== 0 && p[i] !== u8(c)) i++;
  return add(p, i);
}

export function strnchr(s: cstr, n: u64, c: int): u8[] {
  const p = s as u8[];
  for (let i: u64 = 0; i < n; i++) {
    if (p[i] === u8(c)) return add(p, i);
    if (p[i] === 0) return null;
  }
  return null;
}

export function strrchr(s: cstr, c: int): u8[] {
  const p = s as u8[];
  let last: u8[] = null;
  for (let i: u64 = 0; ; i++) {
    if (p[i] === u8(c)) last = add(p, i);
    if (p[i] === 0) return last;
  }
}

export function strnstr(s: cstr, sub: cstr, n: u64): u8[] {
  const p = s as u8[];
  const len = strlen(sub);
  if (len === 0) return p;
  for (let i: u64 = 0; i + len <= n; i++) {
    if (p[i] === 0) return null;
    if (p[i] === sub[0] && memcmp(add(p, i), sub, len) === 0) return add(p, i);
  }
  return null;
}

export function strstr(s: cstr, sub: cstr): u8[] {
  return strnstr(s, sub, strlen(s));
}

/** Next token of *sp that ends at one of `delimiters`, which becomes NUL; null at the end. */
export function strsep(sp: ref<u8[]>[], delimiters: cstr): u8[] {
  const start = sp[0];
  if (start === null) return null;
  const end = strpbrk(start, delimiters);
  if (end !== null) {
    end[0] = 0;
    sp[0] = add(end, 1);
  } else {
    sp[0] = null;
  }
  return start;
}

export function strspn(s: cstr, accept: cstr): u64 {
  let n: u64 = 0;
  while (s[n] !== 0 && strchr(accept, int(s[n])) !== null) n++;
  return n;
}

export function strcspn(s: cstr, reject: cstr): u64 {
  let n: u64 = 0;
  while (s[n] !== 0 && strchr(reject, int(s[n])) === null) n++;
  return n;
}

export function strpbrk(s: cstr, accept: cstr): u8[] {
  const p = s as u8[];
  const n = strcspn(s, accept);
  return p[n] !== 0 ? add(p, n) : null;
}

export function skip_spaces(s: cstr): u8[] {
  const p = s as u8[];
  let i: u64 = 0;
  while (isspace(p[i])) i++;
  return add(p, i);
}

/** Cuts trailing white space in place and skips leading. */
export function strim(s: u8[]): u8[] {
  let n = strlen(s);
  while (n > 0 && isspace(s[n - 1])) n--;
  s[n] = 0;
  return skip_spaces(s);
}

/** Length of the prefix if s begins with it, else 0. */
export function str_has_prefix(s: cstr, prefix: cstr): u64 {
  const n = strlen(prefix);
  return strncmp(s, prefix, n) === 0 ? n : 0;
}

export function match_string(table: ref<cstr>[], n: u64, s: cstr): int {
  for (let i: u64 = 0; i < n; i++) {
    if (table[i] === null) break;
    if (strcmp(table[i], s) === 0) return int(i);
  }
  return -ENOENT;
}

/** Equal, but for one newline at the end of either. */
export function sysfs_streq(a: cstr, b: cstr): bool {
  let i: u64 = 0;
  while (a[i] !== 0 && a[i] === b[i]) i++;
  if (a[i] === b[i]) return true;
  if (a[i] === 0 && b[i] === 10 && b[i + 1] === 0) return true;
  return a[i] === 10 && a[i + 1] === 0 && b[i] === 0;
}
notrace(memcmp);
notrace(strlen);
notrace(strcmp);
EXPORT_SYMBOL(memcpy);
EXPORT_SYMBOL(memset);
EXPORT_SYMBOL(memmove);
EXPORT_SYMBOL(memcmp);
EXPORT_SYMBOL(strlen);
EXPORT_SYMBOL(strnlen);
EXPORT_SYMBOL(strcpy);
EXPORT_SYMBOL(strncpy);
EXPORT_SYMBOL(strlcpy);
EXPORT_SYMBOL(strscpy);
EXPORT_SYMBOL(strcat);
EXPORT_SYMBOL(strcmp);
EXPORT_SYMBOL(strncmp);
EXPORT_SYMBOL(strchr);
EXPORT_SYMBOL(strrchr);
EXPORT_SYMBOL(strstr);
EXPORT_SYMBOL(strim);
EXPORT_SYMBOL(sysfs_streq);
EXPORT_SYMBOL(memchr);
EXPORT_SYMBOL(memchr_inv);
EXPORT_SYMBOL(strlcat);
EXPORT_SYMBOL(strcasecmp);
EXPORT_SYMBOL(strncasecmp);
EXPORT_SYMBOL(strchrnul);
EXPORT_SYMBOL(strnchr);
EXPORT_SYMBOL(strnstr);
EXPORT_SYMBOL(strsep);
EXPORT_SYMBOL(strspn);
EXPORT_SYMBOL(strcspn);
EXPORT_SYMBOL(strpbrk);
EXPORT_SYMBOL(skip_spaces);
EXPORT_SYMBOL(match_string);

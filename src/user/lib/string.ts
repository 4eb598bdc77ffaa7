// Strings and bytes.

export function strlen(s: cstr): u64 {
  const p = s as u8[];
  let n: u64 = 0;
  while (p[n] !== 0) n++;
  return n;
}

export function strcmp(a: cstr, b: cstr): int {
  const p = a as u8[];
  const q = b as u8[];
  let i: u64 = 0;
  while (p[i] !== 0 && p[i] === q[i]) i++;
  return p[i] - q[i];
}

export function memset(to: ptr, byte: u8, n: u64): void {
  rep_stosb(to, byte, n);
}

export function memcpy(to: ptr, from: ptr, n: u64): void {
  rep_movsb(to, from, n);
}

/** Decimal digits, with a sign; what follows is not looked at. */
export function atoi(s: cstr): s64 {
  const p = s as u8[];
  const negative = p[0] === 45;
  let i: u64 = negative ? 1 : 0;
  let value: s64 = 0;
  for (; p[i] >= 48 && p[i] <= 57; i++) value = value * 10 + (p[i] - 48);
  return negative ? -value : value;
}

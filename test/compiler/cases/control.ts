// Control flow: loops, labels, switch with fallthrough, short circuits, operands of || and &&.

export let trace: array<u8, 64>;
export let used: int = 0;
function note(c: u8): bool {
  trace[used++] = c;
  return c > 64;
}
export function circuits(a: int, b: int): int {
  let r = 0;
  if (a > 0 && note(u8(a)) && !note(u8(b))) r |= 1;
  if (a < 0 || note(u8(b)) || note(1)) r |= 2;
  if (!(a === b || (a !== 5 && b !== 6))) r |= 4;
  const both = a > 1 && b > 1;
  const either = note(u8(a)) || b < 0;
  return r | (both ? 8 : 0) | (either ? 16 : 0);
}
export function operand(name: cstr, n: int, m: int): int {
  const text: cstr = name || "default";
  const x = n || m;
  const y = n && m;
  return text[0] * 10000 + x * 100 + y;
}
export function loops(n: int): int {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    if (i === 3) continue;
    if (i > 8) break;
    sum += i;
  }
  let k = n;
  while (k > 0) {
    k -= 2;
    if (k % 3 === 0) sum += 100;
  }
  do {
    sum++;
  } while (sum < 10);
  outer: for (let i = 0; ; i++) {
    for (let j = 0; ; j++) {
      if (j > i) continue outer;
      if (i * j > n) break outer;
      sum += j;
    }
  }
  return sum;
}
export function choose(n: s64): int {
  let r = 0;
  switch (n) {
    case -1:
      r = 5;
    case 0:
    case 1:
      r += 1;
      break;
    case 0x100000000:
      return 64;
    case 7: {
      r = 70;
      break;
    }
    case 8:
    case 9:
    case 10:
      for (;;) {
        if (r > 3) break;
        r++;
      }
      r += 100;
      break;
    default:
      r = -1;
    case 1000:
      r -= 10;
  }
  return r;
}
export function bytes(n: u8): int {
  switch (n) {
    case 200:
      return 1;
    case 255:
      return 2;
  }
  return n < 128 ? 3 : n === 128 ? 4 : 5;
}
export function ternary(a: u8, b: s64): s64 {
  return a ? (b > 0 ? s64(a) : b) : b ? -b : 7;
}
export function comma(n: int): int {
  let a = 0;
  let b = 0;
  for (a = 1, b = n; a < b; a++, b--) if (a * b > 100) return a * 1000 + b;
  return (a++, b--, a * 10 + b);
}
export function order(p: int[], i: int): int {
  p[i++] = i;
  p[i] = p[i - 1] + i++ * 10;
  let x: int = i;
  x = x++ + ++x;
  x += x++;
  return x * 100 + i;
}

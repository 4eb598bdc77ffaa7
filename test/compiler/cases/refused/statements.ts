// Everything that kernel TypeScript refuses in statements and expressions, each in a function of its own.
interface foo extends struct<"foo"> {
  a?: int;
  in?: embed<bar>;
  list?: array<int, 4>;
}
interface bar extends struct<"bar"> {
  x?: u8;
}
interface me extends struct<"me"> {
  again?: embed<me>;
}
class Thing {}
export function f1(): void {
  throw 1;
}
export function f2(): void {
  try {
  } catch {}
}
export function f3(a: int[]): void {
  for (const x of a) u8(x);
}
export function f4(a: foo): void {
  for (const k in a) addr(k);
}
export function f5(a: u64): u64 {
  return a >>> 3;
}
export function f6(a: u64): u64 {
  return a ** 2;
}
export function f7(): u64 {
  return 1.5;
}
export function f8(s: cstr): int {
  switch (s) {
    case "a":
      return 1;
  }
  return 0;
}
export function f9(s: cstr): bool {
  return s === "a";
}
export function f10(s: string): cstr {
  return s + "b";
}
export function f11(n: int): cstr {
  return `n is ${n}`;
}
export function f12(a: foo, b: bar): void {
  a.in = b;
}
export function f13(a: foo): int {
  const { a: x } = a;
  return x;
}
export function f14(n: int): () => int {
  return (): int => n + 1;
}
export function f15(): void {
  const r = /x/;
}
export function f16(a: int[]): void {
  f16([...a]);
}
export function f17(a: int, b: int): bool {
  return a == b;
}
export function f18(p: u8[]): void {
  p++;
}
export function f19<T>(x: T): T {
  return x;
}
export async function f20(): void {}
export function* f21(): void {}
export function f22(a: int): int {
  return a / 0;
}
export function f23(m: me): u64 {
  return sizeof<me>();
}
export function f24(a: int, b: int) {
  return a + b;
}
export function f25(a: u64): u64 {
  return a + 10n;
}
export function f26(a: int): void {
  function inner(): void {}
  inner();
}
export function f27(n: int): void {
  let v: int = this_cpu_read(plain);
}
let plain: int = 0;
let late: int = f22(3);
f22(1);
notrace(f28);
export const big: array<int, 2> = [1, 2, 3];
export function f28(a: int): void {
  a: {
    continue;
  }
}
function part(): void {
  part();
}
inline(part);
export const block = asm<() => void>("block", () => {
  part();
});

// Static and local objects: nested literals, pointers between objects, strings, designated elements, constants.

interface inner extends struct<"inner"> {
  a?: u8;
  b?: u32;
}
interface entry extends struct<"entry"> {
  name?: cstr;
  value?: s64;
  op?: (x: int) => int;
  in?: embed<inner>;
  more?: inner[];
  one?: inner;
  refs?: ref<inner>[];
  text?: array<u8, 8>;
}
function twice(x: int): int {
  return x * 2;
}
enum color {
  red = 1,
  green,
  blue = 0x80000000,
  top = 1 << 4,
}
export const N = 3;
const MASK = ~(u64(N) - 1);
const GREETING = "hel" + "lo";
export const shared: inner = { a: 1, b: 0xdeadbeef };
export const entries: entry[] = [
  {
    name: GREETING + ", world",
    value: -5,
    op: twice,
    in: { a: 7, b: N },
    more: [{ a: 1 }, { b: 2 }, {}],
    one: shared,
    refs: [shared, { a: 9 }, null],
    text: "abc",
  },
  { name: null, value: color.blue, op: (x: int): int => x + N },
  {},
];
export const squares: array<u16, 8> = [0, 1, 4, 9, 16];
export const sparse: array<int, 6> = { [N]: 33, [N + 2]: -55 };
export const words: cstr[] = ["zero", "one", "two"];
export const matrix: array<array<u8, 3>, 2> = [
  [1, 2, 3],
  [4, 5, 6],
];
export const title: array<u8, 10> = "kelp\n\t";
export let big: u64 = 0xffffffff81000001;
export let negative: s16 = -300;
export let truth: bool = true;
export let pointer: u16[] = squares;
export let cursor: entry = entries[1];
export let zeroes: array<u64, 4>;
export let self: embed<inner> = { a: 5, b: color.green };
export let mask: u64 = MASK;

export function field(i: int): s64 {
  const e = entries[i];
  return e.value + (e.op !== null ? e.op(10) : -1) + e.in.b + (e.more !== null ? e.more[1].b : 100);
}
export function local(x: int, out: s64[]): int {
  const e: entry = { value: s64(x), in: { b: u32(x + 1) }, op: twice };
  const list: array<int, 4> = [x, x * 2, e.op(x)];
  const items: inner[] = [{ a: u8(x) }, { a: 2, b: 3 }];
  const note: array<u8, 16> = "note!";
  const big: array<u64, 40> = [1];
  out[0] = e.value;
  out[1] = s64(e.in.b);
  out[2] = s64(e.in.a);
  out[3] = list[0] + list[1] + list[2] + list[3];
  out[4] = items[0].a + items[1].b;
  out[5] = note[4] + note[5] + note[15];
  out[6] = s64(big[0] + big[39]);
  out[7] = e.name === null ? 1 : 0;
  return 8;
}
export function colors(): u64 {
  return u64(color.red) + u64(color.green) + u64(color.blue) + u64(color.top);
}
export function set_cursor(i: int): s64 {
  cursor = entries[i];
  cursor.value++;
  return cursor.value;
}

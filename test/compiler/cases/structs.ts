// Struct, union and array layout; addresses of fields and elements; copies.

interface point extends struct<"point"> {
  x?: s16;
  y?: s64;
}
interface word extends union<"word"> {
  whole?: u64;
  half?: array<u32, 2>;
  byte?: array<u8, 8>;
}
interface shape extends struct<"shape"> {
  kind?: u8;
  origin?: embed<point>;
  corners?: array<point, 3>;
  next?: shape;
  links?: array<ref<shape>, 2>;
  many?: ref<shape>[];
  bits?: embed<word>;
  flag?: bool;
  name?: array<u8, 5>;
  grid?: array<array<u16, 3>, 2>;
  area?: (s: shape) => int;
}

export function layout(out: u64[]): int {
  out[0] = sizeof<shape>();
  out[1] = offsetof<shape>("origin");
  out[2] = offsetof<shape>("corners");
  out[3] = offsetof<shape>("next");
  out[4] = offsetof<shape>("links");
  out[5] = offsetof<shape>("bits");
  out[6] = offsetof<shape>("name");
  out[7] = offsetof<shape>("grid");
  out[8] = offsetof<shape>("area");
  out[9] = sizeof<point>();
  out[10] = sizeof<word>();
  out[11] = sizeof<array<point, 3>>();
  return 12;
}

export function fill(s: shape, i: int): void {
  s.kind = u8(i + 250);
  s.origin.x = s16(i * -3);
  s.origin.y = -1;
  for (let n = 0; n < 3; n++) {
    s.corners[n].x = s16(n * 100);
    s.corners[n].y = n * i;
  }
  s.next = s;
  s.links[1] = s;
  s.bits.whole = 0x1122334455667788;
  s.bits.byte[1] = 0xee;
  s.flag = i > 3;
  s.grid[1][2] = 0xbeef;
  s.name[4] = 65;
}

export function walk(s: shape): s64 {
  return s.next.links[1].corners[2].y + s.next.next.bits.half[1] + s.grid[1][2];
}

export function owner(p: point): shape {
  return container_of<shape>(p, "origin");
}

export function corner_owner(p: point): shape {
  return container_of<shape>(add(p as ptr as point[], -1) as ptr, "corners");
}

export function copies(a: shape, b: shape): void {
  copy(a, b);
  copy(a.origin, b.corners[1]);
}

export function pointers(s: shape): s64 {
  const x = addr(s.origin.x);
  x[0] = 77;
  const y = addr(s.corners[1].y);
  y[0] += 5;
  const k = addr(s.kind);
  k[0]++;
  let local: int = 4;
  const l = addr(local);
  l[0] *= 3;
  return s.origin.x + s.corners[1].y + s.kind + local;
}

export function table(list: ref<shape>[], n: u64): u64 {
  let sum: u64 = 0;
  for (let i: u64 = 0; i < n; i++) if (list[i] !== null) sum += list[i].bits.whole;
  return sum;
}

export function difference(a: u16[], b: u16[]): s64 {
  return s64(u64(b) - u64(a)) / 2;
}

// Functions whose code is compared with what a person would write.

interface node extends struct<"node"> {
  next?: node;
  flags?: u8;
  value?: u32;
}
export function total(list: node): u64 {
  let sum: u64 = 0;
  for (let n = list; n !== null; n = n.next) if ((n.flags & 4) !== 0) sum += n.value;
  return sum;
}
export let table: array<u64, 16>;
export function bump(i: u64): u64 {
  table[i] += 3;
  return table[i & 15];
}

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
function keep(offset: u64): void {
  mov(mem(rsp, offset), rax);
  keep_next(offset + 8);
}
inline(keep);
function keep_next(offset: u64): void {
  mov(mem(rsp, offset), rcx);
}
inline(keep_next);
export const parts = asm<() => void>("parts", () => {
  keep(8);
  keep_next(32);
  ret();
});

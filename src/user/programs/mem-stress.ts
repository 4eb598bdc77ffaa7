// mem-stress [ROUNDS]: malloc and free in a mix of sizes with every block's contents checked, then mmap, mprotect and munmap.

import { free, malloc } from "../lib/malloc";
import { printf } from "../lib/stdio";
import { atoi, memset } from "../lib/string";
import { MAP_ANONYMOUS, MAP_PRIVATE, mmap, mprotect, munmap, PROT_READ, PROT_WRITE } from "../lib/unistd";

const SLOTS = 64;
let blocks: array<u8[], 64>;
let sizes: array<u64, 64>;
let seed: u64 = 12345;

/** Lehmer's generator: the same numbers each time. */
function random(n: u64): u64 {
  seed = (seed * 48271) % 2147483647;
  return seed % n;
}

/** Every byte as it was written? */
function intact(i: u64): bool {
  const b = blocks[i];
  for (let k: u64 = 0; k < sizes[i]; k++) if (b[k] !== u8(i)) return false;
  return true;
}

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  const rounds: s64 = argc > 1 ? atoi(argv[1]) : s64(500);
  let faults: u32 = 0;
  for (let r: s64 = 0; r < rounds; r++) {
    const i = random(SLOTS);
    if (blocks[i] !== null) {
      if (!intact(i)) faults++;
      free(blocks[i]);
    }
    sizes[i] = random(20) === 0 ? 20000 + random(60000) : random(700);
    blocks[i] = malloc(sizes[i]) as u8[];
    if (blocks[i] === null || (u64(blocks[i]) & 15) !== 0) faults++;
    else memset(blocks[i], u8(i), sizes[i]);
  }
  for (let i: u64 = 0; i < SLOTS; i++) if (blocks[i] !== null && !intact(i)) faults++;
  const area = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area < 0) faults++;
  const words = at<u64[]>(u64(area));
  for (let k: u64 = 0; k < 8192; k++) words[k] = k * k;
  if (mprotect(u64(area), 32768, PROT_READ) !== 0) faults++;
  for (let k: u64 = 0; k < 8192; k++) if (words[k] !== k * k) faults++;
  if (munmap(u64(area), 65536) !== 0) faults++;
  printf("%ld rounds, %u faults\n", rounds, faults);
  return faults === 0 ? 0 : 1;
}

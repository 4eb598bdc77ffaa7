// getpid-hammer [N]: N system calls that do nothing, 100000 by default; a measure of the way into the kernel and back.

import { printf } from "../lib/stdio";
import { atoi } from "../lib/string";
import { clock_gettime, getpid, type timespec } from "../lib/unistd";

const CLOCK_MONOTONIC = 1;

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  const n: s64 = argc > 1 ? atoi(argv[1]) : s64(100000);
  const before: timespec = {};
  const after: timespec = {};
  const pid = getpid();
  let wrong: s64 = 0;
  clock_gettime(CLOCK_MONOTONIC, before);
  for (let i: s64 = 0; i < n; i++) if (getpid() !== pid) wrong++;
  clock_gettime(CLOCK_MONOTONIC, after);
  const ns = (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec;
  printf("%ld calls, %ld wrong, %ld ns each\n", n, wrong, n > 0 ? ns / n : s64(0));
  return wrong === 0 ? 0 : 1;
}

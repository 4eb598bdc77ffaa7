// memhog [MIB]: maps MIB mebibytes (all there is if not given, step by step), writes to each page and says how much it has; then it sleeps a second.

import { flush, printf } from "../lib/stdio";
import { atoi } from "../lib/string";
import { MAP_ANONYMOUS, MAP_PRIVATE, mmap, nanosleep, PROT_READ, PROT_WRITE, type timespec } from "../lib/unistd";

const MIB = 1048576;

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  const most: s64 = argc > 1 ? atoi(argv[1]) : s64(1048576);
  for (let have: s64 = 0; have < most; have++) {
    const at_ = mmap(0, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at_ < 0) {
      printf("memhog: no more after %d MiB: %d\n", int(have), int(-at_));
      return 1;
    }
    for (let i: u64 = 0; i < MIB; i += 4096) at<u8[]>(u64(at_))[i] = 1;
  }
  printf("memhog: %d MiB\n", int(most));
  flush();
  const second: timespec = { tv_sec: 1, tv_nsec: 0 };
  nanosleep(second);
  return 0;
}

// bench-kernel call|fault [N]: the way into the kernel and back. call: N system calls that do nothing. fault: N pages of fresh
// memory are touched for the first time.

import { begin, finish } from "../lib/bench";
import { printf } from "../lib/stdio";
import { atoi, strcmp } from "../lib/string";
import { getppid, MAP_ANONYMOUS, MAP_PRIVATE, mmap, munmap, PROT_READ, PROT_WRITE } from "../lib/unistd";

const PAGE = 4096;
/** Pages mapped at a time. 2 MiB aligned regions would be huge pages on Linux, and one fault each. */
const PAGES = 256;

function calls(n: s64): int {
  begin("call");
  for (let i: s64 = 0; i < n; i++) getppid();
  finish("call", u64(n), "calls");
  return 0;
}

function faults(n: s64): int {
  begin("fault");
  let done: s64 = 0;
  while (done < n) {
    const start = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start < 0) return 1;
    const memory = at<u8[]>(u64(start));
    for (let page: u64 = 0; page < PAGES; page++) memory[page * PAGE] = 1;
    munmap(u64(start), PAGES * PAGE);
    done += PAGES;
  }
  finish("fault", u64(done), "pages");
  return 0;
}

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  const n: s64 = argc > 2 ? atoi(argv[2]) : s64(100000);
  if (argc > 1 && strcmp(argv[1], "call") === 0) return calls(n);
  if (argc > 1 && strcmp(argv[1], "fault") === 0) return faults(n);
  printf("usage: bench-kernel call|fault [N]\n");
  return 2;
}

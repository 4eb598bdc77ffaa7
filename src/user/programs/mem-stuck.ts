// mem-stuck MIB FILE TEXT: maps and touches MIB mebibytes, then writes TEXT to FILE: one in whose driver it may sleep, with all its memory.

import { flush, printf } from "../lib/stdio";
import { atoi, strlen } from "../lib/string";
import { MAP_ANONYMOUS, MAP_PRIVATE, mmap, open, PROT_READ, PROT_WRITE, write } from "../lib/unistd";

const MIB = 1048576;
const O_WRONLY = 1;

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  if (argc < 4) return 2;
  const bytes: u64 = u64(atoi(argv[1])) * MIB;
  const memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory < 0) {
    printf("mem-stuck: no memory: %d\n", int(-memory));
    return 1;
  }
  for (let i: u64 = 0; i < bytes; i += 4096) at<u8[]>(u64(memory))[i] = 1;
  printf("mem-stuck: %d MiB\n", int(bytes / MIB));
  flush();
  const fd = open(argv[2], O_WRONLY, 0);
  if (fd < 0) return 1;
  write(fd, argv[3], strlen(argv[3]));
  return 0;
}

// spin: uses a processor until it is killed; with a number, for so many rounds. Tells nothing, so that it is always in user mode.

import { atoi } from "../lib/string";

let rounds: u64 = 0;

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  const limit: u64 = argc > 1 ? u64(atoi(argv[1])) : u64(0);
  while (limit === 0 || rounds < limit) rounds++;
  return 0;
}

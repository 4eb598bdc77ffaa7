// hello [NAME…]: greets, and tells its arguments.

import { printf } from "../lib/stdio";
import { getpid } from "../lib/unistd";

export function main(argc: int, argv: ref<u8[]>[], envp: ref<u8[]>[]): int {
  let variables: int = 0;
  while (envp[variables] !== null) variables++;
  printf("Hello from user mode: %s, %d arguments\n", argv[0], argc - 1);
  for (let i: int = 1; i < argc; i++) printf("%3d: %s\n", i, argv[i]);
  return variables > 0 && getpid() > 1 ? 0 : 1;
}

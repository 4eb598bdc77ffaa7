// pipe-ring [TASKS [LAPS]]: a token goes LAPS times around a ring of TASKS processes joined by pipes; each adds one to it.

import { exit_ } from "../lib/start";
import { flush, printf } from "../lib/stdio";
import { atoi } from "../lib/string";
import { close, fork, pipe, read, wait4, write } from "../lib/unistd";

/** Adds one to each token until the ring is cut. */
function member(from: int, to: int): never {
  let token: array<u64, 1>;
  while (read(from, token, 8) === 8) {
    token[0]++;
    if (write(to, token, 8) !== 8) exit_(1);
  }
  return exit_(0);
}

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  const tasks: int = argc > 1 ? int(atoi(argv[1])) : int(8);
  const laps: s64 = argc > 2 ? atoi(argv[2]) : s64(100);
  let fds: array<int, 2>;
  let first: array<int, 2>;
  let token: array<u64, 1>;
  if (pipe(first) !== 0) return 1;
  let from = first[0];
  flush();
  for (let k: int = 0; k < tasks; k++) {
    if (pipe(fds) !== 0) return 1;
    const pid = fork();
    if (pid < 0) return 1;
    if (pid === 0) {
      close(first[1]);
      close(fds[0]);
      member(from, fds[1]);
    }
    close(from);
    close(fds[1]);
    from = fds[0];
  }
  token[0] = 0;
  for (let i: s64 = 0; i < laps; i++) {
    if (write(first[1], token, 8) !== 8 || read(from, token, 8) !== 8) return 1;
  }
  close(first[1]);
  close(from);
  for (let k: int = 0; k < tasks; k++) wait4(-1, null, 0);
  printf("%d tasks, %ld laps, token %lu\n", tasks, laps, token[0]);
  return token[0] === u64(tasks) * u64(laps) ? 0 : 1;
}

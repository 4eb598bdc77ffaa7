// bench-exec [N]: N times fork, exec of this small program, its exit, and the wait for it; `bench-exec fork [N]` leaves exec out.

import { begin, finish } from "../lib/bench";
import { environ, exit_ } from "../lib/start";
import { printf } from "../lib/stdio";
import { atoi, strcmp } from "../lib/string";
import { execve, fork, wait4 } from "../lib/unistd";

/** What the program is to do when it is the one that is started: nothing. */
const NOTHING = "nothing";

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  if (argc > 1 && strcmp(argv[1], NOTHING) === 0) return 0;
  const only_fork = argc > 1 && strcmp(argv[1], "fork") === 0;
  const count_at: int = only_fork ? 2 : 1;
  const n: s64 = argc > count_at ? atoi(argv[count_at]) : s64(200);
  const name: cstr = only_fork ? "fork" : "exec";
  const child: ref<u8[]>[] = [argv[0], NOTHING, null];
  begin(name);
  let faults: s64 = 0;
  for (let i: s64 = 0; i < n; i++) {
    let status: array<int, 1>;
    const pid = fork();
    if (pid < 0) return 1;
    if (pid === 0) {
      if (only_fork) exit_(0);
      execve(argv[0], child, environ);
      // The name is not a path.
      execve("/proc/self/exe", child, environ);
      exit_(127);
    }
    if (wait4(pid, status, 0) !== pid || status[0] !== 0) faults++;
  }
  finish(name, u64(n), "processes");
  if (faults > 0) printf("%ld of them failed\n", faults);
  return faults > 0 ? 1 : 0;
}

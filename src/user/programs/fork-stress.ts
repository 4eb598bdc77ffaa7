// fork-stress [TASKS [ROUNDS]]: TASKS children at a time (at most 64) for ROUNDS rounds. Each writes to its own copy of a page, passes a
// token through a pipe and ends with a status of its own; the parent checks all of it.

import { exit_ } from "../lib/start";
import { flush, printf } from "../lib/stdio";
import { atoi } from "../lib/string";
import { close, fork, getpid, pipe, read, sched_yield, wait4, write } from "../lib/unistd";

const MAX_TASKS = 64;
let shared: u64 = 7;
let pids: array<int, 64>;

function child(k: int, out: int): never {
  let token: array<u64, 2>;
  shared += u64(k);
  for (let i = 0; i < 10; i++) sched_yield();
  token[0] = u64(k);
  token[1] = shared;
  return exit_(write(out, token, 16) === 16 ? k : 255);
}

/** The number of faults. */
function round(tasks: int): u32 {
  let fds: array<int, 2>;
  let token: array<u64, 2>;
  let status: array<int, 1>;
  let faults: u32 = 0;
  let seen: u64 = 0;
  if (pipe(fds) !== 0) return 1;
  for (let k: int = 0; k < tasks; k++) {
    pids[k] = fork();
    if (pids[k] === 0) child(k, fds[1]);
    if (pids[k] < 0) faults++;
  }
  close(fds[1]);
  while (read(fds[0], token, 16) === 16) {
    if (token[1] !== 7 + token[0] || (seen & (u64(1) << token[0])) !== 0) faults++;
    seen |= u64(1) << token[0];
  }
  close(fds[0]);
  for (let k: int = 0; k < tasks; k++) {
    if (pids[k] > 0 && (wait4(pids[k], status, 0) !== pids[k] || status[0] !== k << 8)) faults++;
  }
  return popcount64(seen) === tasks && shared === 7 ? faults : faults + 1;
}

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  let tasks: int = argc > 1 ? int(atoi(argv[1])) : int(8);
  const rounds: int = argc > 2 ? int(atoi(argv[2])) : int(4);
  if (tasks < 1 || tasks > MAX_TASKS) tasks = MAX_TASKS;
  let faults: u32 = 0;
  const self = getpid();
  flush();
  for (let i: int = 0; i < rounds; i++) faults += round(tasks);
  if (getpid() !== self) return 1;
  printf("%d tasks, %d rounds, %u faults\n", tasks, rounds, faults);
  return faults === 0 ? 0 : 1;
}

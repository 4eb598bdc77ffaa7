// bench-switch pipe|yield [N]: context switches between two tasks. pipe: a byte goes N times there and back through two pipes.
// yield: both offer the processor N times; where they share one it is a switch each if the scheduler takes turns strictly.

import { begin, finish } from "../lib/bench";
import { exit_ } from "../lib/start";
import { flush, printf } from "../lib/stdio";
import { atoi, strcmp } from "../lib/string";
import { close, fork, pipe, read, sched_yield, wait4, write } from "../lib/unistd";

let there: array<int, 2>;
let back: array<int, 2>;
let byte: array<u8, 1>;

function echo(): never {
  close(there[1]);
  while (read(there[0], byte, 1) === 1 && write(back[1], byte, 1) === 1);
  return exit_(0);
}

function ping_pong(n: s64): int {
  begin("pipe-switch");
  for (let i: s64 = 0; i < n; i++) if (write(there[1], byte, 1) !== 1 || read(back[0], byte, 1) !== 1) return 1;
  finish("pipe-switch", u64(n) * 2, "switches");
  return 0;
}

function yields(n: s64): void {
  for (let i: s64 = 0; i < n; i++) sched_yield();
}

/** The child yields as often as its parent, once it is told to start. */
function yielding_child(n: s64): never {
  if (read(there[0], byte, 1) !== 1) exit_(1);
  yields(n);
  return exit_(0);
}

function take_turns(n: s64): int {
  begin("yield");
  if (write(there[1], byte, 1) !== 1) return 1;
  yields(n);
  wait4(-1, null, 0);
  finish("yield", u64(n) * 2, "yields");
  return 0;
}

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  const by_pipe = argc > 1 && strcmp(argv[1], "pipe") === 0;
  if (!by_pipe && (argc < 2 || strcmp(argv[1], "yield") !== 0)) {
    printf("usage: bench-switch pipe|yield [N]\n");
    return 2;
  }
  const n: s64 = argc > 2 ? atoi(argv[2]) : s64(10000);
  if (pipe(there) !== 0 || pipe(back) !== 0) return 1;
  flush();
  const pid = fork();
  if (pid < 0) return 1;
  if (pid === 0 && by_pipe) echo();
  if (pid === 0) yielding_child(n);
  const status = by_pipe ? ping_pong(n) : take_turns(n);
  close(there[1]);
  if (by_pipe) wait4(-1, null, 0);
  return status;
}

// bench-serve: runs the programs that its input's lines name, one after the other, and says how each has ended. The benchmark has it
// as the first program of every system that it compares: on a Linux of nothing but these programs it is init.

import { environ, exit_ } from "../lib/start";
import { flush, printf } from "../lib/stdio";
import { execve, fork, getpid, read, syscall6, wait4 } from "../lib/unistd";

const WORDS = 8;
const LINE = 256;
const NR_reboot = 169;
const MAGIC1 = 0xfee1dead;
const MAGIC2 = 672274793;
const POWER_OFF = 0x4321fedc;

let line: array<u8, 256>;
let words: array<ref<u8[]>, 9>;

/** A line without its end, or a negative number at the end of input. */
function read_line(): s64 {
  let n: u64 = 0;
  for (;;) {
    if (read(0, add(line, n), 1) !== 1) return -1;
    if (line[n] === 10) break;
    if (n < LINE - 1) n++;
  }
  line[n] = 0;
  return s64(n);
}

function split(): int {
  let count: int = 0;
  let inside = false;
  for (let i: u64 = 0; line[i] !== 0; i++) {
    if (line[i] === 32 || line[i] === 13) {
      line[i] = 0;
      inside = false;
    } else if (!inside && count < WORDS) {
      words[count++] = add(line, i);
      inside = true;
    }
  }
  words[count] = null;
  return count;
}

export function main(_argc: int, _argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  printf("ready\n");
  while (read_line() >= 0) {
    if (split() === 0) continue;
    let status: array<int, 1>;
    status[0] = -1;
    const pid = fork();
    if (pid === 0) {
      execve(words[0], words, environ);
      printf("cannot run %s\n", words[0]);
      exit_(127);
    }
    if (pid > 0) wait4(pid, status, 0);
    printf("done %d\n", status[0]);
  }
  flush();
  if (getpid() === 1) syscall6(NR_reboot, MAGIC1, MAGIC2, POWER_OFF, 0, 0, 0);
  return 0;
}

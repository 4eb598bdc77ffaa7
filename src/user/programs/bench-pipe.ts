// bench-pipe [WRITE [READ [KIB]]]: KIB KiB go through a pipe to another task, written and read in pieces of so many bytes each
// (65536 and 4096 by default, 65536 at most).

import { begin, finish } from "../lib/bench";
import { exit_ } from "../lib/start";
import { flush, printf } from "../lib/stdio";
import { atoi } from "../lib/string";
import { close, fork, pipe, read, wait4, write } from "../lib/unistd";

const BUFFER = 65536;
let buffer: array<u8, 65536>;

/** Ends well if so many bytes have come. */
function drain(fd: int, piece: u64, total: u64): never {
  let got: u64 = 0;
  for (;;) {
    const n = read(fd, buffer, piece);
    if (n <= 0) exit_(n === 0 && got === total ? 0 : 1);
    got += u64(n);
  }
}

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  let fds: array<int, 2>;
  let status: array<int, 1>;
  const write_size: u64 = argc > 1 ? u64(atoi(argv[1])) : u64(BUFFER);
  const read_size: u64 = argc > 2 ? u64(atoi(argv[2])) : u64(4096);
  const total: u64 = (argc > 3 ? u64(atoi(argv[3])) : u64(4096)) * 1024;
  if (write_size === 0 || read_size === 0 || write_size > BUFFER || read_size > BUFFER) {
    printf("bench-pipe: pieces have 1 to %d bytes\n", BUFFER);
    return 2;
  }
  if (pipe(fds) !== 0) return 1;
  flush();
  const pid = fork();
  if (pid < 0) return 1;
  if (pid === 0) {
    close(fds[1]);
    drain(fds[0], read_size, total);
  }
  close(fds[0]);
  begin("pipe");
  for (let done: u64 = 0; done < total; ) {
    const rest = total - done;
    const n = write(fds[1], buffer, rest < write_size ? rest : write_size);
    if (n <= 0) return 1;
    done += u64(n);
  }
  close(fds[1]);
  wait4(pid, status, 0);
  finish("pipe", total, "bytes");
  return status[0] === 0 ? 0 : 1;
}

// tty-flush: raw input; when the line's ring is full and more waits in the driver, throws the ring's away and reads one character of what comes then.

import { flush, printf } from "../lib/stdio";
import { nanosleep, open, read, syscall6, type timespec } from "../lib/unistd";

const SYS_IOCTL = 16;
const TCGETS = 0x5401;
const TCSETS = 0x5402;
const TCFLSH = 0x540b;
const FIONREAD = 0x541b;
const ICANON_ECHO = 10;
const LFLAG = 3;
const FULL = 4095;

export function main(_argc: int, _argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  let settings: array<u32, 16>;
  let waiting: int = 0;
  let c: u8 = 0;
  const fd = open("/dev/tty", 2, 0);
  syscall6(SYS_IOCTL, u64(fd), TCGETS, u64(settings), 0, 0, 0);
  settings[LFLAG] &= ~u32(ICANON_ECHO);
  syscall6(SYS_IOCTL, u64(fd), TCSETS, u64(settings), 0, 0, 0);
  const moment: timespec = { tv_sec: 0, tv_nsec: 100000000 };
  while (waiting < FULL) {
    nanosleep(moment);
    syscall6(SYS_IOCTL, u64(fd), FIONREAD, u64(addr(waiting)), 0, 0, 0);
  }
  nanosleep(moment);
  syscall6(SYS_IOCTL, u64(fd), TCFLSH, 0, 0, 0, 0);
  const n = read(fd, addr(c), 1);
  // What is still being typed is not echoed.
  const second: timespec = { tv_sec: 1, tv_nsec: 0 };
  nanosleep(second);
  settings[LFLAG] |= ICANON_ECHO;
  syscall6(SYS_IOCTL, u64(fd), TCFLSH, 0, 0, 0, 0);
  syscall6(SYS_IOCTL, u64(fd), TCSETS, u64(settings), 0, 0, 0);
  printf("%d read behind the flushed %d\n", int(n), waiting);
  flush();
  return 0;
}

// tty-stress ROUNDS: several processes type at the terminal (TIOCSTI: words, and keys that erase them), flush its input and switch between lines and
// raw input, all at once. At the end the ring must still add up: what FIONREAD says is there can be read, and is not more than the ring.

import { flush, printf } from "../lib/stdio";
import { atoi } from "../lib/string";
import { exit_group, fork, open, read, syscall6, wait4 } from "../lib/unistd";

const SYS_IOCTL = 16;
const TCGETS = 0x5401;
const TCSETS = 0x5402;
const TCSETSF = 0x5404;
const TCFLSH = 0x540b;
const TIOCSTI = 0x5412;
const FIONREAD = 0x541b;
const O_RDWR = 2;
const ISIG = 1;
const ICANON = 2;
const ECHO = 8;
const LFLAG = 3;

let spin: u64 = 0;
let settings: array<u32, 16>;
const WORD = 100;
const LETTER = 120;
const CTRL_W = 23;
let letter: u8 = LETTER;
let erase_word: u8 = CTRL_W;

function ioctl(fd: int, request: u64, arg: u64): s64 {
  return syscall6(SYS_IOCTL, u64(fd), request, arg, 0, 0, 0);
}

/** Long words, each of which is erased as a whole: that takes a while. */
function type_keys(fd: int, rounds: s64): void {
  for (let i: s64 = 0; i < rounds; i++) {
    for (let k = 0; k < WORD; k++) ioctl(fd, TIOCSTI, u64(addr(letter)));
    ioctl(fd, TIOCSTI, u64(addr(erase_word)));
  }
}

/** Now and then, so that there is something to flush. */
function flush_input(fd: int, rounds: s64): void {
  for (let i: s64 = 0; i < rounds; i++) {
    for (let k: s64 = 0; k < 20000 + (i & 63) * 400; k++) spin++;
    ioctl(fd, TCFLSH, 0);
  }
}

/** To raw input and straight back, now and then: best of all while a word is being erased. */
function switch_modes(fd: int, rounds: s64): void {
  for (let i: s64 = 0; i < rounds * 2; i++) {
    settings[LFLAG] ^= ICANON;
    ioctl(fd, TCSETS, u64(settings));
    if ((i & 1) !== 0) for (let k: s64 = 0; k < 6000 + (i & 31) * 400; k++) spin++;
  }
}

function child(kind: int, fd: int, rounds: s64): void {
  if (fork() !== 0) return;
  if (kind === 0) type_keys(fd, rounds);
  else if (kind === 1) flush_input(fd, rounds);
  else switch_modes(fd, rounds);
  exit_group(0);
}

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  const rounds: s64 = argc > 1 ? atoi(argv[1]) : s64(1000);
  let saved: array<u32, 16>;
  const fd = open("/dev/tty", O_RDWR, 0);
  ioctl(fd, TCGETS, u64(saved));
  for (let i = 0; i < 16; i++) settings[i] = saved[i];
  settings[LFLAG] &= ~u32(ISIG | ECHO);
  ioctl(fd, TCSETSF, u64(settings));
  for (let i: int = 0; i < 2; i++) child(0, fd, rounds);
  for (let i: int = 0; i < 2; i++) child(1, fd, rounds);
  child(2, fd, rounds * 4);
  for (let i = 0; i < 5; i++) wait4(-1, null, 0);
  settings[LFLAG] &= ~u32(ICANON);
  ioctl(fd, TCSETS, u64(settings));
  let waiting: int = 0;
  ioctl(fd, FIONREAD, u64(addr(waiting)));
  let good = waiting >= 0 && waiting < 4096;
  let left = waiting;
  let buf: array<u8, 256>;
  while (good && left > 0) {
    const n = read(fd, buf, left < 256 ? u64(left) : u64(256));
    if (n <= 0) good = false;
    left -= int(n);
  }
  ioctl(fd, FIONREAD, u64(addr(left)));
  ioctl(fd, TCSETSF, u64(saved));
  if (good && left === 0) printf("the ring adds up\n");
  else printf("the ring is damaged: %d waiting, %d left\n", waiting, left);
  flush();
  return good && left === 0 ? 0 : 1;
}

// mount-stress ROUNDS DIR: processes mount a tmpfs on DIR and take it off again, all at once, while others walk through it and back by "..". Each mount
// that worked is taken off exactly once.

import { flush, printf } from "../lib/stdio";
import { atoi } from "../lib/string";
import { exit_group, fork, syscall6, wait4 } from "../lib/unistd";

const SYS_CHDIR = 80;
const SYS_MOUNT = 165;
const SYS_UMOUNT2 = 166;
const SYS_GETCWD = 79;
const MOUNTERS = 4;
const WALKERS = 3;
const EBUSY = -16;

let cwd: array<u8, 256>;

function text(s: cstr): u64 {
  return u64(s as ptr);
}

/** One process's share: mounts made minus mounts taken off, as its exit status: modulo 256. */
function mounter(dir: u64, rounds: s64): int {
  let balance: int = 0;
  for (let i: s64 = 0; i < rounds; i++) {
    if (syscall6(SYS_MOUNT, text("none"), dir, text("tmpfs"), 0, 0, 0) === 0) balance++;
    if (syscall6(SYS_UMOUNT2, dir, 0, 0, 0, 0, 0) === 0) balance--;
  }
  return balance;
}

function walker(dir: u64, rounds: s64): void {
  for (let i: s64 = 0; i < rounds; i++) {
    syscall6(SYS_CHDIR, dir, 0, 0, 0, 0, 0);
    syscall6(SYS_GETCWD, u64(cwd), 256, 0, 0, 0, 0);
    syscall6(SYS_CHDIR, text(".."), 0, 0, 0, 0, 0);
    syscall6(SYS_CHDIR, text("/"), 0, 0, 0, 0, 0);
  }
}

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  if (argc < 3) return 2;
  const rounds = atoi(argv[1]);
  const dir = u64(argv[2]);
  for (let i = 0; i < MOUNTERS; i++) if (fork() === 0) exit_group(mounter(dir, rounds));
  for (let i = 0; i < WALKERS; i++) {
    if (fork() === 0) {
      walker(dir, rounds);
      exit_group(0);
    }
  }
  let left: int = 0;
  for (let i = 0; i < MOUNTERS + WALKERS; i++) {
    let status: array<int, 1>;
    wait4(-1, status, 0);
    left += int((status[0] >> 8) & 255);
    if ((status[0] & 127) !== 0) left += 1;
  }
  let off: int = 0;
  let ret: s64 = 0;
  for (;;) {
    ret = syscall6(SYS_UMOUNT2, dir, 0, 0, 0, 0, 0);
    if (ret !== 0) break;
    off++;
  }
  printf(
    ret !== EBUSY && ((left - off) & 255) === 0 ? "every mount came off once\n" : "%d should be left, %d came off, then %d\n",
    left,
    off,
    int(ret),
  );
  flush();
  return 0;
}

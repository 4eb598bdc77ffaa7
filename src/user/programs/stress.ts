// stress [TASKS [SECONDS]]: TASKS processes (at most 64) that for SECONDS use pipes, signals, alarm, setitimer, nanosleep, poll with a time-out,
// fork and wait, mmap, stop and continue. Each checks what it gets; the parent adds up the faults and tells them by kind.

import { on_signal, SIGALRM, SIGTERM, SIGUSR1 } from "../lib/signal";
import { exit_ } from "../lib/start";
import { flush, printf } from "../lib/stdio";
import { atoi } from "../lib/string";
import {
  alarm,
  clock_gettime,
  close,
  fork,
  kill,
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  mmap,
  mprotect,
  munmap,
  nanosleep,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
  pipe,
  read,
  sched_yield,
  syscall6,
  type timespec,
  wait4,
  write,
} from "../lib/unistd";

const MAX_TASKS = 64;
const SYS_POLL = 7;
const SYS_PAUSE = 34;
const SYS_SETITIMER = 38;
const POLLIN = 1;
const SIGSTOP = 19;
const SIGCONT = 18;
const EINTR = 4;
const WUNTRACED = 2;
const MSEC = 1000000;

/** Per process: each has its own copy. */
let alarms: u32 = 0;
/** Where the handler of SIGUSR1 tells of itself. */
let usr1_to: int = -1;
let random: u64 = 0;

function now(): s64 {
  let t: embed<timespec>;
  clock_gettime(1, t);
  return t.tv_sec * 1000000000 + t.tv_nsec;
}

/** The rest that a signal left over is slept too. */
function sleep_ms(ms: u64): void {
  const end = now() + s64(ms) * MSEC;
  for (let left = end - now(); left > 0; left = end - now()) {
    const t: timespec = { tv_sec: left / 1000000000, tv_nsec: left % 1000000000 };
    nanosleep(t);
  }
}

/** 0 … n − 1. */
function any(n: u64): u64 {
  random = random * 6364136223846793005 + 1442695040888963407;
  return (random >> 33) % n;
}

function count_alarm(_sig: int): void {
  alarms++;
}

function count_usr1(_sig: int): void {
  let byte: array<u8, 1>;
  write(usr1_to, byte, 1);
}

function ends_with(pid: int, status: int): bool {
  let got: array<int, 1>;
  return wait4(pid, got, 0) === pid && got[0] === status;
}

/** A child sends back each number doubled, until its input ends. */
function pipes(): u32 {
  let there: array<int, 2>;
  let back: array<int, 2>;
  let word: array<u64, 1>;
  if (pipe(there) !== 0 || pipe(back) !== 0) return 1;
  const pid = fork();
  if (pid === 0) {
    close(there[1]);
    close(back[0]);
    while (read(there[0], word, 8) === 8) {
      word[0] *= 2;
      if (write(back[1], word, 8) !== 8) exit_(1);
    }
    exit_(0);
  }
  close(there[0]);
  close(back[1]);
  let faults: u32 = pid < 0 ? 1 : 0;
  for (let i: u64 = 0; i < 10 && pid > 0; i++) {
    word[0] = i;
    if (write(there[1], word, 8) !== 8 || read(back[0], word, 8) !== 8 || word[0] !== 2 * i) faults++;
  }
  close(there[1]);
  if (pid > 0 && !ends_with(pid, 0)) faults++;
  close(back[0]);
  return faults;
}

/** A sleep that an alarm ends. */
function alarm_clock(): u32 {
  const t: timespec = { tv_sec: 5, tv_nsec: 0 };
  const before = alarms;
  const start = now();
  alarm(1);
  if (nanosleep(t) !== -EINTR || alarms !== before + 1) return 1;
  const took = now() - start;
  return took < 1000 * MSEC || took > 1500 * MSEC ? 1 : 0;
}

/** A timer that rings every ten milliseconds rings at least three times within fifty. */
function interval_timer(): u32 {
  let value: array<s64, 4>;
  const before = alarms;
  value[0] = 0;
  value[1] = 10000;
  value[2] = 0;
  value[3] = 10000;
  let faults: u32 = syscall6(SYS_SETITIMER, 0, u64(value), 0, 0, 0, 0) === 0 ? 0 : 1;
  sleep_ms(50);
  if (alarms - before < 3) faults++;
  value[1] = 0;
  value[3] = 0;
  syscall6(SYS_SETITIMER, 0, u64(value), 0, 0, 0, 0);
  const after = alarms;
  sleep_ms(15);
  return alarms === after ? faults : faults + 1;
}

function sleeper(): u32 {
  const ms = 1 + any(9);
  const start = now();
  sleep_ms(ms);
  return now() - start < s64(ms) * MSEC ? 1 : 0;
}

/** poll waits its whole time on an empty pipe, and not at all on a full one. */
function poller(): u32 {
  let fds: array<int, 2>;
  let poll: array<u32, 2>;
  let byte: array<u8, 1>;
  let faults: u32 = 0;
  if (pipe(fds) !== 0) return 1;
  poll[0] = u32(fds[0]);
  poll[1] = POLLIN;
  const start = now();
  if (syscall6(SYS_POLL, u64(poll), 1, 15, 0, 0, 0) !== 0 || now() - start < 15 * MSEC) faults++;
  write(fds[1], byte, 1);
  poll[1] = POLLIN;
  if (syscall6(SYS_POLL, u64(poll), 1, 1000, 0, 0, 0) !== 1 || poll[1] >> 16 !== POLLIN) faults++;
  close(fds[0]);
  close(fds[1]);
  return faults;
}

/** Three children at a time, each of which has a child. */
function family(): u32 {
  let pids: array<int, 3>;
  let faults: u32 = 0;
  for (let i: int = 0; i < 3; i++) {
    pids[i] = fork();
    if (pids[i] === 0) {
      const grandchild = fork();
      if (grandchild === 0) exit_(i + 10);
      sched_yield();
      exit_(grandchild > 0 && ends_with(grandchild, (i + 10) << 8) ? i : 99);
    }
  }
  for (let i: int = 0; i < 3; i++) if (pids[i] < 0 || !ends_with(pids[i], i << 8)) faults++;
  return faults;
}

/** Pages keep what was written, a child's copy is its own, what is unmapped can be mapped again, empty. */
function memory(): u32 {
  const pages = 4 + any(12);
  const at_ = mmap(0, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at_ < 0) return 1;
  const words = at<u64[]>(u64(at_));
  let faults: u32 = 0;
  for (let i: u64 = 0; i < pages; i++) {
    if (words[i * 512] !== 0) faults++;
    words[i * 512] = i + 1;
  }
  const pid = fork();
  if (pid === 0) {
    for (let i: u64 = 0; i < pages; i++) words[i * 512] += 100;
    exit_(words[(pages - 1) * 512] === pages + 100 ? 0 : 1);
  }
  mprotect(u64(at_) + 4096, 4096, PROT_NONE);
  mprotect(u64(at_) + 4096, 4096, PROT_READ);
  if (pid < 0 || !ends_with(pid, 0)) faults++;
  for (let i: u64 = 0; i < pages; i++) if (words[i * 512] !== i + 1) faults++;
  return munmap(u64(at_), pages * 4096) === 0 ? faults : faults + 1;
}

/** A child that waits for signals: one is caught, it is stopped, goes on, and is ended. */
function signals(): u32 {
  let status: array<int, 1>;
  let fds: array<int, 2>;
  let byte: array<u8, 1>;
  let faults: u32 = 0;
  if (pipe(fds) !== 0) return 1;
  const pid = fork();
  if (pid === 0) {
    usr1_to = fds[1];
    write(fds[1], byte, 1);
    for (;;) syscall6(SYS_PAUSE, 0, 0, 0, 0, 0, 0);
  }
  if (pid < 0) return 1;
  read(fds[0], byte, 1);
  sleep_ms(2);
  kill(pid, SIGUSR1);
  if (read(fds[0], byte, 1) !== 1) faults++;
  kill(pid, SIGSTOP);
  if (wait4(pid, status, WUNTRACED) !== pid || status[0] !== ((SIGSTOP << 8) | 0x7f)) faults++;
  kill(pid, SIGCONT);
  kill(pid, SIGTERM);
  if (!ends_with(pid, SIGTERM)) faults++;
  close(fds[0]);
  close(fds[1]);
  return faults;
}

interface kind extends struct<"kind"> {
  name?: cstr;
  run?: () => u32;
}

const KINDS = 8;
const kinds: kind[] = [
  { name: "pipes", run: pipes },
  { name: "alarm", run: alarm_clock },
  { name: "setitimer", run: interval_timer },
  { name: "nanosleep", run: sleeper },
  { name: "poll", run: poller },
  { name: "fork", run: family },
  { name: "mmap", run: memory },
  { name: "signals", run: signals },
];

/** Ends with the number of faults, at most 100; 101: not one round was done. */
function worker(k: int, end: s64): never {
  let faults: u32 = 0;
  let rounds: u32 = 0;
  random = u64(k);
  on_signal(SIGALRM, count_alarm, 0);
  on_signal(SIGUSR1, count_usr1, 0);
  while (now() < end) {
    faults += kinds[k % KINDS].run();
    rounds++;
    sleep_ms(5 + any(200));
  }
  return exit_(rounds === 0 ? 101 : faults > 100 ? 100 : int(faults));
}

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  let pids: array<int, 64>;
  let status: array<int, 1>;
  let by_kind: array<u32, 8>;
  let tasks: int = argc > 1 ? int(atoi(argv[1])) : int(MAX_TASKS);
  const seconds: s64 = argc > 2 ? atoi(argv[2]) : s64(10);
  if (tasks < 1 || tasks > MAX_TASKS) tasks = MAX_TASKS;
  for (let i: int = 0; i < KINDS; i++) by_kind[i] = 0;
  const end = now() + seconds * 1000 * MSEC;
  flush();
  for (let k: int = 0; k < tasks; k++) {
    pids[k] = fork();
    if (pids[k] === 0) worker(k, end);
    if (pids[k] < 0) by_kind[k % KINDS]++;
  }
  let faults: u32 = 0;
  for (let k: int = 0; k < tasks; k++) {
    if (pids[k] < 0) continue;
    if (wait4(pids[k], status, 0) !== pids[k]) by_kind[k % KINDS]++;
    else by_kind[k % KINDS] += (status[0] & 0x7f) !== 0 ? 1000 : u32(status[0] >> 8);
  }
  for (let i: int = 0; i < KINDS; i++) {
    if (by_kind[i] !== 0) printf("%s: %u faults\n", kinds[i].name, by_kind[i]);
    faults += by_kind[i];
  }
  printf("%d tasks, %d seconds, %u faults\n", tasks, int(seconds), faults);
  return faults === 0 ? 0 : 1;
}

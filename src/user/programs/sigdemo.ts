// sigdemo: handlers for a signal from itself, from a child, from a timer and for a fault.

import { on_signal, SA_RESETHAND, SA_SIGINFO, SIGALRM, SIGCHLD, SIGSEGV, SIGUSR1, type siginfo } from "../lib/signal";
import { exit_ } from "../lib/start";
import { flush, printf } from "../lib/stdio";
import { alarm, fork, getpid, getppid, kill, nanosleep, type timespec, wait4 } from "../lib/unistd";

let caught: u32 = 0;

function on_usr1(sig: int, info: siginfo, _context: ptr): void {
  caught++;
  printf("SIGUSR1 (%d) from %s\n", sig, int(info.si_addr & 0xffffffff) === getpid() ? "itself" : "its child");
}

function on_alarm(_sig: int, _info: siginfo, _context: ptr): void {
  caught++;
  printf("SIGALRM\n");
}

function on_child(_sig: int, info: siginfo, _context: ptr): void {
  caught++;
  printf("SIGCHLD, code %d\n", info.si_code);
}

function on_fault(_sig: int, info: siginfo, _context: ptr): void {
  printf("SIGSEGV at %p, code %d: %u signals before it\n", info.si_addr, info.si_code, caught);
  exit_(0);
}

export function main(_argc: int, _argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  on_signal(SIGUSR1, on_usr1, SA_SIGINFO);
  on_signal(SIGALRM, on_alarm, SA_SIGINFO);
  on_signal(SIGCHLD, on_child, SA_SIGINFO);
  on_signal(SIGSEGV, on_fault, SA_SIGINFO | SA_RESETHAND);
  kill(getpid(), SIGUSR1);
  flush();
  const child = fork();
  if (child === 0) {
    const moment: timespec = { tv_nsec: 20000000 };
    nanosleep(moment);
    kill(getppid(), SIGUSR1);
    nanosleep(moment);
    return 3;
  }
  let status: array<int, 1>;
  let got = wait4(child, status, 0);
  while (got === -4) got = wait4(child, status, 0);
  printf("the child's status: %d\n", status[0] >> 8);
  alarm(2);
  const long: timespec = { tv_sec: 10 };
  printf("nanosleep: %d\n", nanosleep(long));
  at<u64[]>(0xdead000)[0] = 1;
  return 1;
}

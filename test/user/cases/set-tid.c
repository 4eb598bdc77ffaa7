// clone3's set_tid, and the limit of a user's tasks as the tasks come and go: for root.
#include "kelp-user.h"

enum { NR_setresuid = 117, NR_setrlimit = 160, NR_clone3 = 435 };
struct args { u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup; };
static int wanted[2];

static s64 with_number(int number) {
  struct args a = { .exit_signal = 17, .set_tid = (u64)wanted, .set_tid_size = 1 };
  wanted[0] = number;
  s64 pid = SYS(NR_clone3, &a, sizeof a);
  if (pid == 0) SYS(NR_exit, SYS(NR_getpid) == number ? 8 : 9);
  return pid;
}
static void end(s64 pid) {
  int status = -1;
  SYS(NR_kill, pid, SIGKILL);
  s64 got = SYS(NR_wait4, pid, &status, 0, 0);
  print("%s status %x\n", got == pid ? "reaped" : "lost", status);
}
static s64 sleeper(void) {
  s64 pid = SYS(NR_fork);
  if (pid == 0) for (;;) SYS(NR_pause);
  return pid;
}

static int program(int argc, char **argv, char **envp) {
  (void)argc, (void)argv, (void)envp;
  int status;
  print("taken: %d\n", (int)with_number((int)SYS(NR_getpid)));
  print("too big: %d\n", (int)with_number(0x7fffffff));
  s64 pid = with_number(31234);
  print("wanted: %d\n", (int)pid);
  print("a zombie keeps it: %d\n", (int)with_number(31234));
  SYS(NR_wait4, pid, &status, 0, 0);
  print("status %x\n", status);
  pid = with_number(31234);
  print("again: %d\n", (int)pid);
  SYS(NR_wait4, pid, &status, 0, 0);

  u64 two[2] = { 2, 2 };
  SYS(NR_setrlimit, 6, two);
  s64 a = sleeper(), b = sleeper();
  print("root has no limit: %d\n", a > 0 && b > 0);
  end(a);
  end(b);
  SYS(NR_setresuid, 54321, 54321, 54321);
  a = sleeper();
  print("one child: %d, another: %d\n", a > 0, (int)sleeper());
  end(a);
  a = sleeper();
  print("after its end: %d\n", a > 0);
  end(a);
  return 0;
}

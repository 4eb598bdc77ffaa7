// Processes as a program makes them: fork and wait, pipes, vfork, a thread by clone, exec, and calls that signals interrupt.
#include "kelp-user.h"

static volatile int alarms;
static void on_alarm(int sig) { (void)sig; alarms++; }
static void ignore(int sig) { (void)sig; }

static void timer(u64 microseconds) {
  struct { u64 interval[2], value[2]; } it = { { 0, 0 }, { microseconds / 1000000, microseconds % 1000000 } };
  SYS(NR_setitimer, 0, &it, 0);
}
static void wait_status(int status) {
  if (status & 0x7f) print("signal %d\n", status & 0x7f);
  else print("exit %d\n", status >> 8);
}
static void doze(u64 ms) { u64 t[2] = { ms / 1000, ms % 1000 * 1000000 }; SYS(NR_nanosleep, t, 0); }

static volatile int shared_word, thread_done;
static u8 thread_stack[16384] __attribute__((aligned(16)));
/* clone with a stack of its own; the child calls the function and exits alone. */
static s64 start_thread(void (*f)(void), u64 flags, int *ctid) {
  s64 ret;
  register s64 r10 __asm__("r10") = (s64)ctid;
  register s64 r8 __asm__("r8") = 0;
  u64 *sp = (u64 *)(thread_stack + sizeof thread_stack) - 2;
  *sp = (u64)f;
  __asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\tpop %%rax\n\tcall *%%rax\n\tmov $60, %%eax\n\txor %%edi, %%edi\n\tsyscall\n1:"
                   : "=a"(ret) : "0"((s64)NR_clone), "D"(flags), "S"(sp), "d"(0l), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
  return ret;
}
static void thread(void) { shared_word = 77; for (int i = 0; i < 5; i++) SYS(NR_sched_yield); thread_done = 1; }

static int program(int argc, char **argv, char **envp) {
  int status, p[2], q[2], self = SYS(NR_getpid);
  char buffer[64];

  if (argc > 1) {
    print("again: argc %d, argv[1] %s, envp[0] %s, argv[0] empty %d\n", argc, argv[1], envp[0], argv[0][0] == 0);
    return 5;
  }

  print("- fork and wait\n");
  for (int i = 0; i < 4; i++) {
    int pid = SYS(NR_fork);
    if (pid == 0) {
      if (i == 2) SYS(NR_kill, SYS(NR_getpid), SIGTERM);
      if (i == 3) SYS(NR_exit_group, SYS(NR_getppid) == self ? 33 : 34);
      return i + 10;
    }
    print("the pid that wait4 returns is the child's: %d, ", SYS(NR_wait4, pid, &status, 0, 0) == pid);
    wait_status(status);
  }
  print("nobody is left: %ld\n", SYS(NR_wait4, -1, &status, 0, 0));

  print("- pipes\n");
  SYS(NR_pipe, p);
  SYS(NR_pipe, q);
  if (SYS(NR_fork) == 0) {
    s64 n;
    SYS(NR_close, p[1]);
    SYS(NR_close, q[0]);
    while ((n = SYS(NR_read, p[0], buffer, 8)) > 0) {
      for (s64 i = 0; i < n; i++) buffer[i] ^= 0x20;
      SYS(NR_write, q[1], buffer, n);
    }
    return 0;
  }
  SYS(NR_close, p[0]);
  SYS(NR_close, q[1]);
  SYS(NR_write, p[1], "Live PATCHING", 13);
  SYS(NR_close, p[1]);
  s64 got = 0, n;
  while ((n = SYS(NR_read, q[0], buffer + got, 60 - got)) > 0) got += n;
  buffer[got] = 0;
  print("back came %s, %ld bytes\n", buffer, got);
  SYS(NR_wait4, -1, &status, 0, 0);
  SYS(NR_close, q[0]);
  SYS(NR_pipe, p);
  SYS(NR_close, p[0]);
  on_signal(SIGPIPE, (void *)1, 0, 0);
  print("EPIPE with SIGPIPE ignored: %ld\n", SYS(NR_write, p[1], "x", 1));
  if (SYS(NR_fork) == 0) { on_signal(SIGPIPE, 0, 0, 0); SYS(NR_write, p[1], "x", 1); return 1; }
  SYS(NR_wait4, -1, &status, 0, 0);
  wait_status(status);

  print("- interrupted calls\n");
  on_signal(SIGALRM, on_alarm, 0, 0);
  SYS(NR_pipe, p);
  timer(20000);
  print("read without SA_RESTART %ld, alarms %d\n", SYS(NR_read, p[0], buffer, 1), alarms);
  timer(20000);
  u64 second[2] = { 5, 0 }, left[2] = { 9, 9 };
  print("nanosleep %ld, some time is left: %d\n", SYS(NR_nanosleep, second, left), left[0] == 4 && left[1] > 900000000);
  timer(20000);
  print("pause %ld, alarms %d\n", SYS(NR_pause), alarms);
  on_signal(SIGALRM, on_alarm, SA_RESTART, 0);
  int child = SYS(NR_fork);
  if (child == 0) { doze(100); SYS(NR_write, p[1], "!", 1); doze(100); return 9; }
  timer(20000);
  n = SYS(NR_read, p[0], buffer, 1);
  print("read with SA_RESTART %ld %c, alarms %d\n", n, buffer[0], alarms);
  timer(20000);
  n = SYS(NR_wait4, child, &status, 0, 0);
  print("wait4 with SA_RESTART is the child's: %d, alarms %d, ", n == child, alarms);
  wait_status(status);
  timer(20000);
  print("pause is never restarted: %ld, alarms %d\n", SYS(NR_pause), alarms);
  u64 mask = 1ul << (SIGALRM - 1), none = 0, now;
  SYS(NR_rt_sigprocmask, 0, &mask, 0, 8);
  timer(1000);
  doze(50);
  print("blocked: alarms %d\n", alarms);
  print("sigsuspend %ld, alarms %d\n", SYS(NR_rt_sigsuspend, &none, 8), alarms);
  SYS(NR_rt_sigprocmask, 0, 0, &now, 8);
  print("the mask is back: %lx\n", now);
  SYS(NR_rt_sigprocmask, 2, &none, 0, 8);
  on_signal(SIGCHLD, ignore, 0, 0);
  child = SYS(NR_fork);
  if (child == 0) { doze(20); return 0; }
  print("SIGCHLD interrupts: %ld\n", SYS(NR_read, p[0], buffer, 1));
  SYS(NR_wait4, child, 0, 0, 0);

  print("- stop and continue\n");
  on_signal(SIGCHLD, 0, 0, 0);
  child = SYS(NR_fork);
  if (child == 0) { SYS(NR_kill, SYS(NR_getpid), SIGSTOP); return 21; }
  SYS(NR_wait4, child, &status, 2, 0);
  print("stopped: %x\n", status);
  SYS(NR_kill, child, SIGCONT);
  SYS(NR_wait4, child, &status, 0, 0);
  wait_status(status);

  print("- vfork and exec\n");
  volatile int mark = 1;
  child = SYS(NR_vfork);
  if (child == 0) { mark = 2; SYS(NR_exit, 4); }
  SYS(NR_wait4, child, &status, 0, 0);
  print("the parent waited and shares memory: %d, ", mark);
  wait_status(status);
  char *again[] = { "", "one", 0 }, *environment[] = { "KELP=yes", 0 };
  child = SYS(NR_vfork);
  if (child == 0) { SYS(NR_execve, argv[0], again, environment); SYS(NR_exit, 1); }
  SYS(NR_wait4, child, &status, 0, 0);
  wait_status(status);
  print("exec errors: %ld %ld %ld %ld\n", SYS(NR_execve, "/nowhere", again, 0), SYS(NR_execve, "/", again, 0), SYS(NR_execve, "/etc/passwd", again, 0),
        SYS(NR_execve, "", again, 0));

  print("- a thread\n");
  int ctid = 1;
  s64 tid = start_thread(thread, 0x00010f00 | 0x00200000, &ctid);  // VM FS FILES SIGHAND THREAD, CHILD_CLEARTID
  while (*(volatile int *)&ctid) SYS(NR_sched_yield);
  print("tid is not pid: %d, it wrote %d, done %d, cleared %d\n", tid > 0 && tid != self, shared_word, thread_done, ctid);
  s64 gone;
  while ((gone = SYS(NR_tgkill, self, tid, 0)) == 0) SYS(NR_sched_yield);  // its tid is cleared before it has left the group
  print("same process: %d, it is gone: %ld\n", SYS(NR_getpid) == self, gone);
  return 0;
}

// Threads by clone: futexes (wait, wake, bitset, requeue, wake_op, timeouts), joining by the cleared tid, robust locks, tgkill, exec and
// exit of a whole group.
#include "kelp-user.h"

enum { NR_futex = 202, NR_set_tid_address = 218, NR_set_robust_list = 273, NR_get_robust_list = 274, NR_clock_gettime = 228, NR_rt_sigtimedwait = 128 };
enum { WAIT = 0, WAKE = 1, REQUEUE = 3, CMP_REQUEUE = 4, WAKE_OP = 5, WAIT_BITSET = 9, WAKE_BITSET = 10, PRIVATE = 128, REALTIME = 256 };
#define THREAD_FLAGS 0x3d0f00 /* VM FS FILES SIGHAND THREAD SYSVSEM SETTLS PARENT_SETTID CHILD_CLEARTID */

#define MAX 12
static u8 stacks[MAX][16384] __attribute__((aligned(16)));
static volatile int tids[MAX], started;
struct thread { int number; int result; void (*run)(int); } threads[MAX];
static void doze(u64 ms) { u64 t[2] = { ms / 1000, ms % 1000 * 1000000 }; SYS(NR_nanosleep, t, 0); }
static s64 futex(volatile int *p, int op, int val, void *t, volatile int *p2, u32 val3) { return SYS(NR_futex, p, op, val, t, p2, val3); }

__attribute__((used, noreturn)) static void enter(struct thread *t) {
  t->run(t->number);
  SYS(NR_exit, 0);
  __builtin_unreachable();
}
static int start(int i, void (*run)(int)) {
  s64 ret;
  threads[i].number = i;
  threads[i].run = run;
  register s64 r10 __asm__("r10") = (s64)&tids[i];
  register s64 r8 __asm__("r8") = (s64)&threads[i];
  u64 *sp = (u64 *)(stacks[i] + sizeof stacks[i]) - 2;
  *sp = (u64)&threads[i];
  __asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\tpop %%rdi\n\tcall enter\n1:"
                   : "=a"(ret) : "0"((s64)NR_clone), "D"((s64)THREAD_FLAGS), "S"(sp), "d"((s64)&tids[i]), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
  return ret;
}
static void join(int i) {
  int tid;
  while ((tid = tids[i]) != 0) futex(&tids[i], WAIT, tid, 0, 0, 0);
}

/* A mutex after Drepper: 0 free, 1 held, 2 held with waiters. */
static volatile int mutex, counter;
static void lock(void) {
  int c = 0;
  if (__atomic_compare_exchange_n(&mutex, &c, 1, 0, 5, 5)) return;
  if (c != 2) c = __atomic_exchange_n(&mutex, 2, 5);
  while (c) { futex(&mutex, WAIT | PRIVATE, 2, 0, 0, 0); c = __atomic_exchange_n(&mutex, 2, 5); }
}
static void unlock(void) { if (__atomic_exchange_n(&mutex, 0, 5) == 2) futex(&mutex, WAKE | PRIVATE, 1, 0, 0, 0); }
static void count(int n) {
  for (int i = 0; i < 200; i++) {
    lock();
    int c = counter;
    if (i % 50 == n) SYS(NR_sched_yield);
    counter = c + 1;
    unlock();
  }
}

static volatile int gate, gate2, passed;
static void wait_gate(int n) { (void)n; __atomic_add_fetch(&started, 1, 5); s64 r; do r = futex(&gate, WAIT, 0, 0, 0, 0); while (r == -4); __atomic_add_fetch(&passed, r == 0 ? 1 : 100, 5); }
static void wait_bit(int n) { __atomic_add_fetch(&started, 1, 5); s64 r = futex(&gate, WAIT_BITSET, 0, 0, 0, 1u << n); __atomic_add_fetch(&passed, r == 0 ? 1 << n : 1000000, 5); }
static void wait_started(int n) { while (started < n) doze(1); doze(20); }
static void settle(int *p, int n) { (void)p; for (int i = 0; i < 200 && passed != n; i++) doze(1); }

static struct { void *next; s64 offset; void *pending; } robust;
static struct { void *next; volatile int word; } held;
static void die_holding(int n) {
  (void)n;
  robust.next = &held;
  held.next = &robust;
  robust.offset = (s64)&held.word - (s64)&held;
  robust.pending = 0;
  SYS(NR_set_robust_list, &robust, sizeof robust);
  held.word = SYS(NR_gettid);
  started = 1;
  doze(30);
}

static volatile int signalled_tid;
static void note(int sig) { (void)sig; signalled_tid = SYS(NR_gettid); }
static volatile int waiting_tid;
static void wait_signal(int n) { (void)n; waiting_tid = SYS(NR_gettid); started = 1; while (!signalled_tid) SYS(NR_pause); }
static void interrupted(int sig) { (void)sig; }
static volatile s64 outcome;
static void wait_interrupted(int n) { (void)n; waiting_tid = SYS(NR_gettid); started = 1; outcome = futex(&gate2, WAIT, 0, 0, 0, 0); }
static void spin(int n) { (void)n; started++; for (;;) ; }
static void sleep_long(int n) { (void)n; started++; for (;;) doze(100000); }
static char *again[] = { "threads", "again", 0 };
static char *none[] = { 0 };
static void exec_now(int n) { (void)n; SYS(NR_execve, "./threads", again, none); print("exec failed\n"); SYS(NR_exit_group, 9); }
static void exit_now(int n) { (void)n; SYS(NR_exit_group, 42); }
static void leader_is_gone(int n) { (void)n; doze(50); print("the last thread speaks\n"); SYS(NR_exit, 17); }

static void status_of(int pid) {
  int status = 0;
  s64 got = SYS(NR_wait4, pid, &status, 0x40000000, 0);
  print("waited %d, status %x\n", got == pid, status);
}

static int program(int argc, char **argv, char **envp) {
  (void)envp;
  int self = SYS(NR_getpid), pid;
  if (argc > 1) {
    print("after exec: %s, one thread, tid is pid %d\n", argv[1], SYS(NR_gettid) == self);
    return 6;
  }
  print("- a mutex between four threads\n");
  for (int i = 0; i < 4; i++) print("thread %d\n", start(i, count) > self);
  for (int i = 0; i < 4; i++) join(i);
  print("counter %d, tids %d %d\n", counter, tids[0], tids[3]);

  print("- wake\n");
  started = 0;
  for (int i = 0; i < 5; i++) start(i, wait_gate);
  wait_started(5);
  print("wake 2: %ld\n", futex(&gate, WAKE, 2, 0, 0, 0));
  settle(0, 2);
  print("passed %d\n", passed);
  print("requeue 1 wakes, 1 moves: %ld\n", futex(&gate, REQUEUE, 1, (void *)1, &gate2, 0));
  settle(0, 3);
  print("passed %d, cmp_requeue with a wrong value %ld\n", passed, futex(&gate, CMP_REQUEUE, 1, (void *)5, &gate2, 1));
  print("cmp_requeue %ld", futex(&gate, CMP_REQUEUE, 0, (void *)5, &gate2, 0));
  print(", left at the first %ld\n", futex(&gate, WAKE, 9, 0, 0, 0));
  print("wake_op: %ld", futex(&gate, WAKE_OP, 1, (void *)1, &gate2, 1u << 28 | 5 << 12 | 0 << 24 | 0));
  print(" gate2 %d", gate2);
  settle(0, 4);
  gate2 = 0;
  print(", the rest %ld\n", futex(&gate2, WAKE, 9, 0, 0, 0));
  for (int i = 0; i < 5; i++) join(i);
  print("passed %d\n", passed);

  print("- bits\n");
  started = passed = 0;
  for (int i = 0; i < 4; i++) start(i, wait_bit);
  wait_started(4);
  print("wake bits 0 and 2: %ld\n", futex(&gate, WAKE_BITSET, 9, 0, 0, 5));
  settle(0, 5);
  print("passed %d, again %ld", passed, futex(&gate, WAKE_BITSET, 9, 0, 0, 5));
  print(", no bits %ld", futex(&gate, WAKE_BITSET, 9, 0, 0, 0));
  print(", all %ld\n", futex(&gate, WAKE, 9, 0, 0, 0));
  for (int i = 0; i < 4; i++) join(i);
  print("passed %d\n", passed);

  print("- timeouts and errors\n");
  u64 t[2] = { 0, 20000000 }, now[2], then[2];
  SYS(NR_clock_gettime, 1, then);
  print("wait %ld", futex(&gate, WAIT, 0, t, 0, 0));
  SYS(NR_clock_gettime, 1, now);
  print(", at least 20 ms %d", (now[0] - then[0]) * 1000000000 + now[1] - then[1] >= 20000000);
  now[1] += 10000000;
  if (now[1] >= 1000000000) { now[0]++; now[1] -= 1000000000; }
  print(", until then %ld", futex(&gate, WAIT_BITSET | PRIVATE, 0, now, 0, -1));
  SYS(NR_clock_gettime, 0, now);
  print(", by the wall clock %ld\n", futex(&gate, WAIT_BITSET | REALTIME, 0, now, 0, -1));
  print("other value %ld, unaligned %ld, bad address %ld, kernel address %ld\n", futex(&gate, WAIT, 1, 0, 0, 0), futex((int *)((char *)&gate + 1), WAIT, 0, 0, 0, 0),
        futex((int *)0x10, WAIT, 0, 0, 0, 0), futex((int *)0xffffffff81000000, WAKE, 1, 0, 0, 0));
  t[1] = 1000000000;
  print("bad time %ld, bad time's address %ld, no bits %ld, unknown operation %ld\n", futex(&gate, WAIT, 0, t, 0, 0), futex(&gate, WAIT, 0, (void *)8, 0, 0),
        futex(&gate, WAIT_BITSET, 0, 0, 0, 0), futex(&gate, 77, 0, 0, 0, 0));
  print("negative requeue %ld, realtime wake %ld, nobody %ld\n", futex(&gate, REQUEUE, -1, 0, &gate2, 0), futex(&gate, WAKE | REALTIME, 1, 0, 0, 0), futex(&gate, WAKE, 1, 0, 0, 0));

  print("- a robust lock\n");
  started = 0;
  int owner = start(0, die_holding);
  while (!started) doze(1);
  held.word |= 0x80000000;
  print("wait %ld", futex(&held.word, WAIT, owner | 0x80000000, 0, 0, 0));
  print(", owner died %d\n", held.word == (int)0xc0000000);
  join(0);
  void *head = &robust;
  u64 size = 0;
  s64 got = SYS(NR_get_robust_list, 0, &head, &size);
  print("get_robust_list %ld, none %d, size %lu; wrong size %ld, nobody %ld\n", got, head == 0, size, SYS(NR_set_robust_list, &robust, 23),
        SYS(NR_get_robust_list, 0x3ffffe, &head, &size));

  print("- signals to threads\n");
  on_signal(SIGUSR1, note, 0, 0);
  started = 0;
  start(0, wait_signal);
  while (!started) doze(1);
  doze(10);
  print("tgkill %ld", SYS(NR_tgkill, self, waiting_tid, SIGUSR1));
  join(0);
  doze(20);
  print(", the thread took it %d; gone %ld, other group %ld\n", signalled_tid == waiting_tid, SYS(NR_tgkill, self, waiting_tid, SIGUSR1), SYS(NR_tgkill, 1, self, SIGUSR1));
  on_signal(SIGUSR2, interrupted, 0, 0);
  started = gate2 = 0;
  start(0, wait_interrupted);
  while (!started) doze(1);
  doze(10);
  SYS(NR_tgkill, self, waiting_tid, SIGUSR2);
  join(0);
  print("a wait interrupted: %ld", outcome);
  on_signal(SIGUSR2, interrupted, SA_RESTART, 0);
  started = 0;
  outcome = 99;
  start(0, wait_interrupted);
  while (!started) doze(1);
  doze(10);
  SYS(NR_tgkill, self, waiting_tid, SIGUSR2);
  doze(20);
  print(", restarted: %ld", outcome);
  futex(&gate2, WAKE, 1, 0, 0, 0);
  join(0);
  print(" and woken %ld\n", outcome);

  print("- between processes\n");
  volatile int *shared = (int *)SYS(NR_mmap, 0, 4096, 3, 0x21, -1, 0);
  if ((pid = SYS(NR_fork)) == 0) { s64 r = futex(shared, WAIT, 0, 0, 0, 0); return r == 0 ? 3 : 4; }
  s64 woken;
  while ((woken = futex(shared, WAKE, 1, 0, 0, 0)) == 0) doze(1);
  print("woken %ld: ", woken);
  status_of(pid);

  print("- the end of groups\n");
  for (int kind = 0; kind < 5; kind++) {
    flush();
    if ((pid = SYS(NR_fork)) == 0) {
      started = 0;
      start(1, sleep_long);
      start(2, spin);
      while (started < 2) doze(1);
      if (kind == 0) exec_now(0);
      if (kind == 1) start(0, exec_now);
      if (kind == 2) start(0, exit_now);
      if (kind == 3) SYS(NR_kill, SYS(NR_getpid), SIGKILL);
      if (kind == 4) { SYS(NR_tgkill, SYS(NR_getpid), tids[2], SIGSEGV); }
      for (;;) SYS(NR_pause);
    }
    status_of(pid);
  }
  if ((pid = SYS(NR_fork)) == 0) { start(0, leader_is_gone); SYS(NR_exit, 5); }
  doze(10);
  print("no zombie to wait for while a thread lives: %ld\n", SYS(NR_wait4, pid, 0, 1, 0));
  status_of(pid);
  print("clone: a thread without its handlers %ld, handlers without memory %ld\n", SYS(NR_clone, 0x10000, 0, 0, 0, 0), SYS(NR_clone, 0x800, 0, 0, 0, 0));
  return 0;
}

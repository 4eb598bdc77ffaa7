// clone3: sizes and fields that are refused, and children with stacks, cleared handlers and tids, and the limit of a
// user's tasks. All of it without privileges, whoever starts it.
#include "kelp-user.h"

enum { NR_setresuid = 117, NR_setrlimit = 160, NR_getrlimit = 97, NR_clone3 = 435 };
struct args { u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup, more[4]; };
static u8 stack[16384] __attribute__((aligned(16)));
static volatile int tid_slot, handled;
static int wanted[2];
static void handler(int sig) { handled = sig; }

static s64 clone3(struct args *a, u64 size) { return SYS(NR_clone3, a, size); }

/* What it returns; a child that is made after all ends at once. */
static void refused(const char *what, struct args a, u64 size) {
  s64 ret = clone3(&a, size);
  if (ret == 0) SYS(NR_exit, 0);
  if (ret > 0) SYS(NR_wait4, ret, 0, 0x40000000, 0);
  print("%s: %d\n", what, ret > 0 ? 1 : (int)ret);
}
static void waited(const char *what, s64 pid) {
  int status = -1;
  s64 got = SYS(NR_wait4, pid, &status, 0x40000000, 0);
  print("%s: %s status %x\n", what, got == pid ? "reaped" : "lost", status);
}

static int program(int argc, char **argv, char **envp) {
  (void)argc, (void)argv, (void)envp;
  const u64 size = 88;
  u64 limit[2];
  SYS(NR_setresuid, 54321, 54321, 54321);
  struct args none = { 0 };
  refused("size 0", none, 0);
  refused("size 63", none, 63);
  refused("size 64", none, 64);
  refused("size 80", none, 80);
  refused("size 100 of zeros", none, 100);
  refused("size 120 of zeros", none, 120);
  refused("size 4097", none, 4097);
  refused("something behind", (struct args){ .more = { 0, 7 } }, 120);
  refused("something far behind it", (struct args){ .more = { 0, 7 } }, 96);
  refused("signal 18", (struct args){ .exit_signal = 18 }, size);
  refused("signal 65", (struct args){ .exit_signal = 65 }, size);
  refused("signal 0x100", (struct args){ .exit_signal = 0x100 }, size);
  refused("signal -1", (struct args){ .exit_signal = -1ul }, size);
  refused("a signal in the flags", (struct args){ .flags = 17 }, size);
  refused("CLONE_DETACHED", (struct args){ .flags = 0x400000 }, size);
  refused("an unknown flag", (struct args){ .flags = 1ul << 40 }, size);
  refused("thread without handlers", (struct args){ .flags = 0x10000 }, size);
  refused("thread with a signal", (struct args){ .flags = 0x10900, .exit_signal = 17 }, size);
  refused("parent with a signal", (struct args){ .flags = 0x8000, .exit_signal = 17 }, size);
  refused("handlers without memory", (struct args){ .flags = 0x800 }, size);
  refused("shared and cleared handlers", (struct args){ .flags = 0x100000900 }, size);
  refused("a stack without size", (struct args){ .stack = (u64)stack }, size);
  refused("a size without stack", (struct args){ .stack_size = 4096 }, size);
  refused("a stack beyond memory", (struct args){ .stack = 0x7ffffffff000, .stack_size = 1ul << 20 }, size);
  refused("a cgroup too big", (struct args){ .flags = 0x200000000, .cgroup = 1ul << 31 }, size);
  refused("a cgroup in a short structure", (struct args){ .flags = 0x200000000 }, 80);
  refused("set_tid without size", (struct args){ .set_tid = (u64)wanted }, size);
  refused("set_tid_size alone", (struct args){ .set_tid_size = 1 }, size);
  refused("set_tid_size 33", (struct args){ .set_tid = (u64)wanted, .set_tid_size = 33 }, size);
  refused("set_tid 0", (struct args){ .set_tid = (u64)wanted, .set_tid_size = 1 }, size);
  wanted[0] = -5;
  refused("set_tid -5", (struct args){ .set_tid = (u64)wanted, .set_tid_size = 1 }, size);
  wanted[0] = 0x7fffffff;
  refused("set_tid too big", (struct args){ .set_tid = (u64)wanted, .set_tid_size = 1 }, size);
  wanted[0] = (int)SYS(NR_getpid);
  refused("set_tid that is taken", (struct args){ .set_tid = (u64)wanted, .set_tid_size = 1 }, size);
  refused("set_tid nowhere", (struct args){ .set_tid = 8, .set_tid_size = 1 }, size);
  print("no structure: %d\n", (int)SYS(NR_clone3, 8, size));

  struct args plain = { .exit_signal = 17 };
  s64 pid = clone3(&plain, 64);
  if (pid == 0) SYS(NR_exit, 5);
  waited("plain", pid);

  struct args tids = { .flags = 0x1100000, .exit_signal = 17, .parent_tid = (u64)&tid_slot, .child_tid = (u64)&tid_slot };
  pid = clone3(&tids, size);
  if (pid == 0) SYS(NR_exit, tid_slot == (int)SYS(NR_getpid) ? 6 : 7);
  print("parent's tid %s\n", tid_slot == pid ? "stored" : "wrong");
  waited("child's tid", pid);

  struct { void (*handler)(int); u64 flags; void (*restorer)(void); u64 mask; } act = { handler, 0x04000000, 0, 0 }, old, ign = { (void (*)(int))1, 0x04000000, 0, 0 };
  SYS(NR_rt_sigaction, 10, &act, 0, 8);
  SYS(NR_rt_sigaction, 12, &ign, 0, 8);
  struct args clear = { .flags = 0x100000000, .exit_signal = 17 };
  pid = clone3(&clear, size);
  if (pid == 0) {
    SYS(NR_rt_sigaction, 10, 0, &old, 8);
    int a = old.handler == 0;
    SYS(NR_rt_sigaction, 12, 0, &old, 8);
    SYS(NR_exit, a * 2 + (old.handler == (void (*)(int))1));
  }
  waited("cleared handlers", pid);

  // On a stack of its own, in the parent's memory: what the child stores there, the parent sees.
  struct args own = { .flags = 0x4100, .exit_signal = 17, .stack = (u64)stack, .stack_size = sizeof stack };
  register s64 ret __asm__("rax") = NR_clone3;
  __asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\tmov %%rsp, %2\n\tmov $60, %%eax\n\tmov $3, %%edi\n\tsyscall\n1:"
                   : "+r"(ret) : "D"(&own), "m"(*(u64 *)&handled), "S"(size) : "rcx", "r11", "memory");
  waited("own stack", ret);

  SYS(NR_getrlimit, 6, limit);
  u64 one[2] = { 1, limit[1] };
  SYS(NR_setrlimit, 6, one);
  print("one task too many: %d %d\n", (int)SYS(NR_fork), (int)SYS(NR_vfork));
  SYS(NR_setrlimit, 6, limit);
  pid = SYS(NR_fork);
  if (pid == 0) SYS(NR_exit, 4);
  waited("with the limit raised again", pid);
  return 0;
}

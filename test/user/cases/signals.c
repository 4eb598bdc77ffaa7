// Signals as a program sees them: siginfo, ucontext, masks, nesting, alternate stacks, one-shot handlers, faults caught.
#include "kelp-user.h"

static volatile int depth, deepest, seen;
static int self;

static void plain(int sig) { print("plain %d\n", sig); }

static void info(int sig, struct siginfo *si, struct ucontext *uc) {
  print("info %d signo %d errno %d code %d pid %s mask %lx\n", sig, si->signo, si->error, si->code, si->u.child.pid == self ? "self" : "other", uc->mask);
  print("uc flags&~0x5 %lx link %lx cs %x ss %x\n", uc->flags & ~5ul & ~2ul, (u64)uc->link, uc->mc.cs, uc->mc.ss);
}

static void nested(int sig) {
  if (++depth > deepest) deepest = depth;
  if (depth < 4) SYS(NR_kill, self, sig);
  depth--;
}

static void inner(int sig) { (void)sig; print("inner\n"); }
static void outer(int sig) {
  (void)sig;
  print("outer begins\n");
  SYS(NR_kill, self, SIGUSR2);
  print("outer ends\n");
}

static u8 alternate[16384] __attribute__((aligned(16)));
static void on_stack(int sig, struct siginfo *si, struct ucontext *uc) {
  (void)si;
  u8 here;
  struct stack now;
  SYS(NR_sigaltstack, 0, &now);
  print("sig %d on the alternate stack: %d, flags %d, size %lu, recorded %d\n", sig, &here >= alternate && &here < alternate + sizeof alternate,
        now.flags, now.size, uc->stack.sp == (void *)alternate);
}

/* A fault's handler makes the faulting instruction succeed or steps over it. */
static void fault(int sig, struct siginfo *si, struct ucontext *uc) {
  print("fault %d code %d addr %lx err %lx trapno %lu cr2 %lx\n", sig, si->code, (u64)si->u.addr, uc->mc.err, uc->mc.trapno, uc->mc.cr2);
  seen++;
  uc->mc.ip = uc->mc.bx;
}

__attribute__((noinline)) static void touch(volatile u32 *p, int write) {
  __asm__ volatile("lea 1f(%%rip), %%rbx\n\ttest %1, %1\n\tjz 2f\n\tmovl $1, (%0)\n\tjmp 1f\n2:\tmovl (%0), %%eax\n1:" : : "r"(p), "r"(write) : "rax", "rbx", "memory");
}
#define FAULT(text) __asm__ volatile("lea 1f(%%rip), %%rbx\n\t" text "\n1:" : : : "rax", "rbx", "rcx", "rdx", "memory")

static void change(int sig, struct siginfo *si, struct ucontext *uc) {
  (void)sig, (void)si;
  uc->mc.r12 = 0x1234567890abcdef;
  uc->mask |= 1ul << (SIGUSR2 - 1);
}

static int program(int argc, char **argv, char **envp) {
  (void)argc, (void)argv, (void)envp;
  self = SYS(NR_getpid);
  u64 set, old, pending;

  print("- delivery\n");
  on_signal(SIGUSR1, plain, 0, 0);
  print("kill %ld\n", SYS(NR_kill, self, SIGUSR1));
  on_signal(SIGUSR1, info, SA_SIGINFO, 0);
  SYS(NR_kill, self, SIGUSR1);
  SYS(NR_tgkill, self, self, SIGUSR1);

  print("- blocked, pending, unblocked\n");
  set = 1ul << (SIGUSR1 - 1) | 1ul << (SIGKILL - 1);
  print("block %ld\n", SYS(NR_rt_sigprocmask, 0, &set, &old, 8));
  SYS(NR_kill, self, SIGUSR1);
  SYS(NR_kill, self, SIGUSR1);
  SYS(NR_rt_sigpending, &pending, 8);
  print("pending %lx\n", pending);
  SYS(NR_rt_sigprocmask, 2, &old, &set, 8);
  print("mask was %lx\n", set);
  SYS(NR_rt_sigpending, &pending, 8);
  print("pending %lx\n", pending);

  print("- nesting\n");
  on_signal(SIGUSR1, nested, SA_NODEFER, 0);
  SYS(NR_kill, self, SIGUSR1);
  print("deepest with SA_NODEFER %d\n", deepest);
  deepest = depth = 0;
  on_signal(SIGUSR1, outer, 0, 0);
  on_signal(SIGUSR2, inner, 0, 0);
  SYS(NR_kill, self, SIGUSR1);
  on_signal(SIGUSR1, outer, 0, 1ul << (SIGUSR2 - 1));
  SYS(NR_kill, self, SIGUSR1);

  print("- one shot\n");
  struct sigaction was;
  on_signal(SIGCHLD, plain, SA_RESETHAND, 0);
  SYS(NR_kill, self, SIGCHLD);
  SYS(NR_kill, self, SIGCHLD);
  SYS(NR_rt_sigaction, SIGCHLD, 0, &was, 8);
  print("handler is default: %d, flags %lx\n", was.handler == 0, was.flags);

  print("- alternate stack\n");
  struct stack st = { alternate, 0, sizeof alternate };
  struct stack small = { alternate, 0, 100 };
  print("small %ld set %ld\n", SYS(NR_sigaltstack, &small, 0), SYS(NR_sigaltstack, &st, 0));
  on_signal(SIGUSR1, on_stack, SA_SIGINFO | SA_ONSTACK, 0);
  SYS(NR_kill, self, SIGUSR1);
  SYS(NR_sigaltstack, 0, &st);
  print("afterwards flags %d\n", st.flags);

  print("- faults\n");
  for (int sig = SIGILL; sig <= SIGSEGV; sig++) if (sig != SIGKILL && sig != SIGABRT) on_signal(sig, fault, SA_SIGINFO, 0);
  touch((u32 *)0x10, 0);
  touch((u32 *)0x20, 1);
  char *page = (char *)SYS(NR_mmap, 0x10000000, 4096, 1, 0x32, -1, 0);
  print("mapped %lx\n", (u64)page);
  touch((u32 *)page, 0);
  touch((u32 *)(page + 8), 1);
  SYS(NR_mprotect, page, 4096, 0);
  touch((u32 *)(page + 16), 0);
  SYS(NR_mprotect, page, 4096, 3);
  touch((u32 *)(page + 16), 1);
  FAULT("mov $0x10000000, %%eax\n\tjmp *%%rax");
  FAULT("mov $0xffffffff81000000, %%rax\n\tmov (%%rax), %%eax");
  FAULT("mov $0x8000000000000000, %%rax\n\tmov (%%rax), %%eax");
  FAULT("ud2");
  FAULT("int3");
  FAULT("xor %%edx, %%edx\n\txor %%ecx, %%ecx\n\tmov $1, %%eax\n\tdiv %%ecx");
  FAULT("hlt");
  FAULT("int $0x55");
  print("faults seen %d\n", seen);

  print("- the handler changes registers and mask\n");
  on_signal(SIGUSR1, change, SA_SIGINFO, 0);
  u64 r12;
  __asm__ volatile("mov $1, %%r12d\n\tsyscall\n\tmov %%r12, %0" : "=r"(r12) : "a"((s64)NR_kill), "D"((s64)self), "S"((s64)SIGUSR1) : "rcx", "r11", "r12", "memory");
  SYS(NR_rt_sigprocmask, 0, 0, &set, 8);
  print("r12 %lx mask %lx\n", r12, set);

  print("- errors\n");
  print("%ld", on_signal(SIGKILL, plain, 0, 0));
  print(" %ld", on_signal(65, plain, 0, 0));
  print(" %ld", SYS(NR_rt_sigaction, SIGUSR1, 1, 0, 8));
  print(" %ld", SYS(NR_rt_sigaction, SIGUSR1, 0, 0, 4));
  print(" %ld", SYS(NR_rt_sigprocmask, 7, &set, 0, 8));
  print(" %ld", SYS(NR_rt_sigprocmask, 0, 0, 0xdead000, 8));
  print(" %ld", SYS(NR_kill, self, 65));
  print(" %ld", SYS(NR_kill, 0x3fffff, 0));
  print(" %ld", SYS(NR_kill, self, 0));
  print(" %ld\n", SYS(NR_tgkill, self + 1, self, 0));
  return 7;
}

// Frames, registers and pointers that no kernel may trust: each attempt in a child, which ends in a signal or an errno.
#include "kelp-user.h"

struct frame { struct ucontext uc; struct siginfo info; };

/* Returns from a handler that never ran: the frame below is all the kernel sees. */
static void forged(struct frame *frame) {
  __asm__ volatile("mov %0, %%rsp\n\tmov $15, %%eax\n\tsyscall" : : "r"(frame) : "memory");
}
static struct frame good(void *ip) {
  struct frame f;
  memset(&f, 0, sizeof f);
  static u8 stack[4096];
  f.uc.mc.ip = (u64)ip;
  f.uc.mc.sp = (u64)(stack + 4000);
  f.uc.mc.cs = 0x33;
  f.uc.mc.ss = 0x2b;
  f.uc.mc.flags = 0x202;
  f.uc.flags = 6;
  return f;
}
static void leave(void) { SYS(NR_exit_group, 42); }
static void again(int sig) { SYS(NR_kill, SYS(NR_getpid), sig); }
static void nothing(int sig) { (void)sig; }
static void step(int sig, struct siginfo *si, struct ucontext *uc) {
  static int n;
  if (++n == 3) {
    print("step: sig %d code %d addr is ip %d trapno %lu\n", sig, si->code, (u64)si->u.addr == uc->mc.ip, uc->mc.trapno);
    uc->mc.flags &= ~0x100ul;
  }
}
static void grow(int n) { volatile u8 page[4096]; page[0] = n; if (n) grow(n - 1); page[1] = page[0]; }
static void recurse(volatile u8 *p) { volatile u8 page[4096]; page[0] = p ? p[0] : 0; recurse(page); page[1] = 2; }

static void attempt(int i) {
  struct frame f = good(leave);
  switch (i) {
    case 0: forged(&f); break;
    case 1: f.uc.mc.ip = 0x8000000000000000; forged(&f); break;
    case 2: f.uc.mc.ip = 0xffffffff81000000; forged(&f); break;
    case 3: f.uc.mc.ip = 0x800000000000; forged(&f); break;
    case 4: f.uc.mc.cs = 0; forged(&f); break;
    case 5: f.uc.mc.cs = 0x10; forged(&f); break;
    case 6: f.uc.mc.cs = 0x2b; forged(&f); break;
    case 7: f.uc.mc.ss = 0x10; forged(&f); break;
    case 8: f.uc.mc.ss = 0x33; forged(&f); break;
    case 9: f.uc.mc.cs = 0xffff; forged(&f); break;
    case 10: f.uc.mc.sp = 0xdead; forged(&f); break;
    case 11: f.uc.mc.sp = 0xffffffff81000000; f.uc.mc.flags = 0xffffffffffffffff & ~0x100ul & ~0x40000ul; forged(&f); break;
    case 12: forged((struct frame *)0x1000); break;
    case 13: forged((struct frame *)0xffffffff81000000); break;
    case 14: forged((struct frame *)0x7ffffffffff0); break;
    case 15: __asm__ volatile("mov $0, %rsp\n\tpush %rax"); break;
    case 16: __asm__ volatile("mov $0x8000000000000000, %rsp\n\tpush %rax"); break;
    case 17: __asm__ volatile("mov $0xffffffff81000000, %rax\n\tjmp *%rax"); break;
    case 18: __asm__ volatile("cli"); break;
    case 19: __asm__ volatile("mov $0x80, %ecx\n\trdmsr"); break;
    case 20: __asm__ volatile("mov %cr3, %rax"); break;
    case 21: __asm__ volatile("mov $0x10, %eax\n\tmov %eax, %ss"); break;
    case 22: __asm__ volatile("in $0x60, %al"); break;
    case 23: __asm__ volatile("lidt (%rsp)"); break;
    case 24: __asm__ volatile("swapgs"); break;
    case 25: __asm__ volatile("int $0x81\n\tud2"); break;
    case 26: __asm__ volatile("push $0\n\tpush $0\n\tpush $0\n\tpush $0\n\tpush $0\n\tiretq"); break;
    case 27: __asm__ volatile("pushfq\n\torq $0x3000, (%rsp)\n\tpopfq\n\tcli"); break;
    case 28: {  // A handler whose stack is gone.
      on_signal(SIGUSR1, nothing, 0, 0);
      __asm__ volatile("mov $0x1000, %%rsp\n\tsyscall\n\tud2" : : "a"((s64)NR_kill), "D"(SYS(NR_getpid)), "S"((s64)SIGUSR1));
      break;
    }
    case 29: {  // A handler without a restorer.
      struct sigaction a = { (void *)nothing, 0, 0, 0 };
      SYS(NR_rt_sigaction, SIGUSR1, &a, 0, 8);
      SYS(NR_kill, SYS(NR_getpid), SIGUSR1);
      break;
    }
    case 30: {  // A handler that is no address.
      on_signal(SIGUSR1, (void *)0x8000000000000000, 0, 0);
      SYS(NR_kill, SYS(NR_getpid), SIGUSR1);
      break;
    }
    case 31: {  // SIGSEGV blocked and faulting: it comes all the same.
      u64 all = ~0ul;
      SYS(NR_rt_sigprocmask, 0, &all, 0, 8);
      *(volatile int *)8 = 1;
      break;
    }
    case 32: {  // ... and ignored.
      on_signal(SIGSEGV, (void *)1, 0, 0);
      *(volatile int *)8 = 1;
      break;
    }
    case 33: grow(1000); leave(); break;
    case 34: recurse(0); break;
    case 35: {
      on_signal(SIGTRAP, step, SA_SIGINFO, 0);
      __asm__ volatile("pushfq\n\torq $0x100, (%rsp)\n\tpopfq\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop");
      leave();
      break;
    }
    case 36: print("brk(-1) stays: %d\n", SYS(NR_brk, -1) == SYS(NR_brk, 0)); leave(); break;
    case 37: {
      char *p = (char *)SYS(NR_mmap, 0, 8192, 3, 0x22, -1, 0);
      SYS(NR_mprotect, p, 4096, 0);
      print("write from PROT_NONE %ld, read into it %ld, beyond %ld\n", SYS(NR_write, 1, p, 1), SYS(NR_rt_sigpending, p, 8), SYS(NR_rt_sigpending, p + 8192, 8));
      SYS(NR_mprotect, p, 8192, 1);
      print("read-only %ld\n", SYS(NR_rt_sigpending, p, 8));
      leave();
      break;
    }
    case 38: {
      print("mmap: %ld %ld %ld %ld %ld\n", SYS(NR_mmap, 0, 0, 3, 0x22, -1, 0), SYS(NR_mmap, 0, -1, 3, 0x22, -1, 0), SYS(NR_mmap, 0, 1ul << 46, 3, 0x22, -1, 0),
            SYS(NR_mmap, 1, 4096, 3, 0x32, -1, 0), SYS(NR_mmap, 0, 4096, 3, 0x02, 99, 0));
      print("munmap: %ld %ld %ld\n", SYS(NR_munmap, 1, 4096), SYS(NR_munmap, 0x10000, 0), SYS(NR_munmap, 0xffff888000000000, 4096));
      print("mprotect: %ld %ld %ld %ld\n", SYS(NR_mprotect, 1, 4096, 1), SYS(NR_mprotect, 0x10000, 4096, 1), SYS(NR_mprotect, 0x10000, 0, 1),
            SYS(NR_mprotect, 0xffff888000000000, 4096, 3));
      print("madvise: %ld %ld\n", SYS(28, 0xffff888000000000, 4096, 4), SYS(28, 1, 4096, 4));
      print("mremap: %ld %ld\n", SYS(25, 0xffff888000000000, 4096, 8192, 1), SYS(25, 0x10000, 4096, 8192, 1));
      u64 big = SYS(NR_mmap, 0, 1ul << 45, 0, 0x4022, -1, 0);
      print("a huge PROT_NONE area: %d %ld\n", big < 1ul << 47, SYS(NR_munmap, big, 1ul << 45));
      leave();
      break;
    }
    case 39: print("no such call: %ld %ld %ld\n", SYS(0x7fffffff), SYS(-1), SYS(100000)); leave(); break;
    case 40: {
      u64 bad[] = { 1, 0x1000, 0x7fffffffffff, 0x800000000000, 0xffffffff81000000, 0xfffffffffffffff8 };
      for (u32 k = 0; k < sizeof bad / sizeof *bad; k++) {
        int p[2];
        u64 b = bad[k];
        SYS(NR_pipe, p);
        SYS(NR_write, p[1], "12345678", 8);
        print("%lx: open %ld read %ld write %ld uname %ld nanosleep %ld pipe %ld wait4 %ld sigaction %ld execve %ld poll %ld getcwd %ld\n", b,
              SYS(NR_open, b, 0), SYS(NR_read, p[0], b, 8), SYS(NR_write, p[1], b, 8), SYS(NR_uname, b), SYS(NR_nanosleep, b, 0), SYS(NR_pipe, b),
              SYS(NR_wait4, -1, b, 1, 0), SYS(NR_rt_sigaction, SIGUSR1, b, 0, 8), SYS(NR_execve, b, 0, 0), SYS(7, b, 1, 0), SYS(79, b, 100));
        print("  argv %ld envp %ld\n", SYS(NR_execve, "/bin/true", b, 0), SYS(NR_execve, "/bin/true", 0, b));
        SYS(NR_close, p[0]);
        SYS(NR_close, p[1]);
      }
      leave();
      break;
    }
    case 41: {  // The alternate stack overflows by nesting.
      static u8 alternate[65536];
      struct stack st = { alternate, 0, sizeof alternate };
      SYS(NR_sigaltstack, &st, 0);
      on_signal(SIGUSR1, again, SA_ONSTACK | SA_NODEFER, 0);
      again(SIGUSR1);
      break;
    }
    case 42: {  // Shared writable memory between parent and child; a page that was read-only at the fork stays private.
      volatile int *p = (int *)SYS(NR_mmap, 0, 4096, 3, 0x22, -1, 0);
      p[0] = 1;
      SYS(NR_mprotect, p, 4096, 1);
      int status, pid = SYS(NR_fork);
      if (pid == 0) { SYS(NR_mprotect, p, 4096, 3); p[0] = 2; leave(); }
      SYS(NR_wait4, pid, &status, 0, 0);
      print("the parent's page: %d\n", p[0]);
      leave();
      break;
    }
    case 43: __asm__ volatile("lcall *(%rsp)"); break;
    case 44: __asm__ volatile("mov $0x2b, %eax\n\tmov %eax, %ds\n\tmov %eax, %es\n\tmov $0x1234, %eax\n\tmov %eax, %fs"); break;
    case 45: __asm__ volatile("mov $0x7fffffffefff, %rax\n\tjmp *%rax"); break;
    case 46: SYS(NR_arch_prctl, 0x1002, 0x8000000000000000); print("set fs: %ld %ld\n", SYS(NR_arch_prctl, 0x1002, 1ul << 63), SYS(NR_arch_prctl, 0x1003, 1)); leave(); break;
    default: SYS(NR_exit_group, 99);
  }
}

static int program(int argc, char **argv, char **envp) {
  (void)argc, (void)argv, (void)envp;
  for (int i = 0; i < 47; i++) {
    int status = 0;
    int pid = SYS(NR_fork);
    if (pid == 0) {
      attempt(i);
      SYS(NR_exit_group, 98);
    }
    SYS(NR_wait4, pid, &status, 0, 0);
    print("%d: %s %d\n", i, (status & 0x7f) ? "signal" : "exit", (status & 0x7f) ? status & 0x7f : status >> 8);
  }
  return 0;
}

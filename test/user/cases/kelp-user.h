/* The little that a freestanding program needs: entry, system calls, output. For programs built with
   gcc -static -nostdlib -ffreestanding -mgeneral-regs-only that run under Linux and in kelp's guest alike. */
typedef unsigned long u64;
typedef long s64;
typedef unsigned int u32;
typedef unsigned char u8;

static inline s64 sys6(s64 n, s64 a, s64 b, s64 c, s64 d, s64 e, s64 f) {
  s64 ret;
  register s64 r10 __asm__("r10") = d;
  register s64 r8 __asm__("r8") = e;
  register s64 r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(ret) : "0"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return ret;
}
#define SYS_PICK(_0, _1, _2, _3, _4, _5, _6, NAME, ...) NAME
#define S0(n) sys6(n, 0, 0, 0, 0, 0, 0)
#define S1(n, a) sys6(n, (s64)(a), 0, 0, 0, 0, 0)
#define S2(n, a, b) sys6(n, (s64)(a), (s64)(b), 0, 0, 0, 0)
#define S3(n, a, b, c) sys6(n, (s64)(a), (s64)(b), (s64)(c), 0, 0, 0)
#define S4(n, a, b, c, d) sys6(n, (s64)(a), (s64)(b), (s64)(c), (s64)(d), 0, 0)
#define S5(n, a, b, c, d, e) sys6(n, (s64)(a), (s64)(b), (s64)(c), (s64)(d), (s64)(e), 0)
#define S6(n, a, b, c, d, e, f) sys6(n, (s64)(a), (s64)(b), (s64)(c), (s64)(d), (s64)(e), (s64)(f))
#define SYS(...) SYS_PICK(__VA_ARGS__, S6, S5, S4, S3, S2, S1, S0)(__VA_ARGS__)

enum {
  NR_read = 0, NR_write = 1, NR_open = 2, NR_close = 3, NR_mmap = 9, NR_mprotect = 10, NR_munmap = 11, NR_brk = 12,
  NR_rt_sigaction = 13, NR_rt_sigprocmask = 14, NR_rt_sigreturn = 15, NR_pipe = 22, NR_sched_yield = 24, NR_dup2 = 33, NR_pause = 34,
  NR_nanosleep = 35, NR_setitimer = 38, NR_getpid = 39, NR_clone = 56, NR_fork = 57, NR_vfork = 58, NR_execve = 59, NR_exit = 60,
  NR_wait4 = 61, NR_kill = 62, NR_uname = 63, NR_getppid = 110, NR_rt_sigpending = 127, NR_rt_sigsuspend = 130, NR_sigaltstack = 131,
  NR_arch_prctl = 158, NR_gettid = 186, NR_exit_group = 231, NR_tgkill = 234,
};

enum {
  SIGHUP = 1, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
  SIGCHLD = 17, SIGCONT, SIGSTOP,
};
#define SA_SIGINFO 4ul
#define SA_RESTORER 0x04000000ul
#define SA_ONSTACK 0x08000000ul
#define SA_RESTART 0x10000000ul
#define SA_NODEFER 0x40000000ul
#define SA_RESETHAND 0x80000000ul

struct sigaction { void *handler; u64 flags; void *restorer; u64 mask; };
struct siginfo { int signo, error, code, pad; union { struct { int pid; u32 uid; int status; } child; void *addr; u8 raw[112]; } u; };
struct stack { void *sp; int flags; u64 size; };
struct sigcontext {
  u64 r8, r9, r10, r11, r12, r13, r14, r15, di, si, bp, bx, dx, ax, cx, sp, ip, flags;
  unsigned short cs, gs, fs, ss;
  u64 err, trapno, oldmask, cr2, fpstate, reserved[8];
};
struct ucontext { u64 flags; struct ucontext *link; struct stack stack; struct sigcontext mc; u64 mask; };

static u64 length(const char *s) { u64 n = 0; while (s[n]) n++; return n; }

/* Output goes through a buffer so that a line is one write. */
static char out_buffer[256];
static u64 out_used;
static void flush(void) { SYS(NR_write, 1, out_buffer, out_used); out_used = 0; }
static void put(char c) { out_buffer[out_used++] = c; if (c == '\n' || out_used == sizeof out_buffer) flush(); }
static void puts_(const char *s) { while (*s) put(*s++); }
static void number(u64 x, u32 base) {
  char digits[24];
  int n = 0;
  do digits[n++] = "0123456789abcdef"[x % base]; while (x /= base);
  while (n) put(digits[--n]);
}
/* %d int, %ld, %u, %lu, %x, %lx, %s, %c, %% */
static void print(const char *format, ...) {
  __builtin_va_list ap;
  __builtin_va_start(ap, format);
  for (; *format; format++) {
    if (*format != '%') { put(*format); continue; }
    int is_long = *++format == 'l';
    if (is_long) format++;
    if (*format == 's') puts_(__builtin_va_arg(ap, const char *));
    else if (*format == 'c') put(__builtin_va_arg(ap, int));
    else if (*format == '%') put('%');
    else {
      u64 x = is_long ? __builtin_va_arg(ap, u64) : *format == 'd' ? (u64)(s64)__builtin_va_arg(ap, int) : __builtin_va_arg(ap, u32);
      if (*format == 'd' && (s64)x < 0) { put('-'); x = -x; }
      number(x, *format == 'x' ? 16 : 10);
    }
  }
  __builtin_va_end(ap);
}

__attribute__((naked, used)) static void restorer(void) { __asm__("mov $15, %eax\n\tsyscall"); }
static s64 on_signal(int sig, void *handler, u64 flags, u64 mask) {
  struct sigaction action = { handler, flags | SA_RESTORER, (void *)restorer, mask };
  return SYS(NR_rt_sigaction, sig, &action, 0, 8);
}

__attribute__((used)) void *memset(void *to, int c, u64 n) { u8 *p = to; while (n--) *p++ = c; return to; }
__attribute__((used)) void *memcpy(void *to, const void *from, u64 n) { u8 *p = to; const u8 *q = from; while (n--) *p++ = *q++; return to; }

static int program(int argc, char **argv, char **envp);
__attribute__((used, noreturn)) static void begin(u64 *sp) {
  int argc = sp[0];
  char **argv = (char **)(sp + 1);
  int status = program(argc, argv, argv + argc + 1);
  SYS(NR_exit_group, status);
  __builtin_unreachable();
}
__attribute__((naked)) void _start(void) { __asm__("xor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall begin"); }

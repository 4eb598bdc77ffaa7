// Mappings of files and shared memory: demand, coherence with read and write and between processes, truncation, msync, copy on write,
// rights, busy texts, record and file locks.
#include "kelp-user.h"

enum { NR_stat = 4, NR_fstat = 5, NR_lseek = 8, NR_pread = 17, NR_pwrite = 18, NR_mremap = 25, NR_msync = 26, NR_mincore = 27, NR_madvise = 28, NR_fcntl = 72, NR_flock = 73,
       NR_fsync = 74, NR_truncate = 76, NR_ftruncate = 77, NR_rename = 82, NR_unlink = 87, NR_chmod = 90, NR_memfd = 319, NR_futex = 202 };
enum { R = 1, W = 2, X = 4, SHARED = 1, PRIVATE = 2, FIXED = 0x10, ANON = 0x20 };
enum { O_RDWR = 2, O_CREAT = 0100, O_TRUNC = 01000 };
static void doze(u64 ms) { u64 t[2] = { ms / 1000, ms % 1000 * 1000000 }; SYS(NR_nanosleep, t, 0); }
static volatile int faults;
static int last_code, last_sig;
static void fault(int sig, struct siginfo *si, struct ucontext *uc) {
  faults++;
  last_sig = sig;
  last_code = si->code;
  uc->mc.ip = uc->mc.bx;
}
__attribute__((noinline)) static int peek(volatile u8 *p) {
  int v = -1;
  __asm__ volatile("lea 1f(%%rip), %%rbx\n\tmovzbl (%1), %0\n1:" : "+r"(v) : "r"(p) : "rbx", "memory");
  return v;
}
__attribute__((noinline)) static void poke(volatile u8 *p, int v) { __asm__ volatile("lea 1f(%%rip), %%rbx\n\tmovb %b1, (%0)\n1:" : : "r"(p), "q"(v) : "rbx", "memory"); }
static void tell(const char *what) { print("%s: faults %d sig %d code %d\n", what, faults, last_sig, last_code); faults = last_sig = last_code = 0; }
static u8 buf[8192];
static void status_of(int pid) {
  int status = 0;
  s64 got = SYS(NR_wait4, pid, &status, 0, 0);
  print("child %d status %x\n", got == pid, status);
}
static int make(const char *name, u64 size) {
  int fd = SYS(NR_open, name, O_RDWR | O_CREAT | O_TRUNC, 0644);
  for (u64 i = 0; i < size; i++) {
    buf[i % 4096] = i * 7 + (i >> 8);
    if (i % 4096 == 4095 || i == size - 1) SYS(NR_write, fd, buf, i % 4096 + 1);
  }
  return fd;
}
static s64 map(u64 at, u64 len, int prot, int flags, int fd, u64 off) { return SYS(NR_mmap, at, len, prot, flags, fd, off); }

struct flock { short type, whence; s64 start, len; int pid; };
static s64 lock(int fd, int cmd, int type, s64 start, s64 len) { struct flock l = { type, 0, start, len, 0 }; return SYS(NR_fcntl, fd, cmd, &l); }
static void query(int fd, int type, s64 start, s64 len) {
  struct flock l = { type, 0, start, len, 0 };
  s64 r = SYS(NR_fcntl, fd, 5, &l);
  print("getlk %ld: type %d start %ld len %ld, a pid %d\n", r, l.type, l.start, l.len, l.pid > 0);
}

static void where(const char *dir) {
  char name[32], other[32];
  int n = 0, pid;
  while (dir[n]) { name[n] = dir[n]; n++; }
  __builtin_memcpy(name + n, "/map.tmp", 9);
  int fd = make(name, 10000), fd2 = SYS(NR_open, name, O_RDWR, 0);
  print("- private\n");
  u8 *p = (u8 *)map(0, 10000, R | W, PRIVATE, fd, 0);
  print("%d %d %d, zeros behind the end %d\n", p[0], p[5000], p[9999], p[10000] == 0 && p[12287] == 0);
  poke(p + 100, 77);
  SYS(NR_pread, fd, buf, 8, 96);
  print("private stores stay private: %d, %d\n", p[100], buf[4]);
  SYS(NR_pwrite, fd, "XYZ", 3, 8000);
  print("a later write is seen through an untouched page %c, not through a copied one ", p[8001]);
  SYS(NR_pwrite, fd, "Q", 1, 100);
  print("%d\n", p[100]);
  tell("so far");
  print("- shared\n");
  u8 *s = (u8 *)map(0, 12288, R | W, SHARED, fd, 0), *s2 = (u8 *)map(0, 4096, R, SHARED, fd2, 4096);
  s[5000] = 200;
  print("two mappings %d, pread %ld", s2[904], SYS(NR_pread, fd2, buf, 1, 5000));
  print(" %d\n", buf[0]);
  SYS(NR_pwrite, fd2, "abc", 3, 5001);
  print("pwrite is seen: %c%c%c\n", s[5001], s2[906], s[5003]);
  if ((pid = SYS(NR_fork)) == 0) { s[1] = 99; s[9000]++; poke(p + 100, 3); SYS(NR_exit_group, s[5000] == 200 ? 1 : 2); }
  status_of(pid);
  print("the child's stores: %d, private %d\n", s[1], p[100]);
  print("msync %ld, unmap %ld", SYS(NR_msync, s, 12288, 4), SYS(NR_munmap, s2, 4096));
  print(", in the file %ld", SYS(NR_pread, fd2, buf, 2, 0));
  print(" %d\n", buf[1]);
  print("msync: both %ld, unaligned %ld, unknown %ld, hole %ld, nothing %ld\n", SYS(NR_msync, s, 4096, 5), SYS(NR_msync, s + 1, 4096, 4), SYS(NR_msync, s, 4096, 8), SYS(NR_msync, s2, 4096, 4),
        SYS(NR_msync, s2, 0, 4));
  tell("shared");
  print("- the end\n");
  SYS(NR_pwrite, fd, "tail", 4, 11000);
  print("longer: %c%c, zeros between %d\n", s[11000], s[11003], s[10500]);
  print("truncate %ld: ", SYS(NR_ftruncate, fd, 5000));
  print("%d, rest of the page %d, ", peek(s + 4999), peek(s + 5000));
  print("behind %d %d\n", peek(s + 8192), peek(p + 9000));
  tell("behind the end");
  SYS(NR_ftruncate, fd, 9000);
  print("longer again: %d %d\n", peek(s + 8192), peek(s + 5000));
  tell("no fault");
  SYS(NR_munmap, s, 12288);
  SYS(NR_munmap, p, 12288);
  print("size %ld, first %ld", SYS(NR_lseek, fd, 0, 2), SYS(NR_pread, fd, buf, 2, 0));
  print(" %d\n", buf[1]);
  print("- rights\n");
  int ro = SYS(NR_open, name, 0, 0), wo = SYS(NR_open, name, 1, 0);
  print("shared write of a read-only file %ld, private %d, write-only %ld, directory %ld\n", map(0, 4096, R | W, SHARED, ro, 0), map(0, 4096, R | W, PRIVATE, ro, 0) > 0, map(0, 4096, R, PRIVATE, wo, 0),
        map(0, 4096, R, PRIVATE, SYS(NR_open, dir, 0, 0), 0));
  u8 *q = (u8 *)map(0, 4096, R, SHARED, ro, 0);
  print("mprotect %ld and %ld; offset %ld, length %ld, kind %ld, descriptor %ld, far %ld\n", SYS(NR_mprotect, q, 4096, R | W), SYS(NR_mprotect, q, 4096, R | X), map(0, 4096, R, PRIVATE, fd, 100), map(0, 0, R, PRIVATE, fd, 0),
        map(0, 4096, R, 0, fd, 0), map(0, 4096, R, PRIVATE, 99, 0), map(0, 8192, R, PRIVATE, fd, 0x7ffffffffffff000));
  print("- exec of what is written, write to what runs\n");
  SYS(NR_chmod, name, 0755);
  char *args[] = { name, 0 };
  print("exec %ld\n", SYS(NR_execve, name, args, args + 1));
  SYS(NR_close, fd), SYS(NR_close, fd2), SYS(NR_close, wo);
  print("exec %ld\n", SYS(NR_execve, name, args, args + 1));
  SYS(NR_unlink, name);
}

static int program(int argc, char **argv, char **envp) {
  (void)argc, (void)envp;
  int pid;
  on_signal(SIGSEGV, fault, SA_SIGINFO, 0);
  on_signal(SIGBUS, fault, SA_SIGINFO, 0);
  SYS(83, "/dev/shm", 0777); /* mkdir: where the system has not made it */
  where(".");
  print("-- in memory\n");
  where("/dev/shm");
  print("writing to the program itself: %ld, truncating %ld\n", SYS(NR_open, argv[0], O_RDWR, 0), SYS(NR_truncate, argv[0], 0));

  print("- shared anonymous memory\n");
  volatile u8 *a = (u8 *)map(0, 65536, R | W, SHARED | ANON, -1, 0);
  a[40000] = 1;
  if ((pid = SYS(NR_fork)) == 0) { a[0] = a[40000] + 4; a[50000] = 6; return 0; }
  status_of(pid);
  print("%d %d %d\n", a[0], a[40000], a[50000]);
  print("dontneed %ld keeps it %d; mincore %ld", SYS(NR_madvise, a, 65536, 4), a[0], SYS(NR_mincore, a, 12288, buf));
  print(" %d\n", buf[0] & 1);
  int zero = SYS(NR_open, "/dev/zero", O_RDWR, 0);
  volatile u8 *z = (u8 *)map(0, 4096, R | W, SHARED, zero, 0), *zp = (u8 *)map(0, 4096, R | W, PRIVATE, zero, 0);
  if ((pid = SYS(NR_fork)) == 0) { z[7] = 8; zp[7] = 8; return 0; }
  status_of(pid);
  print("/dev/zero %d %d\n", z[7], zp[7]);
  int m = SYS(NR_memfd, "name", 1);
  print("memfd %d, bad flags %ld, size %ld, ", m > 0, SYS(NR_memfd, "x", 0x1000), SYS(NR_ftruncate, m, 5000));
  u8 *mm = (u8 *)map(0, 8192, R | W, SHARED, m, 0);
  SYS(NR_pwrite, m, "in memory", 9, 4096);
  mm[4096] = 'I';
  print("%s, ", mm + 4096);
  SYS(NR_pread, m, buf, 9, 4096);
  print("%c\n", buf[0]);
  tell("anonymous");
  print("a device %ld, a pipe ", map(0, 4096, R, PRIVATE, SYS(NR_open, "/dev/null", 0, 0), 0));
  int pp[2];
  SYS(NR_pipe, pp);
  print("%ld, proc %ld\n", map(0, 4096, R, PRIVATE, pp[0], 0), map(0, 4096, R, PRIVATE, SYS(NR_open, "/proc/self/maps", 0, 0), 0));

  print("- record locks\n");
  int fd = make("lock.tmp", 100);
  print("read %ld write %ld, unlock %ld", lock(fd, 6, 0, 0, 10), lock(fd, 6, 1, 20, 10), lock(fd, 6, 2, 5, 2));
  print(", bad type %ld, negative %ld\n", lock(fd, 6, 9, 0, 1), lock(fd, 6, 0, -5, 1));
  query(fd, 1, 0, 100);
  flush();
  int go[2], back[2];
  SYS(NR_pipe, go), SYS(NR_pipe, back);
  if ((pid = SYS(NR_fork)) == 0) {
    query(fd, 1, 0, 5), query(fd, 0, 0, 20), query(fd, 0, 15, 100), query(fd, 1, 5, 2), query(fd, 1, 7, 1);
    print("child: read %ld, write %ld, between %ld, behind %ld\n", lock(fd, 6, 0, 0, 5), lock(fd, 6, 1, 0, 5), lock(fd, 6, 1, 5, 2), lock(fd, 6, 1, 30, 0));
    SYS(NR_write, back[1], "x", 1);
    s64 r = lock(fd, 7, 1, 25, 1);
    print("child: waited for it %ld\n", r);
    return 0;
  }
  SYS(NR_read, back[0], buf, 1);
  doze(20);
  print("deadlock %ld\n", lock(fd, 7, 1, 40, 1));
  lock(fd, 6, 2, 20, 10);
  status_of(pid);
  query(fd, 1, 0, 0);
  int dup = SYS(NR_open, "lock.tmp", O_RDWR, 0);
  SYS(NR_close, dup);
  if ((pid = SYS(NR_fork)) == 0) { query(fd, 1, 0, 0); return 0; }
  status_of(pid);
  int r = SYS(NR_open, "lock.tmp", 0, 0);
  print("write lock on a read-only descriptor %ld, descriptor %ld, pointer %ld\n", lock(r, 6, 1, 0, 1), lock(99, 6, 1, 0, 1), SYS(NR_fcntl, r, 6, 8));

  print("- flock\n");
  dup = SYS(NR_open, "lock.tmp", O_RDWR, 0);
  print("shared %ld %ld, exclusive %ld, after the other's end ", SYS(NR_flock, fd, 1), SYS(NR_flock, dup, 1 | 4), SYS(NR_flock, fd, 2 | 4));
  SYS(NR_close, dup);
  print("%ld, bad %ld %ld\n", SYS(NR_flock, fd, 2 | 4), SYS(NR_flock, fd, 7), SYS(NR_flock, 99, 1));
  if ((pid = SYS(NR_fork)) == 0) {
    int own = SYS(NR_open, "lock.tmp", 0, 0);
    print("child: own file %ld, inherited %ld\n", SYS(NR_flock, own, 1 | 4), SYS(NR_flock, fd, 1 | 4));
    print("child: now %ld, exclusive ", SYS(NR_flock, own, 1 | 4));
    SYS(NR_write, back[1], "x", 1);
    print("%ld\n", SYS(NR_flock, own, 2));
    return 0;
  }
  SYS(NR_read, back[0], buf, 1);
  doze(20);
  SYS(NR_flock, fd, 8);
  status_of(pid);
  SYS(NR_unlink, "lock.tmp");
  return 0;
}

// A table of system calls with good and bad arguments; what each returns. An error is its number; a success is 0, or the value where it is
// the same everywhere.
#include "kelp-user.h"

enum {
  N_read = 0, N_write = 1, N_open = 2, N_close = 3, N_stat = 4, N_fstat = 5, N_lstat = 6, N_poll = 7, N_lseek = 8, N_mmap = 9, N_mprotect = 10, N_munmap = 11, N_brk = 12,
  N_sigaction = 13, N_sigprocmask = 14, N_ioctl = 16, N_pread = 17, N_pwrite = 18, N_readv = 19, N_writev = 20, N_access = 21, N_pipe = 22, N_select = 23,
  N_sched_yield = 24, N_mremap = 25, N_msync = 26, N_mincore = 27, N_madvise = 28, N_dup = 32, N_dup2 = 33, N_nanosleep = 35, N_getitimer = 36, N_alarm = 37,
  N_setitimer = 38, N_getpid = 39, N_sendfile = 40, N_clone = 56, N_execve = 59, N_wait4 = 61, N_kill = 62, N_uname = 63, N_fcntl = 72, N_flock = 73, N_fsync = 74,
  N_fdatasync = 75, N_truncate = 76, N_ftruncate = 77, N_getdents = 78, N_getcwd = 79, N_chdir = 80, N_fchdir = 81, N_rename = 82, N_mkdir = 83, N_rmdir = 84, N_creat = 85,
  N_link = 86, N_unlink = 87, N_symlink = 88, N_readlink = 89, N_chmod = 90, N_fchmod = 91, N_chown = 92, N_umask = 95, N_gettimeofday = 96, N_getrlimit = 97,
  N_getrusage = 98, N_sysinfo = 99, N_times = 100, N_setpgid = 109, N_getppid = 110, N_setreuid = 113, N_setregid = 114, N_getgroups = 115, N_setgroups = 116,
  N_setresuid = 117, N_getresuid = 118, N_setresgid = 119, N_getresgid = 120, N_getpgid = 121, N_setfsuid = 122, N_setfsgid = 123, N_getsid = 124, N_capget = 125,
  N_sigpending = 127, N_sigtimedwait = 128, N_sigqueueinfo = 129, N_sigaltstack = 131, N_utime = 132, N_mknod = 133, N_personality = 135, N_statfs = 137, N_fstatfs = 138,
  N_getpriority = 140, N_setpriority = 141, N_sched_setparam = 142, N_sched_getparam = 143, N_sched_setscheduler = 144, N_sched_getscheduler = 145,
  N_sched_get_priority_max = 146, N_sched_get_priority_min = 147, N_sched_rr_get_interval = 148, N_mlock = 149, N_munlock = 150, N_mlockall = 151, N_munlockall = 152,
  N_prctl = 157, N_arch_prctl = 158, N_setrlimit = 160, N_sync = 162, N_gettid = 186, N_tkill = 200, N_time = 201, N_futex = 202, N_sched_setaffinity = 203,
  N_sched_getaffinity = 204, N_getdents64 = 217, N_timer_create = 222, N_timer_settime = 223, N_timer_gettime = 224, N_timer_getoverrun = 225, N_timer_delete = 226,
  N_clock_settime = 227, N_clock_gettime = 228, N_clock_getres = 229, N_clock_nanosleep = 230, N_tgkill = 234, N_utimes = 235, N_waitid = 247, N_openat = 257, N_mkdirat = 258,
  N_fstatat = 262, N_unlinkat = 263, N_renameat = 264, N_linkat = 265, N_symlinkat = 266, N_readlinkat = 267, N_fchmodat = 268, N_faccessat = 269, N_pselect = 270, N_ppoll = 271,
  N_utimensat = 280, N_dup3 = 292, N_pipe2 = 293, N_preadv = 295, N_pwritev = 296, N_prlimit = 302, N_syncfs = 306, N_getcpu = 309, N_renameat2 = 316, N_getrandom = 318, N_statx = 332,
};
#define BAD 8ul
#define KERN 0xffffffff81000000ul
#define ANY -77777 /* any success is 0 */
static u8 big[8192] __attribute__((aligned(4096)));
static u64 zero[8], one_ns[2] = { 0, 1 }, bad_ns[2] = { 0, 1000000000 }, neg_s[2] = { -1ul, 0 }, usr1 = 1ul << 9, lim[2] = { 100, 50 }, lim2[2] = { 64, 4096 };
static u64 itbad[4] = { 0, 1000000, 0, 0 }, itneg[4] = { 0, 0, -1ul, 0 };
static int fds[4], par[1], par1[1] = { 1 };
static struct { u64 base, len; } iov[2] = { { (u64)big, 4 }, { (u64)big + 8, 4 } }, iovbad[1] = { { BAD, 4 } }, iovneg[1] = { { (u64)big, -1ul } };
static struct { int fd; short events, revents; } pf[1] = { { 99, 1, 0 } }, pfn[1] = { { -1, 1, 0 } };
static u32 caphdr[2] = { 0x20080522, 0 }, caphdr0[2] = { 0x123, 0 };
static struct { u64 value; int signo, notify; u64 pad[6]; } sev = { 0, 10, 0 }, sevbad = { 0, 99, 0 }, sevnone = { 0, 0, 1 };
static int timer, timer2;
static u64 its[4] = { 0, 0, 1000, 0 }, itsbad[4] = { 0, 2000000000, 0, 0 };

static struct test { const char *name; int exact; int nr; u64 a, b, c, d, e, f; } tests[] = {
#define T(nr, ...) { #nr " " #__VA_ARGS__, 0, N_##nr, __VA_ARGS__ },
#define V(nr, ...) { #nr " " #__VA_ARGS__, 1, N_##nr, __VA_ARGS__ },
#define p(x) (u64)(x)
T(read, 99, p(big), 1) T(read, 0x10000, p(big), 1) V(read, 3, p(big), 0) T(read, 3, BAD, 4) T(read, 3, KERN, 4) T(read, 4, p(big), 4) T(read, 5, p(big), 4) T(read, 3, p(big), -1ul)
T(write, 99, p(big), 1) T(write, 3, p(big), 1) T(write, 4, BAD, 4) V(write, 4, p("abcdefgh"), 8) V(write, 4, p(big), 0) T(write, 5, p(big), 4)
T(open, p("nosuch/x"), 0, 0) T(open, p("nosuch"), 0, 0) T(open, p(""), 0, 0) T(open, BAD, 0, 0) T(open, KERN, 0, 0) T(open, p("."), 1, 0) T(open, p("."), 0100 | 2, 0) T(open, p("errno.tmp"), 0200 | 0100, 0600)
T(open, p("errno.tmp/x"), 0, 0) T(open, p("errno.tmp"), 0200000, 0) T(open, p("errno.link"), 0400000, 0) T(open, p("errno.loop"), 0, 0) T(open, p("nosuch/"), 0100, 0600) T(open, p("errno.tmp"), 3, 0)
T(close, 99) T(close, -1ul) T(dup, 99) T(dup2, 99, 3) T(dup2, 3, 0x100000) V(dup2, 3, 3) T(dup2, 99, 99) T(dup3, 3, 3, 0) T(dup3, 3, 20, 1) T(dup3, 3, 0x100000, 0) V(dup3, 3, 20, 02000000) V(close, 20)
T(stat, p("nosuch"), p(big)) T(stat, p("."), BAD) T(stat, BAD, p(big)) V(stat, p("."), p(big)) T(fstat, 99, p(big)) T(fstat, 3, BAD) T(lstat, p("errno.loop"), p(big)) T(stat, p("errno.loop"), p(big))
T(poll, p(pf), 1, 0) T(poll, BAD, 1, 0) V(poll, p(pfn), 1, 0) V(poll, 0, 0, 1) T(poll, p(pf), 0x1000000, 0) T(ppoll, p(pfn), 1, p(bad_ns), 0, 8) T(ppoll, p(pfn), 1, p(one_ns), p(&usr1), 4)
V(lseek, 3, 0, 0) T(lseek, 3, -1ul, 0) T(lseek, 3, 0, 9) T(lseek, 99, 0, 0) T(lseek, 6, 0, 0)
T(mmap, 0, 0, 3, 0x22, -1, 0) T(mmap, 0, 4096, 3, 0x20, -1, 0) T(mmap, 0, 4096, 3, 2, 99, 0) T(mmap, 0x1001, 4096, 3, 0x32, -1, 0) T(mmap, 0x1000, 4096, 3, 0x32, -1, 0) T(mmap, 0, -1ul, 3, 0x22, -1, 0) T(mmap, 0, 4096, 3, 2, 3, 1)
T(mmap, 0x7ffffffff000, 4096, 3, 0x32, -1, 0) T(mmap, p(big), 4096, 3, 0x100022, -1, 0)
T(mprotect, 1, 4096, 1) T(mprotect, p(big), 4096, 0x40000000) T(mprotect, 0x10000, 4096, 1) V(mprotect, p(big), 0, 1) T(mprotect, p(big), -1ul, 1) V(mprotect, p(big), 4096, 3) T(munmap, 1, 4096) T(munmap, 0x100000, 0) V(munmap, 0x100000, 4096) T(munmap, 0x7ffffffff000, 8192)
T(mremap, 1, 4096, 4096, 0) T(mremap, p(big), 4096, 0, 0) T(mremap, 0x100000, 4096, 8192, 1) T(mremap, p(big), 4096, 8192, 8) T(madvise, 1, 4096, 4) T(madvise, p(big), 4096, 999) V(madvise, p(big), 0, 0) T(madvise, 0x100000, 4096, 4) V(madvise, p(big), 4096, 0) V(madvise, p(big), 4096, 3)
T(msync, 1, 4096, 4) T(mincore, 1, 4096, p(big)) T(mincore, 0x100000, 4096, p(big)) T(mincore, p(big), 4096, BAD) V(mlock, p(big), 4096) V(munlock, p(big), 4096) T(mlock, 0x100000, 4096) T(mlockall, 0) T(mlockall, 8) V(munlockall)
T(sigaction, 0, 0, 0, 8) T(sigaction, 65, 0, 0, 8) V(sigaction, 9, 0, p(big), 8) T(sigaction, 9, p(zero), 0, 8) T(sigaction, 10, BAD, 0, 8) T(sigaction, 10, 0, BAD, 8) T(sigaction, 10, 0, 0, 16) T(sigprocmask, 9, p(&usr1), 0, 8) V(sigprocmask, 9, 0, p(big), 8) T(sigprocmask, 0, BAD, 0, 8) T(sigprocmask, 0, p(&usr1), BAD, 8) V(sigprocmask, 2, p(zero), 0, 8) T(sigpending, BAD, 8) T(sigpending, p(big), 9) V(sigpending, p(big), 8) V(sigpending, p(big), 4)
T(sigtimedwait, p(&usr1), 0, p(one_ns), 8) T(sigtimedwait, p(&usr1), 0, p(bad_ns), 8) T(sigtimedwait, BAD, 0, p(one_ns), 8) T(sigtimedwait, p(&usr1), 0, BAD, 8) T(sigtimedwait, p(&usr1), 0, p(zero), 4) T(sigqueueinfo, 0x3ffffe, 10, p(big)) T(sigqueueinfo, 0x3ffffe, 10, BAD) T(sigaltstack, BAD, 0) V(sigaltstack, 0, p(big))
T(ioctl, 99, 0x5401, p(big)) T(ioctl, 3, 0x5401, p(big)) T(ioctl, 3, 0x12345, 0) V(ioctl, 3, 0x5451, 0) V(ioctl, 3, 0x5450, 0) T(ioctl, 6, 0x541b, BAD) V(ioctl, 6, 0x541b, p(big))
T(pread, 3, p(big), 4, -1ul) T(pread, 6, p(big), 4, 0) T(pread, 4, p(big), 4, 0) V(pread, 3, p(big), 4, 1000) T(pwrite, 4, p(big), 4, -1ul) T(pwrite, 3, p(big), 4, 0) T(readv, 3, p(iov), 1025) V(readv, 3, p(iov), 0) T(readv, 3, p(iovbad), 1) T(readv, 3, p(iovneg), 1) T(readv, 3, BAD, 1) T(writev, 4, p(iov), -1ul) V(writev, 4, p(iov), 2) T(preadv, 3, p(iov), 2, -1ul, -1ul) V(preadv, 3, p(iov), 2, 0, 0) V(pwritev, 4, p(iov), 2, 4, 0) T(pwritev, 6, p(iov), 2, 0, 0)
T(access, p("nosuch"), 0) T(access, p("."), 8) V(access, p("."), 7) T(access, BAD, 0) T(access, p("errno.tmp"), 1) T(faccessat, 99, p("x"), 0) T(pipe, BAD) T(pipe2, p(fds), 7) T(select, -1ul, 0, 0, 0, 0) T(select, 100, BAD, 0, 0, p(zero)) V(select, 0, 0, 0, 0, p(zero)) T(select, 0, 0, 0, 0, p(neg_s)) T(pselect, 0, 0, 0, 0, p(bad_ns), 0)
V(sched_yield) T(nanosleep, BAD, 0) T(nanosleep, p(bad_ns), 0) T(nanosleep, p(neg_s), 0) V(nanosleep, p(one_ns), BAD) T(getitimer, 9, p(big)) T(getitimer, 0, BAD) V(getitimer, 1, p(big)) V(getitimer, 2, p(big)) T(setitimer, 9, p(zero), 0) T(setitimer, 0, p(itbad), 0) T(setitimer, 0, p(itneg), 0) T(setitimer, 0, BAD, 0) V(setitimer, 0, p(zero), p(big)) V(setitimer, 1, p(zero), 0) V(setitimer, 0, 0, p(big)) V(alarm, 100) V(alarm, 0)
T(sendfile, 4, 99, 0, 4) T(sendfile, 99, 3, 0, 4) T(sendfile, 3, 3, 0, 4) T(sendfile, 4, 5, 0, 4) T(sendfile, 4, 3, BAD, 4) V(sendfile, 4, 3, 0, 0)
T(clone, 0x10000, 0, 0, 0, 0) T(clone, 0x800, 0, 0, 0, 0) T(clone, 0x10800, 0, 0, 0, 0) T(execve, p("nosuch"), 0, 0) T(execve, p("."), 0, 0) T(execve, p("errno.tmp"), 0, 0) T(execve, BAD, 0, 0) T(execve, p(""), 0, 0) T(wait4, -1ul, 0, 0, 0) T(wait4, 0x3ffffe, 0, 0, 0) T(wait4, -1ul, 0, 0x10000000, 0) T(wait4, -1ul, 0, 99, 0) T(wait4, 0xffffffff80000000, 0, 0, 0) T(waitid, 0, 0, 0, 0, 0) T(waitid, 9, 0, 0, 4, 0) T(waitid, 1, 0, 0, 4, 0) T(waitid, 0, 0, p(big), 4, 0) T(waitid, 0, 0, 0, 4 | 0x10, 0)
T(kill, 0x3ffffe, 0) T(kill, 0, 99) T(kill, -0x3ffffeul, 10) T(kill, 0xffffffff80000000, 10) T(tkill, 0, 10) T(tkill, -1ul, 10) T(tkill, 0x3ffffe, 0) T(tgkill, 1, 0, 10) T(tgkill, 0, 1, 10) T(uname, BAD) V(uname, p(big))
T(fcntl, 99, 1) T(fcntl, 3, 999) V(fcntl, 3, 1) V(fcntl, 3, 2, 1) V(fcntl, 3, 1) V(fcntl, 3, 3) V(fcntl, 4, 3) T(fcntl, 3, 0, 0x100000) T(fcntl, 3, 5, BAD) T(fcntl, 3, 5, p(zero)) V(fcntl, 3, 9, p(big)) T(fcntl, 3, 1031, 4096) V(fcntl, 3, 11) T(flock, 99, 1) T(flock, 3, 0) T(fsync, 99) T(fsync, 6) V(fsync, 3) V(fdatasync, 3) T(syncfs, 99) V(syncfs, 3) V(sync)
T(truncate, p("nosuch"), 0) T(truncate, p("."), 0) T(truncate, p("errno.tmp"), -1ul) V(truncate, p("errno.tmp"), 20) T(truncate, BAD, 0) T(ftruncate, 3, 0) T(ftruncate, 99, 0) T(ftruncate, 4, -1ul) T(ftruncate, 6, 0) V(ftruncate, 4, 10) T(getdents64, 3, p(big), 4096) T(getdents64, 99, p(big), 4096) T(getdents64, 5, p(big), 1) T(getcwd, p(big), 1) T(getcwd, BAD, 4096) T(getcwd, p(big), 0)
T(chdir, p("nosuch")) T(chdir, p("errno.tmp")) T(chdir, BAD) V(chdir, p(".")) T(fchdir, 3) T(fchdir, 99) V(fchdir, 5) T(rename, p("nosuch"), p("x")) T(rename, p("errno.tmp"), p("nosuch/x")) T(rename, p("errno.dir"), p("errno.tmp")) T(rename, p("errno.tmp"), p("errno.dir")) T(rename, p("."), p("x")) T(rename, p("errno.dir"), p("errno.dir/x")) V(rename, p("errno.tmp"), p("errno.tmp")) T(renameat2, -100, p("errno.tmp"), -100, p("errno.dir"), 1) T(renameat2, -100, p("a"), -100, p("b"), 99) T(renameat2, -100, p("a"), -100, p("b"), 3)
T(mkdir, p("errno.dir"), 0777) T(mkdir, p("nosuch/x"), 0777) T(mkdir, p("errno.tmp/x"), 0777) T(mkdir, p("."), 0777) T(mkdir, BAD, 0777) T(mkdir, p(""), 0777) T(rmdir, p("nosuch")) T(rmdir, p("errno.tmp")) T(rmdir, p(".")) T(rmdir, p("errno.dir/..")) T(rmdir, p("/")) T(link, p("nosuch"), p("x")) T(link, p("errno.dir"), p("x")) T(link, p("errno.tmp"), p("errno.dir")) T(linkat, -100, p("errno.tmp"), -100, p("x"), 99) T(unlink, p("nosuch")) T(unlink, p("errno.dir")) T(unlink, p("")) T(unlink, p("errno.tmp/")) T(unlinkat, -100, p("errno.tmp"), 0x200) T(unlinkat, -100, p("x"), 99) T(unlinkat, 99, p("x"), 0)
T(symlink, p("x"), p("errno.link")) T(symlink, p(""), p("y")) T(symlink, p("x"), p("nosuch/y")) T(readlink, p("errno.tmp"), p(big), 10) T(readlink, p("nosuch"), p(big), 10) T(readlink, p("errno.link"), p(big), 0) V(readlink, p("errno.link"), p(big), 4) V(readlink, p("errno.link"), p(big), 100) T(readlink, p("errno.link"), BAD, 10) T(readlinkat, 3, p(""), p(big), 10)
T(chmod, p("nosuch"), 0) V(chmod, p("errno.tmp"), 0600) T(fchmod, 99, 0) T(fchmodat, -100, p("nosuch"), 0) T(chown, p("nosuch"), 0, 0) V(chown, p("errno.tmp"), -1ul, -1ul) V(umask, 077) V(umask, 022) V(gettimeofday, p(big), 0) T(gettimeofday, BAD, 0) V(gettimeofday, 0, 0)
T(getrlimit, 16, p(big)) T(getrlimit, 0, BAD) V(getrlimit, 7, p(big)) T(setrlimit, 7, p(lim)) T(setrlimit, 99, p(lim2)) T(setrlimit, 7, BAD) T(prlimit, 0x3ffffe, 7, 0, p(big)) T(prlimit, 0, 99, 0, 0) T(prlimit, 0, 7, BAD, 0) V(prlimit, 0, 7, 0, p(big)) T(prlimit, 0, 7, p(lim), 0) T(getrusage, 5, p(big)) T(getrusage, 0, BAD) V(getrusage, 0, p(big)) V(getrusage, -1ul, p(big)) V(getrusage, 1, p(big)) T(sysinfo, BAD) V(sysinfo, p(big)) T(times, BAD) T(times, 0)
T(setpgid, 0x3ffffe, 0) T(setpgid, 0, -1ul) T(setpgid, 0, 0x3ffffe) T(setpgid, 1, 0) T(getpgid, 0x3ffffe) T(getsid, 0x3ffffe) T(getpgid, -1ul) T(getgroups, -1ul, p(big)) T(setgroups, 99999999, p(big)) V(setresuid, -1ul, -1ul, -1ul) V(setresgid, -1ul, -1ul, -1ul) V(setreuid, -1ul, -1ul) V(setregid, -1ul, -1ul) T(getresuid, BAD, BAD, BAD) V(getresuid, p(big), p(big), p(big)) V(getresgid, p(big), p(big), p(big)) T(getresgid, BAD, p(big), p(big)) V(setfsuid, 0) V(setfsgid, 0) T(capget, BAD, 0) T(capget, p(caphdr0), p(big)) V(capget, p(caphdr), p(big)) V(personality, 0xffffffff)
T(statfs, p("nosuch"), p(big)) T(statfs, p("."), BAD) T(fstatfs, 99, p(big)) V(fstatfs, 3, p(big)) T(getpriority, 3, 0) T(getpriority, 0, 0x3ffffe) V(getpriority, 0, 0) T(setpriority, 3, 0, 0) T(setpriority, 0, 0x3ffffe, 0) V(setpriority, 0, 0, 5) V(getpriority, 0, 0)
T(sched_getparam, 0, 0) T(sched_getparam, -1ul, p(big)) T(sched_getparam, 0x3ffffe, p(big)) V(sched_getparam, 0, p(par)) T(sched_setparam, 0, p(par1)) V(sched_setparam, 0, p(par)) T(sched_setparam, 0, 0) T(sched_setscheduler, 0, 99, p(par)) T(sched_setscheduler, 0, 0, p(par1)) V(sched_setscheduler, 0, 0, p(par)) T(sched_setscheduler, 0, -1ul, p(par)) T(sched_setscheduler, 0, 1, p(par)) V(sched_getscheduler, 0) T(sched_getscheduler, -1ul) T(sched_getscheduler, 0x3ffffe) V(sched_get_priority_max, 0) V(sched_get_priority_max, 1) V(sched_get_priority_min, 2) V(sched_get_priority_max, 5) T(sched_get_priority_max, 4) T(sched_get_priority_min, 99) T(sched_rr_get_interval, -1ul, p(big)) T(sched_rr_get_interval, 0x3ffffe, p(big)) V(sched_rr_get_interval, 0, p(big)) T(sched_rr_get_interval, 0, BAD)
T(sched_setaffinity, 0, 8, p(zero)) T(sched_setaffinity, 0x3ffffe, 8, p(&usr1)) T(sched_setaffinity, 0, 8, BAD) T(sched_getaffinity, 0, 0, p(big)) T(sched_getaffinity, 0, 7, p(big)) T(sched_getaffinity, 0x3ffffe, 128, p(big)) T(sched_getaffinity, 0, 128, BAD)
T(prctl, 999, 0, 0, 0, 0) V(prctl, 1, 0) T(prctl, 1, 99) V(prctl, 2, p(big)) T(prctl, 2, BAD) V(prctl, 3, 0) V(prctl, 4, 1) T(prctl, 4, 9) T(prctl, 15, BAD) V(prctl, 15, p("name")) V(prctl, 16, p(big)) T(prctl, 16, BAD) V(prctl, 30, 0) V(prctl, 29, 1234) V(prctl, 30, 0) V(prctl, 29, 0) V(prctl, 30, 0) V(prctl, 38, 1, 0, 0, 0) T(prctl, 38, 0, 0, 0, 0) T(prctl, 38, 1, 1, 0, 0) V(prctl, 39, 0, 0, 0, 0) T(prctl, 39, 1, 0, 0, 0) V(prctl, 21, 0) V(prctl, 23, 0) T(prctl, 23, 99) V(prctl, 36, 1, 0, 0, 0) V(prctl, 37, p(big), 0, 0, 0) V(prctl, 36, 0, 0, 0, 0) V(prctl, 7) V(prctl, 40, p(big))
T(arch_prctl, 0x9999, 0) T(arch_prctl, 0x1002, KERN) T(arch_prctl, 0x1003, BAD) V(arch_prctl, 0x1003, p(big)) T(time, BAD) T(clock_gettime, 99, p(big)) T(clock_gettime, 0, BAD) V(clock_gettime, 4, p(big)) V(clock_gettime, 5, p(big)) V(clock_gettime, 6, p(big)) V(clock_gettime, 7, p(big)) V(clock_gettime, 11, p(big)) V(clock_gettime, 2, p(big)) V(clock_gettime, 3, p(big)) T(clock_getres, 99, 0) V(clock_getres, 0, 0) T(clock_getres, 0, BAD) T(clock_settime, 1, p(zero)) T(clock_settime, 99, p(zero)) T(clock_settime, 0, BAD) T(clock_settime, 0, p(bad_ns)) T(clock_nanosleep, 99, 0, p(one_ns), 0) T(clock_nanosleep, 3, 0, p(one_ns), 0) T(clock_nanosleep, 1, 0, p(bad_ns), 0) V(clock_nanosleep, 1, 1, p(one_ns), 0) T(clock_nanosleep, 1, 0, BAD, 0) V(clock_nanosleep, 7, 0, p(one_ns), 0)
T(timer_create, 99, 0, p(&timer)) T(timer_create, 1, p(&sevbad), p(&timer)) T(timer_create, 1, BAD, p(&timer)) T(timer_create, 1, 0, BAD) T(timer_settime, -1ul, 0, p(its), 0) T(timer_settime, -1ul, 0, BAD, 0) T(timer_settime, -1ul, 0, 0, 0) T(timer_settime, -1ul, 0, p(itsbad), 0) T(timer_gettime, -1ul, p(big)) T(timer_getoverrun, -1ul) T(timer_delete, -1ul)
T(openat, 99, p("x"), 0, 0) T(openat, 3, p("x"), 0, 0) T(mkdirat, 99, p("x"), 0) T(fstatat, -100, p("nosuch"), p(big), 0) T(fstatat, 3, p(""), p(big), 0) V(fstatat, 3, p(""), p(big), 0x1000) T(fstatat, -100, p("."), p(big), 0x10) T(utimensat, -100, p("nosuch"), 0, 0) T(utimensat, -100, p("errno.tmp"), p(bad_ns), 0) V(utimensat, -100, p("errno.tmp"), 0, 0) T(utimensat, -100, p("errno.tmp"), 0, 1) V(utimensat, 3, 0, 0, 0) V(getcpu, 0, 0, 0) T(getcpu, BAD, 0, 0) T(getrandom, p(big), 4, 99) V(getrandom, p(big), 4, 0) T(getrandom, BAD, 4, 0) T(getrandom, p(big), 4, 6) T(statx, -100, p("."), 0, 0xfff, BAD) T(statx, -100, p("nosuch"), 0, 0xfff, p(big)) V(statx, -100, p("."), 0, 0xfff, p(big)) T(statx, -100, p("."), 0, 0x80000000, p(big)) T(statx, -100, p("."), 0x6000, 0xfff, p(big)) V(utime, p("errno.tmp"), 0) V(utimes, p("errno.tmp"), 0) T(utime, p("nosuch"), 0)
};

static void doze_ns(u64 ns) { u64 t[2] = { 0, ns }; SYS(N_nanosleep, t, 0); }

static int program(int argc, char **argv, char **envp) {
  (void)argc, (void)argv, (void)envp;
  int status;
  SYS(N_umask, 022);
  for (int i = 3; i < 10; i++) SYS(N_close, i);
  SYS(N_close, SYS(N_open, "errno.tmp", 01102, 0600));
  SYS(N_mkdir, "errno.dir", 0755);
  SYS(N_symlink, "errno.tmp", "errno.link");
  SYS(N_symlink, "errno.loop", "errno.loop");
  SYS(N_open, "errno.tmp", 0, 0);             /* 3 */
  SYS(N_open, "errno.tmp", 1, 0);             /* 4 */
  SYS(N_open, ".", 0, 0);                     /* 5 */
  SYS(N_pipe, fds);                           /* 6, 7 */
  u64 old = 1ul << 9 | 1ul << 13;
  SYS(N_sigprocmask, 0, &old, 0, 8);
  const char *last = "";
  for (u64 i = 0; i < sizeof tests / sizeof *tests; i++) {
    struct test *t = &tests[i];
    s64 r = sys6(t->nr, t->a, t->b, t->c, t->d, t->e, t->f);
    print("%lu %s: %d\n", i, t->name, (int)(r < 0 && r > -4096 ? r : t->exact ? r : 0));
  }
  SYS(N_sigprocmask, 0, &usr1, 0, 8);
  u64 now[4] = { 0 }, taken[16], soon[4] = { 0, 5000000, 0, 5000000 };
  print("timers %ld %ld\n", SYS(N_timer_create, 1, &sev, &timer), SYS(N_timer_create, 1, &sevnone, &timer2));
  print("settime %ld and %ld", SYS(N_timer_settime, timer, 0, its, 0), SYS(N_timer_settime, timer2, 0, its, 0));
  print(", old %ld", SYS(N_timer_settime, timer, 0, soon, now));
  print(" was nearly 1000 s: %d\n", now[2] == 999 || now[2] == 1000);
  s64 sig = SYS(N_sigtimedwait, &usr1, taken, 0, 8);
  print("signal %ld code %d value %d, other %ld", sig, ((int *)taken)[2], ((int *)taken)[4] == timer, SYS(N_timer_gettime, timer2, now));
  print(" left %d\n", now[2] > 990 && now[2] <= 1000);
  doze_ns(30000000);
  SYS(N_sigtimedwait, &usr1, taken, 0, 8);
  print("overran %d, delete %ld, again %ld\n", SYS(N_timer_getoverrun, timer) > 1, SYS(N_timer_delete, timer), SYS(N_timer_delete, timer2));
  u64 profile[4] = { 0, 10000, 0, 10000 };
  u64 sigprof = 1ul << 26;
  SYS(N_sigprocmask, 0, &sigprof, 0, 8);
  SYS(N_setitimer, 2, profile, 0);
  u64 pending = 0;
  while (!(pending & sigprof)) SYS(N_sigpending, &pending, 8);
  print("profiled\n");
  SYS(N_unlink, "errno.tmp"), SYS(N_rmdir, "errno.dir"), SYS(N_unlink, "errno.link"), SYS(N_unlink, "errno.loop");
  return 0;
}

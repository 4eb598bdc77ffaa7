// A C program that makes file system calls, right and wrong ones, and prints what each returned. The same bytes run on the host's Linux
// and in the guest.
export const syscallProgram = `
typedef long L;
static L sc(L n, L a, L b, L c, L d, L e, L f) {
  L r; register L r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return r;
}
#define S0(n) sc(n, 0, 0, 0, 0, 0, 0)
#define S1(n, a) sc(n, (L)(a), 0, 0, 0, 0, 0)
#define S2(n, a, b) sc(n, (L)(a), (L)(b), 0, 0, 0, 0)
#define S3(n, a, b, c) sc(n, (L)(a), (L)(b), (L)(c), 0, 0, 0)
#define S4(n, a, b, c, d) sc(n, (L)(a), (L)(b), (L)(c), (L)(d), 0, 0)
enum { READ, WRITE, OPEN, CLOSE, STAT, FSTAT, LSTAT, POLL, LSEEK, IOCTL = 16, PREAD, PWRITE, READV, WRITEV, ACCESS, PIPE, DUP = 32, DUP2,
  SENDFILE = 40, FCNTL = 72, TRUNCATE = 76, FTRUNCATE, GETCWD = 79, CHDIR, FCHDIR, RENAME, MKDIR, RMDIR, CREAT, LINK, UNLINK, SYMLINK, READLINK,
  CHMOD, UMASK = 95, GETDENTS64 = 217, OPENAT = 257, UNLINKAT = 263, FACCESSAT = 269, DUP3 = 292, PIPE2, FACCESSAT2 = 439 };
#define STATX(dirfd, path, flags, mask, to) sc(332, dirfd, (L)(path), flags, mask, (L)(to), 0)
static unsigned sx[64];
static void put(const char *s) { L n = 0; while (s[n]) n++; S3(WRITE, 1, s, n); }
static void num(L v) {
  char b[24]; int i = 23; unsigned long u = v < 0 ? -v : v; b[i] = 0;
  do b[--i] = '0' + u % 10; while (u /= 10);
  if (v < 0) b[--i] = '-';
  put(b + i);
}
static void say(const char *what, L v) { put(what); put(": "); num(v); put("\\n"); }
#define T(what, call) say(what, call)
static char buf[8192], name[5000];
static const char *base;
static char *at(const char *f) { int n = 0; for (const char *p = base; *p; p++) name[n++] = *p; name[n++] = '/'; while ((name[n++] = *f++)); return name; }
static unsigned st[36];
#define MODE() (st[6])
#define NLINK() (st[4])
#define SIZE() (*(long *)(st + 12))
static char second[300];
static char *two(const char *f) { char *p = at(f); int i = 0; while ((second[i] = p[i])) i++; return second; }
void run(L *sp) {
  base = (const char *)sp[2];
  S1(UMASK, 022);
  T("mkdir", S2(MKDIR, at("d"), 0777));
  T("mkdir again", S2(MKDIR, at("d"), 0777));
  T("stat d", S2(STAT, at("d"), st)); T("mode", MODE());
  L fd = S3(OPEN, at("f"), 0102, 0666);
  T("open creates", fd);
  T("open exclusive", S3(OPEN, at("f"), 0302, 0666));
  T("write", S3(WRITE, fd, "hello world", 11));
  T("write bad pointer", S3(WRITE, fd, 0x10, 5));
  T("write kernel pointer", S3(WRITE, fd, 0xffffffff81000000, 5));
  T("lseek end", S3(LSEEK, fd, 0, 2)); T("lseek -1", S3(LSEEK, fd, -1, 0)); T("lseek whence", S3(LSEEK, fd, 0, 9)); T("lseek past", S3(LSEEK, fd, 100, 0));
  T("read past end", S3(READ, fd, buf, 10));
  T("write leaves a hole", S3(WRITE, fd, "x", 1));
  T("fstat", S2(FSTAT, fd, st)); T("mode", MODE()); T("size", SIZE()); T("nlink", NLINK());
  T("pread hole", S4(PREAD, fd, buf, 200, 0)); T("byte 50", buf[50]); T("byte 100", buf[100]);
  T("pread negative", S4(PREAD, fd, buf, 5, -1));
  T("read bad pointer", S4(PREAD, fd, 0x10, 5, 0));
  T("pwrite", S4(PWRITE, fd, "HE", 2, 0));
  T("ftruncate", S2(FTRUNCATE, fd, 5)); T("ftruncate negative", S2(FTRUNCATE, fd, -5)); T("ftruncate grows", S2(FTRUNCATE, fd, 20));
  T("pread", S4(PREAD, fd, buf, 100, 0)); T("byte 4", buf[4]); T("byte 10", buf[10]);
  long iov[4] = { (L)buf, 3, (L)(buf + 100), 4 };
  S3(LSEEK, fd, 0, 0);
  T("readv", S3(READV, fd, iov, 2)); T("byte 100", buf[100]); T("readv none", S3(READV, fd, iov, 0)); T("readv -1", S3(READV, fd, iov, -1));
  T("writev", S3(WRITEV, fd, iov, 2)); T("pos", S3(LSEEK, fd, 0, 1));
  T("close", S1(CLOSE, fd)); T("close again", S1(CLOSE, fd)); T("read closed", S3(READ, fd, buf, 1));
  L ro = S3(OPEN, at("f"), 0, 0);
  T("write read-only", S3(WRITE, ro, "x", 1)); T("ftruncate read-only", S2(FTRUNCATE, ro, 0));
  L app = S3(OPEN, at("f"), 02001, 0);
  T("append", S3(WRITE, app, "end", 3)); T("size", S3(LSEEK, app, 0, 2)); T("read write-only", S3(READ, app, buf, 1));
  S1(CLOSE, app); S1(CLOSE, ro);
  L tr = S3(OPEN, at("f"), 01002, 0); T("truncating open", S3(LSEEK, tr, 0, 2)); S1(CLOSE, tr);
  T("open missing", S3(OPEN, at("missing"), 0, 0)); T("open below a file", S3(OPEN, at("f/x"), 0, 0)); T("open file with slash", S3(OPEN, at("f/"), 0, 0));
  T("create with slash", S3(OPEN, at("new/"), 0101, 0666)); T("create in missing", S3(OPEN, at("no/new"), 0101, 0666));
  T("open dir for writing", S3(OPEN, at("d"), 1, 0)); T("create a dir's name", S3(OPEN, at("d"), 0101, 0666)); T("O_DIRECTORY on file", S3(OPEN, at("f"), 0200000, 0));
  T("open bad pointer", S3(OPEN, 0x10, 0, 0)); T("open empty", S3(OPEN, "", 0, 0));
  for (int i = 0; i < 300; i++) buf[i] = 'n';
  buf[300] = 0; T("long component", S3(OPEN, at(buf), 0, 0));
  for (int i = 0; i < 4500; i++) buf[i] = i % 2 ? '.' : '/';
  buf[4500] = 0; T("long path", S3(OPEN, buf, 0, 0));
  T("rmdir file", S1(RMDIR, at("f"))); T("unlink dir", S1(UNLINK, at("d"))); T("rmdir dot", S1(RMDIR, at("d/."))); T("rmdir dotdot", S1(RMDIR, at("d/..")));
  T("symlink", S2(SYMLINK, "f", at("s"))); T("symlink again", S2(SYMLINK, "f", at("s"))); T("symlink empty", S2(SYMLINK, "", at("s2")));
  T("readlink", S3(READLINK, at("s"), buf, 100)); T("readlink file", S3(READLINK, at("f"), buf, 100)); T("readlink size 0", S3(READLINK, at("s"), buf, 0));
  T("lstat link", S2(LSTAT, at("s"), st)); T("mode", MODE()); T("stat link", S2(STAT, at("s"), st)); T("mode", MODE());
  T("nofollow", S3(OPEN, at("s"), 0400000, 0)); L viaLink = S3(OPEN, at("s"), 0101, 0666); T("create through link", viaLink); S1(CLOSE, viaLink);
  S2(SYMLINK, "loop2", at("loop1")); S2(SYMLINK, "loop1", at("loop2")); T("loop", S3(OPEN, at("loop1"), 0, 0)); T("dangling", (S2(SYMLINK, "nowhere", at("dang")), S3(OPEN, at("dang"), 0, 0)));
  T("create through dangling", S3(OPEN, at("dang"), 0301, 0666));
  L made = S3(OPEN, at("dang"), 0101, 0600); T("made", made); S1(CLOSE, made); T("it is there", S2(STAT, at("nowhere"), st));
  two("hard"); T("link", S2(LINK, at("f"), second)); T("link again", S2(LINK, at("f"), second)); T("nlink", (S2(STAT, at("f"), st), NLINK()));
  two("dl"); T("link dir", S2(LINK, at("d"), second));
  two("f2"); T("rename", S2(RENAME, at("hard"), second)); T("rename missing", S2(RENAME, at("hard"), second));
  two("d/sub"); S2(MKDIR, at("d/sub"), 0755); T("rename into itself", S2(RENAME, at("d"), second)); two("d"); T("rename file over dir", S2(RENAME, at("f2"), second));
  two("f2"); T("rename dir over file", S2(RENAME, at("d"), second)); S2(MKDIR, at("e"), 0755); two("d"); T("rename over non-empty", S2(RENAME, at("e"), second));
  two("e"); T("rename dir over empty", S2(RENAME, at("d"), second)); T("gone", S2(STAT, at("d"), st));
  T("rmdir non-empty", S1(RMDIR, at("e"))); T("rmdir", S1(RMDIR, at("e/sub"))); T("chdir file", S1(CHDIR, at("f"))); T("chdir missing", S1(CHDIR, at("nodir")));
  T("chmod", S2(CHMOD, at("f"), 01640)); S2(STAT, at("f"), st); T("mode", MODE());
  T("access F_OK", S2(ACCESS, at("f"), 0)); T("access bad mode", S2(ACCESS, at("f"), 8)); T("access missing", S2(ACCESS, at("zz"), 0));
  T("statx", STATX(-100, at("f"), 0, 0x7ff, sx)); T("mask", sx[0] & 0x7ff); T("mode", *(unsigned short *)(sx + 7)); T("size", sx[10]); T("nlink", sx[4]);
  T("statx link", STATX(-100, at("s"), 0x100, 0x7ff, sx)); T("mode", *(unsigned short *)(sx + 7)); T("statx missing", STATX(-100, at("zz"), 0, 0x7ff, sx));
  T("statx flags", STATX(-100, at("f"), 0x10000, 0x7ff, sx)); T("statx both syncs", STATX(-100, at("f"), 0x6000, 0x7ff, sx));
  T("statx reserved", STATX(-100, at("f"), 0, 0x80000000, sx)); T("statx bad pointer", STATX(-100, at("f"), 0, 0x7ff, 0x10));
  T("statx of a descriptor", STATX(1, "", 0x1000, 0x7ff, sx)); T("statx empty", STATX(1, "", 0, 0x7ff, sx)); T("statx bad fd", STATX(999, "", 0x1000, 0x7ff, sx));
  T("faccessat2", S4(FACCESSAT2, -100, at("f"), 4, 0x200)); T("faccessat2 link", S4(FACCESSAT2, -100, at("s"), 0, 0x100));
  T("faccessat2 flags", S4(FACCESSAT2, -100, at("f"), 0, 0x4000)); T("faccessat2 mode", S4(FACCESSAT2, -100, at("f"), 9, 0));
  fd = S3(OPEN, at("f"), 02002, 0); S3(LSEEK, fd, 2, 0); { char link[] = "/proc/self/fdinfo/0"; link[18] = '0' + fd; L info = S3(OPEN, link, 0, 0);
    L got = S3(READ, info, buf, 29); T("fdinfo", got); buf[got > 0 ? got : 0] = 0; put(buf); put("\\n"); S1(CLOSE, info); S1(CLOSE, fd); }
  T("truncate dir", S2(TRUNCATE, at("e"), 0)); T("truncate", S2(TRUNCATE, at("f"), 3));
  T("chdir", S1(CHDIR, at("e"))); T("relative create", (fd = S3(OPEN, "rel", 0102, 0666))); T("dotdot", S2(STAT, "../f", st)); T("size", SIZE());
  T("getcwd short", S2(GETCWD, buf, 2)); T("openat bad fd", S4(OPENAT, 999, "rel", 0, 0)); T("openat file fd", S4(OPENAT, fd, "rel", 0, 0));
  L dirfd = S3(OPEN, ".", 0200000, 0); T("openat", (L)(S4(OPENAT, dirfd, "rel", 0, 0) > 0)); T("read dir", S3(READ, dirfd, buf, 10)); T("unlinkat flags", S3(UNLINKAT, dirfd, "rel", 7));
  T("getdents of file", S3(GETDENTS64, fd, buf, 1000)); T("getdents tiny", S3(GETDENTS64, dirfd, buf, 4));
  L n = S3(GETDENTS64, dirfd, buf, 4000); int entries = 0; for (L o = 0; o < n; o += *(unsigned short *)(buf + o + 16)) entries++; T("entries", entries); T("end", S3(GETDENTS64, dirfd, buf, 4000));
  T("dup", S1(DUP, 999)); T("dup2", S2(DUP2, fd, 50)); T("dup2 same", S2(DUP2, fd, fd)); T("dup2 bad", S2(DUP2, 999, 999)); T("dup3 same", S3(DUP3, fd, fd, 0)); T("dup3 flags", S3(DUP3, fd, 51, 7));
  T("dup2 huge", S2(DUP2, fd, 1 << 20)); T("cloexec", S3(FCNTL, fd, 1, 0)); T("set", S3(FCNTL, fd, 2, 1)); T("cloexec", S3(FCNTL, fd, 1, 0)); T("copy's", S3(FCNTL, 50, 1, 0));
  T("F_DUPFD", S3(FCNTL, fd, 0, 60)); T("shared position", (S3(WRITE, fd, "abc", 3), S3(LSEEK, 60, 0, 1))); T("getfl", S3(FCNTL, fd, 3, 0)); T("fcntl bad", S3(FCNTL, fd, 9999, 0));
  T("ioctl on file", S3(IOCTL, fd, 0x5401, buf)); T("fchdir file", S1(FCHDIR, fd));
  int p[2]; T("pipe", S1(PIPE, p)); T("pipe bad pointer", S1(PIPE, 0x10)); T("pipe2 flags", S2(PIPE2, p, 0x5)); T("seek pipe", S3(LSEEK, p[0], 0, 0)); T("pread pipe", S4(PREAD, p[0], buf, 1, 0));
  T("write reader", S3(WRITE, p[0], "x", 1)); T("pipe write", S3(WRITE, p[1], "pipe data", 9)); T("pipe read", S3(READ, p[0], buf, 4)); T("rest", S3(READ, p[0], buf, 100));
  S3(FCNTL, p[0], 4, 04000); S3(FCNTL, p[1], 4, 04001); T("empty", S3(READ, p[0], buf, 1));
  L total = 0, w; while ((w = S3(WRITE, p[1], buf, 4096)) > 0) total += w; T("full", w); T("held", total); T("one more", S3(WRITE, p[1], buf, 1));
  T("drain", S3(READ, p[0], buf, 4096)); T("room for a page", S3(WRITE, p[1], buf, 4096));
  struct { int fd; short ev, rev; } pf[3] = { { p[0], 1, 0 }, { p[1], 4, 0 }, { 999, 1, 0 } };
  T("poll", S3(POLL, pf, 3, 0)); T("in", pf[0].rev); T("out", pf[1].rev); T("nval", pf[2].rev);
  S1(CLOSE, p[1]); while (S3(READ, p[0], buf, 4096) > 0); T("end of pipe", S3(READ, p[0], buf, 1)); T("poll hup", S3(POLL, pf, 1, 0)); T("revents", pf[0].rev);
  S3(LSEEK, fd, 0, 0); L off = 1; S1(PIPE, p); T("sendfile", S4(SENDFILE, p[1], fd, &off, 100)); T("offset", off); T("position stays", S3(LSEEK, fd, 0, 1));
  T("sendfile from pipe", S4(SENDFILE, fd, p[0], 0, 1)); T("sendfile from dir", S4(SENDFILE, p[1], dirfd, 0, 10)); T("sendfile bad", S4(SENDFILE, p[1], fd, 0x10, 10));
  int last = 0; while ((w = S3(OPEN, "rel", 0, 0)) >= 0) last = w; T("EMFILE", w); T("last", last); T("pipe then", S1(PIPE, p));
  for (int i = 3; i <= last; i++) S1(CLOSE, i);
  T("unlink", S1(UNLINK, "rel")); T("unlink again", S1(UNLINK, "rel")); T("rmdir own cwd", S1(RMDIR, at("e"))); T("create in dead dir", S3(OPEN, "zombie", 0101, 0666)); T("getcwd dead", S2(GETCWD, buf, 100));
  sc(231, 0, 0, 0, 0, 0, 0);
}
__asm__(".globl _start\\n_start: mov %rsp, %rdi\\n and $-16, %rsp\\n call run\\n");
`;

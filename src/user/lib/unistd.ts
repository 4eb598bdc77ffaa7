// System calls by Linux's x86-64 numbers. Each returns what the kernel returns: a negative errno on failure.

/** rdi: the number; then up to six arguments. */
export const syscall6 = asm<(nr: s64, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64) => s64>("syscall6", () => {
  mov(rax, rdi);
  mov(rdi, rsi);
  mov(rsi, rdx);
  mov(rdx, rcx);
  mov(r10, r8);
  mov(r8, r9);
  mov(r9, mem(rsp, 8));
  syscall();
  ret();
});

const NR_read = 0;
const NR_write = 1;
const NR_open = 2;
const NR_close = 3;
const NR_mmap = 9;
const NR_mprotect = 10;
const NR_munmap = 11;
const NR_brk = 12;
const NR_pipe = 22;
const NR_sched_yield = 24;
const NR_nanosleep = 35;
const NR_alarm = 37;
const NR_getpid = 39;
const NR_fork = 57;
const NR_execve = 59;
const NR_wait4 = 61;
const NR_kill = 62;
const NR_getppid = 110;
const NR_clock_gettime = 228;
const NR_exit_group = 231;

export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
export const MAP_ANONYMOUS = 0x20;

export interface timespec extends struct<"timespec"> {
  tv_sec?: s64;
  tv_nsec?: s64;
}

export function read(fd: int, buf: ptr, n: u64): s64 {
  return syscall6(NR_read, u64(fd), u64(buf), n, 0, 0, 0);
}
export function write(fd: int, buf: ptr, n: u64): s64 {
  return syscall6(NR_write, u64(fd), u64(buf), n, 0, 0, 0);
}
export function open(path: cstr, flags: int, mode: u32): int {
  return int(syscall6(NR_open, u64(path), u64(flags), u64(mode), 0, 0, 0));
}
export function close(fd: int): int {
  return int(syscall6(NR_close, u64(fd), 0, 0, 0, 0, 0));
}
export function mmap(address: u64, length: u64, prot: u64, flags: u64, fd: int, offset: u64): s64 {
  return syscall6(NR_mmap, address, length, prot, flags, u64(fd), offset);
}
export function mprotect(address: u64, length: u64, prot: u64): int {
  return int(syscall6(NR_mprotect, address, length, prot, 0, 0, 0));
}
export function munmap(address: u64, length: u64): int {
  return int(syscall6(NR_munmap, address, length, 0, 0, 0, 0));
}
/** The break after the call: unchanged if it could not be moved. */
export function brk(end: u64): u64 {
  return u64(syscall6(NR_brk, end, 0, 0, 0, 0, 0));
}
export function pipe(fds: int[]): int {
  return int(syscall6(NR_pipe, u64(fds), 0, 0, 0, 0, 0));
}
export function sched_yield(): void {
  syscall6(NR_sched_yield, 0, 0, 0, 0, 0, 0);
}
export function nanosleep(time: timespec): int {
  return int(syscall6(NR_nanosleep, u64(time), 0, 0, 0, 0, 0));
}
export function alarm(seconds: u32): u32 {
  return u32(syscall6(NR_alarm, u64(seconds), 0, 0, 0, 0, 0));
}
export function getpid(): int {
  return int(syscall6(NR_getpid, 0, 0, 0, 0, 0, 0));
}
export function getppid(): int {
  return int(syscall6(NR_getppid, 0, 0, 0, 0, 0, 0));
}
/** 0 in the child. Flush standard output before: the buffer is copied too. */
export function fork(): int {
  return int(syscall6(NR_fork, 0, 0, 0, 0, 0, 0));
}
export function execve(path: cstr, argv: ref<u8[]>[], envp: ref<u8[]>[]): int {
  return int(syscall6(NR_execve, u64(path), u64(argv), u64(envp), 0, 0, 0));
}
/** status: one int, or null. */
export function wait4(pid: int, status: int[], options: int): int {
  return int(syscall6(NR_wait4, u64(pid), u64(status), u64(options), 0, 0, 0));
}
export function kill(pid: int, sig: int): int {
  return int(syscall6(NR_kill, u64(pid), u64(sig), 0, 0, 0, 0));
}
export function clock_gettime(clock: int, time: timespec): int {
  return int(syscall6(NR_clock_gettime, u64(clock), u64(time), 0, 0, 0, 0));
}
export function exit_group(status: int): never {
  for (;;) syscall6(NR_exit_group, u64(status), 0, 0, 0, 0, 0);
}

// The system calls by C's names, for host programs: `yield* read(fd, n)`. A call gives its result or a negative errno, as the kernel
// does; one that yields bytes gives a byte string, or the negative errno as a number.
import { ERRNO } from "../../abi/errno.js";
import { SYS } from "../../abi/syscalls.js";
import { type Argument, fromBytes, type Program, type Sys, toBytes } from "./request.js";

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_DIRECTORY = 0o200000;
export const O_CLOEXEC = 0o2000000;
export const AT_FDCWD = -100;

const F_DUPFD_CLOEXEC = 1030;

/** A call whose result is all that matters. */
export function* call(number: number, ...args: Argument[]): Sys<number> {
  return (yield { kind: "call", number, arguments: args }).value;
}

/** A call with one buffer that the kernel fills. */
export function* callOut(number: number, ...args: Argument[]): Sys<Uint8Array | number> {
  const reply = yield { kind: "call", number, arguments: args };
  return reply.out[0] ?? reply.value;
}

export function* work(count: number): Sys<void> {
  yield { kind: "work", count };
}

// Files

export function* open(path: string, flags: number, mode = 0o666): Sys<number> {
  return yield* call(SYS.openat, AT_FDCWD, path, flags, mode);
}

/** Up to `size` bytes; "" at the end of the file. */
export function* read(fd: number, size: number): Sys<string | number> {
  const bytes = yield* callOut(SYS.read, fd, { out: size, used: "result" }, size);
  return typeof bytes === "number" ? bytes : fromBytes(bytes);
}

export function* write(fd: number, data: string): Sys<number> {
  return yield* call(SYS.write, fd, toBytes(data), data.length);
}

/** Writes everything, as busybox's full_write: a negative errno where a write fails (what was written before stays). */
export function* writeAll(fd: number, data: string): Sys<number> {
  let at = 0;
  while (at < data.length) {
    const n = yield* write(fd, at === 0 ? data : data.slice(at));
    if (n === -ERRNO.EINTR) continue;
    if (n < 0) return n;
    at += n;
  }
  return at;
}

export function* close(fd: number): Sys<number> {
  return yield* call(SYS.close, fd);
}

export function* dup2(from: number, to: number): Sys<number> {
  return yield* call(SYS.dup2, from, to);
}

/** The lowest free descriptor from `lowest` on, closed by exec. */
export function* dupAbove(fd: number, lowest: number): Sys<number> {
  return yield* call(SYS.fcntl, fd, F_DUPFD_CLOEXEC, lowest);
}

export function* pipe(flags = 0): Sys<[number, number] | number> {
  const bytes = yield* callOut(SYS.pipe2, { out: 8 }, flags);
  if (typeof bytes === "number") return bytes;
  const view = Buffer.from(bytes);
  return [view.readInt32LE(0), view.readInt32LE(4)];
}

export function* sendfile(out: number, from: number, count: number): Sys<number> {
  return yield* call(SYS.sendfile, out, from, 0, count);
}

// Names

export function* chdir(path: string): Sys<number> {
  return yield* call(SYS.chdir, path);
}

const PATH_MAX = 4096;

export function* getcwd(): Sys<string | number> {
  const bytes = yield* callOut(SYS.getcwd, { out: PATH_MAX, used: "result" }, PATH_MAX);
  return typeof bytes === "number" ? bytes : fromBytes(bytes).replace(/\0.*$/s, "");
}

export function* mkdir(path: string, mode = 0o777): Sys<number> {
  return yield* call(SYS.mkdir, path, mode);
}

export function* rmdir(path: string): Sys<number> {
  return yield* call(SYS.rmdir, path);
}

export function* unlink(path: string): Sys<number> {
  return yield* call(SYS.unlink, path);
}

export function* rename(from: string, to: string): Sys<number> {
  return yield* call(SYS.rename, from, to);
}

export function* link(from: string, to: string): Sys<number> {
  return yield* call(SYS.link, from, to);
}

export function* symlink(target: string, path: string): Sys<number> {
  return yield* call(SYS.symlink, target, path);
}

export function* readlink(path: string): Sys<string | number> {
  const bytes = yield* callOut(SYS.readlink, path, { out: PATH_MAX, used: "result" }, PATH_MAX);
  return typeof bytes === "number" ? bytes : fromBytes(bytes);
}

export function* chmod(path: string, mode: number): Sys<number> {
  return yield* call(SYS.chmod, path, mode);
}

export const R_OK = 4;
export const W_OK = 2;
export const X_OK = 1;

export function* access(path: string, mode: number): Sys<number> {
  return yield* call(SYS.access, path, mode);
}

export function* umask(mask: number): Sys<number> {
  return yield* call(SYS.umask, mask);
}

/** Seconds since 1970. */
export interface Times {
  access: number;
  change: number;
}

const UTIME_NOW = 0x3fffffffn;
const UTIME_OMIT = 0x3ffffffen;
const NS_PER_SECOND = 1e9;

/** Sets access and modification time: to `times` or to now, each only if it is wanted. */
export function* touch(path: string, times?: Times, which = { access: true, change: true }): Sys<number> {
  if (!times && which.access && which.change) return yield* call(SYS.utimensat, AT_FDCWD, path, 0, 0);
  const words = Buffer.alloc(32);
  for (const [n, name] of (["access", "change"] as const).entries()) {
    const seconds = times?.[name] ?? 0;
    const whole = Math.floor(seconds);
    words.writeBigInt64LE(BigInt(whole), n * 16);
    const ns = times ? BigInt(Math.floor((seconds - whole) * NS_PER_SECOND)) : UTIME_NOW;
    words.writeBigInt64LE(which[name] ? ns : UTIME_OMIT, n * 16 + 8);
  }
  return yield* call(SYS.utimensat, AT_FDCWD, path, words, 0);
}

export function* mount(source: string, target: string, type: string, flags: number, data: string | undefined): Sys<number> {
  return yield* call(SYS.mount, source, target, type, flags, data ?? 0);
}

export function* umount2(target: string, flags: number): Sys<number> {
  return yield* call(SYS.umount2, target, flags);
}

// Processes

export function* fork(child: Program): Sys<number> {
  return (yield { kind: "fork", child }).value;
}

/** Comes back only with a negative errno. */
export function* execve(path: string, argv: readonly string[], env: readonly string[]): Sys<number> {
  return yield* call(SYS.execve, path, { strings: argv }, { strings: env });
}

export const WNOHANG = 1;
export const WUNTRACED = 2;

export interface Waited {
  pid: number;
  /** The status word of wait(2); see ./wait-status.ts. */
  status: number;
}

/** pid 0 with WNOHANG: no child has changed. */
export function* wait4(pid: number, options: number): Sys<Waited | number> {
  const reply = yield { kind: "call", number: SYS.wait4, arguments: [pid, { out: 4 }, options, 0] };
  const bytes = reply.out[0];
  return bytes ? { pid: reply.value, status: Buffer.from(bytes).readInt32LE(0) } : reply.value;
}

/** What a process has used, as wait4's struct rusage has it: seconds, kilobytes, counts. */
export interface Usage {
  readonly user: number;
  readonly system: number;
  readonly maxRss: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly voluntary: number;
  readonly involuntary: number;
}

const RUSAGE_SIZE = 144;

/** wait4 for one child that ends, with what it has used. */
export function* waitUsage(pid: number): Sys<(Waited & { readonly usage: Usage }) | number> {
  const reply = yield { kind: "call", number: SYS.wait4, arguments: [pid, { out: 4 }, 0, { out: RUSAGE_SIZE }] };
  const [status, usage] = [reply.out[0], reply.out[1]];
  if (!status || !usage) return reply.value;
  const view = Buffer.from(usage);
  const long = (n: number): number => Number(view.readBigInt64LE(n * 8));
  return {
    pid: reply.value,
    status: Buffer.from(status).readInt32LE(0),
    usage: {
      user: long(0) + long(1) / 1e6,
      system: long(2) + long(3) / 1e6,
      maxRss: long(4),
      minorFaults: long(8),
      majorFaults: long(9),
      voluntary: long(16),
      involuntary: long(17),
    },
  };
}

export function* kill(pid: number, signal: number): Sys<number> {
  return yield* call(SYS.kill, pid, signal);
}

export function* getpid(): Sys<number> {
  return yield* call(SYS.getpid);
}

export function* getppid(): Sys<number> {
  return yield* call(SYS.getppid);
}

export function* getuid(): Sys<number> {
  return yield* call(SYS.getuid);
}

export function* setpgid(pid: number, group: number): Sys<number> {
  return yield* call(SYS.setpgid, pid, group);
}

export function* getpgrp(): Sys<number> {
  return yield* call(SYS.getpgrp);
}

export function* setsid(): Sys<number> {
  return yield* call(SYS.setsid);
}

// Modules, log, power

export function* finitModule(fd: number, parameters: string, flags: number): Sys<number> {
  return yield* call(SYS.finit_module, fd, parameters, flags);
}

export function* initModule(image: string, parameters: string): Sys<number> {
  return yield* call(SYS.init_module, toBytes(image), image.length, parameters);
}

export function* deleteModule(name: string, flags: number): Sys<number> {
  return yield* call(SYS.delete_module, name, flags);
}

/** syslog(2) with a buffer to fill. */
export function* syslogRead(action: number, size: number): Sys<string | number> {
  const bytes = yield* callOut(SYS.syslog, action, { out: size, used: "result" }, size);
  return typeof bytes === "number" ? bytes : fromBytes(bytes);
}

export function* syslog(action: number, value: number): Sys<number> {
  return yield* call(SYS.syslog, action, 0, value);
}

const LINUX_REBOOT_MAGIC1 = 0xfee1dead;
const LINUX_REBOOT_MAGIC2 = 0x28121969;
export const RB_POWER_OFF = 0x4321fedc;
export const RB_HALT_SYSTEM = 0xcdef0123;
export const RB_AUTOBOOT = 0x01234567;

export function* reboot(command: number): Sys<number> {
  return yield* call(SYS.reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, command, 0);
}

export function* sync(): Sys<number> {
  return yield* call(SYS.sync);
}

export function* sethostname(name: string): Sys<number> {
  return yield* call(SYS.sethostname, toBytes(name), name.length);
}

// The fake kernel's system calls, by number. Each gives a result, a negative errno, or BLOCK to be tried again later.
import { ERRNO } from "../../../src/abi/errno.js";
import { SYS } from "../../../src/abi/syscalls.js";
import { BLOCK, type Blocking, type Description, makePipe, type Node, openNode } from "./files.js";
import type { FakeKernel, Task } from "./kernel.js";

type Call = (kernel: FakeKernel, task: Task, args: readonly bigint[]) => Blocking<number>;

const int = (value: bigint | undefined): number => Number(BigInt.asIntN(32, value ?? 0n));
const word = (value: bigint | undefined): bigint => value ?? 0n;

function path(task: Task, address: bigint | undefined): string {
  return task.memory.text(word(address));
}

function install(task: Task, description: Description, lowest: number, closeOnExec: boolean): number {
  let fd = lowest;
  while (task.files.has(fd)) fd++;
  description.readers++;
  task.files.set(fd, { description, closeOnExec });
  return fd;
}

function duplicate(task: Task, from: number, lowest: number, closeOnExec: boolean): number {
  const file = task.files.get(from);
  return file ? install(task, file.description, lowest, closeOnExec) : -ERRNO.EBADF;
}

const openAt: Call = (kernel, task, args) => {
  const flags = int(args[2]);
  const name = path(task, args[1]);
  const found = kernel.tree.walk(name, task.cwd);
  if (typeof found === "number") return found;
  let { node } = found;
  if (!node) {
    if (!(flags & 0o100)) return -ERRNO.ENOENT;
    node = kernel.tree.make(0o100000 | (int(args[3]) & ~task.umask & 0o777));
    found.parent.children?.set(found.name, node);
  } else if (flags & 0o100 && flags & 0o200) return -ERRNO.EEXIST;
  if (flags & 0o200000 && !node.children) return -ERRNO.ENOTDIR;
  if (node.children && flags & 3) return -ERRNO.EISDIR;
  if (flags & 0o1000 && !node.device) node.data = Buffer.alloc(0);
  const description = node.device === "tty" ? kernel.terminal.description() : openNode(node, found.path, (flags & 0o2000) !== 0);
  return install(task, description, 0, (flags & 0o2000000) !== 0);
};

function writeStat(task: Task, address: bigint, node: Node): number {
  const bytes = Buffer.alloc(144);
  bytes.writeBigUInt64LE(1n, 0);
  bytes.writeBigUInt64LE(BigInt(node.ino), 8);
  bytes.writeBigUInt64LE(BigInt(node.nlink), 16);
  bytes.writeUInt32LE(node.mode, 24);
  const size = node.children ? 4096 : node.mode >> 12 === 0o12 ? node.target.length : node.data.length;
  bytes.writeBigInt64LE(BigInt(size), 48);
  bytes.writeBigInt64LE(4096n, 56);
  bytes.writeBigInt64LE(BigInt(Math.ceil(size / 512)), 64);
  for (const at of [72, 88, 104]) bytes.writeBigInt64LE(BigInt(node.mtime), at);
  task.memory.write(address, bytes);
  return 0;
}

const statCall =
  (follow: boolean): Call =>
  (kernel, task, args) => {
    const found = kernel.tree.walk(path(task, args[0]), task.cwd, follow);
    if (typeof found === "number") return found;
    return found.node ? writeStat(task, word(args[1]), found.node) : -ERRNO.ENOENT;
  };

const isTerminal = (description: Description): boolean => description.path === "/dev/console";

const ioctl: Call = (kernel, task, args) => {
  const file = task.files.get(int(args[0]));
  if (!file) return -ERRNO.EBADF;
  if (!isTerminal(file.description)) return -ERRNO.ENOTTY;
  const { terminal } = kernel;
  const four = Buffer.alloc(4);
  switch (int(args[1])) {
    case 0x5401:
      task.memory.write(word(args[2]), terminal.termios);
      return 0;
    case 0x5402:
    case 0x5403:
      task.memory.bytes(word(args[2]), 36).copy(terminal.termios);
      return 0;
    case 0x540e:
      terminal.session = task.session;
      terminal.foreground = task.group;
      return 0;
    case 0x540f:
      four.writeInt32LE(terminal.foreground);
      task.memory.write(word(args[2]), four);
      return 0;
    case 0x5410:
      terminal.foreground = task.memory.bytes(word(args[2]), 4).readInt32LE(0);
      return 0;
    case 0x5413: {
      const size = Buffer.alloc(8);
      size.writeUInt16LE(terminal.rows, 0);
      size.writeUInt16LE(terminal.columns, 2);
      task.memory.write(word(args[2]), size);
      return 0;
    }
  }
  return -ERRNO.ENOTTY;
};

const wait4: Call = (kernel, task, args) => {
  const wanted = int(args[0]);
  const children = [...kernel.tasks.values()].filter((child) => child.parent === task.pid && (wanted === -1 || child.pid === wanted));
  if (children.length === 0) return -ERRNO.ECHILD;
  for (const child of children) {
    if (child.status === undefined) continue;
    const isStop = (child.status & 0xff) === 0x7f;
    if (isStop && (!(int(args[2]) & 2) || child.stopTold)) continue;
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(child.status);
    if (args[1]) task.memory.write(args[1], bytes);
    if (isStop) child.stopTold = true;
    else kernel.tasks.delete(child.pid);
    return child.pid;
  }
  return int(args[2]) & 1 ? 0 : BLOCK;
};

const kill: Call = (kernel, task, args) => {
  const target = int(args[0]);
  const signal = int(args[1]);
  if (target > 0) {
    const found = kernel.tasks.get(target);
    if (!found) return -ERRNO.ESRCH;
    kernel.signal(found, signal);
    return 0;
  }
  return kernel.signalGroup(target === 0 ? task.group : -target, signal) > 0 ? 0 : -ERRNO.ESRCH;
};

const getdents: Call = (kernel, task, args) => {
  const file = task.files.get(int(args[0]));
  const node = file?.description.node;
  if (!file || !node?.children) return -ERRNO.ENOTDIR;
  const entries: [string, Node][] = [[".", node], ["..", kernel.tree.root], ...node.children];
  const size = int(args[2]);
  const records: Buffer[] = [];
  let used = 0;
  for (const [name, child] of entries.slice(file.description.offset)) {
    const length = (19 + name.length + 1 + 7) & ~7;
    if (used + length > size) break;
    const record = Buffer.alloc(length);
    record.writeBigUInt64LE(BigInt(child.ino), 0);
    record.writeUInt16LE(length, 16);
    record[18] = child.mode >> 12;
    record.write(name, 19, "latin1");
    records.push(record);
    used += length;
    file.description.offset++;
  }
  task.memory.write(word(args[1]), Buffer.concat(records));
  return used;
};

/** Sleeps until a time that is settled at the first try. */
const nanosleep: Call = (kernel, task, args) => {
  if (task.wakeAt > 0 && kernel.now >= task.wakeAt) {
    task.wakeAt = 0;
    return 0;
  }
  if (task.wakeAt === 0) {
    const time = task.memory.bytes(word(args[2]), 16);
    task.wakeAt = kernel.now + Number(time.readBigInt64LE(0)) * 1e9 + Number(time.readBigInt64LE(8)) + 1;
  }
  return BLOCK;
};

const edit =
  (
    change: (
      kernel: FakeKernel,
      task: Task,
      found: { parent: Node; name: string; node: Node | undefined },
      args: readonly bigint[],
    ) => number,
    follow = false,
  ): Call =>
  (kernel, task, args) => {
    const found = kernel.tree.walk(path(task, args[0]), task.cwd, follow);
    return typeof found === "number" ? found : change(kernel, task, found, args);
  };

const uname: Call = (_kernel, task, args) => {
  const bytes = Buffer.alloc(65 * 6);
  ["Linux", "kelp", "6.1.0-kelp", "#1 SMP PREEMPT", "x86_64", "(none)"].forEach((text, n) => {
    bytes.write(text, n * 65);
  });
  task.memory.write(word(args[0]), bytes);
  return 0;
};

export const CALLS: Readonly<Record<number, Call>> = {
  [SYS.openat]: openAt,
  [SYS.read]: (_kernel, task, args) => {
    const file = task.files.get(int(args[0]));
    if (!file) return -ERRNO.EBADF;
    const data = file.description.read(int(args[2]));
    if (data === BLOCK || typeof data === "number") return data;
    task.memory.write(word(args[1]), data);
    return data.length;
  },
  [SYS.write]: (_kernel, task, args) => {
    const file = task.files.get(int(args[0]));
    return file ? file.description.write(task.memory.bytes(word(args[1]), int(args[2]))) : -ERRNO.EBADF;
  },
  [SYS.sendfile]: (_kernel, task, args) => {
    const [to, from] = [task.files.get(int(args[0])), task.files.get(int(args[1]))];
    if (!to || !from) return -ERRNO.EBADF;
    if (!from.description.node || from.description.node.children) return -ERRNO.EINVAL;
    const data = from.description.read(Math.min(int(args[3]), 4096));
    if (data === BLOCK || typeof data === "number") return data;
    const written = to.description.write(data);
    if (written === BLOCK || written < data.length) from.description.offset -= data.length - (written === BLOCK ? 0 : Math.max(0, written));
    return written;
  },
  [SYS.close]: (kernel, task, args) => kernel.closeFile(task, int(args[0])),
  [SYS.dup2]: (kernel, task, args) => {
    const file = task.files.get(int(args[0]));
    if (!file) return -ERRNO.EBADF;
    if (args[0] === args[1]) return int(args[1]);
    kernel.closeFile(task, int(args[1]));
    file.description.readers++;
    task.files.set(int(args[1]), { description: file.description, closeOnExec: false });
    return int(args[1]);
  },
  [SYS.fcntl]: (_kernel, task, args) => {
    const file = task.files.get(int(args[0]));
    if (!file) return -ERRNO.EBADF;
    if (int(args[1]) === 0) return duplicate(task, int(args[0]), int(args[2]), false);
    if (int(args[1]) === 1030) return duplicate(task, int(args[0]), int(args[2]), true);
    if (int(args[1]) === 2) file.closeOnExec = (int(args[2]) & 1) !== 0;
    return 0;
  },
  [SYS.pipe2]: (kernel, task, args) => {
    const [reader, writer] = makePipe(() => kernel.signal(writerTask(kernel, writer) ?? task, 13));
    const bytes = Buffer.alloc(8);
    bytes.writeInt32LE(install(task, reader, 0, false), 0);
    bytes.writeInt32LE(install(task, writer, 0, false), 4);
    task.memory.write(word(args[0]), bytes);
    return 0;
  },
  [SYS.lseek]: (_kernel, task, args) => {
    const file = task.files.get(int(args[0]));
    if (!file?.description.node) return -ERRNO.ESPIPE;
    const base = [0, file.description.offset, file.description.node.data.length][int(args[2])] ?? 0;
    file.description.offset = base + int(args[1]);
    return file.description.offset;
  },
  [SYS.stat]: statCall(true),
  [SYS.lstat]: statCall(false),
  [SYS.fstat]: (kernel, task, args) => {
    const file = task.files.get(int(args[0]));
    if (!file) return -ERRNO.EBADF;
    return writeStat(task, word(args[1]), file.description.node ?? kernel.tree.make(isTerminal(file.description) ? 0o020620 : 0o010600));
  },
  [SYS.access]: (kernel, task, args) => {
    const found = kernel.tree.walk(path(task, args[0]), task.cwd);
    if (typeof found === "number") return found;
    if (!found.node) return -ERRNO.ENOENT;
    return int(args[1]) & 1 && !(found.node.mode & 0o111) ? -ERRNO.EACCES : 0;
  },
  [SYS.getdents64]: getdents,
  [SYS.ioctl]: ioctl,
  [SYS.poll]: () => 0,
  [SYS.chdir]: (kernel, task, args) => {
    const found = kernel.tree.walk(path(task, args[0]), task.cwd);
    if (typeof found === "number") return found;
    if (!found.node) return -ERRNO.ENOENT;
    if (!found.node.children) return -ERRNO.ENOTDIR;
    task.cwd = found.path;
    return 0;
  },
  [SYS.getcwd]: (_kernel, task, args) => {
    task.memory.write(word(args[0]), Buffer.from(`${task.cwd}\0`, "latin1"));
    return task.cwd.length + 1;
  },
  [SYS.mkdir]: edit((kernel, task, found, args) => {
    if (found.node) return -ERRNO.EEXIST;
    found.parent.children?.set(found.name, kernel.tree.make(0o040000 | (int(args[1]) & ~task.umask & 0o777)));
    return 0;
  }),
  [SYS.rmdir]: edit((_kernel, _task, found) => {
    if (!found.node) return -ERRNO.ENOENT;
    if (!found.node.children) return -ERRNO.ENOTDIR;
    if (found.node.children.size > 0) return -ERRNO.ENOTEMPTY;
    found.parent.children?.delete(found.name);
    return 0;
  }),
  [SYS.unlink]: edit((_kernel, _task, found) => {
    if (!found.node) return -ERRNO.ENOENT;
    if (found.node.children) return -ERRNO.EISDIR;
    found.node.nlink--;
    found.parent.children?.delete(found.name);
    return 0;
  }),
  [SYS.rename]: edit((kernel, task, found, args) => {
    if (!found.node) return -ERRNO.ENOENT;
    const to = kernel.tree.walk(path(task, args[1]), task.cwd, false);
    if (typeof to === "number") return to;
    found.parent.children?.delete(found.name);
    to.parent.children?.set(to.name, found.node);
    return 0;
  }),
  [SYS.link]: edit((kernel, task, found, args) => {
    if (!found.node) return -ERRNO.ENOENT;
    const to = kernel.tree.walk(path(task, args[1]), task.cwd, false);
    if (typeof to === "number") return to;
    if (to.node) return -ERRNO.EEXIST;
    found.node.nlink++;
    to.parent.children?.set(to.name, found.node);
    return 0;
  }),
  [SYS.symlink]: (kernel, task, args) => {
    const to = kernel.tree.walk(path(task, args[1]), task.cwd, false);
    if (typeof to === "number") return to;
    if (to.node) return -ERRNO.EEXIST;
    const node = kernel.tree.make(0o120777);
    node.target = path(task, args[0]);
    to.parent.children?.set(to.name, node);
    return 0;
  },
  [SYS.readlink]: edit((_kernel, task, found, args) => {
    if (!found.node) return -ERRNO.ENOENT;
    if (found.node.mode >> 12 !== 0o12) return -ERRNO.EINVAL;
    const bytes = Buffer.from(found.node.target, "latin1").subarray(0, int(args[2]));
    task.memory.write(word(args[1]), bytes);
    return bytes.length;
  }),
  [SYS.chmod]: edit((_kernel, _task, found, args) => {
    if (!found.node) return -ERRNO.ENOENT;
    found.node.mode = (found.node.mode & 0o170000) | (int(args[1]) & 0o7777);
    return 0;
  }, true),
  [SYS.utimensat]: (kernel, task, args) => {
    const found = kernel.tree.walk(path(task, args[1]), task.cwd);
    if (typeof found === "number") return found;
    if (!found.node) return -ERRNO.ENOENT;
    // Only the time of change is kept; without times it stays what it was.
    if (word(args[2]) !== 0n) {
      const words = task.memory.read(word(args[2]) + 16n, 16);
      const change = Buffer.from(words instanceof Uint8Array ? words : new Uint8Array(16));
      if (change.readBigInt64LE(8) < 1_000_000_000n) found.node.mtime = Number(change.readBigInt64LE(0));
    }
    return 0;
  },
  [SYS.umask]: (_kernel, task, args) => {
    const old = task.umask;
    task.umask = int(args[0]) & 0o777;
    return old;
  },
  [SYS.mount]: () => 0,
  [SYS.fork]: (kernel, task) => kernel.fork(task),
  [SYS.execve]: (kernel, task, args) =>
    kernel.exec(task, path(task, args[0]), task.memory.texts(word(args[1])), task.memory.texts(word(args[2]))),
  [SYS.exit_group]: (kernel, task, args) => {
    kernel.exit(task, (int(args[0]) & 0xff) << 8);
    return 0;
  },
  [SYS.wait4]: wait4,
  [SYS.kill]: kill,
  [SYS.getpid]: (_kernel, task) => task.pid,
  [SYS.getppid]: (_kernel, task) => task.parent,
  [SYS.getuid]: () => 0,
  [SYS.getpgrp]: (_kernel, task) => task.group,
  [SYS.setpgid]: (kernel, task, args) => {
    const target = args[0] === 0n ? task : kernel.tasks.get(int(args[0]));
    if (!target) return -ERRNO.ESRCH;
    target.group = int(args[1]) || target.pid;
    return 0;
  },
  [SYS.setsid]: (_kernel, task) => {
    task.session = task.pid;
    task.group = task.pid;
    return task.pid;
  },
  [SYS.rt_sigaction]: (_kernel, task, args) => {
    const signal = int(args[0]);
    if (args[2]) {
      const old = Buffer.alloc(32);
      old.writeBigUInt64LE(task.handlers.get(signal) ?? 0n, 0);
      task.memory.write(args[2], old);
    }
    if (args[1]) task.handlers.set(signal, task.memory.bytes(args[1], 32).readBigUInt64LE(0));
    return 0;
  },
  [SYS.rt_sigprocmask]: () => 0,
  [SYS.clock_nanosleep]: nanosleep,
  [SYS.clock_gettime]: (kernel, task, args) => {
    const bytes = Buffer.alloc(16);
    bytes.writeBigInt64LE(BigInt(Math.floor(kernel.now / 1e9)), 0);
    task.memory.write(word(args[1]), bytes);
    return 0;
  },
  [SYS.times]: (_kernel, task, args) => {
    task.memory.write(word(args[0]), Buffer.alloc(32));
    return 0;
  },
  [SYS.uname]: uname,
  [SYS.mmap]: (_kernel, task, args) => Number(task.memory.map(Number(args[1]))),
  [SYS.munmap]: (_kernel, task, args) => {
    task.memory.unmap(word(args[0]));
    return 0;
  },
  [SYS.sethostname]: () => 0,
  [SYS.sync]: () => 0,
  [SYS.reboot]: (kernel) => {
    kernel.poweredOff = true;
    return 0;
  },
};

/** Whoever writes to a pipe that nobody reads. */
function writerTask(kernel: FakeKernel, writer: Description): Task | undefined {
  return [...kernel.tasks.values()].find(
    (task) => task.status === undefined && [...task.files.values()].some((file) => file.description === writer),
  );
}

// A kernel small enough to read, for testing host programs without the guest: runs them through the real gate, answers their system
// calls on memory and files of its own, schedules them in turns, delivers signals. Time jumps to the next sleeper when all wait.
import { ERRNO } from "../../../src/abi/errno.js";
import { GATE_MAGIC, GATE_SIGNAL_ENTRY } from "../../../src/abi/gate.js";
import { SYS } from "../../../src/abi/syscalls.js";
import type { GateContext, UserGate } from "../../../src/abi/user-gate.js";
import { CALLS } from "./calls.js";
import { BLOCK, type Blocking, type Description, openNode, Tree } from "./files.js";
import { Memory } from "./memory.js";
import { Terminal } from "./terminal.js";

export interface Task {
  pid: number;
  parent: number;
  group: number;
  session: number;
  frame: number;
  memory: Memory;
  registers: bigint[];
  files: Map<number, { description: Description; closeOnExec: boolean }>;
  cwd: string;
  umask: number;
  name: string;
  /** By signal: the handler's address, 0 default, 1 ignore. */
  handlers: Map<number, bigint>;
  pending: number[];
  /** The system call that waits: tried again at each turn. */
  waiting: (() => Blocking<number>) | undefined;
  /** Wait status of a zombie or a stopped task. */
  status: number | undefined;
  stopped: boolean;
  stopTold: boolean;
  wakeAt: number;
}

const RAX = 0;
const RCX = 1;
const RSP = 4;
const RDI = 7;
const ARGUMENTS = [7, 6, 2, 10, 8, 9];
const SIGILL = 4;
const SIGKILL = 9;
const SIGCONT = 18;
const DEFAULT_IGNORED = new Set([17, 18, 23, 28]);
const STOPPING = new Set([19, 20, 21, 22]);

export class FakeKernel {
  readonly tree = new Tree();
  readonly tasks = new Map<number, Task>();
  readonly terminal: Terminal;
  /** Nanoseconds. */
  now = 0;
  /** Sleepers that would wake later go on sleeping when all wait; nanoseconds. */
  timeLimit = Number.POSITIVE_INFINITY;
  /** Host lines of killed programs. */
  readonly reports: string[] = [];
  /** Every system call's number by task, for tests that look at it. */
  readonly log: { pid: number; number: number }[] = [];
  poweredOff = false;
  #nextPid = 1;
  #nextFrame = 100;
  #freeFrames: number[] = [];

  constructor(readonly gate: UserGate) {
    this.terminal = new Terminal((signal) => this.signalGroup(this.terminal.foreground, signal));
    for (const name of ["null", "full", "zero"] as const) this.tree.put(`/dev/${name}`, "", 0o020666).device = name;
    for (const name of ["console", "tty"]) this.tree.put(`/dev/${name}`, "", 0o020620).device = "tty";
    for (const path of ["/tmp", "/root", "/proc", "/sys"]) this.tree.put(path, undefined);
  }

  installApplets(names: readonly string[]): void {
    this.tree.put("/bin/busybox", GATE_MAGIC, 0o100755);
    for (const name of names) {
      const node = this.tree.make(0o120777);
      node.target = "busybox";
      this.tree.put("/bin", undefined).children?.set(name, node);
    }
  }

  #newTask(parent: Task | undefined): Task {
    const pid = this.#nextPid++;
    return {
      pid,
      parent: parent?.pid ?? 0,
      group: parent?.group ?? pid,
      session: parent?.session ?? pid,
      frame: this.#freeFrames.pop() ?? this.#nextFrame++,
      memory: new Memory(),
      registers: new Array<bigint>(16).fill(0n),
      files: new Map(),
      cwd: parent?.cwd ?? "/",
      umask: parent?.umask ?? 0o022,
      name: "",
      handlers: new Map(parent?.handlers ?? []),
      pending: [],
      waiting: undefined,
      status: undefined,
      stopped: false,
      stopTold: true,
      wakeAt: 0,
    };
  }

  /** Starts a program as a child of nobody. */
  start(argv: readonly string[], options: { env?: readonly string[]; cwd?: string; files?: Map<number, Description> } = {}): Task {
    const task = this.#newTask(undefined);
    for (const [fd, description] of options.files ?? []) {
      description.readers++;
      task.files.set(fd, { description, closeOnExec: false });
    }
    task.cwd = options.cwd ?? "/";
    this.#load(task, argv, options.env ?? []);
    this.tasks.set(task.pid, task);
    return task;
  }

  #load(task: Task, argv: readonly string[], env: readonly string[]): void {
    task.memory = new Memory();
    task.registers = new Array<bigint>(16).fill(0n);
    task.registers[RSP] = task.memory.layStack(argv, env);
    task.name = (argv[0] ?? "").split("/").at(-1) ?? "";
  }

  exec(task: Task, path: string, argv: readonly string[], env: readonly string[], depth = 0): number {
    const found = this.tree.walk(path, task.cwd);
    if (typeof found === "number") return found;
    if (!found.node) return -ERRNO.ENOENT;
    if (found.node.children || !(found.node.mode & 0o111)) return -ERRNO.EACCES;
    const head = found.node.data.toString("latin1");
    if (head.startsWith("#!") && depth < 4) {
      const [interpreter = "", ...rest] = (head.slice(2).split("\n")[0] ?? "").trim().split(/ +/);
      return this.exec(task, interpreter, [interpreter, ...rest, path, ...argv.slice(1)], env, depth + 1);
    }
    if (!head.startsWith(GATE_MAGIC)) return -ERRNO.ENOEXEC;
    for (const [fd, file] of task.files) if (file.closeOnExec) this.closeFile(task, fd);
    for (const [signal, handler] of task.handlers) if (handler > 1n) task.handlers.delete(signal);
    // The old data page is free before the new one is taken, as far as the gate can see.
    this.#freeFrames.unshift(task.frame);
    task.frame = this.#nextFrame++;
    this.#load(task, argv, env);
    return 0;
  }

  fork(task: Task): number {
    const child = this.#newTask(task);
    child.memory = task.memory.clone();
    child.registers = [...task.registers];
    child.registers[RAX] = 0n;
    child.name = task.name;
    for (const [fd, file] of task.files) {
      file.description.readers++;
      child.files.set(fd, { ...file });
    }
    this.tasks.set(child.pid, child);
    return child.pid;
  }

  closeFile(task: Task, fd: number): number {
    const file = task.files.get(fd);
    if (!file) return -ERRNO.EBADF;
    task.files.delete(fd);
    if (--file.description.readers === 0) file.description.close();
    return 0;
  }

  exit(task: Task, status: number): void {
    for (const fd of [...task.files.keys()]) this.closeFile(task, fd);
    task.status = status;
    task.waiting = undefined;
    this.#freeFrames.push(task.frame);
    for (const other of this.tasks.values()) if (other.parent === task.pid) other.parent = 1;
    const parent = this.tasks.get(task.parent);
    if (!parent || parent === task) this.tasks.delete(task.pid);
    else this.signal(parent, 17);
  }

  signalGroup(group: number, signal: number): number {
    let count = 0;
    for (const task of this.tasks.values()) {
      if (task.group !== group || isDead(task)) continue;
      this.signal(task, signal);
      count++;
    }
    return count;
  }

  signal(task: Task, signal: number): void {
    if (signal === 0 || isDead(task)) return;
    if (signal === SIGCONT && task.stopped) task.stopped = false;
    const handler = task.handlers.get(signal) ?? 0n;
    if (handler === 1n && signal !== SIGKILL) return;
    if (handler === 0n && DEFAULT_IGNORED.has(signal)) return;
    task.pending.push(signal);
  }

  /** Delivers what is pending; false where the task can no longer run. */
  #deliver(task: Task): boolean {
    for (let signal = task.pending.shift(); signal !== undefined; signal = task.pending.shift()) {
      const handler = signal === SIGKILL || signal === 19 ? 0n : (task.handlers.get(signal) ?? 0n);
      if (handler === 1n) continue;
      if (handler === 0n) {
        if (STOPPING.has(signal)) {
          task.stopped = true;
          task.stopTold = false;
          task.status = (signal << 8) | 0x7f;
          const parent = this.tasks.get(task.parent);
          if (parent) this.signal(parent, 17);
          return false;
        }
        this.exit(task, signal);
        return false;
      }
      if (task.waiting) {
        task.waiting = undefined;
        task.registers[RAX] = BigInt.asUintN(64, BigInt(-ERRNO.EINTR));
      }
      const saved = [...task.registers];
      task.registers[RDI] = BigInt(signal);
      this.gate.call(this.#context(task, GATE_SIGNAL_ENTRY));
      task.registers = saved;
    }
    return true;
  }

  #context(task: Task, offset: number): GateContext {
    return {
      cpu: 0,
      frame: task.frame,
      offset,
      gpr: (n) => task.registers[n] ?? 0n,
      setGpr: (n, value) => {
        task.registers[n] = BigInt.asUintN(64, value);
      },
      readMemory: (address, length) => task.memory.read(address, length),
      writeMemory: (address, bytes) => task.memory.write(address, bytes),
      checkWritable: () => undefined,
    };
  }

  /** One vmcall and what it asks for. */
  #step(task: Task): void {
    const result = this.gate.call(this.#context(task, 0));
    if (result.kind === "fault") return;
    if (result.kind === "kill") {
      this.reports.push(result.message);
      this.exit(task, SIGILL);
      return;
    }
    const work = task.registers[RCX] ?? 0n;
    if (work > 0n) {
      this.now += Number(work) * 20;
      return;
    }
    const number = Number(task.registers[RAX]);
    this.log.push({ pid: task.pid, number });
    const args = ARGUMENTS.map((register) => task.registers[register] ?? 0n);
    const call = CALLS[number];
    const attempt = (): Blocking<number> => (call ? call(this, task, args) : -ERRNO.ENOSYS);
    this.#finish(task, number, attempt(), attempt);
  }

  #finish(task: Task, number: number, value: Blocking<number>, attempt: () => Blocking<number>): void {
    if (value === BLOCK) {
      task.waiting = attempt;
      return;
    }
    task.waiting = undefined;
    // After a successful exec the registers are the new program's.
    if (number === SYS.execve && value === 0) return;
    task.registers[RAX] = BigInt.asUintN(64, BigInt(value));
  }

  /** Runs until nothing can go on: all have ended, or all wait for input. */
  run(maxSteps = 2_000_000): void {
    for (let steps = 0; steps < maxSteps; ) {
      let progressed = false;
      for (const task of [...this.tasks.values()]) {
        if (isDead(task)) continue;
        if (task.pending.length > 0 && !task.stopped) {
          progressed = true;
          if (!this.#deliver(task)) continue;
        }
        if (task.stopped) {
          if (task.pending.includes(SIGKILL)) this.#deliver(task);
          continue;
        }
        if (task.waiting) {
          const { waiting } = task;
          const value = waiting();
          if (value === BLOCK) continue;
          this.#finish(task, -1, value, waiting);
        }
        this.#step(task);
        steps++;
        progressed = true;
        if (this.poweredOff) return;
      }
      if (progressed) continue;
      const sleepers = [...this.tasks.values()].filter((task) => !isDead(task) && !task.stopped && task.waiting && task.wakeAt > this.now);
      if (sleepers.length === 0) return;
      const next = Math.min(...sleepers.map((task) => task.wakeAt));
      if (next > this.timeLimit) return;
      this.now = next;
    }
    throw new Error("fake kernel: too many steps");
  }

  /** Opens a node of the tree as open(2) would. */
  describe(path: string): Description | undefined {
    const found = this.tree.walk(path, "/");
    return typeof found === "number" || !found.node ? undefined : openNode(found.node, found.path, false);
  }

  text(path: string): string | undefined {
    const found = this.tree.walk(path, "/");
    return typeof found === "number" || !found.node ? undefined : found.node.data.toString("latin1");
  }
}

const isDead = (task: Task): boolean => task.status !== undefined && !task.stopped && (task.status & 0xff) !== 0x7f;

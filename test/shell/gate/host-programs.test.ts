// The gate runtime against user memory that faults, is copied by fork and is given to other processes.
import test from "ava";
import { ERRNO } from "../../../src/abi/errno.js";
import { GATE_DATA, GATE_SIGNAL_ENTRY } from "../../../src/abi/gate.js";
import { SYS } from "../../../src/abi/syscalls.js";
import type { GateContext } from "../../../src/abi/user-gate.js";
import { HostPrograms, programName } from "../../../src/shell/gate/host-programs.js";
import { fork, open, read, work, write } from "../../../src/shell/sys/calls.js";
import type { Program, Reply, Request } from "../../../src/shell/sys/request.js";
import { Memory } from "../fake-kernel/memory.js";

const RAX = 0;
const RCX = 1;
const RDX = 2;
const RSP = 4;
const RSI = 6;
const RDI = 7;

/** One process's registers and memory, as the machine would give them to the gate. */
class Guest {
  registers = new Array<bigint>(16).fill(0n);

  constructor(
    readonly gate: HostPrograms,
    readonly frame: number,
    readonly memory = new Memory(),
  ) {}

  start(argv: readonly string[], env: readonly string[] = []): this {
    this.registers[RSP] = this.memory.layStack(argv, env);
    return this;
  }

  vmcall(offset = 0): ReturnType<HostPrograms["call"]> {
    const context: GateContext = {
      cpu: 0,
      frame: this.frame,
      offset,
      gpr: (n) => this.registers[n] ?? 0n,
      setGpr: (n, value) => {
        this.registers[n] = value;
      },
      readMemory: (address, length) => this.memory.read(address, length),
      writeMemory: (address, bytes) => this.memory.write(address, bytes),
      checkWritable: () => undefined,
    };
    return this.gate.call(context);
  }

  /** Gives the last call's result and asks for the next one. */
  answer(result: number): ReturnType<HostPrograms["call"]> {
    this.registers[RAX] = BigInt.asUintN(64, BigInt(result));
    return this.vmcall();
  }

  get call(): number {
    return Number(this.registers[RAX]);
  }
}

const gateFor = (program: Program): HostPrograms => new HostPrograms({ find: () => program });

test("a program gets argv and envp from the initial stack and ends with exit_group", (t) => {
  let seen: unknown;
  const guest = new Guest(
    gateFor(function* (process) {
      seen = { argv: process.argv, env: process.env };
      yield* work(5);
      return 3;
    }),
    7,
  ).start(["/bin/cat", "-n", ""], ["A=1"]);
  t.deepEqual(guest.vmcall(), { kind: "done" });
  t.deepEqual(seen, { argv: ["/bin/cat", "-n", ""], env: ["A=1"] });
  t.is(guest.registers[RCX], 5n);
  guest.vmcall();
  t.is(guest.registers[RCX], 0n);
  t.is(guest.call, SYS.exit_group);
  t.is(guest.registers[RDI], 3n);
});

test("the program's name is argv[0]'s last component without a login shell's dash", (t) => {
  t.deepEqual(["/bin/ls", "sh", "-sh", "/a/-x", ""].map(programName), ["ls", "sh", "sh", "x", ""]);
});

test("text and buffers go through guest memory, results come back from it", (t) => {
  const results: unknown[] = [];
  const guest = new Guest(
    gateFor(function* () {
      results.push(yield* open("/etc/passwd", 0));
      results.push(yield* read(3, 100));
      results.push(yield* read(3, 100));
      results.push(yield* write(1, "\xff\0a"));
      return 0;
    }),
    7,
  ).start(["x"]);
  guest.vmcall();
  t.is(guest.call, SYS.openat);
  t.is(guest.memory.text(guest.registers[RSI] ?? 0n), "/etc/passwd");
  guest.answer(3);
  t.is(guest.call, SYS.read);
  guest.memory.write(guest.registers[RSI] ?? 0n, Buffer.from("root"));
  guest.answer(4);
  guest.answer(-ERRNO.EIO);
  t.is(guest.call, SYS.write);
  t.deepEqual(guest.memory.bytes(guest.registers[RSI] ?? 0n, Number(guest.registers[RDX])), Buffer.from([255, 0, 97]));
  guest.answer(3);
  t.deepEqual(results, [3, "root", -ERRNO.EIO, 3]);
});

test("a large buffer grows a transfer area by mmap and gives the smaller one back", (t) => {
  const done: number[] = [];
  const guest = new Guest(
    gateFor(function* () {
      done.push(yield* write(1, "x".repeat(10_000)));
      done.push(yield* write(1, "y".repeat(200_000)));
      done.push(yield* write(1, "z".repeat(1_000_000)));
      return 0;
    }),
    7,
  ).start(["x"]);
  guest.vmcall();
  const calls: string[] = [];
  for (let n = 0; n < 20 && guest.call !== SYS.exit_group; n++) {
    if (guest.call === SYS.mmap) {
      calls.push(`mmap ${guest.registers[RSI]}`);
      guest.answer(Number(guest.memory.map(Number(guest.registers[RSI]))));
    } else if (guest.call === SYS.munmap) {
      calls.push(`munmap ${guest.registers[RSI]}`);
      guest.memory.unmap(guest.registers[RDI] ?? 0n);
      guest.answer(0);
    } else {
      const bytes = guest.memory.bytes(guest.registers[RSI] ?? 0n, Number(guest.registers[RDX]));
      calls.push(`write ${bytes.length} ${String.fromCharCode(bytes[0] ?? 0)}${String.fromCharCode(bytes.at(-1) ?? 0)}`);
      guest.answer(bytes.length);
    }
  }
  t.deepEqual(calls, [
    "mmap 65536",
    "write 10000 xx",
    "mmap 262144",
    "munmap 65536",
    "write 200000 yy",
    "mmap 1048576",
    "munmap 262144",
    "write 1000000 zz",
  ]);
  t.deepEqual(done, [10_000, 200_000, 1_000_000]);
});

test("where mmap fails the call ends with ENOMEM", (t) => {
  let result = 0;
  const guest = new Guest(
    gateFor(function* () {
      result = yield* write(1, "x".repeat(10_000));
      return 0;
    }),
    7,
  ).start(["x"]);
  guest.vmcall();
  t.is(guest.call, SYS.mmap);
  guest.answer(-ERRNO.EAGAIN);
  t.is(guest.call, SYS.exit_group);
  t.is(result, -ERRNO.ENOMEM);
});

test("a page that is not there makes the vmcall fault, and the program is resumed once", (t) => {
  let resumed = 0;
  const guest = new Guest(
    gateFor(function* () {
      resumed++;
      yield* open("/a", 0);
      resumed++;
      yield* read(3, 10);
      resumed++;
      return 0;
    }),
    7,
  ).start(["x"]);
  guest.memory.faults.add(GATE_DATA);
  t.deepEqual(guest.vmcall(), { kind: "fault", address: GATE_DATA, write: false });
  // Writing the path faults after the program has already asked.
  guest.memory.faults.add(GATE_DATA + 64n);
  t.deepEqual(guest.vmcall(), { kind: "fault", address: GATE_DATA + 64n, write: true });
  t.deepEqual(guest.vmcall(), { kind: "done" });
  t.is(guest.call, SYS.openat);
  t.is(resumed, 1);
  guest.answer(3);
  // Reading the result faults: the same vmcall comes again with the same rax.
  guest.memory.faults.add(GATE_DATA + 64n);
  guest.registers[RAX] = 2n;
  t.deepEqual(guest.vmcall(), { kind: "fault", address: GATE_DATA + 64n, write: false });
  t.deepEqual(guest.vmcall(), { kind: "done" });
  t.is(resumed, 3);
});

test("a forked child is known by its parent's handle on another frame and runs what the fork named", (t) => {
  const log: string[] = [];
  const gate = gateFor(function* () {
    const pid = yield* fork(function* (process) {
      log.push(`child of ${process.argv[0]}`);
      yield* write(1, "child");
      return 4;
    });
    log.push(`parent ${pid}`);
    yield* write(1, "parent");
    return 0;
  });
  const parent = new Guest(gate, 7).start(["x"]);
  parent.vmcall();
  t.is(parent.call, SYS.fork);
  const child = new Guest(gate, 8, parent.memory.clone());
  child.registers = [...parent.registers];
  parent.answer(55);
  child.answer(0);
  t.is(parent.memory.text(parent.registers[RSI] ?? 0n), "parent");
  t.is(child.memory.text(child.registers[RSI] ?? 0n), "child");
  child.answer(5);
  t.is(child.registers[RDI], 4n);
  t.deepEqual(log, ["parent 55", "child of x"]);
});

test("a frame that serves another process forgets the one that was killed", (t) => {
  const started: string[] = [];
  const gate = new HostPrograms({
    find: (name) =>
      function* () {
        started.push(name);
        yield* work(1);
        return 0;
      },
  });
  new Guest(gate, 7).start(["first"]).vmcall();
  t.is(gate.alive, 1);
  new Guest(gate, 7).start(["second"]).vmcall();
  t.is(gate.alive, 1);
  t.deepEqual(started, ["first", "second"]);
});

test("a caught signal is kept for the program to see", (t) => {
  const seen: number[][] = [];
  const guest = new Guest(
    gateFor(function* (process) {
      yield* work(1);
      seen.push([...process.signals]);
      return 0;
    }),
    7,
  ).start(["x"]);
  guest.vmcall();
  guest.registers[RDI] = 10n;
  t.deepEqual(guest.vmcall(GATE_SIGNAL_ENTRY), { kind: "done" });
  guest.vmcall();
  t.deepEqual(seen, [[10]]);
});

test("a program that throws is killed with one line", (t) => {
  const guest = new Guest(
    gateFor(function* () {
      yield* work(1);
      throw new Error("wrong");
    }),
    7,
  ).start(["/bin/bad"]);
  guest.vmcall();
  const result = guest.vmcall();
  t.is(result.kind, "kill");
  t.regex(result.kind === "kill" ? result.message : "", /^host program bad: Error: wrong \(at .*\)$/);
});

test("nested generators give their values and errors to whoever asked for them", (t) => {
  const log: string[] = [];
  const guest = new Guest(
    gateFor(function* () {
      const inner = function* (): Generator<Request, number, Reply> {
        yield* work(2);
        throw new RangeError("inner");
      };
      const outer = function* (): Generator<Request, number, Reply> {
        try {
          yield { kind: "nest", body: inner() };
        } catch (error) {
          log.push(String(error));
        }
        return 41;
      };
      return (yield { kind: "nest", body: outer() }).value + 1;
    }),
    7,
  ).start(["x"]);
  guest.vmcall();
  t.is(guest.registers[RCX], 2n);
  guest.vmcall();
  t.deepEqual(log, ["RangeError: inner"]);
  t.is(guest.call, SYS.exit_group);
  t.is(guest.registers[RDI], 42n);
});

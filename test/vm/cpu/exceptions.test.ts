// Delivery of exceptions and interrupts (SDM volume 3, chapter 6), returns from them, system calls, rights of ring 3.

import test from "ava";
import { Stop } from "../../../src/vm/cpu/cpu-api.js";
import { CODE, DATA, type Fixture, hex, STACK_TOP } from "./fixture.js";
import { HANDLERS, IST1, load, makeKernel, mapSmallPages, program, RSP0, runToHandler, SMALL, setGate, taken } from "./kernel-fixture.js";

const code = CODE.toString(16);
const stack = STACK_TOP.toString(16);
const USER_STACK = 0x280000;

/** Starts a program in ring 3 at CODE + 0x100. */
function loadUser(f: Fixture, name: string, registers: Record<number, bigint> = {}): void {
  f.poke(CODE + 0x100, program(name));
  load(f, "user_enter", { ...registers, 7: BigInt(CODE + 0x100), 6: BigInt(USER_STACK) });
}

test("an exception in ring 0 pushes ss, rsp, flags, cs, rip and its error code on an aligned stack", (t) => {
  const f = makeKernel();
  load(f, "ud2", { 4: BigInt(STACK_TOP - 3) });
  t.deepEqual(runToHandler(f), { vector: 6, frame: [code, "10", "10002", (STACK_TOP - 3).toString(16), "18"] });
  t.is(f.cores.registers[0]!.gpr(4), BigInt(STACK_TOP - 16 - 40));
  load(f, "div", { 3: 0n });
  t.is(runToHandler(f).vector, 0);
  load(f, "int3");
  t.deepEqual(runToHandler(f), { vector: 3, frame: [(CODE + 1).toString(16), "10", "2", stack, "18"] });
  load(f, "int80");
  t.deepEqual(runToHandler(f), { vector: 0x80, frame: [(CODE + 2).toString(16), "10", "2", stack, "18"] });
});

test("ring 3 comes in on RSP0 and goes back with iretq", (t) => {
  const f = makeKernel();
  setGate(f, 0x80, { dpl: 3 });
  f.poke(HANDLERS + 16 * 0x80, hex("48ffc0 48cf")); // inc rax; iretq
  f.poke(CODE + 0x110, hex("f4"));
  loadUser(f, "int80", { 0: 5n });
  f.poke(CODE + 0x102, hex("48ffc0 0f0b")); // inc rax; ud2
  const { vector, frame } = runToHandler(f);
  t.is(vector, 6);
  t.deepEqual(frame, [(CODE + 0x105).toString(16), "33", "10202", USER_STACK.toString(16), "2b"]);
  t.is(f.cores.registers[0]!.gpr(0), 7n);
  t.is(f.cores.registers[0]!.gpr(4), BigInt(RSP0 - 40));
  t.is(f.cores.registers[0]!.cpl, 0);
});

test("int n to a gate of ring 0 from ring 3 is #GP with the gate in the error code", (t) => {
  const f = makeKernel();
  loadUser(f, "int80");
  const { vector, frame } = runToHandler(f);
  t.deepEqual([vector, frame[0], frame[1]], [13, (0x80 * 8 + 2).toString(16), (CODE + 0x100).toString(16)]);
});

test("a gate with an IST takes that stack", (t) => {
  const f = makeKernel();
  setGate(f, 6, { ist: 1 });
  load(f, "ud2");
  t.deepEqual(runToHandler(f).frame, [code, "10", "10002", stack, "18"]);
  t.is(f.cores.registers[0]!.gpr(4), BigInt(IST1 - 40));
});

test("an interrupt gate clears IF, a trap gate leaves it", (t) => {
  const f = makeKernel();
  for (const [type, flags] of [
    [0xe, 2n],
    [0xf, 0x202n],
  ] as const) {
    setGate(f, 3, { type });
    load(f, "int3");
    f.cores.registers[0]!.rflags = 0x202n;
    t.is(runToHandler(f).frame[2], "202");
    t.is(f.cores.registers[0]!.rflags, flags);
  }
});

test("a fault while a page fault is delivered is a double fault on its own stack, one more is shutdown", (t) => {
  const f = makeKernel();
  mapSmallPages(f, {});
  setGate(f, 8, { ist: 1 });
  load(f, "load", { 3: BigInt(SMALL), 4: BigInt(SMALL + 0x800) });
  const { vector, frame } = runToHandler(f);
  t.deepEqual([vector, frame], [8, ["0", code, "10", "2", (SMALL + 0x800).toString(16), "18"]]);
  setGate(f, 8);
  load(f, "load", { 3: BigInt(SMALL), 4: BigInt(SMALL + 0x800) });
  t.is(f.cores.run(0, 100), Stop.Shutdown);
});

test("a gate that is not present is #NP, a gate of a wrong type #GP", (t) => {
  const f = makeKernel();
  setGate(f, 0x80, { present: false });
  load(f, "int80");
  let { vector, frame } = runToHandler(f);
  t.deepEqual([vector, frame[0], frame[1]], [11, "402", code]);
  setGate(f, 0x80, { type: 5 });
  load(f, "int80");
  ({ vector, frame } = runToHandler(f));
  t.deepEqual([vector, frame[0]], [13, "402"]);
});

test("an external interrupt waits for IF and for the instruction behind sti", (t) => {
  const f = makeKernel({
    bus: {
      acknowledgeInterrupt: () => {
        f.cores.setInterruptLine(0, false);
        return 0x41;
      },
    },
  });
  load(f, "sti_nop");
  f.cores.setInterruptLine(0, true);
  t.deepEqual(runToHandler(f), { vector: 0x41, frame: [(CODE + 2).toString(16), "10", "202", stack, "18"] });
  load(f, "cli_popf");
  f.cores.registers[0]!.rflags = 2n;
  f.cores.setInterruptLine(0, true);
  t.is(runToHandler(f).frame[0], (CODE + 6).toString(16));
  // The shadow outlives a budget that ends in it.
  load(f, "sti_nop");
  f.cores.registers[0]!.rflags = 2n;
  t.is(f.cores.run(0, 1), Stop.Budget);
  f.cores.setInterruptLine(0, true);
  t.is(f.cores.run(0, 1), Stop.Budget);
  t.is(f.cores.registers[0]!.rip, BigInt(CODE + 2));
  t.is(runToHandler(f).frame[0], (CODE + 2).toString(16));
});

test("an NMI is taken whatever IF says, and wakes a halted CPU", (t) => {
  const f = makeKernel();
  load(f, "hlt");
  f.cores.registers[0]!.rflags = 2n;
  t.is(f.cores.run(0, 10), Stop.Halted);
  f.cores.raiseNmi(0);
  t.deepEqual(runToHandler(f), { vector: 2, frame: [(CODE + 1).toString(16), "10", "2", stack, "18"] });
});

test("an NMI within another one's handler waits for the iretq", (t) => {
  const f = makeKernel();
  const r = f.cores.registers[0]!;
  const handler = HANDLERS + 16 * 2;
  f.poke(handler, hex("9090 48cf")); // nop; nop; iretq
  load(f, "sti_nop");
  f.poke(CODE, hex("9090909090909090"));
  f.cores.raiseNmi(0);
  t.is(f.cores.run(0, 1), Stop.Budget);
  f.cores.raiseNmi(0);
  t.is(f.cores.run(0, 1), Stop.Budget);
  t.is(r.rip, BigInt(handler + 2));
  // Before the interrupted code goes on the second one comes.
  t.is(f.cores.run(0, 2), Stop.Budget);
  t.is(r.rip, BigInt(handler + 1));
});

test("an interrupt wakes a halted CPU, and rep is interrupted between two iterations", (t) => {
  const f = makeKernel({
    bus: {
      acknowledgeInterrupt: () => {
        f.cores.setInterruptLine(0, false);
        return 0x41;
      },
    },
  });
  const r = f.cores.registers[0]!;
  load(f, "hlt");
  r.rflags = 0x202n;
  t.is(f.cores.run(0, 10), Stop.Halted);
  t.is(f.cores.run(0, 10), Stop.Halted);
  f.cores.setInterruptLine(0, true);
  t.is(runToHandler(f).frame[0], (CODE + 1).toString(16));
  load(f, "rep_movsb", { 1: 8n, 6: BigInt(DATA), 7: BigInt(DATA + 0x100) });
  r.rflags = 0x202n;
  t.is(f.cores.run(0, 3), Stop.Budget);
  f.cores.setInterruptLine(0, true);
  t.is(runToHandler(f).frame[0], code);
  t.deepEqual([r.gpr(1), r.gpr(6)], [5n, BigInt(DATA + 3)]);
});

test("a device that raises the line in the middle of a block interrupts behind its instruction", (t) => {
  const f = makeKernel({
    bus: {
      mmioRead: () => {
        f.cores.setInterruptLine(0, true);
        return 0n;
      },
      acknowledgeInterrupt: () => {
        f.cores.setInterruptLine(0, false);
        return 0x41;
      },
    },
  });
  load(f, "mmio", { 3: 0x3fe00000n });
  f.cores.registers[0]!.rflags = 0x202n;
  const start = f.cores.retiredTotal();
  t.is(runToHandler(f).frame[0], (CODE + 3).toString(16));
  t.is(f.cores.retiredTotal() - start, 3n); // nop, mov, and the handler's hlt
});

test("TF traps behind each instruction", (t) => {
  const f = makeKernel();
  load(f, "single_step");
  // push, popf; the trap comes behind the nop.
  const { vector, frame } = runToHandler(f);
  t.deepEqual([vector, frame[0], frame[2]], [1, (CODE + 7).toString(16), "102"]);
});

test("an execution breakpoint of dr0 is #DB before the instruction, once with RF set", (t) => {
  const f = makeKernel();
  f.poke(CODE + 0x100, hex("90 f4"));
  load(f, "debug_register");
  t.is(f.cores.run(0, 100), Stop.Halted);
  const r = f.cores.registers[0]!;
  t.is(r.gpr(3), 0x100100n);
  r.rip = 0x100100n;
  const { vector, frame } = runToHandler(f);
  t.deepEqual([vector, frame[0], frame[2]], [1, "100100", "10002"]);
});

test("ring 3 may not use privileged instructions", (t) => {
  const f = makeKernel();
  for (const name of ["cli", "in", "cr", "lgdt", "invlpg", "wbinvd", "swapgs", "rdmsr", "clts", "ltr"]) {
    loadUser(f, `user_ops_${name}`, { 3: BigInt(DATA) });
    const { vector, frame } = runToHandler(f);
    t.deepEqual([name, vector, frame[0], frame[1]], [name, 13, "0", (CODE + 0x100).toString(16)]);
  }
  loadUser(f, "hlt");
  t.is(runToHandler(f).vector, 13);
  t.deepEqual(f.log, []);
});

test("syscall and sysret change ring, stack selector, flags and keep the way back", (t) => {
  const f = makeKernel();
  const r = f.cores.registers[0]!;
  const msr = (n: number, value: bigint): void => {
    load(f, "wrmsr", { 1: BigInt(n), 0: value & 0xffffffffn, 2: value >> 32n });
    t.is(f.cores.run(0, 1), Stop.Budget);
  };
  msr(0xc0000080, 0xd01n);
  msr(0xc0000081, (0x20n << 48n) | (0x10n << 32n));
  msr(0xc0000082, BigInt(CODE + 0x400));
  msr(0xc0000084, 0x600n);
  f.poke(CODE + 0x400, hex("48ffc0 480f07")); // inc rax; sysretq
  f.poke(CODE + 0x102, hex("0f0b"));
  loadUser(f, "syscall", { 0: 5n });
  f.poke(CODE + 0x102, hex("0f0b"));
  f.cores.run(0, 7);
  t.deepEqual([r.cpl, r.rip, r.gpr(1), r.gpr(11), r.rflags], [0, BigInt(CODE + 0x400), BigInt(CODE + 0x102), 0x202n, 2n]);
  const { vector, frame } = runToHandler(f);
  t.deepEqual([vector, frame], [6, [(CODE + 0x102).toString(16), "33", "10202", USER_STACK.toString(16), "2b"]]);
  t.is(r.gpr(0), 6n);
});

test("writes to control registers and MSRs that are not allowed are #GP", (t) => {
  const f = makeKernel();
  const gp = (name: string, registers: Record<number, bigint>): void => {
    load(f, name, registers);
    t.deepEqual([name, runToHandler(f).vector, taken(f).frame[0]], [name, 13, "0"]);
  };
  gp("control", { 0: 0x33n }); // PG off in long mode
  gp("control", { 0: 0x1_80010033n });
  gp("control4", { 0: 0n }); // PAE off
  gp("control4", { 0: 0x80000020n });
  gp("control3", { 0: 1n << 60n });
  gp("wrmsr", { 1: 0xc0000100n, 0: 0n, 2: 0x8000n }); // not canonical
  gp("wrmsr", { 1: 0xc0000080n, 0: 0n, 2: 0n }); // LME off
  gp("wrmsr", { 1: 0x12345n });
  gp("rdmsr", { 1: 0x12345n });
});

test("swapgs exchanges the two bases, segment loads check their selector, lretq reloads cs", (t) => {
  const f = makeKernel();
  const r = f.cores.registers[0]!;
  f.poke64(DATA + 8, 0x77n);
  r.gsBase = 0x1234n;
  r.kernelGsBase = BigInt(DATA);
  load(f, "swapgs");
  t.is(f.cores.run(0, 100), Stop.Halted);
  t.deepEqual([r.gpr(0), r.gsBase, r.kernelGsBase], [0x77n, BigInt(DATA), 0x1234n]);
  load(f, "far_jump");
  t.is(f.cores.run(0, 100), Stop.Halted);
  t.deepEqual([r.gpr(3), r.gpr(1) & 0xffffn], [5n, 0x18n]);
});

test("cmpxchg16b needs 16-byte alignment", (t) => {
  const f = makeKernel();
  f.poke64(DATA, 1n);
  f.poke64(DATA + 8, 2n);
  load(f, "cmpxchg16b", { 6: BigInt(DATA), 0: 1n, 2: 2n, 3: 3n, 1: 4n });
  t.is(f.cores.run(0, 100), Stop.Halted);
  t.deepEqual([f.peek64(DATA), f.peek64(DATA + 8), f.cores.registers[0]!.rflags & 0x40n], [3n, 4n, 0x40n]);
  load(f, "cmpxchg16b", { 6: BigInt(DATA + 8) });
  t.is(runToHandler(f).vector, 13);
});

test("vmcall outside the gate page is #UD; on it the gate answers, faults or kills", (t) => {
  const answers: ("done" | "kill" | "fault")[] = ["done", "fault", "kill"];
  const f = makeKernel({
    bus: {
      gate: () => {
        const kind = answers.shift()!;
        return kind === "fault" ? { kind, address: BigInt(SMALL), write: true } : { kind };
      },
    },
  });
  mapSmallPages(f, {});
  loadUser(f, "vmcall");
  t.is(runToHandler(f).vector, 6);
  f.cores.setGatePage(CODE);
  load(f, "vmcall");
  t.is(runToHandler(f).vector, 6); // ring 0
  loadUser(f, "vmcall");
  t.deepEqual([runToHandler(f).vector, taken(f).frame[1]], [13, (CODE + 0x103).toString(16)]); // done: on to the hlt
  loadUser(f, "vmcall");
  t.deepEqual(runToHandler(f).frame.slice(0, 2), ["6", (CODE + 0x100).toString(16)]);
  t.is(f.cores.registers[0]!.cr2, BigInt(SMALL));
  loadUser(f, "vmcall");
  t.is(runToHandler(f).vector, 6);
});

test("an instruction outside the table is reported once and is #UD; lock in the wrong place is #UD", (t) => {
  const f = makeKernel();
  load(f, "hlt");
  f.poke(CODE, hex("0f58c1")); // addps
  t.is(runToHandler(f).vector, 6);
  t.deepEqual(f.log, ["undefined 100000: 0f58c1"]);
  load(f, "hlt");
  f.poke(CODE, hex("f0 01c8")); // lock add eax, ecx
  t.is(runToHandler(f).vector, 6);
  load(f, "hlt");
  f.poke(CODE, hex("f0 8903")); // lock mov
  t.is(runToHandler(f).vector, 6);
  load(f, "hlt");
  f.poke(CODE, hex("66666666666666666666666666666690")); // 16 bytes
  t.is(runToHandler(f).vector, 13);
});

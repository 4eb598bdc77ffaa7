import test from "ava";
import { Volume } from "memfs";
import { createCores } from "../../src/vm/cpu/cores.js";
import { Machine, type MachineOptions } from "../../src/vm/machine.js";
import { DEAD, ECHO, HELLO, TIMER, TRIPLE_FAULT, TWO_CPUS, UNDEFINED } from "./guest-programs.js";

interface Bench {
  machine: Machine;
  console(): string;
  hostLines: string[];
}

function start(image: Uint8Array, options: Partial<MachineOptions> = {}): Bench {
  let text = "";
  const hostLines: string[] = [];
  const machine = new Machine({
    memoryMiB: 32,
    cpus: 1,
    seed: 0,
    image,
    commandLine: "console=ttyS0 loglevel=4",
    volume: new Volume(),
    createCores,
    onConsole: (bytes) => {
      text += Buffer.from(bytes).toString("latin1");
    },
    onHostLine: (line) => hostLines.push(line),
    onUndefinedInstruction: (cpu, rip, bytes) =>
      hostLines.push(`${cpu} ${rip.toString(16)} ${Buffer.from(bytes.subarray(0, 2)).toString("hex")}`),
    ...options,
  });
  return { machine, console: () => text, hostLines };
}

test("a program in long mode prints on the UART, finds its command line by the start info, and powers off", (t) => {
  const { machine, console } = start(HELLO);
  t.deepEqual(machine.run(), { kind: "exit", value: 0 });
  t.is(console(), "hello from x86\nconsole=ttyS0 loglevel=4");
});

test("hlt skips to the timer's tick, and the interrupt comes exactly there", (t) => {
  const { machine, console } = start(TIMER);
  t.deepEqual(machine.run(), { kind: "exit", value: 0 });
  t.is(console(), "1");
  // 1,000,000 ticks from the write to the initial count; a few instructions before and behind.
  t.true(machine.now > 1_000_000 && machine.now < 1_000_050, String(machine.now));
  t.true(machine.cores.retiredTotal() < 50n);
});

test("with stopWhenIdle the caller decides when time passes", (t) => {
  const { machine, console } = start(TIMER);
  const idle = machine.run({ stopWhenIdle: true });
  if (idle.kind !== "idle" || idle.nextEvent === undefined) throw new Error(idle.kind);
  machine.skipTo(idle.nextEvent - 1);
  t.deepEqual(machine.run({ stopWhenIdle: true }), idle);
  t.is(console(), "");
  machine.skipTo(idle.nextEvent + 1_000_000); // never beyond the timer
  t.is(machine.now, idle.nextEvent);
  t.is(machine.run({ stopWhenIdle: true }).kind, "exit");
});

test("the mailbox starts a second CPU, and an IPI wakes it from hlt", (t) => {
  const { machine, console } = start(TWO_CPUS, { cpus: 2 });
  t.deepEqual(machine.run({ until: 1e8 }), { kind: "exit", value: 0 });
  t.is(console(), "012");
});

test("the same seed gives the same run to the instruction, in one piece or in slices", (t) => {
  const runs = [1, 1, 7].map((instructions, i) => {
    const { machine, console } = start(TWO_CPUS, { cpus: 2, seed: 5 });
    let result = machine.run({ instructions: i === 0 ? 1e9 : instructions, until: 1e8 });
    while (result.kind === "slice" && machine.now < 1e8) result = machine.run({ instructions, until: 1e8 });
    return [result.kind, console(), machine.cores.retiredTotal(), machine.now];
  });
  t.deepEqual(runs[1], runs[0]);
  t.deepEqual(runs[2], runs[0]);
  t.is(runs[0][1], "012");
});

test("a machine that nothing can wake is reported as idle without a next event", (t) => {
  t.deepEqual(start(DEAD).machine.run(), { kind: "idle", nextEvent: undefined });
});

test("a triple fault is a result with the CPU and its address", (t) => {
  const result = start(TRIPLE_FAULT).machine.run();
  t.is(result.kind, "reset");
});

test("an instruction that does not exist is told once, with address and bytes", (t) => {
  const { machine, hostLines } = start(UNDEFINED);
  t.is(machine.run().kind, "reset");
  t.deepEqual(hostLines, ["0 1000007 0f04"]);
});

test("input reaches the UART and is logged with its stamp", (t) => {
  const { machine, console } = start(ECHO);
  t.is(machine.run({ instructions: 1000 }).kind, "slice");
  const { stamp } = machine;
  machine.input(Buffer.from("k"));
  t.is(machine.run({ instructions: 1000 }).kind, "exit");
  t.is(console(), "k");
  t.deepEqual(machine.inputLog, [{ stamp, bytes: Uint8Array.of(0x6b) }]);
});

test("input of a recorded run arrives at its moment, however the run is sliced", (t) => {
  const original = start(ECHO);
  original.machine.run({ instructions: 1234 });
  original.machine.input(Buffer.from("k"));
  original.machine.run();
  const replay = start(ECHO);
  replay.machine.replayInput(original.machine.inputLog);
  let result = replay.machine.run({ instructions: 7 });
  while (result.kind === "slice") result = replay.machine.run({ instructions: 7 });
  t.deepEqual(replay.machine.inputLog, original.machine.inputLog);
  t.deepEqual([replay.machine.stamp, replay.console()], [original.machine.stamp, "k"]);
});

test("stopAt stops at the exact instruction", (t) => {
  const { machine } = start(HELLO);
  t.deepEqual(machine.run({ stopAt: 6n }), { kind: "slice" });
  // lea, mov, then lodsb test jz out of the first character.
  t.deepEqual([machine.cores.retiredTotal(), machine.cores.registers[0].gpr(0) & 0xffn], [6n, BigInt("h".charCodeAt(0))]);
});

test("a pause of a CPU that is alone lets a microsecond go by, but never passes a timer", (t) => {
  const { machine } = start(ECHO);
  machine.run({ instructions: 6 });
  t.deepEqual(machine.stamp, { retired: 6n, skippedNs: 2000, turn: 2 });
});

test("what is no kernel, or none for this machine, is refused with the reason", (t) => {
  const foreign = Uint8Array.from(HELLO);
  foreign[18] = 40; // EM_ARM
  t.throws(() => start(Buffer.from("#!/bin/sh\n".padEnd(100))), { message: "the kernel image is not an ELF file" });
  t.throws(() => start(foreign), { message: "the kernel image is not an x86-64 executable" });
  t.throws(() => start(HELLO.subarray(0, 0x1010)), { message: "the kernel image is truncated" });
  t.throws(() => start(HELLO, { memoryMiB: 16 }), { message: "the kernel image ends at 17 MiB, beyond the machine's memory" });
  t.throws(() => start(HELLO, { commandLine: "x".repeat(4096) }), { message: "the kernel command line is longer than 4095 bytes" });
});

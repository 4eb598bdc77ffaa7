import test, { type ExecutionContext } from "ava";
import { Volume } from "memfs";
import type { UserGate } from "../../src/abi/user-gate.js";
import { parseArguments } from "../../src/cli/options.js";
import { startSession } from "../../src/cli/session.js";
import { createUserGate } from "../../src/shell/index.js";
import { createCores } from "../../src/vm/cpu/cores.js";
import { Machine, type RunLimit } from "../../src/vm/machine.js";
import type { Snapshot } from "../../src/vm/snapshot.js";
import { ECHO, GATE, TIMER, TWO_CPUS } from "./guest-programs.js";

interface Run {
  machine: Machine;
  text: () => string;
}

function start(image: Uint8Array, cpus: number, gate?: UserGate): Run {
  let text = "";
  const wiring = {
    createCores,
    onConsole: (bytes: Uint8Array) => {
      text += Buffer.from(bytes).toString("latin1");
    },
    onHostLine: () => undefined,
    ...(gate ? { gate } : {}),
  };
  const machine = new Machine({ memoryMiB: 32, cpus, seed: 5, image, commandLine: "", volume: new Volume(), ...wiring });
  return { machine, text: () => text };
}

function restore(snapshot: Snapshot, gate?: UserGate): Run {
  let text = "";
  const machine = Machine.restore(snapshot, {
    createCores,
    onConsole: (bytes) => {
      text += Buffer.from(bytes).toString("latin1");
    },
    onHostLine: () => undefined,
    ...(gate ? { gate } : {}),
  });
  return { machine, text: () => text };
}

/** Saves at an instruction, then runs the original and a restored machine to their ends: both must end alike. */
function compare(t: ExecutionContext, image: Uint8Array, cpus: number, at: RunLimit, then?: (machine: Machine) => void): void {
  const original = start(image, cpus);
  original.machine.run(at);
  const snapshot = structuredClone(original.machine.save());
  const before = original.text();
  const copy = restore(snapshot);
  t.deepEqual(copy.machine.stamp, original.machine.stamp);
  const ends = [original, copy].map(({ machine, text }) => {
    then?.(machine);
    const result = machine.run({ until: 1e8 });
    const registers = machine.cores.registers.map((cpu) => Array.from({ length: 16 }, (_, n) => cpu.gpr(n)).concat(cpu.rip, cpu.rflags));
    return { result, stamp: machine.stamp, text: text(), registers };
  });
  t.deepEqual({ ...ends[1], text: before + ends[1].text }, ends[0]);
  t.is(ends[0].result.kind, "exit");
}

test("a machine with an armed timer goes on from any instruction as the original does", (t) => {
  for (const instruction of [0n, 1n, 10n, 25n]) compare(t, TIMER, 1, { stopAt: instruction });
  compare(t, TIMER, 1, { stopWhenIdle: true });
});

test("so do two CPUs, with the order of their turns", (t) => {
  for (const instruction of [5n, 40n, 60n, 90n]) compare(t, TWO_CPUS, 2, { stopAt: instruction });
});

test("input comes to a restored machine as to the original", (t) => {
  compare(t, ECHO, 1, { instructions: 100 }, (machine) => machine.input(Buffer.from("k")));
  compare(t, ECHO, 1, { instructions: 100 }, (machine) => machine.input(Buffer.from("k")));
});

test("where a host program runs, saving is refused with the reason", (t) => {
  const gate: UserGate = { alive: 2, call: () => ({ kind: "done" }) };
  t.throws(() => start(GATE, 1, gate).machine.save(), { message: "2 host programs run: their state cannot be saved" });
  const snapshot = start(ECHO, 1).machine.save();
  t.throws(() => restore(snapshot, gate), { message: "the saved machine and this one differ in having a user gate" });
});

test("the kernel saved just before init's exec boots on to the same bytes and the same instruction, several times", (t) => {
  const script =
    "echo hi; ls /root | head -n 3; echo new > /root/file; ln /root/file /root/link; cat /root/link; sleep 2; dmesg | tail -n 2";
  const begin = (onConsole: (bytes: Uint8Array) => void) =>
    startSession(parseArguments(["run", "--cpus", "1", "-c", script]), { mode: "command", text: script }, { onConsole });
  // The last turn's end before the first host program runs.
  let text = "";
  const scout = begin(() => undefined).machine;
  const gate = scout.gate;
  while (gate?.alive === 0) scout.run({ instructions: 1 });
  const execAt = scout.stamp.turn;
  const { machine } = begin((bytes) => {
    text += Buffer.from(bytes).toString("latin1");
  });
  while (machine.stamp.turn < execAt - 1) machine.run({ instructions: 1 });
  t.true(machine.cores.retiredTotal() > 100_000n);
  const snapshot = machine.save();
  const before = text;
  const result = machine.run();
  for (let n = 0; n < 2; n++) {
    const copy = restore(structuredClone(snapshot), createUserGate());
    t.deepEqual(copy.machine.run(), result);
    t.is(before + copy.text(), text);
    t.deepEqual(copy.machine.stamp, machine.stamp);
  }
  t.regex(text, /hi\r\n/);
  t.regex(text, /new\r\n/);
});

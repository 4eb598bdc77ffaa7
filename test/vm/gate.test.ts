import test from "ava";
import { Volume } from "memfs";
import { type GateContext, isGateFault, type UserGate, type UserGateResult } from "../../src/abi/user-gate.js";
import { createCores } from "../../src/vm/cpu/cores.js";
import { Machine, type RunResult } from "../../src/vm/machine.js";
import { GATE } from "./guest-programs.js";

function run(gate: UserGate | undefined): { result: RunResult; hostLines: string[] } {
  const hostLines: string[] = [];
  const machine = new Machine({
    memoryMiB: 32,
    cpus: 1,
    seed: 0,
    image: GATE,
    commandLine: "",
    volume: new Volume(),
    createCores,
    gate,
    onConsole: () => undefined,
    onHostLine: (line) => hostLines.push(line),
  });
  return { result: machine.run({ instructions: 10_000 }), hostLines };
}

/** Answers the calls in order; the last answer must be kill, for the program has nothing behind its second vmcall. */
const answering = (...answers: ((context: GateContext) => UserGateResult)[]): UserGate => ({
  call: (context) => answers.shift()?.(context) ?? { kind: "kill", message: "asked too often" },
});

test("vmcall reaches the gate with the data page's frame and the offset; the registers it sets are the program's", (t) => {
  const seen: unknown[] = [];
  const { result, hostLines } = run(
    answering(
      (context) => {
        seen.push(context.cpu, context.frame, context.offset);
        context.setGpr(0, 0xfedcba9876543210n);
        return { kind: "done" };
      },
      (context) => {
        seen.push(context.offset, context.gpr(0), Buffer.from(context.readMemory(0x11010n, 8) as Uint8Array).toString("hex"));
        return { kind: "kill", message: "sh: a host program failed" };
      },
    ),
  );
  // vmcall (3 bytes), mov %rax, 0x11010 (8 bytes)
  t.deepEqual(seen, [0, 0x104, 0, 11, 0xfedcba9876543210n, "1032547698badcfe"]);
  t.deepEqual(hostLines, ["sh: a host program failed"]);
  t.is(result.kind, "reset"); // #UD, and this guest has no IDT
});

test("memory is the user's: no unmapped, read-only, kernel or non-canonical address, and a write is all or nothing", (t) => {
  const seen: unknown[] = [];
  run(
    answering((context) => {
      const before = context.readMemory(0x11ff0n, 16);
      seen.push(
        context.writeMemory(0x11ff8n, new Uint8Array(16).fill(7)),
        !isGateFault(before) && Buffer.from(before).equals(Buffer.from(context.readMemory(0x11ff0n, 16) as Uint8Array)),
        context.readMemory(0x11ff8n, 16),
        context.writeMemory(0x10000n, Uint8Array.of(1)),
        context.readMemory(0x8000n, 1),
        context.readMemory(0xffff888000000000n, 1),
        context.checkWritable(0x11000n, 4096),
        context.checkWritable(0x11000n, 4097),
      );
      return { kind: "kill", message: "" };
    }),
  );
  t.deepEqual(seen, [
    { address: 0x12000n, write: true },
    true,
    { address: 0x12000n, write: false },
    { address: 0x10000n, write: true },
    { address: 0x8000n, write: false },
    { address: 0xffff888000000000n, write: false },
    undefined,
    { address: 0x12000n, write: true },
  ]);
});

test("without a gate the MSR does not exist and the guest faults on writing it", (t) => {
  const { result } = run(undefined);
  t.is(result.kind, "reset");
});

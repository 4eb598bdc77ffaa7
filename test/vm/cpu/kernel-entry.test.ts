// The ways into the kernel and back have two implementations: the core's own for the plain case, the host's for all others, among them
// each instruction with which a budget ends. Both must leave the same machine.

import test from "ava";
import { Stop } from "../../../src/vm/cpu/cpu-api.js";
import { CODE, type Fixture, hex } from "./fixture.js";
import { HANDLERS, load, makeKernel, RSP0, setGate } from "./kernel-fixture.js";

const ROUNDS = 50;
const USER = CODE + 0x200;
/** Behind the memory that the tables map. */
const UNMAPPED = 0x40000000n;
const TSC = 0x1122334455667788n;

/** Ring 3 makes a system call, an interrupt and a page fault in each round, and ends by #UD. */
function start(rounds: number): Fixture {
  const f = makeKernel({ bus: { tsc: () => TSC } });
  const msr = (n: number, value: bigint): void => {
    load(f, "wrmsr", { 1: BigInt(n), 0: value & 0xffffffffn, 2: value >> 32n });
    f.cores.run(0, 1);
  };
  msr(0xc0000080, 0xd01n); // EFER: SCE too
  msr(0xc0000081, (0x20n << 48n) | (0x10n << 32n));
  msr(0xc0000082, BigInt(CODE + 0x400));
  msr(0xc0000084, 0x600n);
  setGate(f, 0x80, { dpl: 3, type: 0xf });
  // 1: syscall; int 0x80; mov rax, [rbx]; sub r12, 1; jnz 1b; ud2
  f.poke(USER, hex("0f05 cd80 488b03 4983ec01 75f3 0f0b"));
  // swapgs; mov r10, cr3; mov cr3, r10; rdtsc; add r13, rax; add r14, rdx; swapgs; sysretq
  f.poke(CODE + 0x400, hex("0f01f8 410f20da 410f22da 0f31 4901c5 4901d6 0f01f8 480f07"));
  f.poke(HANDLERS + 16 * 0x80, hex("49ffc0 48cf")); // inc r8; iretq
  // add rsp, 8; add qword [rsp], 3; inc r9; iretq
  f.poke(HANDLERS + 16 * 14, hex("4883c408 4883042403 49ffc1 48cf"));
  load(f, "user_enter", { 3: UNMAPPED, 6: 0x280000n, 7: BigInt(USER), 12: BigInt(rounds) });
  return f;
}

function run(budget: number): Record<string, unknown> {
  const f = start(ROUNDS);
  for (let stop: Stop = Stop.Budget; stop !== Stop.Halted; ) stop = f.cores.run(0, budget);
  const r = f.cores.registers[0]!;
  return {
    gpr: Array.from({ length: 16 }, (_, n) => r.gpr(n)),
    state: [r.rip, r.rflags, r.cpl, r.cr2, r.cr3, r.gsBase, r.kernelGsBase, r.retired],
    stack: Array.from({ length: 8 }, (_, n) => f.peek64(RSP0 - 64 + 8 * n)),
  };
}

test("system calls, interrupts and faults leave the same machine whichever way they are executed", (t) => {
  const whole = run(1_000_000);
  for (const budget of [1, 2, 3, 7, 64]) t.deepEqual(run(budget), whole, `budget ${budget}`);
  const gpr = whole.gpr as bigint[];
  t.deepEqual(
    [gpr[8], gpr[9], gpr[12], gpr[13], gpr[14]],
    [BigInt(ROUNDS), BigInt(ROUNDS), 0n, 0x55667788n * BigInt(ROUNDS), 0x11223344n * BigInt(ROUNDS)],
  );
  t.is((whole.state as unknown[])[3], UNMAPPED);
});

// What kelp itself has to say while a guest runs: one line each, on standard error, with the guest's symbols.

import { GuestKernel } from "../debug/guest-kernel.js";
import type { Machine } from "../vm/machine.js";

export function hostLine(text: string): void {
  process.stderr.write(`kelp: ${text}\n`);
}

/** CPU, address, bytes, disassembly and task; the disassembler is loaded at the first one. */
export async function undefinedInstruction(
  image: Uint8Array,
  machine: Machine,
  { cpu, rip, bytes }: { cpu: number; rip: bigint; bytes: Uint8Array },
): Promise<void> {
  // Read now: by the time the disassembler is there the guest runs something else.
  const kernel = new GuestKernel(image, machine.cores.ram);
  const task = kernel.currentTask(cpu);
  const copy = Uint8Array.from(bytes);
  const { disassemble } = await import("../debug/disassemble.js");
  const [first] = disassemble(copy, rip, () => undefined);
  const hex = Buffer.from(first?.bytes ?? copy)
    .toString("hex")
    .replace(/(..)(?=.)/g, "$1 ");
  const where = task ? `in ${task.comm}[${task.pid}] at` : "at";
  hostLine(`CPU ${cpu}: instruction not implemented ${where} ${kernel.place(rip)}: ${hex}  ${first?.text ?? ""}`);
}

export function tripleFault(image: Uint8Array, { cores }: Machine, cpu: number): string {
  const { rip, cr2 } = cores.registers[cpu];
  const kernel = new GuestKernel(image, cores.ram);
  const task = kernel.currentTask(cpu);
  const stack = cores.registers[cpu].gpr(4);
  const where = task ? `in ${task.comm}[${task.pid}] at` : "at";
  return `CPU ${cpu} triple-faulted ${where} ${kernel.place(rip)}, stack 0x${stack.toString(16)}, cr2 0x${cr2.toString(16)}`;
}

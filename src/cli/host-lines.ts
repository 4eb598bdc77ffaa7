// What kelp itself has to say while a guest runs: one line each, on standard error, with the guest's symbols.

import { shortName } from "../debug/inspect/names.js";
import { standstill } from "../debug/inspect/standstill.js";
import { currentTask } from "../debug/inspect/tasks.js";
import { KernelView } from "../debug/kernel-view.js";
import type { Machine } from "../vm/machine.js";

/** Below, an address is a user's or a physical one. */
const KERNEL_START = 0xffff800000000000n;

const toStandardError = (text: string): void => void process.stderr.write(`kelp: ${text}\n`);
let print = toStandardError;

export function hostLine(text: string): void {
  print(text);
}

/** While the screen is open standard error is in its way. Returns the way back. */
export function redirectHostLines(to: (text: string) => void): () => void {
  print = to;
  return () => {
    print = toStandardError;
  };
}

/** CPU, address, bytes, disassembly and task; the disassembler is loaded at the first one. */
export async function undefinedInstruction(
  image: Uint8Array,
  machine: Machine,
  { cpu, rip, bytes }: { cpu: number; rip: bigint; bytes: Uint8Array },
): Promise<void> {
  // Read now: by the time the disassembler is there the guest runs something else.
  const where = place(new KernelView(machine.cores, image), cpu, rip);
  const copy = Uint8Array.from(bytes);
  const { disassemble } = await import("../debug/disassemble.js");
  const [first] = disassemble(copy, rip, () => undefined);
  const hex = Buffer.from(first?.bytes ?? copy)
    .toString("hex")
    .replace(/(..)(?=.)/g, "$1 ");
  hostLine(`CPU ${cpu}: instruction not implemented ${where}: ${hex}  ${first?.text ?? ""}`);
}

export function tripleFault(image: Uint8Array, { cores }: Machine, cpu: number): string {
  const { rip, cr2 } = cores.registers[cpu];
  const where = place(new KernelView(cores, image), cpu, rip);
  const stack = cores.registers[cpu].gpr(4);
  return `CPU ${cpu} triple-faulted ${where}, stack 0x${stack.toString(16)}, cr2 0x${cr2.toString(16)}`;
}

/** One line a task: which waits where. */
export function waiting(image: Uint8Array, { cores }: Machine): void {
  for (const line of standstill(new KernelView(cores, image))) hostLine(`  ${line}`);
}

/** `in sh[12] at 0xffffffff81000123 (cmdline_proc_show+0x3)`, as far as the guest has got. */
function place(view: KernelView, cpu: number, rip: bigint): string {
  const task = currentTask(view, cpu);
  const address = `0x${rip.toString(16)}`;
  const name = rip >= KERNEL_START ? shortName(view, rip) : address;
  return `${task ? `in ${task.name}[${task.pid}] ` : ""}at ${address}${name === address ? "" : ` (${name})`}`;
}

// Where a machine that stands still shall run to: over a call, out of a function, to a function's entry.

import { type BootImage, codeAt, functionCode } from "../debug/inspect/function.js";
import { placeOf, shortName } from "../debug/inspect/names.js";
import { stackOf } from "../debug/inspect/stack.js";
import { currentTask } from "../debug/inspect/tasks.js";
import type { KernelView } from "../debug/kernel-view.js";
import type { Choice } from "./panes/pane.js";

const RSP = 4;

export interface Goal {
  readonly name: string;
  /** Asked after each instruction, about the CPU that has executed it. */
  arrived(cpu: number): boolean;
}

/** Behind the call that a CPU is about to make; undefined if it is about to do something else. */
export function behindCall(view: KernelView, boot: BootImage, { cpu }: Wish): Goal | undefined {
  const { rip } = view.cores.registers[cpu];
  const instruction = codeAt(view, boot, rip)?.instructions.find(({ address }) => address === rip);
  if (!instruction?.text.startsWith("call")) return undefined;
  return inTask(view, cpu, rip + BigInt(instruction.bytes.length), (now, then) => now >= then);
}

/** What a goal may depend on: the function that is chosen, the CPU that moves. */
export interface Wish {
  readonly choice: Choice;
  readonly cpu: number;
}

/** Where the function returns to in which a CPU is. */
export function caller(view: KernelView, _boot: BootImage, { cpu }: Wish): Goal | undefined {
  const task = currentTask(view, cpu);
  const back = task && stackOf(view, task).find((entry) => entry.kind === "return");
  return back?.kind === "return" ? inTask(view, cpu, back.hooked?.address ?? back.address, (now, then) => now > then) : undefined;
}

/** The entry of the function that is chosen. */
export function entryOf(view: KernelView, boot: BootImage, { choice: { code } }: Wish): Goal | undefined {
  const start = typeof code === "bigint" ? placeOf(view, code)?.start : functionCode(view, boot, code)?.start;
  if (start === undefined) return undefined;
  return { name: shortName(view, start), arrived: (cpu) => view.cores.registers[cpu].rip === start };
}

/** The same task, on whatever CPU; a deeper call of the same code does not count. */
function inTask(view: KernelView, cpu: number, address: bigint, above: (now: bigint, then: bigint) => boolean): Goal {
  const { registers } = view.cores;
  const task = currentTask(view, cpu)?.address;
  const stack = registers[cpu].gpr(RSP);
  return {
    name: shortName(view, address),
    arrived: (at) => registers[at].rip === address && above(registers[at].gpr(RSP), stack) && currentTask(view, at)?.address === task,
  };
}

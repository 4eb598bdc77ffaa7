// Stack: the kernel stack of a task, innermost first, with the registers saved on it. A return slot that somebody has redirected is marked,
// and functions that the task has to leave before a transition can switch it.

import { type CodeRange, leftBehind } from "../../debug/inspect/livepatch.js";
import { describe, shortName } from "../../debug/inspect/names.js";
import { registerValues } from "../../debug/inspect/registers.js";
import { REGISTER_NAMES, type StackEntry, stackOf } from "../../debug/inspect/stack.js";
import { currentTask, type TaskInfo, tasks } from "../../debug/inspect/tasks.js";
import type { KernelView } from "../../debug/kernel-view.js";
import { bold, changed, cyan, dim, type Line, line, plain, printable, red, type Span, yellow } from "../text.js";
import { address, hex, type Look, type PaneContent } from "./pane.js";

const WIDEST_VALUE = 16;
/** Below, functions are shown without their sizes. */
const NARROW = 50;

export function stackPane(look: Look): PaneContent {
  const { view, choice } = look;
  const all = tasks(view);
  const chosen = choice.task && livingTask(view, choice.task, all);
  const task = chosen ?? all.findLast(({ kernelThread, idle }) => !kernelThread && !idle) ?? all.at(-1);
  if (!task) return { title: "Stack", lines: [line(dim("no task yet"))] };
  const { name, pid, state, running, cpu } = task;
  const lines: Line[] =
    choice.task && !chosen ? [line(dim(`${printable(choice.task.name)}[${choice.task.pid}] is no more; the newest task:`))] : [];
  lines.push(line(dim(`state ${state}, ${running ? "on" : "last on"} CPU ${cpu}`), ...patchState(task)));
  if (running && !look.paused) lines.push(line(dim("runs: F9 stops the machine")));
  if (running && look.paused) lines.push(...cpuLines(look, cpu));
  const leaving = leftBehind(view);
  for (const entry of stackOf(view, task)) lines.push(...entryLines(look, entry, leaving));
  return { title: `Stack ${printable(name)}[${pid}]`, lines };
}

/** The memory of a task that is no more may hold anything, another task too. */
function livingTask(view: KernelView, { address, pid }: TaskInfo, all: readonly TaskInfo[]): TaskInfo | undefined {
  // One that ends is in no list any more while it runs for the last time.
  const running = view.cores.registers.flatMap((_, cpu) => currentTask(view, cpu) ?? []);
  return [...all, ...running].find((task) => task.address === address && task.pid === pid);
}

/** Only a transition gives tasks a state. */
function patchState({ patchState: state }: TaskInfo): Span[] {
  if (state < 0) return [];
  return [dim(", "), state === 1 ? plain("patched") : yellow("unpatched")];
}

function entryLines(look: Look, entry: StackEntry, leaving: readonly CodeRange[]): Line[] {
  const { view, width } = look;
  const place = (at: bigint): Span => {
    const text = printable(width < NARROW ? shortName(view, at) : describe(view, at));
    return leaving.some(({ start, size }) => at >= start && at < start + size)
      ? yellow(`${text} ${width < NARROW ? "(old)" : "(old version, has to be left)"}`)
      : plain(text);
  };
  switch (entry.kind) {
    case "running":
      return [line(bold("at       "), place(entry.address))];
    case "return":
      if (!entry.hooked) return [line(dim(slotText(entry.slot)), place(entry.address))];
      return [line(changed(slotText(entry.slot)), red(`taken by ${entry.hooked.by}, `), plain("returns to "), place(entry.hooked.address))];
    case "redirected":
      return [
        line(
          changed(slotText(entry.slot)),
          red(entry.written ? "redirected" : "will be redirected"),
          entry.from === entry.to ? "" : ` from ${printable(shortName(view, entry.from))}`,
          plain(" to "),
          bold(printable(shortName(view, entry.to))),
        ),
      ];
    case "registers":
      return [
        line(cyan(entry.user ? "pt_regs, from user mode" : "pt_regs")),
        ...registerLines(
          look,
          REGISTER_NAMES.map((name) => [name, entry.registers.get(name) ?? 0n]),
        ),
      ];
  }
}

/** The half of a stack address that tells slots apart. */
const slotText = (slot: bigint): string => `${hex(slot & 0xffffffffn).padStart(8, "0")} `;

/** The registers of the CPU that the task stands still on; what the last step has changed is marked. */
function cpuLines(look: Look, cpu: number): Line[] {
  const { view, step } = look;
  const isChanged = (name: string) => step?.cpu === cpu && step.changed.has(name);
  return registerLines(look, [...registerValues(view.cores.registers[cpu])], isChanged);
}

function registerLines({ width }: Look, values: readonly (readonly [string, bigint])[], marked?: (name: string) => boolean): Line[] {
  const nameWidth = Math.max(...values.map(([name]) => name.length));
  const perLine = Math.max(Math.floor((width + 1) / (nameWidth + 2 + WIDEST_VALUE)), 1);
  const lines: Line[] = [];
  for (let i = 0; i < values.length; i += perLine) {
    lines.push(
      values.slice(i, i + perLine).flatMap(([name, value], column): Span[] => {
        const text = marked ? address(value) : hex(value).padEnd(WIDEST_VALUE);
        const style = marked?.(name) ? changed : marked ? plain : dim;
        return [dim(`${column > 0 ? " " : ""}${name.padStart(nameWidth)} `), style(text)];
      }),
    );
  }
  return lines;
}

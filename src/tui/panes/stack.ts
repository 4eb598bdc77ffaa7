// Stack: the kernel stack of a task, innermost first, with the registers saved on it; a return slot that a handler has redirected
// is marked.

import { describe, shortName } from "../../debug/inspect/names.js";
import { REGISTER_NAMES, type StackEntry, stackOf } from "../../debug/inspect/stack.js";
import { taskAt, tasks } from "../../debug/inspect/tasks.js";
import { bold, changed, cyan, dim, type Line, line, plain, printable, red } from "../text.js";
import { hex, type Look, type PaneContent } from "./pane.js";

const WIDEST_VALUE = 16;

export function stackPane(look: Look): PaneContent {
  const { view, choice } = look;
  const task = (choice.task === undefined ? undefined : taskAt(view, choice.task)) ?? tasks(view).at(-1);
  if (!task) return { title: "Stack", lines: [line(dim("no task yet"))] };
  const { name, pid, state, running, cpu } = task;
  const lines: Line[] = [line(dim(`state ${state}, ${running ? "on" : "last on"} CPU ${cpu}`))];
  if (running && !look.paused) lines.push(line(dim("runs: F9 stops the machine")));
  for (const entry of stackOf(view, task)) lines.push(...entryLines(look, entry));
  return { title: `Stack ${printable(name)}[${pid}]`, lines };
}

function entryLines(look: Look, entry: StackEntry): Line[] {
  const { view } = look;
  switch (entry.kind) {
    case "running":
      return [line(bold("at      "), printable(describe(view, entry.address)))];
    case "return":
      return [line(dim(`${hex(entry.slot & 0xffffffffn).padStart(8, "0")} `), printable(describe(view, entry.address)))];
    case "redirected":
      return [
        line(
          changed(`${hex(entry.slot & 0xffffffffn).padStart(8, "0")} `),
          red(entry.written ? "redirected" : "will be redirected"),
          entry.from === entry.to ? "" : ` from ${printable(shortName(view, entry.from))}`,
          plain(" to "),
          bold(printable(shortName(view, entry.to))),
        ),
      ];
    case "registers":
      return registerLines(look, entry.user, entry.registers);
  }
}

function registerLines({ width }: Look, user: boolean, registers: ReadonlyMap<string, bigint>): Line[] {
  const cells = REGISTER_NAMES.map((name) => `${name.padStart(5)} ${hex(registers.get(name) ?? 0n).padEnd(WIDEST_VALUE)}`);
  const perLine = Math.max(Math.floor((width - 2) / (6 + WIDEST_VALUE)), 1);
  const lines: Line[] = [line(cyan(user ? "pt_regs, from user mode" : "pt_regs"))];
  for (let i = 0; i < cells.length; i += perLine)
    lines.push(
      line(
        dim(
          cells
            .slice(i, i + perLine)
            .join("")
            .trimEnd(),
        ),
      ),
    );
  return lines;
}

// The bottom line: guest time, instructions, the CPUs, the seed, and what the user should know now. Where not all has room, what matters
// least is left out.

import { type Machine, TICKS_PER_SECOND } from "../vm/machine.js";
import type { PaneName } from "./pane-names.js";
import { bold, changed, type Line, line } from "./text.js";

export interface StatusFacts {
  readonly machine: Machine;
  readonly seed: number;
  /** Stepping: on its way to a place, instruction by instruction. */
  readonly mode: keyof typeof MODES;
  /** Whether it can be stepped. */
  readonly stepping: boolean;
  /** The pane that is chosen; undefined: none is seen. */
  readonly pane: PaneName | undefined;
  readonly scrolledBack: number;
  /** Passing news, else the hint of keys. */
  readonly message: string | undefined;
}

const CPU_STATES: Readonly<Record<string, string>> = { running: "runs", halted: "idle", parked: "off" };

const MODES = { runs: "", stopped: " STOPPED ", stepping: " STEPPING " };

export function statusLine(facts: StatusFacts, width: number): Line {
  const { scrolledBack, message } = facts;
  const back = scrolledBack > 0 ? ` ${scrolledBack} lines back ` : "";
  const label = MODES[facts.mode];
  const mode = (message?.length ?? 0) + label.length <= width ? label : "";
  const [first, ...keys] = hints(facts);
  const fixed = back.length + mode.length + 1;
  const left = fitting(machineFacts(facts), "  ", width - fixed - (message ?? `${first} `).length);
  const right = message ?? fitting([first, ...keys], "  ", width - fixed - left.length);
  const room = Math.max(width - left.length - mode.length - back.length - right.length, 0);
  return line(mode === "" ? "" : changed(mode), left, back, " ".repeat(room), bold(right));
}

/** As many as have room, the first at least if anything has. */
function fitting(texts: readonly string[], between: string, room: number): string {
  const spaced = texts.map((_, i) => `${texts.slice(0, texts.length - i).join(between)} `);
  return spaced.find((text) => text.length <= room) ?? "";
}

/** What matters most first. */
function machineFacts({ machine, seed }: StatusFacts): string[] {
  const states = Array.from({ length: machine.cores.cpuCount }, (_, cpu) => `CPU${cpu} ${CPU_STATES[machine.cpuState(cpu)] ?? "?"}`);
  const time = ` ${(machine.now / TICKS_PER_SECOND).toFixed(2)} s`;
  return [time, `${grouped(machine.stamp.retired)} instr`, states.join(" "), `seed ${seed}`];
}

/** The keys that do something now, the most needed first. */
function hints({ mode, stepping, pane }: StatusFacts): string[] {
  if (mode === "stepping") return ["F9 stop", "F1 help", "Ctrl-A x leaves"];
  if (mode === "stopped" && !stepping) return ["F9 go on", "F1 help"];
  if (mode === "stopped") return ["F9 go on", "F1 help", "F10 step", "F11 over calls", "Ctrl-A f return"];
  const choose = pane === "Stack" ? ["F8 task"] : pane === "Function" ? ["F8 function"] : [];
  return ["F1 help", "Ctrl-A x leaves", ...choose, "F9 stop"];
}

function grouped(value: bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

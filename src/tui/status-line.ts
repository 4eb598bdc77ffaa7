// The bottom line: guest time, instructions, the CPUs, the seed, and what the user should know now.

import { type Machine, TICKS_PER_SECOND } from "../vm/machine.js";
import { bold, changed, type Line, line } from "./text.js";

export interface StatusFacts {
  readonly machine: Machine;
  readonly seed: number;
  readonly paused: boolean;
  readonly scrolledBack: number;
  /** Passing news, else the hint of keys. */
  readonly message: string | undefined;
}

const CPU_STATES: Readonly<Record<string, string>> = { running: "runs", halted: "idle", parked: "off" };

export function statusLine({ machine, seed, paused, scrolledBack, message }: StatusFacts, width: number): Line {
  const time = `${(machine.now / TICKS_PER_SECOND).toFixed(2)} s`;
  const states = Array.from({ length: machine.cores.cpuCount }, (_, cpu) => `CPU${cpu} ${CPU_STATES[machine.cpuState(cpu)] ?? "?"}`).join(
    " ",
  );
  const count = `${grouped(machine.stamp.retired)} instr`;
  const left = ` ${time}  ${count}  ${states}  seed ${seed} `;
  const back = scrolledBack > 0 ? ` ${scrolledBack} lines back ` : "";
  const right = message ?? (width >= left.length + 32 ? "F1 help  Ctrl-A x leaves " : "F1 help ");
  const mode = paused ? " STOPPED " : "";
  const room = Math.max(width - left.length - mode.length - back.length - right.length, 1);
  return line(left, paused ? changed(mode) : "", back, " ".repeat(room), bold(right));
}

function grouped(value: bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

// A guest on several CPUs, run to its end in this process, with what a rerun must agree in.

import { RUN_END_MARK, RUN_START_MARK } from "../../../src/abi/run-protocol.js";
import { powerOn } from "../../../src/cli/session.js";
import { TICKS_PER_SECOND } from "../../../src/vm/machine.js";

export interface SmpRun {
  /** All that the console showed, the boot's messages with their times included. */
  readonly console: string;
  /** What the script wrote. */
  readonly output: string;
  readonly instructions: bigint;
  readonly ended: boolean;
}

/** At most guestSeconds of the guest's time. image: one of images/, the default one if undefined. */
export function runOnCpus(cpus: number, seed: number, script: string, guestSeconds = 60, image?: string): SmpRun {
  let console = "";
  const setup = {
    memoryMiB: 128,
    cpus,
    seed,
    commandLine: "console=ttyS0 loglevel=8",
    first: { mode: "command" as const, text: script },
    terminal: "",
    ...(image === undefined ? {} : { image }),
  };
  const { machine } = powerOn(setup, {
    onConsole: (bytes) => {
      console += Buffer.from(bytes).toString("latin1");
    },
  });
  const result = machine.run({ until: guestSeconds * TICKS_PER_SECOND });
  const started = console.lastIndexOf(RUN_START_MARK) + RUN_START_MARK.length;
  const output = console
    .slice(started, console.lastIndexOf(RUN_END_MARK))
    .replaceAll("\r\n", "\n")
    .split("\n")
    .filter((line) => !/^\[ *\d+\.\d{6}\] /.test(line))
    .join("\n");
  return { console, output, instructions: machine.cores.retiredTotal(), ended: result.kind === "exit" };
}

/** Lines by which the kernel says that something is wrong. */
export function complaints({ console }: SmpRun): string[] {
  return console.split("\n").filter((line) => /BUG|WARNING|Oops|Call Trace|Kernel panic|refcount|corruption|recursive/.test(line));
}

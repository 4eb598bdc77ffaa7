// One guest from power-on to its end: wires the machine, the built kernel, the root volume and the host programs together, and
// runs the machine in slices so that the host stays responsive.

import { existsSync, readFileSync } from "node:fs";
import type { Volume } from "memfs";
import { EXIT_PANIC } from "../abi/machine.js";
import { RUN_STATUS } from "../abi/run-protocol.js";
import { appletNames, createUserGate } from "../shell/index.js";
import { BootError } from "../vm/boot.js";
import { createCores } from "../vm/cpu/cores.js";
import { Machine, type RunLimit, type RunResult } from "../vm/machine.js";
import { STATUS_CRASH, STATUS_FAILED } from "./exit-status.js";
import { buildVolume, type FirstProgram } from "./guest-volume.js";
import { hostLine, tripleFault, undefinedInstruction } from "./host-lines.js";
import type { Arguments } from "./options.js";
import { HostError, VMLINUX } from "./project-files.js";

const DEFAULT_COMMAND_LINE = "console=ttyS0 loglevel=4";
const DEFAULT_MEMORY = 128;

export interface SessionHooks {
  onConsole(bytes: Uint8Array): void;
}

export interface Session {
  readonly machine: Machine;
  readonly volume: Volume;
  /** The kernel's ELF file, for symbols. */
  readonly image: Uint8Array;
}

export function startSession({ texts, numbers }: Arguments, first: FirstProgram, hooks: SessionHooks): Session {
  if (!existsSync(VMLINUX)) throw new HostError("the guest kernel is not built; run 'npm run build'");
  const image = readFileSync(VMLINUX);
  const append = texts.get("append");
  const commandLine = (texts.get("cmdline") ?? DEFAULT_COMMAND_LINE) + (append ? ` ${append}` : "");
  const volume = buildVolume(appletNames, first);
  try {
    const machine = new Machine({
      memoryMiB: numbers.get("mem") ?? DEFAULT_MEMORY,
      cpus: numbers.get("cpus") ?? 1,
      seed: numbers.get("seed") ?? 0,
      image,
      commandLine,
      volume,
      gate: createUserGate(),
      createCores,
      onConsole: hooks.onConsole,
      onHostLine: hostLine,
      onUndefinedInstruction: (cpu, rip, bytes) => void undefinedInstruction(image, cpu, rip, bytes),
    });
    return { machine, volume, image };
  } catch (error) {
    if (error instanceof BootError) throw new HostError(error.message);
    throw error;
  }
}

/** Runs to the machine's end, an idle machine without a timer, or a limit; lets the host's signals in between the slices. */
export async function runToEnd(machine: Machine, limit: RunLimit, onSlice?: () => boolean): Promise<RunResult> {
  const instructions = 5_000_000;
  for (;;) {
    const result = machine.run({ ...limit, instructions });
    if (onSlice?.()) return result;
    if (result.kind !== "slice") return result;
    if (limit.until !== undefined && machine.now >= limit.until) return result;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The exit status of a run that has come to its end: the guest's first shell's, or kelp's own with a line that says why. */
export function endStatus({ volume, machine, image }: Session, result: RunResult): number {
  if (result.kind === "exit" && result.value === EXIT_PANIC) {
    hostLine("the guest kernel panicked");
    return STATUS_CRASH;
  }
  if (result.kind === "reset") {
    hostLine(tripleFault(image, result.cpu, machine.cores.registers[result.cpu]));
    return STATUS_CRASH;
  }
  if (result.kind === "idle") {
    hostLine("the guest waits for input that cannot come: every CPU is idle and no timer is set");
    return STATUS_FAILED;
  }
  if (!volume.existsSync(RUN_STATUS)) {
    hostLine("the guest ended without an exit status");
    return STATUS_FAILED;
  }
  return Number.parseInt(String(volume.readFileSync(RUN_STATUS, "utf8")), 10) & 0xff;
}

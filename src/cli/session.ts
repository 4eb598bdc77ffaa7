// One guest from power-on to its end: wires the machine, the built kernel, the root volume and the host programs together.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Volume } from "memfs";
import { EXIT_PANIC, EXIT_POWER_OFF, EXIT_REBOOT } from "../abi/machine.js";
import { RUN_STATUS } from "../abi/run-protocol.js";
import { appletNames, createUserGate } from "../shell/index.js";
import { BootError } from "../vm/boot.js";
import { createCores } from "../vm/cpu/cores.js";
import { type InputRecord, Machine } from "../vm/machine.js";
import type { ConsoleOutput, OutputKind } from "./console-output.js";
import type { Outcome } from "./drive.js";
import { STATUS_CRASH, STATUS_FAILED, STATUS_TIMEOUT } from "./exit-status.js";
import { buildVolume, type FirstProgram } from "./guest-volume.js";
import { hostLine, tripleFault, undefinedInstruction, waiting } from "./host-lines.js";
import type { Arguments } from "./options.js";
import { HostError, IMAGES, VMLINUX } from "./project-files.js";
import type { BootSetup, LoggedEnd, SessionLog } from "./session-log.js";
import { addShare, followShare, parseShare } from "./share.js";

const DEFAULT_COMMAND_LINE = "console=ttyS0 loglevel=4";
const DEFAULT_MEMORY = 128;
const DEFAULT_IMAGE = "mainline";
const DEFAULT_CPUS = 2;

export interface SessionHooks {
  onConsole(bytes: Uint8Array): void;
  onInput?(record: InputRecord): void;
}

export interface Session {
  readonly setup: BootSetup;
  readonly machine: Machine;
  readonly volume: Volume;
  /** The kernel's ELF file, for symbols. */
  readonly image: Uint8Array;
  readonly log: SessionLog | undefined;
}

/** @param terminal words for RUN_TERMINAL. */
export function bootSetup({ command, texts, numbers, flags }: Arguments, first: FirstProgram, terminal = ""): BootSetup {
  const append = texts.get("append");
  const image = texts.get("image");
  const share = texts.get("share");
  return {
    memoryMiB: numbers.get("mem") ?? DEFAULT_MEMORY,
    cpus: numbers.get("cpus") ?? DEFAULT_CPUS,
    seed: numbers.get("seed") ?? 0,
    commandLine: (texts.get("cmdline") ?? DEFAULT_COMMAND_LINE) + (append ? ` ${append}` : ""),
    ...(flags.has("realtime") ? { bootTime: Math.floor(Date.now() / 1000) } : {}),
    ...(image === undefined ? {} : { image }),
    ...(share === undefined ? {} : { share: parseShare(share, `See 'kelp${command === "console" ? "" : ` ${command}`} --help'.`) }),
    first,
    terminal,
  };
}

/** A session without a log, told by the command line's options. */
export function startSession(args: Arguments, first: FirstProgram, hooks: SessionHooks): Session {
  return powerOn(bootSetup(args, first), hooks);
}

/** @param name an image of images/, the default one if undefined. */
export function kernelImage(name?: string): Uint8Array {
  if (!existsSync(VMLINUX)) throw new HostError("the guest kernel is not built; run 'npm run build'");
  if (name === undefined || name === DEFAULT_IMAGE) return readFileSync(VMLINUX);
  const others = existsSync(IMAGES) ? readdirSync(IMAGES).sort() : [];
  if (!others.includes(name)) throw new HostError(`there is no image '${name}'; there are: ${[DEFAULT_IMAGE, ...others].join(", ")}`);
  return readFileSync(join(IMAGES, name, "vmlinux"));
}

export function rootVolume({ first, terminal, share }: BootSetup): Volume {
  const volume = buildVolume(appletNames, first, terminal);
  if (share) addShare(volume, share);
  return volume;
}

/** For an interactive session: the shared folder's changes reach the guest, unless a log has to be able to repeat it. Returns what ends that. */
export function followChanges({ share }: BootSetup, volume: Volume, log: SessionLog | undefined): () => void {
  return share && !log ? followShare(volume, share) : () => undefined;
}

export function powerOn(setup: BootSetup, hooks: SessionHooks, log?: SessionLog, volume = rootVolume(setup)): Session {
  const image = kernelImage(setup.image);
  const { first: _first, terminal: _terminal, image: _image, share: _share, ...hardware } = setup;
  try {
    const machine: Machine = new Machine({
      ...hardware,
      image,
      volume,
      gate: createUserGate(),
      createCores,
      onConsole: hooks.onConsole,
      onHostLine: hostLine,
      onUndefinedInstruction: (cpu, rip, bytes) => void undefinedInstruction(image, machine, { cpu, rip, bytes }),
      onInput: (record) => {
        log?.input(record);
        hooks.onInput?.(record);
      },
    });
    log?.watch(machine);
    return { setup, machine, volume, image, log };
  } catch (error) {
    if (error instanceof BootError) throw new HostError(error.message);
    throw error;
  }
}

/** A log for a session that is about to start; fails before anything has been run where the file cannot be written. */
export async function beginLog(
  path: string | undefined,
  setup: BootSetup,
  output: OutputKind,
): Promise<{ log?: SessionLog; volume: Volume }> {
  const volume = rootVolume(setup);
  if (path === undefined) return { volume };
  const [{ SessionLog: Log }, { fingerprints }] = await Promise.all([import("./session-log.js"), import("./fingerprints.js")]);
  const log = new Log(path);
  log.begin(setup, output, fingerprints(kernelImage(setup.image), volume));
  return { log, volume };
}

export function loggedEnd(outcome: Outcome): LoggedEnd {
  if (outcome.kind === "exit") return { kind: "exit", value: outcome.value };
  return { kind: outcome.kind === "reset" ? "crash" : outcome.kind === "slice" ? "left" : outcome.kind };
}

/** Prints what is still held back, completes the log, and says why where kelp's status is not the script's. */
export async function endSession(session: Session, outcome: Outcome, output: ConsoleOutput): Promise<number> {
  output.end(outcome.kind === "exit" && outcome.value === EXIT_POWER_OFF);
  session.log?.end(loggedEnd(outcome));
  session.log?.close();
  if (outcome.kind === "left") return 0;
  if (outcome.kind === "timeout") {
    hostLine(`stopped after ${session.machine.now / 1e8} guest seconds`);
    waiting(session.image, session.machine);
    return STATUS_TIMEOUT;
  }
  if (outcome.kind === "exit" && outcome.value === EXIT_REBOOT && !(await panicked(session))) {
    hostLine("the guest asked for a reboot, and 'run' boots once");
    return STATUS_FAILED;
  }
  return endStatus(session, outcome);
}

/** Whether the kernel's log says so: with `panic=N` a panic ends in a reboot. */
export async function panicked({ machine, image }: Session): Promise<boolean> {
  const [{ KernelLog }, { SymbolTable }, { ElfFile }] = await Promise.all([
    import("../debug/kernel-log.js"),
    import("../debug/symbols.js"),
    import("../debug/elf-file.js"),
  ]);
  const log = new KernelLog(machine.cores.ram, new SymbolTable(new ElfFile(image)));
  return log.records().some(({ text }) => text.startsWith("Kernel panic - not syncing"));
}

/** The exit status of a run that has come to its end: the guest's first shell's, or kelp's own with a line that says why. */
export function endStatus({ setup, volume, machine, image }: Session, result: Outcome): number {
  if (result.kind === "exit" && (result.value === EXIT_PANIC || result.value === EXIT_REBOOT)) {
    hostLine("the guest kernel panicked");
    return STATUS_CRASH;
  }
  if (result.kind === "reset") {
    hostLine(tripleFault(image, machine, result.cpu));
    return STATUS_CRASH;
  }
  if (result.kind === "idle") {
    hostLine("the guest waits for input that cannot come: every CPU is idle and no timer is set");
    waiting(image, machine);
    return STATUS_FAILED;
  }
  if (!volume.existsSync(RUN_STATUS)) {
    if (setup.first.mode === "console") return 0;
    hostLine("the guest ended without an exit status");
    return STATUS_FAILED;
  }
  return Number.parseInt(String(volume.readFileSync(RUN_STATUS, "utf8")), 10) & 0xff;
}

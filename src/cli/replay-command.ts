// `kelp replay FILE`: runs a logged session again, without a user and without the wall clock; `--until N` stops at instruction N and
// shows the machine.

import { EXIT_PANIC, EXIT_POWER_OFF, EXIT_REBOOT } from "../abi/machine.js";
import type { RunResult } from "../vm/machine.js";
import { consoleOutput } from "./console-output.js";
import { STATUS_CRASH, STATUS_FAILED, STATUS_TIMEOUT } from "./exit-status.js";
import { fingerprints } from "./fingerprints.js";
import { hostLine } from "./host-lines.js";
import { type Arguments, UsageError } from "./options.js";
import { HostError } from "./project-files.js";
import { endStatus, kernelImage, loggedEnd, powerOn, rootVolume, type Session } from "./session.js";
import { type Fingerprints, type LoggedEnd, type LoggedSession, readLog } from "./session-log.js";

const SEE = "See 'kelp replay --help'.";
const SLICE = 5_000_000;

const PARTS: Record<keyof Fingerprints, string> = {
  image: "the kernel image",
  volume: "the root file system",
  host: "kelp itself",
};

export async function replayCommand({ files, numbers }: Arguments): Promise<number> {
  if (files.length === 0) throw new UsageError("replay needs a FILE", SEE);
  if (files.length > 1) throw new UsageError(`unexpected argument '${files[1]}'`, SEE);
  const logged = readLog(files[0]);
  const { setup } = logged;
  const volume = rootVolume(setup);
  refuseOther(files[0], logged, fingerprints(kernelImage(setup.image), volume));

  const output = consoleOutput(logged.output, (bytes) => process.stdout.write(bytes));
  const until = numbers.get("until");
  let status = 0;
  for (const boot of logged.boots) {
    const session = powerOn(setup, { onConsole: (bytes) => output.write(bytes) }, undefined, volume);
    session.machine.replayInput(boot.inputs);
    const result = await runTo(session, until, boot.end);
    if (until !== undefined && Number(session.machine.stamp.retired) >= until && boot === logged.boots.at(-1)) {
      output.end(false);
      const { inspection } = await import("../debug/inspection.js");
      for (const line of inspection(session.image, session.machine)) process.stdout.write(`${line}\n`);
      return 0;
    }
    if (boot.end?.what.kind === "reboot") continue;
    output.end(result.kind === "exit" && result.value === EXIT_POWER_OFF);
    status = verdict(session, result, boot.end);
  }
  if (until !== undefined) hostLine(`the session ended before instruction ${until}`);
  return until !== undefined ? STATUS_FAILED : status;
}

function refuseOther(file: string, { fingerprints: then }: LoggedSession, now: Fingerprints): void {
  for (const part of ["image", "volume", "host"] as const) {
    if (then[part] === now[part]) continue;
    throw new HostError(
      `${file}: ${PARTS[part]} is not the one of the session (${then[part].slice(0, 12)}, now ${now[part].slice(0, 12)})`,
    );
  }
}

/** Up to the logged end; an instruction count stops earlier. */
async function runTo(
  { machine }: Session,
  until: number | undefined,
  end: { stamp: { retired: bigint; skippedNs: number } } | undefined,
): Promise<RunResult> {
  const tick = end ? Number(end.stamp.retired) + end.stamp.skippedNs / 10 : Number.POSITIVE_INFINITY;
  for (;;) {
    const result = machine.run({ instructions: SLICE, until: tick, ...(until === undefined ? {} : { stopAt: BigInt(until) }) });
    if (result.kind !== "slice" || machine.now >= tick) return result;
    if (until !== undefined && Number(machine.stamp.retired) >= until) return result;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The logged session's exit status, after a look at whether this one ended where that one did. */
function verdict(
  session: Session,
  result: RunResult,
  end: { stamp: { retired: bigint; skippedNs: number }; what: LoggedEnd } | undefined,
): number {
  if (!end) {
    hostLine("the log breaks off here");
    return STATUS_FAILED;
  }
  const { stamp } = session.machine;
  const ended = loggedEnd(result);
  const byHost = end.what.kind === "left" || end.what.kind === "timeout";
  if (stamp.retired !== end.stamp.retired || stamp.skippedNs !== end.stamp.skippedNs || (!byHost && ended.kind !== end.what.kind)) {
    hostLine(
      `the replay has left the session: ${ended.kind} at instruction ${stamp.retired}, not ${end.what.kind} at ${end.stamp.retired}`,
    );
    return STATUS_FAILED;
  }
  switch (end.what.kind) {
    case "left":
      return 0;
    case "timeout":
      return STATUS_TIMEOUT;
    case "exit":
      if (end.what.value === EXIT_PANIC) return STATUS_CRASH;
      return end.what.value === EXIT_REBOOT ? STATUS_FAILED : endStatus(session, result);
    default:
      return endStatus(session, result);
  }
}

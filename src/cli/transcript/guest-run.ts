// Runs a transcript's commands in one guest: one boot, one shell. A worker thread of test-command.ts, so that files run in parallel and
// one that takes kelp down takes only itself; what it writes to standard error is shown with its file.

import { parentPort, workerData } from "node:worker_threads";
import { MARKS_VARIABLE } from "../../abi/run-protocol.js";
import type { Arguments } from "../options.js";
import { PromptMarks } from "../prompt-marks.js";
import { endStatus, startSession } from "../session.js";
import { type End, Typist } from "../typist.js";
import { keyBytes } from "./transcript.js";

export interface GuestTask {
  readonly commands: readonly { text: readonly string[]; keys: readonly string[] }[];
  readonly texts: ReadonlyMap<string, string>;
  readonly numbers: ReadonlyMap<string, number>;
  /** Guest seconds that a command may take. */
  readonly commandLimit: number;
}

export interface CommandResult {
  /** One character a byte, \n line ends. */
  readonly output: string;
  readonly status?: number;
}

export interface GuestReport {
  /** Of the commands that were begun. */
  readonly results: CommandResult[];
  /** Why the rest was not run; it concerns the last result, or the boot if there is none. */
  readonly failure?: string;
}

async function runTask({ commands, texts, numbers, commandLimit }: GuestTask): Promise<GuestReport> {
  const marks = new PromptMarks();
  const args: Arguments = { command: "test", files: [], flags: new Set(), texts, numbers };
  const session = startSession(
    args,
    { mode: "console", environment: [`${MARKS_VARIABLE}=1`] },
    { onConsole: (bytes) => marks.write(bytes) },
  );
  const typist = new Typist(session.machine, marks, { commandLimit });
  const results: CommandResult[] = [];
  const reason = (end: End): string => {
    if (end.kind === "hangs" || end.kind === "timeout") return `has not ended after ${commandLimit} guest seconds`;
    endStatus(session, end); // says on standard error what has ended the guest
    return "has ended the guest";
  };

  const booted = await typist.waitForPrompt();
  if (booted) return { results, failure: `the boot ${reason(booted)}` };
  for (const [i, { text, keys }] of commands.entries()) {
    const ended = await typist.typeCommand(text, keys.map(keyBytes));
    if (ended === undefined) {
      results.push({ output: marks.takeBytes(), status: marks.status });
      continue;
    }
    const output = marks.takeBytes();
    if (ended === "early") {
      results.push({ output, status: marks.status });
      return { results, failure: "ended before all its keys were typed" };
    }
    if (i === commands.length - 1 && (ended.kind === "exit" || ended.kind === "reset")) {
      results.push({ output, status: endStatus(session, ended) });
      return { results };
    }
    results.push({ output });
    return { results, failure: reason(ended) };
  }
  return { results };
}

parentPort?.postMessage(await runTask(workerData as GuestTask));

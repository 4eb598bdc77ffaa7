// `kelp test FILE…`: golden transcripts, run in guests of their own in parallel, reported in the order in which they were named.

import { readdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { STATUS_USAGE } from "../exit-status.js";
import { type Arguments, parseArguments, UsageError } from "../options.js";
import { compare, type Step } from "./compare.js";
import { parseCram } from "./cram.js";
import { fileSteps, newText, unifiedDiff } from "./file-steps.js";
import type { GuestReport, GuestTask } from "./guest-run.js";
import { parseMarkdown } from "./markdown.js";
import { outputLines } from "./output-line.js";
import { type Transcript, TranscriptError } from "./transcript.js";

const SEE = "See 'kelp test --help'.";
/** Guest seconds that a command may take where --timeout does not say: a transition that waits for its fake signal takes 16. */
const COMMAND_LIMIT = 60;
/** Messages without times, so that a transcript is the same after each change of the kernel. */
const PARAMETERS = "printk.time=0";

const READERS: Readonly<Record<string, (text: string) => Transcript>> = { ".t": parseCram, ".md": parseMarkdown };

interface TestFile {
  readonly name: string;
  readonly text: string;
  readonly transcript: Transcript;
  readonly task: GuestTask;
}

interface Outcome {
  readonly passed: boolean;
  readonly commands: number;
  /** For standard output. */
  readonly text: string;
  /** For standard error. */
  readonly complaints: string;
}

export async function testCommand(args: Arguments): Promise<number> {
  if (args.files.length === 0) throw new UsageError("test needs a FILE", SEE);
  const names = args.files.flatMap(transcriptsAt);
  // All files are read before the first is run: a mistake in the last one is told at once.
  const files: TestFile[] = [];
  let broken = false;
  for (const name of names) {
    try {
      files.push(readTranscript(name, args));
    } catch (error) {
      if (!(error instanceof TranscriptError)) throw error;
      process.stderr.write(`kelp: ${name}:${error.line}: ${error.message}\n`);
      broken = true;
    }
  }
  if (broken) return STATUS_USAGE;
  const update = args.flags.has("update");
  const jobs = args.numbers.get("jobs") ?? availableParallelism();
  const outcomes = await inParallel(files, jobs, async (file) => judge(file, update, await inGuest(file.task)), tell);
  const failed = outcomes.filter(({ passed }) => !passed).length;
  const commands = outcomes.reduce((sum, outcome) => sum + outcome.commands, 0);
  process.stdout.write(
    `${plural(files.length, "file")}, ${plural(commands, "command")}: ${failed === 0 ? "all passed" : `${failed} failed`}\n`,
  );
  return failed === 0 ? 0 : 1;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** A folder stands for the .t files in it and below. */
function transcriptsAt(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new UsageError(`${path}: no such file`, SEE);
  if (stat.isDirectory()) {
    const found = readdirSync(path, { recursive: true, encoding: "utf8" })
      .filter((name) => extname(name) === ".t")
      .sort()
      .map((name) => join(path, name));
    if (found.length === 0) throw new UsageError(`${path}: no .t file in this folder`, SEE);
    return found;
  }
  if (!Object.hasOwn(READERS, extname(path))) throw new UsageError(`${path}: neither a transcript (.t) nor Markdown (.md)`, SEE);
  return [path];
}

function readTranscript(name: string, args: Arguments): TestFile {
  const bytes = readFileSync(name);
  const text = bytes.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(bytes)) throw new TranscriptError(1, "not UTF-8 text");
  const carriage = text.split("\n").findIndex((line) => line.endsWith("\r"));
  if (carriage >= 0) throw new TranscriptError(carriage + 1, "the line ends in a carriage return; Unix line ends are needed");
  const transcript = READERS[extname(name)](text);
  if (transcript.commands.length === 0) throw new TranscriptError(1, "no commands in it");
  const task = guestTask(transcript, args);
  return { name, text, transcript, task };
}

/** Options of the command line come before those of the file's head. */
function guestTask({ commands, options, optionsLine }: Transcript, args: Arguments): GuestTask {
  const head = headArguments(options, optionsLine);
  const texts = new Map([...head.texts, ...args.texts]);
  const numbers = new Map([...head.numbers, ...args.numbers]);
  if (!texts.has("cmdline")) texts.set("append", [PARAMETERS, texts.get("append") ?? ""].join(" ").trim());
  const commandLimit = numbers.get("timeout") ?? COMMAND_LIMIT;
  return { commands: commands.map(({ text, keys }) => ({ text, keys })), texts, numbers, commandLimit };
}

function headArguments(options: readonly string[], line: number): Arguments {
  try {
    const head = parseArguments(["test", ...options]);
    const [extra] = [...head.files, ...[...head.flags].map((flag) => `--${flag}`), ...(head.numbers.has("jobs") ? ["--jobs"] : [])];
    if (extra !== undefined) throw new TranscriptError(line, `'${extra}' cannot stand in a transcript`);
    return head;
  } catch (error) {
    if (error instanceof UsageError) throw new TranscriptError(line, error.message);
    throw error;
  }
}

interface GuestEnd {
  readonly report: GuestReport;
  readonly complaints: string;
}

async function inGuest(task: GuestTask): Promise<GuestEnd> {
  const worker = new Worker(new URL("./guest-run.js", import.meta.url), { workerData: task, stderr: true });
  let report: GuestReport = { results: [], failure: "the guest's thread ended without a report" };
  let complaints = "";
  worker.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const drained = new Promise((resolve) => worker.stderr.on("close", resolve));
  worker.on("message", (message: GuestReport) => {
    report = message;
  });
  worker.on("error", (error: Error) => {
    // A sentence for the user where the error is one (no kernel built), a stack where it is a bug.
    report = { results: [], failure: error.name === "HostError" ? error.message : (error.stack ?? error.message) };
  });
  await new Promise((resolve) => worker.on("exit", resolve));
  await drained;
  return { report, complaints };
}

function judge(file: TestFile, update: boolean, { report, complaints }: GuestEnd): Outcome {
  const { name, transcript } = file;
  const { commands, dialect } = transcript;
  const { results, failure } = report;
  const begun = commands[results.length - 1];
  const blame =
    failure === undefined ? "" : begun ? `${name}:${begun.line}: '${begun.text.join("\n")}' ${failure}\n` : `${name}: ${failure}\n`;
  let steps: (Step[] | undefined)[];
  try {
    steps = commands.map((command, i) => {
      const result = results[i];
      return result && compare(command, outputLines(result.output, result.status), dialect);
    });
  } catch (error) {
    if (!(error instanceof TranscriptError)) throw error;
    return { passed: false, commands: 0, text: `${name}:${error.line}: ${error.message}\n`, complaints };
  }
  const all = fileSteps(transcript, steps);
  const differing = steps.filter((list) => list?.some(({ kind }) => kind !== "same")).length;
  const judged = { commands: results.length, complaints };
  if (failure === undefined && differing === 0) {
    return { ...judged, passed: true, text: `${name}: ${plural(commands.length, "command")} passed\n` };
  }
  if (failure === undefined && update) {
    const refused = replaceFile(file, newText(all));
    if (refused !== undefined) return { ...judged, passed: false, text: `${name}: ${refused}\n` };
    return { ...judged, passed: true, text: `${name}: updated, ${differing} of ${plural(commands.length, "command")} differed\n` };
  }
  const count = differing > 0 ? `${name}: ${differing} of ${plural(results.length, "command")} differ\n` : "";
  return { ...judged, passed: false, text: unifiedDiff(name, all) + count + blame };
}

/** A whole new file takes the old one's place, or nothing changes; the reason if the author has changed it meanwhile. */
function replaceFile({ name, text }: TestFile, changed: string): string | undefined {
  const path = realpathSync(name);
  if (readFileSync(path, "utf8") !== text) return "changed while it ran, so it was not updated";
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    writeFileSync(temporary, changed, { mode: statSync(path).mode });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return undefined;
}

function tell({ text, complaints }: Outcome): void {
  process.stdout.write(text);
  if (complaints !== "") process.stderr.write(complaints);
}

/** At most `jobs` at a time; `done` is told the results in order. */
async function inParallel<T, R>(items: readonly T[], jobs: number, work: (item: T) => Promise<R>, done: (result: R) => void): Promise<R[]> {
  const results: (R | undefined)[] = items.map(() => undefined);
  const finished: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]);
      for (let result = results[finished.length]; result !== undefined; result = results[finished.length]) {
        finished.push(result);
        done(result);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, worker));
  return finished;
}

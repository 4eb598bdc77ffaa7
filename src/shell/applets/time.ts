// time: what a program has used, in busybox's formats.
import { ERRNO, strerror } from "../../abi/errno.js";
import { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY, open, type Usage, waitUsage, writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { signalled, termSignal } from "../sys/signals.js";
import { CLOCK_MONOTONIC, clockGettime } from "../sys/system.js";
import type { AppletTable, Io } from "./applet.js";
import { start } from "./programs.js";

const DEFAULT = "real\t%E\nuser\t%u\nsys\t%T";
const POSIX = "real %e\nuser %U\nsys %S";
const VERBOSE = [
  'Command being timed: "%C"',
  "User time (seconds): %U",
  "System time (seconds): %S",
  "Percent of CPU this job got: %P",
  "Elapsed (wall clock) time (h:mm:ss or m:ss): %E",
  "Average shared text size (kbytes): %X",
  "Average unshared data size (kbytes): %D",
  "Average stack size (kbytes): %p",
  "Average total size (kbytes): %K",
  "Maximum resident set size (kbytes): %M",
  "Average resident set size (kbytes): %t",
  "Major (requiring I/O) page faults: %F",
  "Minor (reclaiming a frame) page faults: %R",
  "Voluntary context switches: %w",
  "Involuntary context switches: %c",
  "Swaps: %W",
  "File system inputs: %I",
  "File system outputs: %O",
  "Socket messages sent: %s",
  "Socket messages received: %r",
  "Signals delivered: %k",
  "Page size (bytes): %Z",
  "Exit status: %x",
]
  .map((line) => `\t${line}`)
  .join("\n");

interface Run extends Usage {
  readonly command: string;
  readonly elapsed: number;
  readonly status: number;
}

function clock(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = seconds % 60;
  return hours > 0 ? `${hours}h ${minutes}m ${String(Math.floor(rest)).padStart(2, "0")}s` : `${minutes}m ${hundredths(rest)}s`;
}

/** Cut off, not rounded. */
function hundredths(seconds: number): string {
  return (Math.floor(seconds * 100 + 1e-6) / 100).toFixed(2);
}

function percent(run: Run): string {
  const elapsed = Math.floor(run.elapsed * 1000);
  return elapsed > 0 ? `${Math.floor((Math.floor(run.user * 1000 + run.system * 1000) * 100) / elapsed)}%` : "?%";
}

const RESOURCES: Readonly<Record<string, (run: Run) => string>> = {
  C: (run) => run.command,
  E: (run) => clock(run.elapsed),
  e: (run) => hundredths(run.elapsed),
  F: (run) => String(run.majorFaults),
  M: (run) => String(run.maxRss),
  P: percent,
  R: (run) => String(run.minorFaults),
  S: (run) => hundredths(run.system),
  T: (run) => clock(run.system),
  U: (run) => hundredths(run.user),
  Z: () => "4096",
  c: (run) => String(run.involuntary),
  u: (run) => clock(run.user),
  w: (run) => String(run.voluntary),
  x: (run) => String(run.status >> 8),
};
/** What Linux does not count. */
const NOT_COUNTED = "DIKOWXkprst";

/** A letter that is not known, and a backslash, print nothing. */
function summary(format: string, run: Run): string {
  return format.replaceAll(/%(.?)|\\/gs, (_all, letter: string | undefined) => {
    if (!letter) return "";
    return NOT_COUNTED.includes(letter) ? "0" : (RESOURCES[letter]?.(run) ?? "");
  });
}

function* time(io: Io): Sys<number> {
  const options = yield* io.options("+vpaf:o:", { verbose: "v", portability: "p", append: "a", format: "f", output: "o" });
  if (options.operands.length === 0) return yield* io.showUsage();
  let format = options.value("f") ?? DEFAULT;
  if (options.has("p")) format = POSIX;
  if (options.has("v")) format = VERBOSE;
  const file = options.value("o");
  let out = 2;
  if (file !== undefined) {
    out = yield* open(file, O_WRONLY | O_CREAT | (options.has("a") ? O_APPEND : O_TRUNC), 0o666);
    if (out < 0) return yield* io.die(`can't open '${file}': ${strerror(out)}`);
  }
  const began = yield* clockGettime(CLOCK_MONOTONIC);
  const child = yield* start(io, options.operands);
  if (child < 0) return yield* io.die(`fork: ${strerror(child)}`);
  let waited = yield* waitUsage(child);
  while (waited === -ERRNO.EINTR) waited = yield* waitUsage(child);
  if (typeof waited === "number") return yield* io.die(`wait: ${strerror(waited)}`);
  const elapsed = (yield* clockGettime(CLOCK_MONOTONIC)) - began;
  const { status } = waited;
  let text = "";
  if (signalled(status)) text = `Command terminated by signal ${termSignal(status)}\n`;
  else if (status >> 8 !== 0) text = `Command exited with non-zero status ${status >> 8}\n`;
  text += `${summary(format, { ...waited.usage, command: options.operands.join(" "), elapsed, status })}\n`;
  yield* writeAll(out, text);
  return signalled(status) ? termSignal(status) : status >> 8;
}

export const TIME: AppletTable = {
  time: {
    usage:
      "[-vpa] [-o FILE] PROG ARGS\n\nRun PROG, display resource usage when it exits\n\n\t-v\tVerbose\n\t-p\tPOSIX output format\n\t-f FMT\tCustom format\n" +
      "\t-o FILE\tWrite result to FILE\n\t-a\tAppend (else overwrite)",
    run: time,
  },
};

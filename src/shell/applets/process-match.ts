// pgrep and pkill: processes by a pattern on their names.
import { getpid, kill } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { SIGTERM, signalNumber } from "../sys/signals.js";
import { parseDecimal } from "../text/numbers.js";
import { Regex, RegexError } from "../text/regex.js";
import type { AppletTable, Io, Options } from "./applet.js";
import { allProcesses, type ProcessInfo } from "./processes.js";

/** A signal's option stands among the others as `-9` or `-KILL`; it is taken out before they are read. */
function takeSignal(args: readonly string[]): { signal: number; rest: readonly string[] } {
  const at = args.findIndex((arg) => /^-([0-9]+|(SIG)?[A-Z][A-Z0-9]+)$/.test(arg) && signalNumber(arg.slice(1)) > 0);
  if (at < 0) return { signal: SIGTERM, rest: args };
  return { signal: signalNumber(args[at]?.slice(1) ?? ""), rest: args.filter((_, n) => n !== at) };
}

function* matching(io: Io, options: Options): Sys<ProcessInfo[]> {
  const pattern = options.operands[0];
  const filtered = options.has("s") || options.has("P");
  if (options.operands.length > 1 || (pattern === undefined && !filtered)) return yield* io.showUsage();
  const whole = options.has("x");
  let regex: Regex;
  try {
    regex = new Regex(pattern === undefined ? "" : whole ? `^(${pattern})$` : pattern, { extended: true });
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    return yield* io.die(`bad regex '${pattern}': ${error.message}`);
  }
  const session = parseDecimal(options.value("s") ?? "");
  const parent = parseDecimal(options.value("P") ?? "");
  const self = yield* getpid();
  const found: ProcessInfo[] = [];
  for (const process of yield* allProcesses()) {
    if (process.pid === self) continue;
    if (session !== undefined && process.sid !== session) continue;
    if (parent !== undefined && process.ppid !== parent) continue;
    const name = options.has("f") ? process.args : process.comm;
    if ((regex.exec(name) !== undefined) !== options.has("v")) found.push(process);
  }
  if (options.has("n")) return found.slice(-1);
  return options.has("o") ? found.slice(0, 1) : found;
}

function* pgrep(io: Io): Sys<number> {
  const options = yield* io.options("+vlafxons:P:");
  const found = yield* matching(io, options);
  for (const { pid, comm, args } of found) {
    yield* io.put(options.has("a") ? `${pid} ${args}\n` : options.has("l") ? `${pid} ${comm}\n` : `${pid}\n`);
  }
  return found.length > 0 ? 0 : 1;
}

function* pkill(io: Io): Sys<number> {
  const { signal, rest } = takeSignal(io.args);
  const found = yield* matching(io, yield* io.optionsOf(rest, "+vfxons:P:"));
  for (const { pid } of found) yield* kill(pid, signal);
  return found.length > 0 ? 0 : 1;
}

const CHOICE =
  "\n\t-f\tMatch whole command lines\n\t-n, -o\tOnly the newest, the oldest\n\t-v\tThose that do not match\n\t-x\tThe whole name must match\n\t-s SID\tOf this session\n\t-P PPID\tChildren of this process";

export const PROCESS_MATCH: AppletTable = {
  pgrep: {
    usage: `[-flanovx] [-s SID|-P PPID|PATTERN]\n\nPrint the ids of processes by a pattern\n\n\t-l, -a\tNames, command lines, too${CHOICE}`,
    run: pgrep,
  },
  pkill: { usage: `[-SIGNAL] [-fnovx] [-s SID|-P PPID|PATTERN]\n\nSend a signal to processes by a pattern\n${CHOICE}`, run: pkill },
};

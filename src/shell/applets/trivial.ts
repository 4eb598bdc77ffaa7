// Applets of a few lines: true false echo printf test [ yes sleep usleep sync clear tty.
import { strerror } from "../../abi/errno.js";
import { readlink, sync, work, writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { nanosleep } from "../sys/system.js";
import { isatty } from "../sys/terminal.js";
import { TestError, testExpression } from "../sys/test-expression.js";
import { echoText } from "../text/echo.js";
import { parseDecimal, parseDuration } from "../text/numbers.js";
import { printfText } from "../text/printf.js";
import type { AppletTable, Io } from "./applet.js";

function* status(value: number): Sys<number> {
  yield* work(1);
  return value;
}

function* printf(io: Io): Sys<number> {
  const format = io.args[0];
  if (format === undefined) return yield* io.showUsage();
  const { parts, status } = printfText(format, io.args.slice(1));
  for (const part of parts) {
    if ("out" in part) yield* io.put(part.out);
    else yield* io.error(part.error);
  }
  return status;
}

function* test(io: Io): Sys<number> {
  let args = io.args;
  const closing = io.name === "[" ? "]" : io.name === "[[" ? "]]" : undefined;
  if (closing) {
    if (args.at(-1) !== closing) yield* io.die(`missing ${closing}`, 2);
    args = args.slice(0, -1);
  }
  try {
    return yield* testExpression(args, closing === "]]");
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    return yield* io.die(error.message, 2);
  }
}

/** Lines of yes in one write. */
const YES_LINES = 256;

function* yes(io: Io): Sys<number> {
  const line = `${io.args.join(" ") || "y"}\n`;
  const block = line.repeat(YES_LINES);
  for (;;) {
    const result = yield* writeAll(1, block);
    if (result < 0) return yield* io.die(`write error: ${strerror(result)}`);
    yield* work(YES_LINES);
  }
}

function* sleep(io: Io): Sys<number> {
  const operands = io.args;
  if (operands.length === 0) return yield* io.showUsage();
  if (operands[0] === "--help") return yield* io.showUsage(0);
  let total = 0;
  for (const text of operands) {
    const seconds = parseDuration(text);
    if (seconds === undefined) return yield* io.die(`invalid number '${text}'`);
    total += seconds;
  }
  yield* nanosleep(total);
  return 0;
}

function* usleep(io: Io): Sys<number> {
  const text = io.args[0];
  if (text === undefined) return yield* io.showUsage();
  const microseconds = parseDecimal(text);
  if (microseconds === undefined) return yield* io.die(`invalid number '${text}'`);
  yield* nanosleep(microseconds / 1e6);
  return 0;
}

function* tty(io: Io): Sys<number> {
  const options = yield* io.options("s");
  const is = yield* isatty(0);
  const name = is ? yield* readlink("/proc/self/fd/0") : 0;
  if (!options.has("s")) yield* io.put(is ? `${typeof name === "string" ? name : "/dev/console"}\n` : "not a tty\n");
  return is ? 0 : 1;
}

export const TRIVIAL: AppletTable = {
  true: { usage: "\n\nReturn an exit code of TRUE (0)", run: () => status(0) },
  false: { usage: "\n\nReturn an exit code of FALSE (1)", run: () => status(1) },
  echo: {
    usage: "[-neE] [ARG]...\n\nPrint ARGs\n\n\t-n\tNo newline at the end\n\t-e\tInterpret backslash escapes\n\t-E\tDo not (default)",
    *run(io) {
      yield* io.put(echoText(io.args));
      return 0;
    },
  },
  printf: { usage: "FORMAT [ARG]...\n\nFormat and print ARGs (as C's printf does)", run: printf },
  test: { usage: "EXPRESSION\n\nCheck file types, compare values; the exit code is the answer", run: test },
  "[": { usage: "EXPRESSION ]\n\nCheck file types, compare values; the exit code is the answer", run: test },
  "[[": { usage: "EXPRESSION ]]\n\nCheck file types, compare values; the exit code is the answer", run: test },
  yes: { usage: "[STRING]\n\nPrint STRING or 'y' again and again", run: yes },
  sleep: { usage: "[N]...\n\nPause for a time: the sum of Ns, each with a suffix of (s)econds, (m)inutes, (h)ours or (d)ays", run: sleep },
  usleep: { usage: "N\n\nPause for N microseconds", run: usleep },
  sync: {
    usage: "\n\nWrite all buffered blocks to disk",
    *run() {
      yield* sync();
      return 0;
    },
  },
  clear: {
    usage: "\n\nClear the screen",
    *run(io) {
      yield* io.put("\x1b[H\x1b[J");
      return 0;
    },
  },
  tty: { usage: "[-s]\n\nPrint the file name of standard input's terminal\n\n\t-s\tPrint nothing, only the exit code", run: tty },
};

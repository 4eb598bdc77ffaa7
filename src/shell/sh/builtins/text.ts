// echo, printf, test, [, true, false: busybox runs these applets inside the shell, so their messages begin with the shell's name.
import { work } from "../../sys/calls.js";
import type { Sys } from "../../sys/request.js";
import { TestError, testExpression } from "../../sys/test-expression.js";
import { echoText } from "../../text/echo.js";
import { printfText } from "../../text/printf.js";
import type { Shell } from "../shell.js";
import { printOrTell, printPieces } from "./output.js";
import type { BuiltinTable } from "./table.js";

function* printf(sh: Shell, argv: readonly string[]): Sys<number> {
  const format = argv[1] === "--" ? argv[2] : argv[1];
  if (format === undefined) {
    yield* sh.appletMessage("usage: printf FORMAT [ARGUMENT...]");
    return 2;
  }
  const { parts, status } = printfText(format, argv.slice(argv[1] === "--" ? 3 : 2));
  let pieces: string[] = [];
  for (const part of parts) {
    if ("out" in part) {
      if (part.whole) pieces.push(part.out);
      else pieces.push(...part.out.split(/(?<=\n)/));
      continue;
    }
    yield* printPieces(sh, pieces);
    pieces = [];
    yield* sh.appletMessage(part.error);
  }
  return (yield* printPieces(sh, pieces)) || status;
}

function* test(sh: Shell, argv: readonly string[]): Sys<number> {
  let args = argv.slice(1);
  const closing = argv[0] === "[" ? "]" : argv[0] === "[[" ? "]]" : undefined;
  if (closing) {
    if (args.at(-1) !== closing) {
      yield* sh.appletMessage(`missing ${closing}`);
      return 2;
    }
    args = args.slice(0, -1);
  }
  try {
    return yield* testExpression(args, closing === "]]");
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    yield* sh.appletMessage(error.message);
    return 2;
  }
}

/** A builtin that gives a status and no more still takes a moment. */
function* status(value: number): Sys<number> {
  yield* work(1);
  return value;
}

export const TEXT: BuiltinTable = {
  echo: { run: (sh, argv) => printOrTell(sh, echoText(argv.slice(1))) },
  printf: { run: printf },
  test: { run: test },
  "[": { run: test },
  "[[": { run: test },
  true: { run: () => status(0) },
  false: { run: () => status(1) },
};

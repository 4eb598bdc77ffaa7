// awk: options and input files around the interpreter.
import { strerror } from "../../abi/errno.js";
import type { AppletTable, Io } from "../applets/applet.js";
import { readInput } from "../applets/input.js";
import { runAndWait } from "../applets/programs.js";
import { close, O_RDONLY, open } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import type { AwkProgram } from "./ast.js";
import { Interpreter } from "./interpreter.js";
import { AwkError, AwkFailure, unescapeAwk } from "./lexer.js";
import { parseAwk } from "./parser.js";
import { RecordReader } from "./streams.js";
import { arrayOf, fromInput, toNumber } from "./values.js";

/** The program's name in messages. */
const COMMAND_LINE = "cmd. line";

const ASSIGNMENT = /^([A-Za-z_][A-Za-z_0-9]*)=([\s\S]*)$/;

/** The files of ARGV one behind another; name=value among them is assigned when its turn comes. */
class Input {
  #reader: RecordReader | undefined;
  #next = 1;
  #any = false;
  failed = false;

  constructor(readonly io: Io) {}

  *next(awk: Interpreter): Sys<string | undefined> {
    for (;;) {
      this.#reader ??= yield* this.#open(awk);
      if (!this.#reader) return undefined;
      const text = yield* awk.nextRecord(this.#reader);
      if (text !== undefined) {
        awk.count("NR");
        awk.count("FNR");
        return text;
      }
      if (this.#reader.fd > 0) yield* close(this.#reader.fd);
      this.#reader = undefined;
    }
  }

  *#open(awk: Interpreter): Sys<RecordReader | undefined> {
    const files = arrayOf(awk.global("ARGV"));
    while (this.#next < toNumber(awk.global("ARGC").value)) {
      const path = awk.text(files.get(String(this.#next++)));
      const assignment = ASSIGNMENT.exec(path);
      if (path === "") continue;
      if (assignment) {
        awk.assign(assignment[1] ?? "", fromInput(unescapeAwk(assignment[2] ?? "")));
        continue;
      }
      this.#any = true;
      const fd = path === "-" ? 0 : yield* open(path, O_RDONLY);
      if (fd < 0) {
        this.failed = true;
        yield* this.io.error(`${path}: ${strerror(fd)}`);
        continue;
      }
      awk.global("FILENAME").value = path;
      awk.global("FNR").value = 0;
      return new RecordReader(fd);
    }
    if (this.#any) return undefined;
    this.#any = true;
    return new RecordReader(0);
  }
}

function* awk(io: Io): Sys<number> {
  const options = yield* io.options("+F:v:f:e:W:");
  const operands = [...options.operands];
  const pieces: { name: string; text: string }[] = [];
  for (const { letter, value } of options.order) {
    if (letter === "e") pieces.push({ name: COMMAND_LINE, text: value });
    if (letter !== "f") continue;
    const text = yield* readInput(io, value);
    if (text === undefined) return 1;
    pieces.push({ name: value, text });
  }
  if (pieces.length === 0) {
    const text = operands.shift();
    if (text === undefined) return yield* io.showUsage();
    pieces.push({ name: COMMAND_LINE, text });
  }
  let interpreter: Interpreter | undefined;
  try {
    const program: AwkProgram = parseAwk(pieces);
    const input = new Input(io);
    const host = {
      *nextRecord(): Sys<string | undefined> {
        return interpreter ? yield* input.next(interpreter) : undefined;
      },
      put: (text: string) => io.put(text),
      flush: () => io.flush(),
      system: (command: string) => runAndWait(io, ["sh", "-c", command]),
    };
    interpreter = new Interpreter(program, host, io.process.env);
    const separator = options.value("F");
    if (separator !== undefined) interpreter.assign("FS", unescapeAwk(separator));
    for (const text of options.values("v")) {
      const assignment = ASSIGNMENT.exec(text);
      if (!assignment) return yield* io.showUsage();
      interpreter.assign(assignment[1] ?? "", fromInput(unescapeAwk(assignment[2] ?? "")));
    }
    const files = arrayOf(interpreter.global("ARGV"));
    for (const [n, text] of [io.name, ...operands].entries()) files.set(String(n), fromInput(text));
    interpreter.global("ARGC").value = operands.length + 1;
    const status = yield* interpreter.run();
    return status === 0 && input.failed ? 1 : status;
  } catch (error) {
    if (!(error instanceof AwkError || error instanceof AwkFailure)) throw error;
    if (interpreter) yield* interpreter.streams.closeAll();
    return yield* io.die(interpreter && error instanceof AwkError ? `${interpreter.place}: ${error.message}` : error.message);
  }
}

export const AWK: AppletTable = {
  awk: {
    usage:
      "[-F SEP] [-v VAR=VAL]... [-f FILE]... [PROGRAM] [FILE]...\n\nRun an awk program on the lines of FILEs\n\n\t-F SEP\tWhat separates fields\n\t-v VAR=VAL\tSet a variable\n\t-f FILE\tThe program's file",
    run: awk,
  },
};

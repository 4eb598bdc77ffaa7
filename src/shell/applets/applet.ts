// What every applet is made of: its options by getopt's rules, its output buffered as C's stdio does, its messages and usage text.
import { strerror } from "../../abi/errno.js";
import { work, writeAll } from "../sys/calls.js";
import { BUFFER, BUFFER_WORK } from "../sys/files.js";
import type { Process, Sys } from "../sys/request.js";
import { isatty } from "../sys/terminal.js";

export interface Applet {
  /** Behind "Usage: name ": what the arguments are, then lines that explain. */
  usage: string;
  /** Exit status after a wrong use, 1 unless it is told. */
  failure?: number;
  run(io: Io): Sys<number>;
}

export type AppletTable = Readonly<Record<string, Applet>>;

/** Ends an applet from wherever it is. */
export class AppletExit extends Error {
  constructor(readonly status: number) {
    super("applet exit");
  }
}

export const BANNER = "kelp multi-call binary, behaving as BusyBox v1.35.0.";

export class Options {
  readonly #values: Map<string, string[]>;

  constructor(
    values: Map<string, string[]>,
    readonly operands: readonly string[],
    /** All options as they stood, for those applets in which the order tells. */
    readonly order: readonly { letter: string; value: string }[] = [],
  ) {
    this.#values = values;
  }

  has(letter: string): boolean {
    return this.#values.has(letter);
  }

  drop(letter: string): void {
    this.#values.delete(letter);
  }

  /** How often it was given. */
  count(letter: string): number {
    return this.#values.get(letter)?.length ?? 0;
  }

  /** The last value given. */
  value(letter: string): string | undefined {
    return this.#values.get(letter)?.at(-1);
  }

  values(letter: string): readonly string[] {
    return this.#values.get(letter) ?? [];
  }
}

/** Applets that never look whether their output was written, and those that look at their end (busybox 1.35 with /dev/full). */
const SILENT = new Set(
  "awk date df dmesg find free grep hexdump hostname ls lsmod md5sum mount nproc ps readlink sed stat sysctl tee uptime which xxd".split(
    " ",
  ),
);
const STANDARD_OUTPUT = new Set("base64 cmp cut env expr fold head id nl paste rev sort strings uname uniq wc".split(" "));

export class Io {
  #buffer: string[] = [];
  #size = 0;
  #lines: boolean | undefined;
  /** A write has failed in an applet that does not look. */
  #lost = false;

  constructor(
    readonly process: Process,
    readonly name: string,
    readonly args: readonly string[],
    readonly usage: string,
    readonly failure = 1,
  ) {}

  /** Buffered output: written when a buffer is full, at each line on a terminal, and at the end. */
  *put(text: string): Sys<void> {
    if (text === "") return;
    this.#buffer.push(text);
    this.#size += text.length;
    if (this.#size >= BUFFER) {
      yield* this.flush();
      yield* work(BUFFER_WORK);
      return;
    }
    this.#lines ??= yield* isatty(1);
    if (this.#lines && text.includes("\n")) yield* this.flush();
  }

  *flush(): Sys<void> {
    if (this.#size === 0) return;
    const text = this.#buffer.join("");
    this.#buffer = [];
    this.#size = 0;
    const result = yield* writeAll(1, text);
    if (result >= 0) return;
    if (this.#lost || SILENT.has(this.name)) {
      this.#lost = true;
      return;
    }
    const named = STANDARD_OUTPUT.has(this.name);
    yield* this.error(`${named ? "standard output" : "write error"}: ${strerror(result)}`);
    throw new AppletExit(named ? 0 : 1);
  }

  /** `name: text` on standard error, behind what has been put out so far. */
  *error(text: string): Sys<void> {
    yield* this.complain(`${this.name}: ${text}`);
  }

  /** The same under another name. */
  *complain(text: string): Sys<void> {
    yield* this.flush();
    yield* writeAll(2, `${text}\n`);
  }

  *die(text: string, status = this.failure): Sys<never> {
    yield* this.error(text);
    throw new AppletExit(status);
  }

  *showUsage(status = this.failure): Sys<never> {
    yield* this.flush();
    yield* writeAll(2, `${BANNER}\n\nUsage: ${this.name} ${this.usage}\n`);
    throw new AppletExit(status);
  }

  /**
   * Options by getopt's rules: letters, ":" behind one that takes a value; they may stand behind operands unless `spec` begins with
   * "+". `long` maps long names to letters. A wrong one ends the applet with its usage.
   */
  *options(spec: string, long: Readonly<Record<string, string>> = {}): Sys<Options> {
    return yield* this.optionsOf(this.args, spec, long);
  }

  /** The same for an applet that has looked at its arguments before. */
  *optionsOf(args: readonly string[], spec: string, long: Readonly<Record<string, string>> = {}): Sys<Options> {
    const values = new Map<string, string[]>();
    const operands: string[] = [];
    const order: { letter: string; value: string }[] = [];
    const add = (letter: string, value: string): void => {
      order.push({ letter, value });
      values.set(letter, [...(values.get(letter) ?? []), value]);
    };
    for (let at = 0; at < args.length; at++) {
      const arg = args[at] ?? "";
      if (arg === "--") {
        operands.push(...args.slice(at + 1));
        break;
      }
      if (arg === "--help") yield* this.showUsage(0);
      if (!arg.startsWith("-") || arg === "-") {
        if (spec.startsWith("+")) {
          operands.push(...args.slice(at));
          break;
        }
        operands.push(arg);
      } else if (arg.startsWith("--")) {
        const [name = "", value] = splitLong(arg.slice(2));
        const found = Object.keys(long).filter((key) => key.startsWith(name));
        const letter = long[name] ?? (found.length === 1 ? long[found[0] ?? ""] : undefined);
        if (letter === undefined) {
          yield* this.error(`unrecognized option '${arg}'`);
          yield* this.showUsage();
        } else if (takesValue(spec, letter)) add(letter, value ?? args[++at] ?? "");
        else add(letter, "");
      } else {
        for (let n = 1; n < arg.length; n++) {
          const letter = arg[n] ?? "";
          if (letter === ":" || letter === "+" || !spec.includes(letter)) {
            yield* this.error(`invalid option -- '${letter}'`);
            yield* this.showUsage();
          }
          if (!takesValue(spec, letter)) {
            add(letter, "");
            continue;
          }
          const value = n + 1 < arg.length ? arg.slice(n + 1) : args[++at];
          if (value === undefined) {
            yield* this.error(`option requires an argument -- '${letter}'`);
            yield* this.showUsage();
          }
          add(letter, value ?? "");
          break;
        }
      }
    }
    return new Options(values, operands, order);
  }
}

const takesValue = (spec: string, letter: string): boolean => spec[spec.indexOf(letter) + 1] === ":";

function splitLong(text: string): [string, string | undefined] {
  const at = text.indexOf("=");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Runs an applet to its end and writes what is left in its buffer. */
export function* runApplet(applet: Applet, process: Process, name: string, args: readonly string[]): Sys<number> {
  const io = new Io(process, name, args, applet.usage, applet.failure);
  try {
    const status = yield* applet.run(io);
    yield* io.flush();
    return status;
  } catch (error) {
    if (!(error instanceof AppletExit)) throw error;
    return error.status;
  }
}

// What a program that fills the terminal needs: raw mode and back, the size and its changes, keys one by one.
import { ERRNO } from "../../abi/errno.js";
import { read, writeAll } from "../sys/calls.js";
import type { Process, Sys } from "../sys/request.js";
import { SIGWINCH, sigaction } from "../sys/signals.js";
import { pollIn } from "../sys/system.js";
import { rawInput, type Termios, tcgetattr, tcsetattr, windowSize } from "../sys/terminal.js";

/** A key: the byte it sends, or a name in brackets. "end": there is no terminal any more. */
export type Key = string;

const SEQUENCES: Readonly<Record<string, Key>> = {
  "[A": "<up>",
  "[B": "<down>",
  "[C": "<right>",
  "[D": "<left>",
  OA: "<up>",
  OB: "<down>",
  OC: "<right>",
  OD: "<left>",
  "[H": "<home>",
  "[F": "<end>",
  OH: "<home>",
  OF: "<end>",
  "[1~": "<home>",
  "[2~": "<insert>",
  "[3~": "<delete>",
  "[4~": "<end>",
  "[5~": "<pageup>",
  "[6~": "<pagedown>",
  "[7~": "<home>",
  "[8~": "<end>",
};

const READ_SIZE = 256;
/** A lone Escape is one behind which nothing comes for so long (milliseconds). */
const ESCAPE_WAIT = 50;
const DEFAULT_ROWS = 24;
const DEFAULT_COLUMNS = 80;

export class Screen {
  rows = DEFAULT_ROWS;
  columns = DEFAULT_COLUMNS;
  #typed = "";
  #mode: Termios | undefined;

  /** @param fd the terminal, for keys. */
  constructor(
    readonly process: Process,
    readonly fd: number,
  ) {}

  /** False where it is no terminal. */
  *open(): Sys<boolean> {
    const mode = yield* tcgetattr(this.fd);
    if (typeof mode === "number") return false;
    this.#mode = mode;
    yield* sigaction(SIGWINCH, "catch");
    yield* tcsetattr(this.fd, rawInput(mode));
    yield* this.measure();
    return true;
  }

  *close(): Sys<void> {
    if (this.#mode) yield* tcsetattr(this.fd, this.#mode, true);
  }

  /** Back to raw mode after another program had the terminal. */
  *reopen(): Sys<void> {
    if (this.#mode) yield* tcsetattr(this.fd, rawInput(this.#mode));
  }

  *measure(): Sys<void> {
    const size = yield* windowSize(this.fd);
    this.rows = size?.rows || DEFAULT_ROWS;
    this.columns = size?.columns || DEFAULT_COLUMNS;
  }

  *put(text: string): Sys<void> {
    yield* writeAll(1, text);
  }

  /** Waits for a key; "<resize>" when the window has another size, which is known then. */
  *key(): Sys<Key> {
    if (this.#typed === "") {
      const event = yield* this.#fill();
      if (event !== undefined) return event;
    }
    const first = this.#typed[0] ?? "";
    if (first !== "\x1b") {
      this.#typed = this.#typed.slice(1);
      return first;
    }
    for (;;) {
      const rest = this.#typed.slice(1);
      const known = /^(\[[0-9;?]*[@-~]|O[@-~])/.exec(rest)?.[0];
      if (known !== undefined) {
        this.#typed = rest.slice(known.length);
        return SEQUENCES[known] ?? "<other>";
      }
      const open = rest === "" || /^(\[[0-9;?]*|O)$/.test(rest);
      if (!open || (yield* pollIn(this.fd, ESCAPE_WAIT)) <= 0 || (yield* this.#fill()) !== undefined) {
        this.#typed = rest;
        return "\x1b";
      }
    }
  }

  *#fill(): Sys<Key | undefined> {
    const bytes = yield* read(this.fd, READ_SIZE);
    if (this.process.signals.includes(SIGWINCH)) {
      this.process.signals.splice(0);
      yield* this.measure();
      if (typeof bytes === "string") this.#typed += bytes;
      return "<resize>";
    }
    if (bytes === -ERRNO.EINTR) return "<other>";
    if (typeof bytes === "number" || bytes === "") return "end";
    this.#typed += bytes;
    return undefined;
  }
}

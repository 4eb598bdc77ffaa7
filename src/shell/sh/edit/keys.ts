// Turns a terminal's bytes into keys for the line editor: control characters, escape sequences, runs of plain text.
import { ERRNO } from "../../../abi/errno.js";
import { read } from "../../sys/calls.js";
import type { Sys } from "../../sys/request.js";
import { pollIn } from "../../sys/system.js";

export type KeyName =
  | "enter"
  | "ctrl-c"
  | "ctrl-d"
  | "backspace"
  | "delete"
  | "left"
  | "right"
  | "home"
  | "end"
  | "word-left"
  | "word-right"
  | "kill-to-end"
  | "kill-to-start"
  | "kill-word"
  | "yank"
  | "up"
  | "down"
  | "clear"
  | "search"
  | "tab"
  | "escape"
  | "other";

export type Key = { name: KeyName; text?: undefined } | { name: "text"; text: string };

const CONTROL: Readonly<Record<string, KeyName>> = {
  "\x01": "home",
  "\x02": "left",
  "\x03": "ctrl-c",
  "\x04": "ctrl-d",
  "\x05": "end",
  "\x06": "right",
  "\b": "backspace",
  "\t": "tab",
  "\n": "enter",
  "\x0b": "kill-to-end",
  "\f": "clear",
  "\r": "enter",
  "\x0e": "down",
  "\x10": "up",
  "\x12": "search",
  "\x15": "kill-to-start",
  "\x17": "kill-word",
  "\x19": "yank",
  "\x7f": "backspace",
};

const SEQUENCES: Readonly<Record<string, KeyName>> = {
  "[A": "up",
  "[B": "down",
  "[C": "right",
  "[D": "left",
  "[H": "home",
  "[F": "end",
  OA: "up",
  OB: "down",
  OC: "right",
  OD: "left",
  OH: "home",
  OF: "end",
  "[1~": "home",
  "[3~": "delete",
  "[4~": "end",
  "[7~": "home",
  "[8~": "end",
  "[1;5D": "word-left",
  "[1;5C": "word-right",
  "[1;3D": "word-left",
  "[1;3C": "word-right",
  b: "word-left",
  f: "word-right",
  "\x7f": "kill-word",
};

const READ_SIZE = 1024;
/** A lone Escape is one behind which nothing comes for so long (milliseconds), as in busybox. */
const ESCAPE_WAIT = 50;

export class KeyReader {
  /** Bytes read and not used: a paste holds many keys, and what is typed ahead belongs to the next line. */
  #buffer = "";
  #back: Key[] = [];

  putBack(key: Key): void {
    this.#back.push(key);
  }

  *next(): Sys<Key | "end"> {
    const back = this.#back.pop();
    if (back) return back;
    if (this.#buffer === "" && !(yield* this.#fill())) return "end";
    const char = this.#buffer[0] ?? "";
    if (char === "\x1b") return yield* this.#escape();
    if (char < " " || char === "\x7f") {
      this.#buffer = this.#buffer.slice(1);
      return { name: CONTROL[char] ?? "other" };
    }
    let end = 1;
    while (end < this.#buffer.length && (this.#buffer[end] ?? "") >= " " && this.#buffer[end] !== "\x7f") end++;
    const text = this.#buffer.slice(0, end);
    this.#buffer = this.#buffer.slice(end);
    return { name: "text", text };
  }

  *#fill(): Sys<boolean> {
    for (;;) {
      const bytes = yield* read(0, READ_SIZE);
      if (bytes === -ERRNO.EINTR) continue;
      if (typeof bytes === "number" || bytes === "") return false;
      this.#buffer += bytes;
      return true;
    }
  }

  *#escape(): Sys<Key> {
    for (;;) {
      const rest = this.#buffer.slice(1);
      const known = /^(\[[0-9;?]*[ -/]*[@-~]|O[@-~]|[^[O])/.exec(rest)?.[0];
      if (known !== undefined) {
        this.#buffer = rest.slice(known.length);
        return { name: SEQUENCES[known] ?? "other" };
      }
      if ((yield* pollIn(0, ESCAPE_WAIT)) <= 0 || !(yield* this.#fill())) {
        this.#buffer = "";
        return { name: "escape" };
      }
    }
  }
}

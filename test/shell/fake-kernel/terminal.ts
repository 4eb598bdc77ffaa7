// The fake kernel's console: what is typed, what is shown, modes and the foreground group.
import { BLOCK, type Blocking, type Description } from "./files.js";

const LFLAG = 12;
const ISIG = 1;
const ICANON = 2;
const ECHO = 8;

export class Terminal {
  output = "";
  readonly termios = Buffer.alloc(36);
  foreground = 0;
  session = 0;
  #typed = "";
  #ready: string[] = [];
  #ended = false;
  columns = 80;
  rows = 24;

  /** `interrupt`: Ctrl-C in cooked mode. */
  constructor(readonly interrupt: (signal: number) => void) {
    this.termios.writeUInt32LE(0o400, 0);
    this.termios.writeUInt32LE(ISIG | ICANON | ECHO, LFLAG);
  }

  get #flags(): number {
    return this.termios.readUInt32LE(LFLAG);
  }

  /** Keys that a user presses. */
  type(text: string): void {
    for (const char of text) {
      if (this.#flags & ISIG && (char === "\x03" || char === "\x1a")) {
        this.output += char === "\x03" ? "^C" : "^Z";
        this.interrupt(char === "\x03" ? 2 : 20);
        continue;
      }
      if (!(this.#flags & ICANON)) {
        this.#ready.push(char);
        continue;
      }
      const cooked = char === "\r" ? "\n" : char;
      if (this.#flags & ECHO) this.output += cooked;
      this.#typed += cooked;
      if (cooked === "\n" || cooked === "\x04") {
        if (this.#typed === "\x04") this.#ended = true;
        else this.#ready.push(this.#typed.replace(/\x04$/, ""));
        this.#typed = "";
      }
    }
  }

  get idle(): boolean {
    return this.#ready.length === 0;
  }

  read(size: number): Blocking<Buffer> {
    if (this.#ended && this.#ready.length === 0) {
      this.#ended = false;
      return Buffer.alloc(0);
    }
    const raw = !(this.#flags & ICANON);
    const first = raw ? this.#ready.splice(0).join("") : this.#ready.shift();
    if (first === undefined || first === "") return BLOCK;
    if (first.length > size) this.#ready.unshift(first.slice(size));
    return Buffer.from(first.slice(0, size), "latin1");
  }

  description(): Description {
    return {
      node: undefined,
      append: false,
      path: "/dev/console",
      offset: 0,
      readers: 0,
      read: (size) => this.read(size),
      write: (data) => {
        this.output += data.toString("latin1");
        return data.length;
      },
      close() {},
    };
  }
}

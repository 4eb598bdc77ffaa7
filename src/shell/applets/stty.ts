// stty and resize: the terminal's settings and size, read and written by its ioctls.
import { strerror } from "../../abi/errno.js";
import { close, O_NONBLOCK, O_RDONLY, open, read, writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { pollIn } from "../sys/system.js";
import { rawInput, setWindowSize, type Termios, tcgetattr, tcsetattr, windowSize } from "../sys/terminal.js";
import { parseInteger } from "../text/numbers.js";
import type { AppletTable, Io } from "./applet.js";
import {
  ALIASES,
  CBAUD,
  CC,
  CFLAG,
  CHARACTERS,
  COMBINATIONS,
  FLAG_FIELDS,
  IFLAG,
  LFLAG,
  MODES,
  type Mode,
  OFLAG,
  SPEEDS,
} from "./stty-modes.js";

const DEFAULT_COLUMNS = 80;
const LINE_DISCIPLINE = 16;
/** -g prints as many control characters as C's struct termios has; the kernel's has 19. */
const SAVED_CHARACTERS = 32;
const KERNEL_CHARACTERS = 19;

/** Breaks printed words as stty does: a line that would reach the screen's last column begins anew. */
class Wrapped {
  #text = "";
  #column = 0;

  constructor(readonly width: number) {}

  add(word: string): void {
    if (this.#column > 0) {
      if (this.#column + 1 + word.length >= this.width) this.end();
      else {
        this.#text += " ";
        this.#column++;
      }
    }
    this.#text += word;
    this.#column += word.length;
  }

  end(): void {
    if (this.#column > 0) this.#text += "\n";
    this.#column = 0;
  }

  get text(): string {
    return this.#text;
  }
}

class Settings {
  constructor(readonly bytes: Buffer) {}

  field(at: number): number {
    return this.bytes.readUInt32LE(at);
  }

  has({ field, bits, mask }: Mode): boolean {
    return (this.field(field) & (mask ?? bits)) >>> 0 === bits;
  }

  set({ field, bits, mask }: Mode, on: boolean): void {
    const cleared = this.field(field) & ~(mask ?? bits);
    this.bytes.writeUInt32LE((on ? cleared | bits : cleared) >>> 0, field);
  }

  get speed(): number {
    const code = this.field(CFLAG) & CBAUD;
    return SPEEDS.find(([, known]) => known === code)?.[0] ?? 0;
  }

  set speed(baud: number) {
    const code = SPEEDS.find(([known]) => known === baud)?.[1] ?? 0;
    this.bytes.writeUInt32LE(((this.field(CFLAG) & ~CBAUD) | code) >>> 0, CFLAG);
  }
}

/** ^C, ^?, M-a, <undef>. */
function visible(code: number): string {
  if (code === 0) return "<undef>";
  const low = code & 0x7f;
  const text = low < 32 ? `^${String.fromCharCode(low + 64)}` : low === 127 ? "^?" : String.fromCharCode(low);
  return code >= 128 ? `M-${text}` : text;
}

function display(settings: Settings, all: boolean, size: { rows: number; columns: number } | undefined): string {
  const out = new Wrapped(size?.columns || DEFAULT_COLUMNS);
  out.add(`speed ${settings.speed} baud;`);
  if (all && size) {
    out.add(`rows ${size.rows};`);
    out.add(`columns ${size.columns};`);
  }
  out.add(`line = ${settings.bytes[LINE_DISCIPLINE]};`);
  out.end();
  for (const { name, index, number } of CHARACTERS) {
    const value = settings.bytes[CC + index] ?? 0;
    out.add(`${name} = ${number ? value : visible(value)};`);
  }
  out.end();
  for (const field of FLAG_FIELDS) {
    for (const mode of MODES) {
      if (mode.field !== field) continue;
      const on = settings.has(mode);
      if (mode.mask !== undefined) {
        // Of several values the one that holds is told; without -a only if sane is another one.
        if (on && (all || !(mode.sane ?? mode.name === "cs8"))) out.add(mode.name);
      } else if (all || (mode.sane !== undefined && mode.sane !== on)) out.add(on ? mode.name : `-${mode.name}`);
    }
    out.end();
  }
  return out.text;
}

function saved({ bytes }: Settings): string {
  const settings = new Settings(bytes);
  const values = [IFLAG, OFLAG, CFLAG, LFLAG].map((field) => settings.field(field));
  for (let n = 0; n < SAVED_CHARACTERS; n++) values.push(n < KERNEL_CHARACTERS ? (bytes[CC + n] ?? 0) : 0);
  return values.map((value) => value.toString(16)).join(":");
}

/** False where the text is no output of -g. */
function restoreSaved(settings: Settings, text: string): boolean {
  const values = text.split(":").map((part) => (/^[0-9a-f]+$/i.test(part) ? Number.parseInt(part, 16) : Number.NaN));
  if (values.length !== 4 + SAVED_CHARACTERS || values.some(Number.isNaN)) return false;
  for (const [n, field] of [IFLAG, OFLAG, CFLAG, LFLAG].entries()) settings.bytes.writeUInt32LE((values[n] ?? 0) >>> 0, field);
  for (let n = 0; n < KERNEL_CHARACTERS; n++) settings.bytes[CC + n] = values[4 + n] ?? 0;
  return true;
}

function makeSane(settings: Settings): void {
  for (const mode of MODES) if (mode.sane !== undefined) settings.set(mode, mode.sane);
  for (const { index, sane } of CHARACTERS) settings.bytes[CC + index] = sane;
}

/** A control character's code: ^C, ^- and undef for none, one character, or a number. */
function characterCode(text: string): number | undefined {
  if (text === "^-" || text === "undef") return 0;
  if (text.length === 1) return text.charCodeAt(0);
  if (/^\^.$/.test(text)) return text === "^?" ? 127 : text.toUpperCase().charCodeAt(1) & 0x1f;
  const value = parseInteger(text);
  return value === undefined || value < 0n || value > 255n ? undefined : Number(value);
}

class Changes {
  size: { rows?: number; columns?: number } = {};
  show: string[] = [];
  changed = false;

  constructor(
    readonly io: Io,
    readonly settings: Settings,
  ) {}

  *number(text: string): Sys<number> {
    const value = parseInteger(text);
    if (value === undefined || value < 0n || value > 0xffffn) return yield* this.io.die(`invalid number '${text}'`);
    return Number(value);
  }

  /** Applies the words from `args`; what they print is collected. */
  *apply(args: readonly string[]): Sys<void> {
    for (let at = 0; at < args.length; at++) {
      const word = args[at] ?? "";
      const next = args[at + 1];
      if (this.#mode(word) || (yield* this.#combination(word))) {
        this.changed = true;
        continue;
      }
      if (word === "size" || word === "speed") {
        this.show.push(word);
        continue;
      }
      const character = CHARACTERS.find(({ name }) => name === word);
      if (character || ["rows", "cols", "columns", "line", "ispeed", "ospeed"].includes(word)) {
        if (next === undefined) yield* this.io.die(`${word} requires an argument`);
        at++;
        yield* this.#value(word, next ?? "", character?.index, character?.number === true);
        continue;
      }
      if (restoreSaved(this.settings, word)) this.changed = true;
      else yield* this.#speed(word, "invalid number");
    }
  }

  #mode(word: string): boolean {
    const off = word.startsWith("-");
    const name = off ? word.slice(1) : word;
    const mode = MODES.find((one) => one.name === (ALIASES[name] ?? name));
    if (!mode || (off && mode.mask !== undefined)) return false;
    this.settings.set(mode, !off);
    return true;
  }

  *#combination(word: string): Sys<boolean> {
    if (word === "sane") {
      makeSane(this.settings);
      return true;
    }
    const off = word.startsWith("-");
    const words = COMBINATIONS[off ? word.slice(1) : word]?.[off ? 1 : 0];
    if (words === undefined) return false;
    yield* this.apply(words.split(" "));
    return true;
  }

  *#value(word: string, text: string, index: number | undefined, isNumber: boolean): Sys<void> {
    if (word === "ispeed" || word === "ospeed") return yield* this.#speed(text, "invalid number");
    if (index === undefined) {
      const value = yield* this.number(text);
      if (word === "rows") this.size.rows = value;
      else if (word === "line") this.settings.bytes[LINE_DISCIPLINE] = value;
      else this.size.columns = value;
      this.changed ||= word === "line";
      return;
    }
    const code = isNumber ? yield* this.number(text) : characterCode(text);
    if (code === undefined) return yield* this.io.die(`invalid number '${text}'`);
    this.settings.bytes[CC + index] = code;
    this.changed = true;
  }

  *#speed(text: string, complaint: string): Sys<void> {
    const baud = SPEEDS.find(([known]) => String(known) === text)?.[0];
    if (baud === undefined) return yield* this.io.die(`${complaint} '${text}'`);
    this.settings.speed = baud;
    this.changed = true;
  }
}

function* stty(io: Io): Sys<number> {
  // Settings begin with "-" too: options end where something else stands.
  let at = 0;
  let device: string | undefined;
  const flags = new Set<string>();
  for (; at < io.args.length; at++) {
    const arg = io.args[at] ?? "";
    if (arg === "-F" || /^-F./.test(arg)) device = arg.length > 2 ? arg.slice(2) : io.args[++at];
    else if (/^-[ag]+$/.test(arg)) for (const letter of arg.slice(1)) flags.add(letter);
    else break;
  }
  const words = io.args.slice(at);
  const all = flags.has("a");
  if (flags.size > 1) return yield* io.die("-a and -g are mutually exclusive");
  if (flags.size > 0 && words.length > 0) return yield* io.die("modes may not be set when -a or -g is used");
  const fd = device === undefined ? 0 : yield* open(device, O_RDONLY | O_NONBLOCK);
  if (fd < 0) return yield* io.die(`can't open '${device}': ${strerror(fd)}`);
  const name = device ?? "standard input";
  const termios = yield* tcgetattr(fd);
  if (typeof termios === "number") return yield* io.die(`${name}: ${strerror(termios)}`);
  const settings = new Settings(Buffer.from(termios));
  const size = yield* windowSize(fd);
  if (flags.has("g")) yield* io.put(`${saved(settings)}\n`);
  else if (words.length === 0) yield* io.put(display(settings, all, size));
  else yield* change(io, fd, name, settings, words);
  if (fd !== 0) yield* close(fd);
  return 0;
}

function* change(io: Io, fd: number, name: string, settings: Settings, words: readonly string[]): Sys<void> {
  const changes = new Changes(io, settings);
  yield* changes.apply(words);
  if (changes.changed) {
    const result = yield* tcsetattr(fd, settings.bytes, true);
    if (result < 0) yield* io.die(`${name}: ${strerror(result)}`);
  }
  if (changes.size.rows !== undefined || changes.size.columns !== undefined) {
    const old = (yield* windowSize(fd)) ?? { rows: 0, columns: 0 };
    const result = yield* setWindowSize(fd, { ...old, ...changes.size });
    if (result < 0) yield* io.die(`${name}: ${strerror(result)}`);
  }
  const size = yield* windowSize(fd);
  for (const word of changes.show) {
    yield* io.put(word === "speed" ? `${settings.speed}\n` : `${size?.rows ?? 0} ${size?.columns ?? 0}\n`);
  }
}

/** The terminal's answer must come within this (milliseconds). */
const ANSWER_WAIT = 3000;

function* answer(): Sys<string> {
  let text = "";
  while (text.length < 32 && !text.includes("R")) {
    if ((yield* pollIn(0, ANSWER_WAIT)) <= 0) break;
    const more = yield* read(0, 32);
    if (typeof more === "number" || more === "") break;
    text += more;
  }
  return text;
}

/** Asks the terminal itself: the cursor stops in its last corner. */
function* resize(io: Io): Sys<number> {
  const termios = yield* tcgetattr(0);
  if (typeof termios === "number") return yield* io.die(`standard input: ${strerror(termios)}`);
  const mode: Termios = termios;
  yield* tcsetattr(0, rawInput(mode), true);
  yield* writeAll(2, "\x1b7\x1b[r\x1b[999;999H\x1b[6n");
  const text = yield* answer();
  yield* writeAll(2, "\x1b8");
  yield* tcsetattr(0, mode, true);
  const place = /\x1b\[(\d+);(\d+)R/.exec(text);
  if (!place) return 1;
  const [rows, columns] = [Number(place[1]), Number(place[2])];
  yield* setWindowSize(0, { rows, columns });
  yield* io.put(`COLUMNS=${columns};LINES=${rows};export COLUMNS LINES;\n`);
  return 0;
}

export const STTY: AppletTable = {
  stty: {
    usage:
      "[-a|g] [-F DEVICE] [SETTING]...\n\nPrint or change the terminal's settings: without arguments what differs from 'sane'\n\n\t-F DEVICE\tOf DEVICE, not standard input\n\t-a\t\tPrint all\n\t-g\t\tPrint them for a later stty",
    run: stty,
  },
  resize: { usage: "\n\nSet the terminal's size by asking it, and print commands that set COLUMNS and LINES", run: resize },
};

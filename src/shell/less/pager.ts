// less's keys and what they do to the screen.
import { strerror } from "../../abi/errno.js";
import type { Io, Options } from "../applets/applet.js";
import type { Key, Screen } from "../full-screen/screen.js";
import { execve, fork, O_RDONLY, open, wait4 } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { Regex, RegexError } from "../text/regex.js";
import { type Row, reverse, rowText, tildeText, type View } from "./display.js";
import { Place } from "./place.js";
import { Source } from "./source.js";

const INVALID = "invalid option: ";

export class Pager {
  #file = 0;
  #opened: Place | undefined;
  readonly #view: View;
  #percent: boolean;
  #tildes: boolean;
  #ignoreCase: boolean;
  #quitAtEnd: boolean;
  #search: { pattern: string; backwards: boolean } | undefined;
  #message = "";
  readonly #marks = new Map<string, number>();
  #done = false;

  constructor(
    readonly io: Io,
    readonly screen: Screen,
    readonly files: readonly string[],
    options: Options,
  ) {
    this.#view = {
      columns: screen.columns,
      cut: options.has("S"),
      numbers: options.has("N"),
      plain: options.has("R"),
      pattern: undefined,
    };
    this.#percent = options.has("m") || options.has("M");
    this.#tildes = !options.has("~");
    this.#ignoreCase = options.has("I");
    this.#quitAtEnd = options.has("E");
  }

  get #page(): number {
    return Math.max(1, this.screen.rows - 1);
  }

  get #place(): Place {
    return this.#opened as Place;
  }

  get #source(): Source {
    return this.#place.source;
  }

  *openFile(index: number): Sys<boolean> {
    const name = this.files[index] ?? "-";
    const fd = name === "-" ? 0 : yield* open(name, O_RDONLY);
    if (fd < 0) {
      yield* this.io.error(`can't open '${name}': ${strerror(fd)}`);
      return false;
    }
    this.#file = index;
    this.#opened = new Place(new Source(name === "-" ? "standard input" : name, fd), this.#view, () => this.#page);
    return true;
  }

  /** Whether the last row of the file is on the screen, with nothing but it or a row behind it. */
  *fits(): Sys<boolean> {
    const rows = yield* this.#place.rows(0, 0, this.#page + 1);
    return this.#source.ended && rows.length <= this.#page;
  }

  *draw(): Sys<void> {
    const { screen } = this;
    this.#view.columns = screen.columns;
    const rows = yield* this.#place.rows(this.#place.top.line, this.#place.top.row, this.#page);
    let text = "\x1b[0;0H";
    for (let n = 0; n < this.#page; n++) {
      const row = rows[n];
      text += `\x1b[K${row ? rowText(row, this.#view) : this.#tildes ? tildeText(this.#view) : ""}\r\n`;
    }
    yield* screen.put(text);
    yield* this.#status(rows);
  }

  /** At a file's end: what `:n` would show. */
  #next(): string {
    const name = this.files[this.#file + 1];
    return name === undefined ? "" : ` - next: ${name}`;
  }

  *#status(rows: readonly Row[], full = this.#percent): Sys<void> {
    const source = this.#source;
    // A pipe's length is known only at its end.
    if (full && source.fd !== 0) yield* source.all();
    const end = yield* this.#place.atEnd(rows);
    const place = this.files.length > 1 ? ` (file ${this.#file + 1} of ${this.files.length})` : "";
    let text = reverse(`${source.name}${place}`);
    if (this.#message !== "") text = reverse(this.#message);
    else if (full) {
      const total = Math.max(0, source.lines.length - 1);
      const last = Math.min((rows.at(-1)?.line ?? 0) + 1, source.ended ? total : Number.POSITIVE_INFINITY);
      const known = source.ended ? `/${total}` : "";
      const share = !source.ended ? "" : end ? ` (END)${this.#next()}` : ` ${Math.floor((100 * last) / Math.max(1, total))}%`;
      text = reverse(`${source.name}${place} lines ${this.#place.top.line + 1}-${last}${known}${share}`);
    } else if (this.#place.top.line === 0 && this.#place.top.row === 0) text = reverse(`${source.name}${place}`);
    else if (end) text = reverse(`(END)${place}`);
    else text = ":";
    this.#message = "";
    yield* this.screen.put(`\x1b[${this.screen.rows};0H\x1b[K${text}`);
  }

  #compile(pattern: string): Regex | undefined {
    try {
      return new Regex(pattern, { extended: true, ignoreCase: this.#ignoreCase });
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      this.#message = error.message;
      return undefined;
    }
  }

  /** To the count-th line that matches, behind the first one shown or before it. */
  *#find(count: number, again: boolean, opposite: boolean): Sys<void> {
    const source = this.#source;
    const { pattern } = this.#view;
    if (!this.#search || !pattern) {
      this.#message = "No previous search";
      return;
    }
    // As in busybox, n always goes forwards and N backwards, whichever way the search was typed.
    const backwards = again ? opposite : this.#search.backwards;
    yield* source.all();
    const found = source.lines.flatMap((text, n) => (pattern.test(text) ? [n] : []));
    if (found.length === 0) {
      this.#message = "No matches found";
      return;
    }
    const from = this.#place.top.line;
    let at: number;
    if (backwards) at = found.findLastIndex((line) => line < from) - (count - 1);
    else at = found.findIndex((line) => (again ? line > from : line >= from)) + (count - 1);
    if (!backwards && found.findIndex((line) => (again ? line > from : line >= from)) < 0) at = found.length - 1;
    const line = found[Math.max(0, Math.min(at, found.length - 1))] ?? from;
    yield* this.#place.goTo(line);
  }

  /** What is typed on the last line, behind a prompt; undefined if it was given up. */
  *#ask(prompt: string): Sys<string | undefined> {
    let text = "";
    for (;;) {
      yield* this.screen.put(`\x1b[${this.screen.rows};0H\x1b[K${prompt}${text}`);
      const key = yield* this.screen.key();
      if (key === "\r" || key === "\n") return text;
      if (key === "\x1b" || key === "\x03" || key === "end") return undefined;
      if (key === "\x7f" || key === "\b") {
        if (text === "") return undefined;
        text = text.slice(0, -1);
      } else if (key.length === 1 && key >= " ") text += key;
    }
  }

  *#askSearch(backwards: boolean, count: number): Sys<void> {
    const typed = yield* this.#ask(backwards ? "?" : "/");
    if (typed === undefined) return;
    const regex = typed === "" ? undefined : this.#compile(typed);
    this.#view.pattern = regex;
    this.#search = regex && { pattern: typed, backwards };
    if (!regex) return;
    yield* this.#find(count, false, false);
  }

  *#changeFile(by: number): Sys<void> {
    const wanted = this.#file + by;
    if (wanted < 0 || wanted >= this.files.length) this.#message = by > 0 ? "No next file" : "No previous file";
    else if (!(yield* this.openFile(wanted))) this.#message = "Can't open the file";
  }

  *#colon(): Sys<void> {
    yield* this.screen.put(`\x1b[${this.screen.rows};0H\x1b[K${reverse(" :")}`);
    const key = yield* this.screen.key();
    if (key === "q") this.#done = true;
    else if (key === "n") yield* this.#changeFile(1);
    else if (key === "p") yield* this.#changeFile(-1);
    else if (key === "x") yield* this.#changeFile(-this.#file);
    else if (key === "f") return yield* this.#tellPlace();
    else if (key === "e") yield* this.#examine();
    if (!this.#done) yield* this.draw();
  }

  *#examine(): Sys<void> {
    const name = yield* this.#ask("Examine: ");
    if (!name) return;
    const probe = yield* open(name, O_RDONLY);
    if (probe < 0) {
      this.#message = `can't open '${name}': ${strerror(probe)}`;
      return;
    }
    this.#opened = new Place(new Source(name, probe), this.#view, () => this.#page);
  }

  *#tellPlace(): Sys<void> {
    yield* this.#status(yield* this.#place.rows(this.#place.top.line, this.#place.top.row, this.#page), true);
  }

  *#option(): Sys<void> {
    yield* this.screen.put(`\x1b[${this.screen.rows};0H\x1b[K-`);
    const key = yield* this.screen.key();
    if (key === "N") this.#view.numbers = !this.#view.numbers;
    else if (key === "S") {
      this.#view.cut = !this.#view.cut;
      this.#place.top = { line: this.#place.top.line, row: 0 };
    } else if (key === "R") this.#view.plain = !this.#view.plain;
    else if (key === "m" || key === "M") this.#percent = !this.#percent;
    else if (key === "I" || key === "i") {
      this.#ignoreCase = !this.#ignoreCase;
      if (this.#search) this.#view.pattern = this.#compile(this.#search.pattern);
    } else if (key === "E" || key === "e") this.#quitAtEnd = !this.#quitAtEnd;
    else if (key === "~") this.#tildes = !this.#tildes;
    else if (key !== "\x1b") this.#message = `${INVALID}${key}`;
  }

  *#shell(): Sys<void> {
    const command = yield* this.#ask("!");
    if (command === undefined) return;
    yield* this.screen.close();
    yield* this.screen.put("\r\n");
    const { env } = this.io.process;
    const pid = yield* fork(function* () {
      const result = yield* execve("/bin/sh", command === "" ? ["sh"] : ["sh", "-c", command], env);
      return result < 0 ? 127 : 0;
    });
    if (pid > 0) yield* wait4(pid, 0);
    yield* this.screen.reopen();
  }

  /** One command; `count` as typed before it. */
  *#command(key: Key, count: number | undefined): Sys<void> {
    const times = count ?? 1;
    const before = { ...this.#place.top };
    switch (key) {
      case "q":
      case "Q":
      case "end":
        this.#done = true;
        return;
      case "Z":
        this.#done = (yield* this.screen.key()) === "Z";
        return;
      case "j":
      case "e":
      case "\r":
      case "\n":
      case "\x0e":
      case "\x05":
      case "<down>":
        yield* this.#place.down(times);
        break;
      case "k":
      case "y":
      case "\x10":
      case "\x19":
      case "\x0b":
      case "<up>":
        this.#place.up(times);
        break;
      case " ":
      case "f":
      case "z":
      case "\x06":
      case "\x16":
      case "<pagedown>":
        yield* this.#place.down(count ?? this.#page);
        break;
      case "b":
      case "w":
      case "\x02":
      case "<pageup>":
        this.#place.up(count ?? this.#page);
        break;
      case "d":
      case "\x04":
        yield* this.#place.down(count ?? this.#page >> 1);
        break;
      case "u":
      case "\x15":
        this.#place.up(count ?? this.#page >> 1);
        break;
      case "g":
      case "<":
      case "<home>":
        yield* this.#place.goTo((count ?? 1) - 1);
        break;
      case "G":
      case ">":
      case "<end>":
        if (count === undefined) this.#place.top = yield* this.#place.lastTop();
        else yield* this.#place.goTo(count - 1);
        break;
      case "p":
      case "%":
        yield* this.#source.all();
        yield* this.#place.goTo(Math.floor(((this.#source.lines.length - 1) * Math.min(times, 100)) / 100));
        break;
      case "/":
      case "?":
        yield* this.#askSearch(key === "?", times);
        break;
      case "n":
      case "N":
        yield* this.#find(times, true, key === "N");
        break;
      case "-":
        yield* this.#option();
        break;
      case ":":
        return yield* this.#colon();
      case "=":
      case "\x07":
        return yield* this.#tellPlace();
      case "m":
        this.#marks.set(yield* this.screen.key(), this.#place.top.line);
        break;
      case "'":
        yield* this.#place.goTo(this.#marks.get(yield* this.screen.key()) ?? this.#place.top.line);
        break;
      case "!":
        yield* this.#shell();
        break;
      case "h":
      case "H":
        this.#message = "q quit  space/b page  j/k line  /? search n N  g G  :n :p  -N -S -I -R  = place";
        break;
      case "r":
      case "R":
      case "\f":
      case "<resize>":
        yield* this.#place.goTo(this.#place.top.line, 0);
        break;
      default:
        return;
    }
    const moved = before.line !== this.#place.top.line || before.row !== this.#place.top.row;
    if (this.#quitAtEnd && !moved && /[ jef\r\n]|<down>|<pagedown>/.test(key)) {
      this.#done = true;
      return;
    }
    yield* this.draw();
  }

  *run(): Sys<void> {
    yield* this.draw();
    let digits = "";
    while (!this.#done) {
      const key = yield* this.screen.key();
      if (/^[0-9]$/.test(key)) {
        digits = (digits + key).slice(-7);
        yield* this.screen.put(`\x1b[${this.screen.rows};0H\x1b[K:${digits}`);
        continue;
      }
      const count = digits === "" ? undefined : Number(digits);
      digits = "";
      yield* this.#command(key, count);
    }
  }

  *leave(): Sys<void> {
    yield* this.screen.put(`\x1b[${this.screen.rows};0H\x1b[K`);
  }
}

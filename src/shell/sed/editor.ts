// Runs a sed script over a stream of lines: pattern space, hold space, ranges, jumps and the queue of text to be appended.
import { close, O_CREAT, O_TRUNC, O_WRONLY, open, work, writeAll } from "../sys/calls.js";
import { readFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import type { Match, Regex } from "../text/regex.js";
import type { Address, SedCommand, SedScript, Substitution } from "./script.js";
import { SedError } from "./text-reader.js";

/** Lines in order, each with its newline where it has one, and whether another follows. */
export interface LineSource {
  next(): Sys<string | undefined>;
  isLast(): Sys<boolean>;
}

export type Put = (text: string) => Sys<void>;

/** Commands between two bits of work, so that a script that jumps for ever can be interrupted. */
const COMMANDS_PER_WORK = 64;

interface Range {
  active: boolean;
  /** Line number at which it ends; Infinity where a pattern or $ does. */
  until: number;
}

export class Editor {
  #pattern = "";
  #newline = true;
  #hold = "";
  #line = 0;
  #substituted = false;
  #missing = false;
  #last: Regex | undefined;
  #appended: { kind: "text" | "file"; text: string }[] = [];
  #steps = 0;
  readonly #ranges = new Map<SedCommand, Range>();
  readonly #files = new Map<string, number>();

  constructor(
    readonly script: SedScript,
    readonly quiet: boolean,
    readonly source: LineSource,
    readonly put: Put,
  ) {}

  /** Opens the files of w and s///w, which are emptied even where nothing is written; the negative errno and name of one that cannot be. */
  *openFiles(): Sys<{ path: string; error: number } | undefined> {
    for (const command of this.script.commands) {
      const path = command.name === "w" ? command.text : command.substitution?.file;
      if (path === undefined || path === "/dev/stdout" || this.#files.has(path)) continue;
      const fd = yield* open(path, O_WRONLY | O_CREAT | O_TRUNC);
      if (fd < 0) return { path, error: fd };
      this.#files.set(path, fd);
    }
    return undefined;
  }

  *closeFiles(): Sys<void> {
    for (const fd of this.#files.values()) yield* close(fd);
  }

  /** All lines; true where `q` ended it. */
  *run(): Sys<boolean> {
    while (yield* this.#read()) {
      let outcome = yield* this.#cycle();
      while (outcome === "restart") {
        yield* this.#flushAppended();
        outcome = yield* this.#cycle();
      }
      if (outcome === "end" || outcome === "quit") {
        if (!this.quiet) yield* this.#show(this.#pattern, this.#newline);
      }
      yield* this.#flushAppended();
      if (outcome === "quit" || outcome === "stop") return outcome === "quit";
    }
    return false;
  }

  *#read(): Sys<boolean> {
    const line = yield* this.source.next();
    if (line === undefined) return false;
    this.#newline = line.endsWith("\n");
    this.#pattern = this.#newline ? line.slice(0, -1) : line;
    this.#line++;
    this.#substituted = false;
    return true;
  }

  /** A line whose last one had no newline gets it only when another follows. */
  *#show(text: string, newline = true): Sys<void> {
    const before = this.#missing ? "\n" : "";
    this.#missing = !newline;
    yield* this.put(`${before}${text}${newline ? "\n" : ""}`);
  }

  *#flushAppended(): Sys<void> {
    const list = this.#appended;
    this.#appended = [];
    for (const { kind, text } of list) {
      const content = kind === "text" ? text : yield* readFile(text);
      if (typeof content !== "string" || content === "") continue;
      const newline = content.endsWith("\n");
      yield* this.#show(newline ? content.slice(0, -1) : content, newline);
    }
  }

  *#matches(address: Address): Sys<boolean> {
    switch (address.kind) {
      case "line":
        return address.line === this.#line;
      case "last":
        return yield* this.source.isLast();
      case "regex":
        return this.#exec(address.regex, 0) !== undefined;
    }
  }

  #exec(regex: Regex | undefined, from: number): Match | undefined {
    const used = regex ?? this.#last;
    if (!used) throw new SedError("no previous regexp");
    this.#last = used;
    return used.exec(this.#pattern, from);
  }

  *#selected(command: SedCommand): Sys<boolean> {
    const { first, second } = command;
    if (!first) return true;
    if (!second) return yield* this.#matches(first);
    const range = this.#ranges.get(command) ?? { active: false, until: 0 };
    this.#ranges.set(command, range);
    if (!range.active) {
      if (!(yield* this.#matches(first))) return false;
      range.active = true;
      range.until = Number.POSITIVE_INFINITY;
      if (second.kind === "line") range.until = second.line;
      else if (second.kind === "count") range.until = this.#line + second.count;
      else if (second.kind === "last" && (yield* this.source.isLast())) range.until = this.#line;
      if (range.until <= this.#line) range.active = false;
      return true;
    }
    if (this.#line >= range.until || (second.kind !== "count" && second.kind !== "line" && (yield* this.#matches(second))))
      range.active = false;
    return this.#line <= range.until;
  }

  /** One pass through the script. "stop": the input ended within it and nothing is left to print. */
  *#cycle(): Sys<"end" | "delete" | "restart" | "quit" | "stop"> {
    const { commands, labels } = this.script;
    for (let at = 0; at < commands.length; ) {
      const command = commands[at] as SedCommand;
      at++;
      if (++this.#steps % COMMANDS_PER_WORK === 0) yield* work(COMMANDS_PER_WORK * 4);
      if ((yield* this.#selected(command)) === command.negate) {
        if (command.name === "{") at = command.end;
        continue;
      }
      switch (command.name) {
        case "b":
          at = command.text === "" ? commands.length : (labels.get(command.text) ?? commands.length);
          break;
        case "t":
        case "T":
          if (this.#substituted === (command.name === "t")) at = labels.get(command.text) ?? commands.length;
          this.#substituted = false;
          break;
        case "d":
          return "delete";
        case "D": {
          const newline = this.#pattern.indexOf("\n");
          if (newline < 0) return "delete";
          this.#pattern = this.#pattern.slice(newline + 1);
          return "restart";
        }
        case "c":
          if (!command.second || command.negate || this.#ranges.get(command)?.active !== true) yield* this.#show(command.text.slice(0, -1));
          return "delete";
        case "q":
          return "quit";
        case "n":
          if (yield* this.source.isLast()) return this.quiet ? "stop" : "quit";
          if (!this.quiet) yield* this.#show(this.#pattern, this.#newline);
          yield* this.#flushAppended();
          yield* this.#read();
          break;
        case "N": {
          if (yield* this.source.isLast()) return this.quiet ? "stop" : "quit";
          const before = this.#pattern;
          const substituted = this.#substituted;
          yield* this.#flushAppended();
          yield* this.#read();
          this.#pattern = `${before}\n${this.#pattern}`;
          this.#substituted = substituted;
          break;
        }
        default:
          yield* this.#simple(command);
      }
    }
    return "end";
  }

  *#simple(command: SedCommand): Sys<void> {
    switch (command.name) {
      case "=":
        yield* this.#show(String(this.#line));
        return;
      case "a":
        this.#appended.push({ kind: "text", text: command.text });
        return;
      case "i":
        yield* this.#show(command.text.slice(0, -1));
        return;
      case "r":
        this.#appended.push({ kind: "file", text: command.text });
        return;
      case "g":
        this.#pattern = this.#hold;
        return;
      case "G":
        this.#pattern += `\n${this.#hold}`;
        return;
      case "h":
        this.#hold = this.#pattern;
        return;
      case "H":
        this.#hold += `\n${this.#pattern}`;
        return;
      case "x":
        [this.#pattern, this.#hold] = [this.#hold, this.#pattern];
        return;
      case "p":
        yield* this.#show(this.#pattern, this.#newline);
        return;
      case "P":
        yield* this.#show(this.#pattern.split("\n", 1)[0] ?? "");
        return;
      case "w":
        yield* this.#write(command.text);
        return;
      case "y":
        this.#pattern = [...this.#pattern].map((char) => command.translation?.get(char) ?? char).join("");
        return;
      case "s":
        if (command.substitution) yield* this.#substitute(command.substitution);
        return;
    }
  }

  *#write(path: string): Sys<void> {
    const fd = this.#files.get(path);
    if (fd === undefined) yield* this.#show(this.#pattern, this.#newline);
    else yield* writeAll(fd, `${this.#pattern}${this.#newline ? "\n" : ""}`);
  }

  *#substitute(command: Substitution): Sys<void> {
    const text = this.#pattern;
    const pieces: string[] = [];
    let copied = 0;
    let count = 0;
    let changed = false;
    let previousEnd = -1;
    for (let from = 0; from <= text.length; ) {
      const found = this.#exec(command.regex, from);
      if (!found) break;
      // An empty match right behind a match is none of its own.
      if (found.end === found.start && found.start === previousEnd) {
        from = found.end + 1;
        continue;
      }
      previousEnd = found.end;
      count++;
      if (count >= command.first) {
        changed = true;
        pieces.push(text.slice(copied, found.start));
        for (const part of command.replacement) {
          if (typeof part === "string") pieces.push(part);
          else pieces.push(part.group === 0 ? text.slice(found.start, found.end) : (found.group(part.group) ?? ""));
        }
        copied = found.end;
        if (!command.global) break;
      }
      from = found.end > found.start ? found.end : found.end + 1;
      if (count % COMMANDS_PER_WORK === 0) yield* work(COMMANDS_PER_WORK * 4);
    }
    if (!changed) return;
    this.#pattern = pieces.join("") + text.slice(copied);
    this.#substituted = true;
    if (command.print) yield* this.#show(this.#pattern, this.#newline);
    if (command.file !== undefined) yield* this.#write(command.file);
  }
}

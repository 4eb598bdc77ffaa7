// sed's commands as parsed from a script, by busybox's reading of them: commands need nothing between them, labels end at ";" or a line's
// end, text of a, i and c may begin on the command's own line.
import { Regex, RegexError } from "../text/regex.js";
import { SedError, TextReader } from "./text-reader.js";

export type Address = { kind: "line"; line: number } | { kind: "last" } | { kind: "regex"; regex: Regex | undefined };
export type RangeEnd = Address | { kind: "count"; count: number };

export type Replacement = string | { group: number };

export interface Substitution {
  /** undefined: the last regular expression used. */
  regex: Regex | undefined;
  replacement: readonly Replacement[];
  global: boolean;
  print: boolean;
  /** The match from which on to replace. */
  first: number;
  file: string | undefined;
}

export interface SedCommand {
  first?: Address;
  second?: RangeEnd;
  negate: boolean;
  /** The command's letter; ":" is a label. */
  name: string;
  /** Text of a i c, a label of : b t T, a file of r w. */
  text: string;
  substitution?: Substitution;
  translation?: ReadonlyMap<string, string>;
  /** For "{": the place behind its "}". */
  end: number;
}

export interface SedScript {
  commands: SedCommand[];
  labels: ReadonlyMap<string, number>;
  /** "#n" was the script's first line. */
  quiet: boolean;
}

const PLAIN = "dDgGhHlnNpPqx=";

class ScriptParser {
  readonly #reader: TextReader;
  readonly #commands: SedCommand[] = [];
  readonly #labels = new Map<string, number>();
  readonly #open: SedCommand[] = [];

  constructor(
    text: string,
    readonly extended: boolean,
  ) {
    this.#reader = new TextReader(text);
  }

  parse(): SedScript {
    const reader = this.#reader;
    const quiet = reader.text === "#n" || reader.text.startsWith("#n\n");
    for (;;) {
      reader.skip(" \t\n;\r");
      if (reader.ended) break;
      if (reader.peek() === "#") {
        reader.line();
        continue;
      }
      this.#command();
    }
    for (const left of this.#open) left.end = this.#commands.length;
    for (const command of this.#commands) {
      if ("btT".includes(command.name) && command.text !== "" && !this.#labels.has(command.text))
        throw new SedError(`can't find label for jump to '${command.text}'`);
    }
    return { commands: this.#commands, labels: this.#labels, quiet };
  }

  #address(): Address | undefined {
    const reader = this.#reader;
    const digits = reader.digits();
    if (digits !== "") return { kind: "line", line: Number(digits) };
    const char = reader.peek();
    if (char === "$") {
      reader.take();
      return { kind: "last" };
    }
    if (char !== "/" && char !== "\\") return undefined;
    if (char === "\\") reader.take();
    const pattern = reader.delimited(reader.take());
    return { kind: "regex", regex: this.#regex(pattern, false) };
  }

  #regex(pattern: string, ignoreCase: boolean): Regex | undefined {
    if (pattern === "") return undefined;
    try {
      return new Regex(pattern, { extended: this.extended, ignoreCase });
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      throw new SedError(`bad regex '${pattern}': ${error.reason}`);
    }
  }

  #command(): void {
    const reader = this.#reader;
    const command: SedCommand = { negate: false, name: "", text: "", end: 0 };
    const first = this.#address();
    if (first) command.first = first;
    if (reader.peek() === ",") {
      reader.take();
      reader.skip(" \t");
      const plus = reader.peek() === "+";
      if (plus) reader.take();
      const second = this.#address();
      if (!second || (plus && second.kind !== "line")) throw new SedError("no address after comma");
      command.second = plus && second.kind === "line" ? { kind: "count", count: second.line } : second;
    }
    reader.skip(" \t");
    if (reader.peek() === "!") {
      reader.take();
      command.negate = true;
      reader.skip(" \t");
    }
    if (reader.ended || reader.peek() === "\n") throw new SedError("missing command");
    command.name = reader.take();
    if (command.name === "}") {
      // One that closes nothing is passed over, as one that is missing is supplied.
      const open = this.#open.pop();
      if (open) open.end = this.#commands.length;
      return;
    }
    this.#arguments(command);
    if (command.name === ":") this.#labels.set(command.text, this.#commands.length);
    else this.#commands.push(command);
  }

  #arguments(command: SedCommand): void {
    const reader = this.#reader;
    switch (command.name) {
      case "{":
        this.#open.push(command);
        return;
      case ":":
      case "b":
      case "t":
      case "T":
        reader.skip(" \t");
        command.text = reader.until(";\n}").trimEnd();
        return;
      case "a":
      case "i":
      case "c":
        command.text = this.#text();
        return;
      case "r":
      case "w":
        reader.skip(" \t");
        command.text = reader.line();
        if (command.text === "") throw new SedError("empty filename");
        return;
      case "s":
        command.substitution = this.#substitution();
        return;
      case "y": {
        const delimiter = reader.take();
        const from = unescapeSet(reader.delimited(delimiter));
        const to = unescapeSet(reader.delimited(delimiter));
        const map = new Map<string, string>();
        for (const [n, char] of from.entries()) {
          const other = to[n];
          if (other !== undefined && !map.has(char)) map.set(char, other);
        }
        command.translation = map;
        return;
      }
    }
    if (!PLAIN.includes(command.name)) throw new SedError(`unsupported command ${command.name}`);
  }

  /** What a, i and c put out: up to the first line that does not end in a backslash. */
  #text(): string {
    const reader = this.#reader;
    reader.skip(" \t");
    if (reader.peek() === "\\") {
      reader.take();
      const at = reader.at;
      reader.skip(" \t");
      if (reader.peek() === "\n") reader.take();
      else reader.at = at;
    }
    let text = "";
    for (;;) {
      const char = reader.take();
      if (char === "" || char === "\n") break;
      if (char !== "\\") text += char;
      else text += reader.take();
    }
    return `${text}\n`;
  }

  #substitution(): Substitution {
    const reader = this.#reader;
    const delimiter = reader.take();
    const pattern = reader.delimited(delimiter);
    const replacement = parseReplacement(reader.replacement(delimiter));
    const result = { replacement, global: false, print: false, first: 1, file: undefined as string | undefined };
    let ignoreCase = false;
    for (;;) {
      const digits = reader.digits();
      if (digits !== "") {
        result.first = Number(digits);
        continue;
      }
      const char = reader.peek();
      if (char === "g") result.global = true;
      else if (char === "p") result.print = true;
      else if (char === "i" || char === "I") ignoreCase = true;
      else if (char === "w") {
        reader.take();
        reader.skip(" \t");
        result.file = reader.line();
        break;
      } else if (char === "" || ";\n\r \t}#".includes(char)) break;
      else throw new SedError("bad option in substitution expression");
      reader.take();
    }
    // With both a number and g, g wins.
    if (result.global) result.first = 1;
    return { regex: this.#regex(pattern, ignoreCase), ...result };
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\x07", f: "\f", v: "\v" };

function unescapeSet(text: string): string[] {
  const chars: string[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char !== "\\") chars.push(char);
    else {
      const next = text[++at] ?? "\\";
      chars.push(ESCAPES[next] ?? next);
    }
  }
  return chars;
}

function parseReplacement(text: string): Replacement[] {
  const parts: Replacement[] = [];
  let plain = "";
  const group = (number: number): void => {
    if (plain !== "") parts.push(plain);
    plain = "";
    parts.push({ group: number });
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === "&") group(0);
    else if (char === "\\") {
      const next = text[++at] ?? "";
      if (next >= "0" && next <= "9") group(Number(next));
      else plain += ESCAPES[next] ?? next;
    } else plain += char;
  }
  if (plain !== "") parts.push(plain);
  return parts;
}

/** Throws SedError. */
export function parseSed(text: string, extended: boolean): SedScript {
  return new ScriptParser(text, extended).parse();
}

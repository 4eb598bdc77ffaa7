// $0 and its fields, each made from the other when needed.
import type { Regex } from "../text/regex.js";
import { fromInput, type Value } from "./values.js";

const MAX_FIELDS = 100_000;

/** How a record is cut: FS, and with RS "" newlines too. */
export interface Cut {
  separator: string | Regex;
  paragraphs: boolean;
}

function cutText(text: string, { separator, paragraphs }: Cut): string[] {
  if (!paragraphs || separator === " " || separator === "\n" || separator === "") return splitText(text, separator);
  return text.split("\n").flatMap((line) => (line === "" ? [""] : splitText(line, separator)));
}

/** Splits by awk's rules: " " at runs of blanks, one character at each, else a regular expression; "" into characters. */
export function splitText(text: string, separator: string | Regex): string[] {
  if (text === "") return [];
  if (separator === " ") return text.split(/[ \t\n]+/).filter((piece) => piece !== "");
  if (typeof separator === "string") return text.split(separator);
  const pieces: string[] = [];
  let start = 0;
  for (let from = 0; from <= text.length; ) {
    const found = separator.exec(text, from);
    if (!found) break;
    if (found.end === found.start) {
      from = found.end + 1;
      continue;
    }
    pieces.push(text.slice(start, found.start));
    start = found.end;
    from = found.end;
  }
  pieces.push(text.slice(start));
  return pieces;
}

export class Record {
  #text = "";
  #fields: Value[] | undefined;
  #stale = false;

  #cut: Cut;

  /** `cut`: FS as it is when the record is read; `join`: OFS. */
  constructor(
    readonly cut: () => Cut,
    readonly join: () => string,
    readonly textOf: (value: Value) => string,
  ) {
    this.#cut = cut();
  }

  set(text: string): void {
    this.#text = text;
    this.#fields = undefined;
    this.#stale = false;
    this.#cut = this.cut();
  }

  get text(): string {
    if (this.#stale) this.#text = (this.#fields ?? []).map(this.textOf).join(this.join());
    this.#stale = false;
    return this.#text;
  }

  #all(): Value[] {
    this.#fields ??= cutText(this.#text, this.#cut).map(fromInput);
    return this.#fields;
  }

  get count(): number {
    return this.#all().length;
  }

  set count(count: number) {
    const fields = this.#all();
    const wanted = Math.min(Math.max(0, count), MAX_FIELDS);
    while (fields.length < wanted) fields.push("");
    fields.length = wanted;
    this.#stale = true;
  }

  get(index: number): Value {
    return index === 0 ? fromInput(this.text) : this.#all()[index - 1];
  }

  put(index: number, value: Value): void {
    if (index === 0) {
      this.set(this.textOf(value));
      return;
    }
    if (index > this.count) this.count = index;
    if (index <= MAX_FIELDS) this.#all()[index - 1] = value;
    this.#stale = true;
  }
}

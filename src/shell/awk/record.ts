// $0 and its fields, each made from the other when needed.
import type { Regex } from "../text/regex.js";
import { fromInput, type Value } from "./values.js";

const MAX_FIELDS = 100_000;

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

  /** `separator`: FS as it is when the fields are first looked at; `join`: OFS. */
  constructor(
    readonly separator: () => string | Regex,
    readonly join: () => string,
    readonly textOf: (value: Value) => string,
  ) {}

  set(text: string): void {
    this.#text = text;
    this.#fields = undefined;
    this.#stale = false;
  }

  get text(): string {
    if (this.#stale) this.#text = (this.#fields ?? []).map(this.textOf).join(this.join());
    this.#stale = false;
    return this.#text;
  }

  #all(): Value[] {
    this.#fields ??= splitText(this.#text, this.separator()).map(fromInput);
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

// The fields that a word becomes while it is expanded: which characters were quoted, and where IFS splits.
import { escapeGlob } from "../text/glob.js";

export interface Field {
  /** The characters as they are. */
  text: string;
  /** The same as a pattern: what was quoted stands for itself. */
  pattern: string;
}

export const DEFAULT_IFS = " \t\n";

export class Fields {
  readonly list: Field[] = [];
  readonly #ifs: string;
  #current: Field | undefined;
  /** What ended the last field: white space may be followed by one delimiter of the same gap. */
  #ended: "nothing" | "blank" | "delimiter" = "nothing";

  constructor(ifs: string) {
    this.#ifs = ifs;
  }

  get ifs(): string {
    return this.#ifs;
  }

  /** Characters that are not split. An empty quoted text makes a field, too. */
  add(text: string, quoted: boolean): void {
    if (text === "" && !quoted) return;
    this.#current ??= { text: "", pattern: "" };
    this.#current.text += text;
    this.#current.pattern += quoted ? escapeGlob(text) : text;
    this.#ended = "nothing";
  }

  /** The result of an unquoted expansion. */
  split(text: string): void {
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text[at] ?? "";
      if (!this.#ifs.includes(char)) continue;
      this.add(text.slice(start, at), false);
      start = at + 1;
      const blank = DEFAULT_IFS.includes(char);
      if (this.#current) {
        this.end();
        this.#ended = blank ? "blank" : "delimiter";
      } else if (!blank) {
        if (this.#ended !== "blank") this.list.push({ text: "", pattern: "" });
        this.#ended = "delimiter";
      }
    }
    this.add(text.slice(start), false);
  }

  /** Ends the current field, if one has begun. */
  end(): void {
    if (this.#current) this.list.push(this.#current);
    this.#current = undefined;
    this.#ended = "nothing";
  }
}

// Reads sed's script text: pieces between delimiters with their escapes, labels, lines.

/** Ends the parsing; the message is sed's. */
export class SedError extends Error {}

export class TextReader {
  at = 0;

  constructor(readonly text: string) {}

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  peek(): string {
    return this.text[this.at] ?? "";
  }

  take(): string {
    return this.text[this.at++] ?? "";
  }

  skip(chars: string): void {
    while (!this.ended && chars.includes(this.peek())) this.at++;
  }

  digits(): string {
    const start = this.at;
    while (this.peek() >= "0" && this.peek() <= "9") this.at++;
    return this.text.slice(start, this.at);
  }

  until(chars: string): string {
    const start = this.at;
    while (!this.ended && !chars.includes(this.peek())) this.at++;
    return this.text.slice(start, this.at);
  }

  /** The rest of the line; the newline is taken too. */
  line(): string {
    const line = this.until("\n");
    this.at++;
    return line;
  }

  /**
   * A pattern up to its delimiter, which is taken. \n and \t become what they stand for, other escapes (the delimiter's too) stay for the
   * regular expression's parser. Delimiters in brackets count as text.
   */
  delimited(delimiter: string): string {
    let text = "";
    let bracket = -1;
    while (!this.ended) {
      const char = this.take();
      if (bracket >= 0) {
        text += char;
        const first = text.length - 1 - bracket;
        if (char === "[" && ".:=".includes(this.peek()) && this.peek() !== "") {
          const kind = this.take();
          const end = this.text.indexOf(`${kind}]`, this.at);
          const stop = end < 0 ? this.at : end + 2;
          text += kind + this.text.slice(this.at, stop);
          this.at = stop;
        } else if (char === "]" && first > 1 && !(first === 2 && text[bracket + 1] === "^")) bracket = -1;
        else if (char === "\\" && "nt".includes(this.peek()) && !this.ended) text = text.slice(0, -1) + (this.take() === "n" ? "\n" : "\t");
        continue;
      }
      if (char === delimiter) return text;
      if (char === "[") {
        bracket = text.length;
        text += char;
      } else if (char === "\\") {
        const next = this.take();
        if (next === "n") text += "\n";
        else if (next === "t") text += "\t";
        else text += `\\${next}`;
      } else text += char;
    }
    throw new SedError(`unmatched '${delimiter}'`);
  }

  /** A replacement up to its delimiter, which is taken; escapes stay, but for those of the delimiter. */
  replacement(delimiter: string): string {
    let text = "";
    while (!this.ended) {
      const char = this.take();
      if (char === delimiter) return text;
      if (char === "\\") {
        const next = this.take();
        text += next === delimiter && next !== "&" ? next : `\\${next}`;
      } else text += char;
    }
    throw new SedError(`unmatched '${delimiter}'`);
  }
}

// The lines of one file for less, read as far as they are needed.

import { LineReader } from "../applets/input.js";
import { close } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";

export class Source {
  /** Without newlines. Text that ends with a newline has an empty line behind it. */
  readonly lines: string[] = [];
  ended = false;
  readonly #reader: LineReader;
  #terminated = true;

  constructor(
    readonly name: string,
    readonly fd: number,
  ) {
    this.#reader = new LineReader(fd);
  }

  /** Reads until there are `count` lines, or all. */
  *want(count: number): Sys<void> {
    while (!this.ended && this.lines.length < count) {
      const line = yield* this.#reader.next();
      if (line === undefined) {
        if (this.#terminated) this.lines.push("");
        this.ended = true;
        yield* close(this.fd);
        return;
      }
      this.#terminated = line.endsWith("\n");
      this.lines.push(this.#terminated ? line.slice(0, -1) : line);
    }
  }

  *all(): Sys<void> {
    yield* this.want(Number.POSITIVE_INFINITY);
  }
}

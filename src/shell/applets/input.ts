// Reading files line by line for the applets that work on text, and messages about files that cannot be opened.
import { ERRNO, strerror } from "../../abi/errno.js";
import { close, O_RDONLY, open, read, work } from "../sys/calls.js";
import { BUFFER, BUFFER_WORK, readAll } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import type { Io } from "./applet.js";

/** Opens a file for reading, "-" for standard input; undefined after a message. */
export function* openInput(io: Io, path: string): Sys<number | undefined> {
  if (path === "-") return 0;
  const fd = yield* open(path, O_RDONLY);
  if (fd >= 0) return fd;
  yield* io.error(`can't open '${path}': ${strerror(fd)}`);
  return undefined;
}

export function* closeInput(fd: number): Sys<void> {
  if (fd > 0) yield* close(fd);
}

/** A descriptor cut into lines as they come. */
export class LineReader {
  #buffer = "";
  #at = 0;
  #ended = false;
  /** The negative errno that ended the reading. */
  failure = 0;

  /** @param end of a line. */
  constructor(
    readonly fd: number,
    readonly end = "\n",
  ) {}

  /** The next line with its newline (the last one may have none); undefined at the end. */
  *next(): Sys<string | undefined> {
    const pieces: string[] = [];
    for (;;) {
      const newline = this.#buffer.indexOf(this.end, this.#at);
      if (newline >= 0) {
        pieces.push(this.#buffer.slice(this.#at, newline + 1));
        this.#at = newline + 1;
        return pieces.join("");
      }
      pieces.push(this.#buffer.slice(this.#at));
      this.#buffer = "";
      this.#at = 0;
      if (this.#ended) {
        const line = pieces.join("");
        return line === "" ? undefined : line;
      }
      const block = yield* read(this.fd, BUFFER);
      if (block === -ERRNO.EINTR) continue;
      yield* work(BUFFER_WORK);
      if (typeof block === "number") {
        this.failure = block;
        this.#ended = true;
      } else if (block === "") this.#ended = true;
      else this.#buffer = block;
    }
  }
}

/** All of a file, "-" for standard input; undefined after a message. */
export function* readInput(io: Io, path: string): Sys<string | undefined> {
  const fd = yield* openInput(io, path);
  if (fd === undefined) return undefined;
  const text = yield* readAll(fd);
  yield* closeInput(fd);
  if (typeof text !== "number") return text;
  yield* io.error(`read error: ${strerror(text)}`);
  return undefined;
}

/** A text's lines without their newlines. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

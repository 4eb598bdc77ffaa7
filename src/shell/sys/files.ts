// Whole files: read and written in pieces, with work for each, so that a long one can be interrupted.

import { ERRNO } from "../../abi/errno.js";
import { close, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY, open, read, work, writeAll } from "./calls.js";
import type { Sys } from "./request.js";

export const BUFFER = 4096;
/** Guest loop turns for handling one buffer: about what a C program spends on copying and looking at it. */
export const BUFFER_WORK = 200;

/** All that a descriptor still holds, or a negative errno. */
export function* readAll(fd: number): Sys<string | number> {
  const pieces: string[] = [];
  for (let size = BUFFER; ; size = Math.min(size * 2, 65536)) {
    const piece = yield* read(fd, size);
    if (piece === -ERRNO.EINTR) continue;
    if (typeof piece === "number") return piece;
    if (piece === "") return pieces.join("");
    pieces.push(piece);
    yield* work(BUFFER_WORK);
  }
}

export function* readFile(path: string): Sys<string | number> {
  const fd = yield* open(path, O_RDONLY);
  if (fd < 0) return fd;
  const text = yield* readAll(fd);
  yield* close(fd);
  return text;
}

/** Creates or empties the file and writes the text. */
export function* writeFile(path: string, text: string): Sys<number> {
  const fd = yield* open(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (fd < 0) return fd;
  const result = yield* writeAll(fd, text);
  yield* close(fd);
  return result;
}

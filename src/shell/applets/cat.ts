// cat: copies files to standard output, by sendfile first as busybox does (what a trace of the kernel shows), else by read and write.
import { ERRNO, strerror } from "../../abi/errno.js";
import { read, sendfile, work, writeAll } from "../sys/calls.js";
import { BUFFER, BUFFER_WORK } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import type { AppletTable, Io } from "./applet.js";
import { closeInput, LineReader, openInput } from "./input.js";

/** busybox asks sendfile for so much at once. */
const SENDFILE_SIZE = 1 << 24;

/** Copies all of `fd`; false after a message. */
export function* copyOut(io: Io, fd: number): Sys<boolean> {
  for (;;) {
    const sent = yield* sendfile(1, fd, SENDFILE_SIZE);
    yield* work(BUFFER_WORK);
    if (sent === -ERRNO.EINTR) continue;
    if (sent === 0) return true;
    if (sent < 0) break;
  }
  for (;;) {
    const block = yield* read(fd, BUFFER);
    if (block === -ERRNO.EINTR) continue;
    if (typeof block === "number") {
      yield* io.error(`read error: ${strerror(block)}`);
      return false;
    }
    if (block === "") return true;
    const written = yield* writeAll(1, block);
    if (written < 0) {
      yield* io.error(`write error: ${strerror(written)}`);
      return false;
    }
    yield* work(BUFFER_WORK);
  }
}

/** cat -v: control characters as ^X, bytes above 127 as M-x. */
function visible(line: string, ends: boolean, tabs: boolean): string {
  let text = "";
  for (const char of line) {
    let code = char.charCodeAt(0);
    if (char === "\n") {
      text += ends ? "$\n" : "\n";
      continue;
    }
    if (char === "\t" && !tabs) {
      text += char;
      continue;
    }
    if (code >= 128) {
      text += "M-";
      code -= 128;
    }
    text += code < 32 ? `^${String.fromCharCode(code + 64)}` : code === 127 ? "^?" : String.fromCharCode(code);
  }
  return text;
}

function* cat(io: Io): Sys<number> {
  const options = yield* io.options("nbvteAu");
  const files = options.operands.length > 0 ? options.operands : ["-"];
  const numbers = options.has("n") || options.has("b");
  const show = options.has("v") || options.has("t") || options.has("e") || options.has("A");
  const ends = options.has("e") || options.has("A");
  const tabs = options.has("t") || options.has("A");
  let status = 0;
  let number = 0;
  for (const file of files) {
    const fd = yield* openInput(io, file);
    if (fd === undefined) {
      status = 1;
      continue;
    }
    if (!numbers && !show) {
      if (!(yield* copyOut(io, fd))) status = 1;
    } else {
      const reader = new LineReader(fd);
      for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
        const counted = numbers && !(options.has("b") && line === "\n");
        if (counted) yield* io.put(`${String(++number).padStart(6)}\t`);
        yield* io.put(show ? visible(line, ends, tabs) : line);
      }
      if (reader.failure < 0) {
        yield* io.error(`${file}: ${strerror(reader.failure)}`);
        status = 1;
      }
    }
    yield* closeInput(fd);
  }
  return status;
}

export const CAT: AppletTable = {
  cat: {
    usage:
      "[-nbvteA] [FILE]...\n\nCopy FILEs to standard output\n\n\t-n\tNumber lines\n\t-b\tNumber lines that are not empty\n\t-v\tShow control characters as ^x or M-x\n\t-t\t...and tabs as ^I\n\t-e\t...and line ends as $\n\t-A\tSame as -vte",
    run: cat,
  },
};

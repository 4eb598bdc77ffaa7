// awk's input as records, and its files and pipes.
import { ERRNO } from "../../abi/errno.js";
import {
  close,
  dup2,
  execve,
  fork,
  O_APPEND,
  O_CREAT,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  open,
  pipe,
  read,
  wait4,
  work,
  writeAll,
} from "../sys/calls.js";
import { BUFFER, BUFFER_WORK } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import type { Regex } from "../text/regex.js";

/** A descriptor cut into records by RS. */
export class RecordReader {
  #buffer = "";
  #ended = false;
  /** What stood behind the last record. */
  terminator = "";

  constructor(readonly fd: number) {}

  *#more(): Sys<boolean> {
    for (;;) {
      if (this.#ended) return false;
      const block = yield* read(this.fd, BUFFER);
      if (block === -ERRNO.EINTR) continue;
      yield* work(BUFFER_WORK);
      if (typeof block === "number" || block === "") this.#ended = true;
      else this.#buffer += block;
      return !this.#ended;
    }
  }

  /** The next record: `separator` is one character, "" for paragraphs, or a regular expression. */
  *next(separator: string | Regex): Sys<string | undefined> {
    if (separator === "") {
      for (;;) {
        this.#buffer = this.#buffer.replace(/^\n+/, "");
        if (this.#buffer !== "" || !(yield* this.#more())) break;
      }
    }
    // When the end is reached, the rest is looked at once more.
    let rechecked = false;
    for (let from = 0; ; ) {
      let at = -1;
      let length = 1;
      if (typeof separator === "string") {
        const wanted = separator === "" ? "\n\n" : separator;
        at = this.#buffer.indexOf(wanted, Math.max(0, from - 1));
        length = wanted.length;
      } else {
        const found = separator.exec(this.#buffer);
        // A match at the buffer's end might go on: more is read first.
        if (found && found.end > found.start && (found.end < this.#buffer.length || this.#ended)) {
          at = found.start;
          length = found.end - found.start;
        }
      }
      if (at >= 0) {
        const record = this.#buffer.slice(0, at);
        this.terminator = this.#buffer.slice(at, at + length);
        this.#buffer = this.#buffer.slice(at + length);
        return record;
      }
      from = this.#buffer.length;
      if (yield* this.#more()) continue;
      if (!rechecked) {
        rechecked = true;
        continue;
      }
      const record = separator === "" ? this.#buffer.replace(/\n+$/, "") : this.#buffer;
      this.#buffer = "";
      this.terminator = "";
      return record === "" ? undefined : record;
    }
  }
}

interface Stream {
  fd: number;
  pid: number;
  reader: RecordReader | undefined;
}

/** Starts `sh -c command` with one end of a pipe as its input or output. */
function* startCommand(command: string, env: readonly string[], reads: boolean): Sys<Stream | number> {
  const ends = yield* pipe();
  if (typeof ends === "number") return ends;
  const [ours, theirs] = reads ? [ends[0], ends[1]] : [ends[1], ends[0]];
  const pid = yield* fork(function* () {
    yield* close(ours);
    yield* dup2(theirs, reads ? 1 : 0);
    yield* close(theirs);
    yield* execve("/bin/sh", ["sh", "-c", command], env);
    return 127;
  });
  yield* close(theirs);
  if (pid >= 0) return { fd: ours, pid, reader: reads ? new RecordReader(ours) : undefined };
  yield* close(ours);
  return pid;
}

export class Streams {
  readonly #open = new Map<string, Stream>();

  constructor(readonly env: readonly string[]) {}

  /** Where print writes to; a negative errno. */
  *output(how: ">" | ">>" | "|", name: string): Sys<number> {
    const key = how === "|" ? `|${name}` : `>${name}`;
    const known = this.#open.get(key);
    if (known) return known.fd;
    if (how === "|") {
      const started = yield* startCommand(name, this.env, false);
      if (typeof started === "number") return started;
      this.#open.set(key, started);
      return started.fd;
    }
    if (name === "/dev/stdout" || name === "-") return 1;
    if (name === "/dev/stderr") return 2;
    const fd = yield* open(name, O_WRONLY | O_CREAT | (how === ">" ? O_TRUNC : O_APPEND));
    if (fd >= 0) this.#open.set(key, { fd, pid: 0, reader: undefined });
    return fd;
  }

  *input(from: "file" | "command", name: string): Sys<RecordReader | undefined> {
    const key = from === "command" ? `!${name}` : `<${name}`;
    const known = this.#open.get(key);
    if (known?.reader) return known.reader;
    if (from === "command") {
      const started = yield* startCommand(name, this.env, true);
      if (typeof started === "number") return undefined;
      this.#open.set(key, started);
      return started.reader;
    }
    const fd = name === "-" ? 0 : yield* open(name, O_RDONLY);
    if (fd < 0) return undefined;
    const reader = new RecordReader(fd);
    this.#open.set(key, { fd, pid: 0, reader });
    return reader;
  }

  *write(fd: number, text: string): Sys<number> {
    return yield* writeAll(fd, text);
  }

  *#end(stream: Stream): Sys<number> {
    if (stream.fd > 2) yield* close(stream.fd);
    if (stream.pid === 0) return 0;
    for (;;) {
      const waited = yield* wait4(stream.pid, 0);
      if (typeof waited !== "number") return waited.status;
      if (waited !== -ERRNO.EINTR) return -1;
    }
  }

  /** close(): all streams of a name; a command's status as wait(2) tells it, 0 where there is none. */
  *close(name: string): Sys<number> {
    let result = 0;
    for (const mark of ["|", ">", "!", "<"]) {
      const stream = this.#open.get(mark + name);
      if (!stream) continue;
      this.#open.delete(mark + name);
      result = yield* this.#end(stream);
    }
    return result;
  }

  *closeAll(): Sys<void> {
    for (const stream of this.#open.values()) yield* this.#end(stream);
    this.#open.clear();
  }
}

// sed: edits streams of lines.
import { strerror } from "../../abi/errno.js";
import type { AppletTable, Io } from "../applets/applet.js";
import { LineReader } from "../applets/input.js";
import { chmod, close, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY, open, rename, writeAll } from "../sys/calls.js";
import { readAll } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { stat } from "../sys/stat.js";
import { Editor, type LineSource } from "./editor.js";
import { parseSed, type SedScript } from "./script.js";
import { SedError } from "./text-reader.js";

/** The lines of several files as one stream; a file that cannot be opened is told and passed over. */
class FileLines implements LineSource {
  #reader: LineReader | undefined;
  #ahead: string | undefined;
  #next = 0;
  failed = false;

  constructor(
    readonly io: Io,
    readonly files: readonly string[],
  ) {}

  *next(): Sys<string | undefined> {
    const line = this.#ahead ?? (yield* this.#fetch());
    this.#ahead = undefined;
    return line;
  }

  *isLast(): Sys<boolean> {
    this.#ahead ??= yield* this.#fetch();
    return this.#ahead === undefined;
  }

  *#fetch(): Sys<string | undefined> {
    for (;;) {
      if (!this.#reader) {
        const path = this.files[this.#next++];
        if (path === undefined) return undefined;
        const fd = path === "-" ? 0 : yield* open(path, O_RDONLY);
        if (fd < 0) {
          yield* this.#fail(path, fd);
          continue;
        }
        this.#reader = new LineReader(fd);
      }
      const line = yield* this.#reader.next();
      if (line !== undefined) return line;
      if (this.#reader.failure < 0) yield* this.#fail(this.files[this.#next - 1] ?? "", this.#reader.failure);
      if (this.#reader.fd > 0) yield* close(this.#reader.fd);
      this.#reader = undefined;
    }
  }

  *#fail(path: string, error: number): Sys<void> {
    this.failed = true;
    yield* this.io.error(`${path}: ${strerror(error)}`);
  }
}

function* edit(io: Io, editor: Editor): Sys<boolean> {
  const refused = yield* editor.openFiles();
  if (refused) yield* io.die(`can't open '${refused.path}': ${strerror(refused.error)}`);
  try {
    const quit = yield* editor.run();
    yield* editor.closeFiles();
    return quit;
  } catch (error) {
    if (!(error instanceof SedError)) throw error;
    return yield* io.die(error.message);
  }
}

/** -i: into a file beside it, which then takes its place; with a suffix the old one is kept. */
function* editInPlace(io: Io, script: SedScript, quiet: boolean, path: string, suffix: string): Sys<boolean> {
  const there = yield* stat(path);
  if (typeof there === "number") {
    yield* io.error(`${path}: ${strerror(there)}`);
    return false;
  }
  const aside = `${path}XXXXXX`;
  const fd = yield* open(aside, O_WRONLY | O_CREAT | O_TRUNC, there.mode & 0o7777);
  if (fd < 0) return yield* io.die(`can't create temp file ${aside}: ${strerror(fd)}`);
  yield* chmod(aside, there.mode & 0o7777);
  const source = new FileLines(io, [path]);
  const put = function* (text: string): Sys<void> {
    const result = yield* writeAll(fd, text);
    if (result < 0) yield* io.die(`write error: ${strerror(result)}`);
  };
  yield* edit(io, new Editor(script, quiet, source, put));
  yield* close(fd);
  if (suffix !== "") yield* rename(path, path + suffix);
  const result = yield* rename(aside, path);
  if (result < 0) yield* io.die(`can't rename '${aside}': ${strerror(result)}`);
  return !source.failed;
}

function* sed(io: Io): Sys<number> {
  if (io.args.includes("--version")) {
    yield* io.put("This is not GNU sed version 4.0\n");
    return 0;
  }
  // -i takes an optional suffix, in the same word: it is taken off before getopt sees it.
  let suffix: string | undefined;
  const args = io.args.filter((arg, n, all) => {
    const match = all.indexOf("--") >= 0 && n > all.indexOf("--") ? null : /^-i(.*)$/s.exec(arg);
    if (!match || all[n - 1] === "-e" || all[n - 1] === "-f") return true;
    suffix = match[1] ?? "";
    return false;
  });
  const options = yield* io.optionsOf(args, "rEne:f:", { regexp: "r", quiet: "n", silent: "n", expression: "e", file: "f" });
  let operands = [...options.operands];
  const pieces: string[] = [];
  for (const { letter, value } of options.order) {
    if (letter === "e") pieces.push(value);
    if (letter === "f") {
      const fd = value === "-" ? 0 : yield* open(value, O_RDONLY);
      if (fd < 0) return yield* io.die(`${value}: ${strerror(fd)}`);
      const text = yield* readAll(fd);
      if (typeof text === "number") return yield* io.die(`${value}: ${strerror(text)}`);
      if (fd > 0) yield* close(fd);
      pieces.push(text.replace(/\n$/, ""));
    }
  }
  if (pieces.length === 0) {
    const text = operands.shift();
    if (text === undefined) return yield* io.showUsage();
    pieces.push(text);
  }
  let script: SedScript;
  try {
    script = parseSed(pieces.join("\n"), options.has("r") || options.has("E"));
  } catch (error) {
    if (!(error instanceof SedError)) throw error;
    return yield* io.die(error.message);
  }
  const quiet = options.has("n") || script.quiet;
  if (suffix !== undefined) {
    let status = 0;
    for (const path of operands) if (!(yield* editInPlace(io, script, quiet, path, suffix))) status = 1;
    return status;
  }
  if (operands.length === 0) operands = ["-"];
  const source = new FileLines(io, operands);
  yield* edit(io, new Editor(script, quiet, source, (text) => io.put(text)));
  return source.failed ? 1 : 0;
}

export const SED: AppletTable = {
  sed: {
    usage:
      "[-i[SFX]] [-nrE] [-f FILE]... [-e CMD]... [FILE]...\n\nEdit lines of FILEs (or standard input)\n\n\t-e CMD\tCommands (or the first argument)\n\t-f FILE\tCommands of a file\n" +
      "\t-i[SFX]\tEdit FILEs themselves, keep the old ones with SFX\n\t-n\tPrint only what p and its like print\n\t-r, -E\tExtended regular expressions",
    run: sed,
  },
};

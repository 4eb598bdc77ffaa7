// sysctl: the kernel's settings below /proc/sys.
import { ERRNO, strerror } from "../../abi/errno.js";
import { O_RDONLY, open } from "../sys/calls.js";
import { readFile, writeFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { isDirectory, readDirectory, stat } from "../sys/stat.js";
import type { AppletTable, Io, Options } from "./applet.js";
import { closeInput, LineReader } from "./input.js";

const ROOT = "/proc/sys";
const SETTINGS = "/etc/sysctl.conf";

/** A setting that cannot be opened is told otherwise than one that does not take the value. */
const OPEN_ERRORS: ReadonlySet<number> = new Set([ERRNO.EACCES, ERRNO.EPERM, ERRNO.EISDIR, ERRNO.EROFS]);

/** A name's path below /proc/sys: a dot becomes a slash where what stands before it is a folder there. */
function* pathOf(name: string): Sys<string> {
  let path = "";
  for (const char of name) {
    if (char === ".") {
      const there = yield* stat(`${ROOT}/${path}`);
      path += typeof there !== "number" && isDirectory(there) ? "/" : ".";
    } else path += char;
  }
  return path;
}

/** How a path is shown: slashes as dots and the other way round. */
const shown = (path: string): string => path.replace(/[/.]/g, (char) => (char === "/" ? "." : "/"));

function* show(io: Io, options: Options, path: string): Sys<boolean> {
  const there = yield* stat(`${ROOT}/${path}`);
  if (typeof there === "number") {
    if (!options.has("e")) yield* io.error(`error: '${shown(path)}' is an unknown key`);
    return false;
  }
  if (isDirectory(there)) {
    const entries = yield* readDirectory(`${ROOT}/${path}`);
    const names = typeof entries === "number" ? [] : entries.map(({ name }) => name).filter((name) => name !== "." && name !== "..");
    let fine = true;
    for (const name of names.sort()) if (!(yield* show(io, options, path === "" ? name : `${path}/${name}`))) fine = false;
    return fine;
  }
  // What can only be written to has nothing to show.
  if ((there.mode & 0o444) === 0) return true;
  const text = yield* readFile(`${ROOT}/${path}`);
  if (typeof text === "number") {
    yield* io.error(`error reading key '${shown(path)}': ${strerror(text)}`);
    return false;
  }
  if (options.has("q")) return true;
  for (const line of text.trimEnd().split("\n")) yield* io.put(options.has("n") ? `${line}\n` : `${shown(path)} = ${line}\n`);
  return true;
}

function* set(io: Io, options: Options, path: string, value: string): Sys<boolean> {
  const there = yield* stat(`${ROOT}/${path}`);
  if (typeof there === "number") {
    if (!options.has("e")) yield* io.error(`error: '${shown(path)}' is an unknown key`);
    return false;
  }
  const result = yield* writeFile(`${ROOT}/${path}`, `${value}\n`);
  if (result < 0) {
    yield* io.error(
      OPEN_ERRORS.has(-result) ? `error setting key '${shown(path)}': ${strerror(result)}` : `write error: ${strerror(result)}`,
    );
    return false;
  }
  if (!options.has("q")) yield* io.put(options.has("n") ? `${value}\n` : `${shown(path)} = ${value}\n`);
  return true;
}

/** -p: lines "name = value"; # and ; begin comments. */
function* load(io: Io, options: Options, file: string): Sys<void> {
  const fd = file === "-" ? 0 : yield* open(file, O_RDONLY);
  if (fd < 0) return yield* io.error(`${file}: ${strerror(fd)}`);
  const reader = new LineReader(fd);
  let number = 0;
  for (let line = yield* reader.next(); line !== undefined; line = yield* reader.next()) {
    number++;
    const text = line.trim();
    if (text === "" || /^[#;]/.test(text)) continue;
    const match = /^([^=\s]+)\s*[=\s]\s*([\s\S]*)$/.exec(text);
    if (!match) yield* io.error(`bad line ${number}: 1 tokens found, 2 needed`);
    else yield* set(io, options, yield* pathOf(match[1] ?? ""), (match[2] ?? "").trim());
  }
  yield* closeInput(fd);
}

function* sysctl(io: Io): Sys<number> {
  const options = yield* io.options("neqpaAw");
  const { operands } = options;
  if (options.has("a") || options.has("A")) return (yield* show(io, options, "")) ? 0 : 1;
  if (options.has("p")) {
    for (const file of operands.length > 0 ? operands : [SETTINGS]) yield* load(io, options, file);
    return 0;
  }
  let status = 0;
  for (const operand of operands) {
    const at = operand.indexOf("=");
    const name = (at < 0 ? operand : operand.slice(0, at)).trim();
    if (options.has("w") && at < 0) {
      yield* io.error(`error: '${name}' must be of the form name=value`);
      status = 1;
      continue;
    }
    const path = yield* pathOf(name);
    const fine = at < 0 ? yield* show(io, options, path) : yield* set(io, options, path, operand.slice(at + 1).trim());
    if (!fine) status = 1;
  }
  return status;
}

export const SYSCTL: AppletTable = {
  sysctl: {
    usage:
      "[-enq] { -a | -p [FILE]... | [-w] [KEY[=VALUE]]... }\n\nShow or set the kernel's settings\n\n\t-a\tAll of them\n\t-p\tSet those in FILEs (/etc/sysctl.conf)\n\t-w\tSet only\n" +
      "\t-e\tNo messages about unknown ones\n\t-n\tNo names\n\t-q\tNo output",
    run: sysctl,
  },
};

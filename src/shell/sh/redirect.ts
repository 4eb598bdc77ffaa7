// Redirections: done for one command and taken back, or for good (exec, a child).
import { ERRNO, strerror } from "../../abi/errno.js";
import {
  close,
  dup2,
  dupAbove,
  fork,
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  open,
  pipe,
  writeAll,
} from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { SIGPIPE, sigaction } from "../sys/signals.js";
import { fileType, S_IFREG, stat } from "../sys/stat.js";
import type { Redirect } from "./ast.js";
import { ShellError } from "./control-flow.js";
import { expandQuoted, expandToText } from "./expand.js";
import type { Shell } from "./shell.js";

/** Where a descriptor was put aside; -1: it was closed. */
export interface SavedDescriptor {
  fd: number;
  saved: number;
}

/** Descriptors that scripts use lie below. */
const FIRST_PRIVATE = 10;
const PIPE_BUF = 4096;

const OPEN_FLAGS: Readonly<Partial<Record<Redirect["operator"], number>>> = {
  "<": O_RDONLY,
  ">": O_WRONLY | O_CREAT | O_TRUNC,
  ">|": O_WRONLY | O_CREAT | O_TRUNC,
  "&>": O_WRONLY | O_CREAT | O_TRUNC,
  ">>": O_WRONLY | O_CREAT | O_APPEND,
  "<>": O_RDWR | O_CREAT,
};

/** Carries redirections out. `saved` gets what restore() needs; undefined: they stay. A failure is told and thrown with status 1. */
export function* redirect(sh: Shell, list: readonly Redirect[], saved: SavedDescriptor[] | undefined): Sys<void> {
  for (const one of list) yield* redirectOne(sh, one, saved);
}

export function* restore(saved: SavedDescriptor[]): Sys<void> {
  for (const { fd, saved: kept } of saved.reverse()) {
    if (kept < 0) yield* close(fd);
    else {
      yield* dup2(kept, fd);
      yield* close(kept);
    }
  }
}

/** The redirections stay: what they replaced is closed for good. */
export function* forget(saved: SavedDescriptor[]): Sys<void> {
  for (const { saved: kept } of saved.splice(0)) if (kept >= 0) yield* close(kept);
}

function* save(fd: number, saved: SavedDescriptor[] | undefined): Sys<void> {
  if (!saved || saved.some((one) => one.fd === fd)) return;
  const kept = yield* dupAbove(fd, FIRST_PRIVATE);
  saved.push({ fd, saved: kept < 0 ? -1 : kept });
}

function* refuse(sh: Shell, text: string): Sys<never> {
  yield* sh.message(text);
  sh.status = 1;
  throw new ShellError(1);
}

function* redirectOne(sh: Shell, one: Redirect, saved: SavedDescriptor[] | undefined): Sys<void> {
  if (one.operator === "<<") {
    const text = yield* expandQuoted(sh, one.body ?? []);
    const from = yield* openDocument(sh, text);
    yield* put(sh, from, one.fd, saved);
    return;
  }
  const target = yield* expandToText(sh, one.target.parts);
  if (one.operator === "<&" || one.operator === ">&") {
    if (/^[0-9]+$/.test(target)) {
      const source = Number(target);
      if (source === one.fd) return;
      yield* save(one.fd, saved);
      const result = yield* dup2(source, one.fd);
      if (result < 0) yield* refuse(sh, `${source}: ${strerror(result)}`);
      return;
    }
    if (target === "-") {
      yield* save(one.fd, saved);
      yield* close(one.fd);
      return;
    }
    if (one.operator === "<&" || one.fd !== 1) yield* refuse(sh, "syntax error: bad fd number");
  }
  const both = one.operator === "&>" || one.operator === ">&";
  const fd = yield* openTarget(sh, one, target);
  yield* put(sh, fd, one.fd, saved);
  if (both) {
    yield* save(2, saved);
    yield* dup2(1, 2);
  }
}

/** Moves an open descriptor to its place. */
function* put(sh: Shell, from: number, fd: number, saved: SavedDescriptor[] | undefined): Sys<void> {
  if (from === fd) {
    // The place was free, so putting it back means closing it.
    if (saved && !saved.some((one) => one.fd === fd)) saved.push({ fd, saved: -1 });
    return;
  }
  yield* save(fd, saved);
  const result = yield* dup2(from, fd);
  yield* close(from);
  if (result < 0) yield* refuse(sh, `${fd}: ${strerror(result)}`);
}

function* openTarget(sh: Shell, one: Redirect, path: string): Sys<number> {
  let flags = OPEN_FLAGS[one.operator] ?? O_WRONLY | O_CREAT | O_TRUNC;
  if (one.operator === ">" && sh.options.has("C")) {
    const there = yield* stat(path);
    if (typeof there === "number") flags |= O_EXCL;
    else if (fileType(there) === S_IFREG) yield* refuse(sh, `can't create ${path}: ${strerror(ERRNO.EEXIST)}`);
    else flags &= ~O_TRUNC;
  }
  let fd = yield* open(path, flags);
  while (fd === -ERRNO.EINTR) fd = yield* open(path, flags);
  if (fd >= 0) return fd;
  const missing = fd === -ERRNO.ENOENT || fd === -ERRNO.ENOTDIR;
  if (one.operator === "<") return yield* refuse(sh, `can't open ${path}: ${missing ? "no such file" : strerror(fd)}`);
  return yield* refuse(sh, `can't create ${path}: ${missing ? "nonexistent directory" : strerror(fd)}`);
}

/** A here-document lies in a pipe; a long one is written by a child. */
function* openDocument(sh: Shell, text: string): Sys<number> {
  const ends = yield* pipe();
  if (typeof ends === "number") return yield* refuse(sh, `can't create pipe: ${strerror(ends)}`);
  const [from, to] = ends;
  if (text.length <= PIPE_BUF) yield* writeAll(to, text);
  else {
    const pid = yield* fork(function* () {
      yield* close(from);
      yield* sigaction(SIGPIPE, "default");
      yield* writeAll(to, text);
      return 0;
    });
    if (pid < 0) yield* refuse(sh, `can't fork: ${strerror(pid)}`);
  }
  yield* close(to);
  return from;
}

// Where a command is: PATH, and what execve's errors are called.
import { ERRNO, strerror } from "../../abi/errno.js";
import { execve } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { fileType, S_IFREG, stat } from "../sys/stat.js";
import { DEFAULT_PATH, type Shell } from "./shell.js";

/** The file that a name without a slash stands for; undefined where PATH has none. */
export function* findInPath(name: string, path: string | undefined): Sys<string | undefined> {
  for (const directory of (path ?? DEFAULT_PATH).split(":")) {
    const file = directory === "" ? name : `${directory}/${name}`;
    const found = yield* stat(file);
    if (typeof found !== "number" && fileType(found) === S_IFREG && found.mode & 0o111) return file;
  }
  return undefined;
}

/** Replaces the process by a program. Comes back only to tell why not: the message is printed, the result is 126 or 127. */
export function* execCommand(sh: Shell, argv: readonly string[], env: readonly string[]): Sys<number> {
  const name = argv[0] ?? "";
  const file = name.includes("/") ? name : yield* findInPath(name, sh.variables.get("PATH"));
  let error: number = -ERRNO.ENOENT;
  if (file !== undefined) {
    error = yield* execve(file, argv, env);
    // A file that no format fits is a shell script.
    if (error === -ERRNO.ENOEXEC) error = yield* execve("/bin/sh", ["sh", file, ...argv.slice(1)], env);
  }
  const missing = error === -ERRNO.ENOENT || error === -ERRNO.ENOTDIR;
  yield* sh.message(`${name}: ${missing ? "not found" : strerror(error)}`);
  return missing || error === -ERRNO.ELOOP || error === -ERRNO.ENAMETOOLONG ? 127 : 126;
}

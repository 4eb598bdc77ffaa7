// $(…): a child's output without its last newlines.

import { strerror } from "../../abi/errno.js";
import { close, dup2, fork, pipe } from "../sys/calls.js";
import { readAll } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import type { Command } from "./ast.js";
import { runInChild } from "./child.js";
import type { Shell } from "./shell.js";
import { waitForJob } from "./wait.js";

export function* commandOutput(sh: Shell, body: Command | undefined): Sys<string> {
  if (!body) {
    sh.status = 0;
    return "";
  }
  const ends = yield* pipe();
  if (typeof ends === "number") return yield* sh.fail(`can't create pipe: ${strerror(ends)}`);
  const [from, to] = ends;
  const job = sh.jobs.add({ controlled: false, background: false, pipefail: false });
  const child = sh.clone(sh.process);
  const pid = yield* fork(function* (process) {
    yield* close(from);
    yield* dup2(to, 1);
    if (to !== 1) yield* close(to);
    return yield* runInChild(child, process, body, { background: false });
  });
  yield* close(to);
  if (pid < 0) {
    yield* close(from);
    sh.jobs.remove(job);
    return yield* sh.fail(`can't fork: ${strerror(pid)}`);
  }
  job.processes.push({ pid, status: undefined, text: "" });
  const output = yield* readAll(from);
  yield* close(from);
  sh.status = yield* waitForJob(sh, job);
  if (typeof output === "number") return "";
  let end = output.length;
  while (output[end - 1] === "\n") end--;
  return output.slice(0, end).replaceAll("\0", "");
}

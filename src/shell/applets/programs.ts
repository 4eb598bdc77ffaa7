// Applets that run other programs: env nice nohup timeout.
import { ERRNO, strerror } from "../../abi/errno.js";
import { execve, fork, getpid, kill, WNOHANG, wait4, writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { SIGTERM, shellStatus, signalled, signalNumber, termSignal } from "../sys/signals.js";
import { fileType, S_IFREG, stat } from "../sys/stat.js";
import { CLOCK_MONOTONIC, clockGettime, nanosleep } from "../sys/system.js";
import { parseDuration } from "../text/numbers.js";
import type { AppletTable, Io } from "./applet.js";

/** execvp(3): comes back only with a negative errno. */
export function* execPath(argv: readonly string[], env: readonly string[]): Sys<number> {
  const name = argv[0] ?? "";
  if (name.includes("/")) return yield* execve(name, argv, env);
  const path = env.find((entry) => entry.startsWith("PATH="))?.slice(5) ?? "/sbin:/usr/sbin:/bin:/usr/bin";
  for (const folder of path.split(":")) {
    const file = `${folder || "."}/${name}`;
    const there = yield* stat(file);
    if (typeof there !== "number" && fileType(there) === S_IFREG) return yield* execve(file, argv, env);
  }
  return -ERRNO.ENOENT;
}

/** Becomes the program, or tells why not: 127 where there is none, else 126. */
export function* become(io: Io, argv: readonly string[], env: readonly string[]): Sys<number> {
  const result = yield* execPath(argv, env);
  return yield* io.die(`can't execute '${argv[0]}': ${strerror(result)}`, result === -ERRNO.ENOENT ? 127 : 126);
}

function* env(io: Io): Sys<number> {
  const options = yield* io.options("+iu:0", { "ignore-environment": "i", unset: "u" });
  let rest = [...options.operands];
  const bare = options.has("i") || rest[0] === "-";
  if (rest[0] === "-") rest = rest.slice(1);
  const values = new Map<string, string>();
  const set = (entry: string): void => void values.set(entry.slice(0, entry.indexOf("=")), entry);
  if (!bare) for (const entry of io.process.env) set(entry);
  for (const name of options.values("u")) values.delete(name);
  while (rest[0]?.includes("=")) set(rest.shift() ?? "");
  const environment = [...values.values()];
  if (rest.length > 0) return yield* become(io, rest, environment);
  for (const entry of environment) yield* io.put(entry + (options.has("0") ? "\0" : "\n"));
  return 0;
}

/** Runs a program and waits for it; its exit status as a shell gives it. `cannot` is the message's beginning. */
export function* runAndWait(io: Io, argv: readonly string[], cannot = "can't execute "): Sys<number> {
  const child = yield* start(io, argv, cannot);
  if (child < 0) return yield* io.die(`fork: ${strerror(child)}`);
  for (;;) {
    const waited = yield* wait4(child, 0);
    if (typeof waited !== "number") return shellStatus(waited.status);
    if (waited !== -ERRNO.EINTR) return 1;
  }
}

/** A child that becomes the program, or tells why not. */
export function* start(io: Io, argv: readonly string[], cannot = "can't execute "): Sys<number> {
  return yield* fork(function* () {
    const result = yield* execPath(argv, io.process.env);
    yield* writeAll(2, `${io.name}: ${cannot === "" ? argv[0] : `${cannot}'${argv[0]}'`}: ${strerror(result)}\n`);
    return result === -ERRNO.ENOENT ? 127 : 126;
  });
}

/** How often timeout looks at its program, in seconds. */
const TIMEOUT_STEP = 0.05;

function* timeout(io: Io): Sys<number> {
  const options = yield* io.options("+s:k:");
  const [limit, ...argv] = options.operands;
  if (limit === undefined || argv.length === 0) return yield* io.showUsage();
  const seconds = parseDuration(limit);
  if (seconds === undefined) return yield* io.die(`invalid number '${limit}'`);
  const signal = options.has("s") ? signalNumber(options.value("s") ?? "") : SIGTERM;
  if (signal < 0) return yield* io.die(`unknown signal '${options.value("s")}'`);
  const child = yield* fork(function* () {
    const result = yield* execPath(argv, io.process.env);
    yield* writeAll(2, `${io.name}: can't execute '${argv[0]}': ${strerror(result)}\n`);
    return result === -ERRNO.ENOENT ? 127 : 126;
  });
  const end = (yield* clockGettime(CLOCK_MONOTONIC)) + seconds;
  for (let sent = false; ; ) {
    const waited = yield* wait4(child, sent ? 0 : WNOHANG);
    if (typeof waited !== "number" && waited.pid === child) {
      // busybox's timeout becomes PROG: who waits for it sees PROG's own end.
      if (signalled(waited.status)) yield* kill(yield* getpid(), termSignal(waited.status));
      return shellStatus(waited.status);
    }
    if ((yield* clockGettime(CLOCK_MONOTONIC)) >= end) {
      yield* kill(child, signal);
      sent = true;
    } else yield* nanosleep(TIMEOUT_STEP);
  }
}

export const PROGRAMS: AppletTable = {
  env: {
    usage:
      "[-i0] [-u NAME]... [-] [NAME=VALUE]... [PROG ARGS]\n\nPrint the environment, or run PROG with another one\n\n\t-, -i\tBegin with an empty one\n\t-0\tNUL behind each entry\n\t-u NAME\tWithout NAME",
    run: env,
  },
  timeout: { usage: "[-s SIG] SECS PROG ARGS\n\nRun PROG and send SIG (TERM) when SECS are over", run: timeout },
};

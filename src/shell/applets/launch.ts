// Programs run under other circumstances: nice renice nohup setsid, and printenv, which shows some of them.
import { strerror } from "../../abi/errno.js";
import { SYS } from "../../abi/syscalls.js";
import { call, close, dup2, fork, getpgrp, getpid, O_APPEND, O_CREAT, O_RDONLY, O_WRONLY, open, setsid, writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { isatty } from "../sys/terminal.js";
import { parseInteger } from "../text/numbers.js";
import type { AppletTable, Io } from "./applet.js";
import { become } from "./programs.js";

const PRIO_PROCESS = 0;
const PRIO_PGRP = 1;
const PRIO_USER = 2;
const DEFAULT_NICE = 10;

/** The kernel gives 20 minus the nice value, so that no result looks like an error. */
function* getpriority(): Sys<number> {
  return 20 - (yield* call(SYS.getpriority, PRIO_PROCESS, 0));
}

function* niceNumber(io: Io, text: string): Sys<number> {
  const value = parseInteger(text);
  return value === undefined ? yield* io.die(`invalid number '${text}'`) : Number(value);
}

function* nice(io: Io): Sys<number> {
  const args = [...io.args];
  const now = yield* getpriority();
  if (args.length === 0) {
    yield* io.put(`${now}\n`);
    return 0;
  }
  let step = DEFAULT_NICE;
  const first = args[0] ?? "";
  if (first === "-n") {
    step = yield* niceNumber(io, args[1] ?? "");
    args.splice(0, 2);
  } else if (/^-n?-?[0-9]+$/.test(first)) {
    step = yield* niceNumber(io, first.replace(/^-n?/, ""));
    args.shift();
  } else if (first.startsWith("-")) return yield* io.showUsage();
  if (args.length === 0) return yield* io.showUsage();
  const result = yield* call(SYS.setpriority, PRIO_PROCESS, 0, now + step);
  if (result < 0) return yield* io.die(`setpriority(${now + step}): ${strerror(result)}`);
  return yield* become(io, args, io.process.env);
}

function* renice(io: Io): Sys<number> {
  const args = [...io.args];
  const relative = args[0] === "-n";
  if (relative) args.shift();
  const text = args.shift();
  if (text === undefined || args.length === 0) return yield* io.showUsage();
  const value = yield* niceNumber(io, text);
  let which = PRIO_PROCESS;
  let status = 0;
  for (const arg of args) {
    const kind = { "-p": PRIO_PROCESS, "-g": PRIO_PGRP, "-u": PRIO_USER }[arg];
    if (kind !== undefined) {
      which = kind;
      continue;
    }
    const id = parseInteger(arg);
    if (id === undefined) {
      yield* io.error(`invalid number '${arg}'`);
      status = 1;
      continue;
    }
    let target = value;
    if (relative) {
      const now = yield* call(SYS.getpriority, which, Number(id));
      if (now < 0) {
        yield* io.error(`getpriority: ${strerror(now)}`);
        status = 1;
        continue;
      }
      target += 20 - now;
    }
    const result = yield* call(SYS.setpriority, which, Number(id), target);
    if (result >= 0) continue;
    yield* io.error(`setpriority: ${strerror(result)}`);
    status = 1;
  }
  return status;
}

const SIGHUP = 1;
const SIG_IGN = 1;
/** struct kernel_sigaction: handler, flags, restorer, mask. */
const SIGACTION_SIZE = 32;

function* nohup(io: Io): Sys<number> {
  const [...argv] = io.args;
  if (argv.length === 0) return yield* io.showUsage();
  if (yield* isatty(0)) {
    yield* close(0);
    yield* open("/dev/null", O_RDONLY);
  }
  if (yield* isatty(1)) {
    const fd = yield* open("nohup.out", O_CREAT | O_WRONLY | O_APPEND, 0o600);
    if (fd < 0) return yield* io.die(`can't open 'nohup.out': ${strerror(fd)}`);
    yield* io.error("appending output to nohup.out");
    yield* dup2(fd, 1);
    yield* close(fd);
    if (yield* isatty(2)) yield* dup2(1, 2);
  }
  const action = Buffer.alloc(SIGACTION_SIZE);
  action.writeBigUInt64LE(BigInt(SIG_IGN), 0);
  yield* call(SYS.rt_sigaction, SIGHUP, action, 0, 8);
  return yield* become(io, argv, io.process.env);
}

function* setsidApplet(io: Io): Sys<number> {
  const options = yield* io.options("+c");
  const argv = [...options.operands];
  if (argv.length === 0) return yield* io.showUsage();
  const run = function* (): Sys<number> {
    const result = yield* setsid();
    if (result < 0) return yield* io.die(`setsid: ${strerror(result)}`);
    return yield* become(io, argv, io.process.env);
  };
  // A group's leader cannot begin a session: its child does.
  if ((yield* getpgrp()) !== (yield* getpid())) return yield* run();
  const child = yield* fork(run);
  if (child < 0) return yield* io.die(`fork: ${strerror(child)}`);
  return 0;
}

function* printenv(io: Io): Sys<number> {
  const names = io.args;
  let status = 0;
  if (names.length === 0) for (const entry of io.process.env) yield* io.put(`${entry}\n`);
  for (const name of names) {
    const entry = io.process.env.find((one) => one.startsWith(`${name}=`));
    if (entry === undefined) status = 1;
    else yield* io.put(`${entry.slice(name.length + 1)}\n`);
  }
  return status;
}

/** What a terminal needs to be in order again: character sets, attributes, cursor, colours. */
const RESET = "\x1bc\x1b(B\x1b[m\x1b[J\x1b[?25h";

function* reset(): Sys<number> {
  if (yield* isatty(1)) yield* writeAll(1, RESET);
  return 0;
}

export const LAUNCH: AppletTable = {
  nice: { usage: "[-n N] [PROG ARGS]\n\nRun PROG with its niceness changed by N (10), or print the niceness", run: nice },
  renice: {
    usage:
      "[-n] PRIORITY [[-p|g|u] ID...]...\n\nChange the niceness of running processes\n\n\t-n\tBy PRIORITY, not to it\n\t-p, -g, -u\tIDs are processes, groups, users",
    run: renice,
  },
  nohup: { usage: "PROG ARGS\n\nRun PROG so that a hang-up does not end it; output to a terminal goes to nohup.out", run: nohup },
  setsid: { usage: "PROG ARGS\n\nRun PROG in a new session", run: setsidApplet },
  printenv: { usage: "[VARIABLE]...\n\nPrint the environment, or some variables", run: printenv },
  reset: { usage: "\n\nPut the terminal in order", run: reset },
};

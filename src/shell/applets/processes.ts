// Processes: ps, kill, killall, pidof.
import { strerror } from "../../abi/errno.js";
import { getpid, kill, readlink } from "../sys/calls.js";
import { readFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { SIGNAL_NAMES, SIGTERM, signalNumber } from "../sys/signals.js";
import { readDirectory } from "../sys/stat.js";
import { windowSize } from "../sys/terminal.js";
import { parseDecimal } from "../text/numbers.js";
import { accountName, accounts } from "./accounts.js";
import type { AppletTable, Io } from "./applet.js";

export interface ProcessInfo {
  pid: number;
  /** The effective and the real owner. */
  uid: number;
  gid: number;
  ruid: number;
  rgid: number;
  nice: number;
  comm: string;
  args: string;
  state: string;
  ppid: number;
  pgid: number;
  sid: number;
  tty: number;
  /** Clock ticks of user and system time, 100 a second. */
  ticks: number;
  /** KiB. */
  vsz: number;
  rss: number;
}

/** All that /proc tells of one process; undefined where it has gone. */
function* processInfo(pid: number): Sys<ProcessInfo | undefined> {
  const stat = yield* readFile(`/proc/${pid}/stat`);
  if (typeof stat === "number") return undefined;
  const open = stat.indexOf("(");
  const close = stat.lastIndexOf(")");
  const comm = stat.slice(open + 1, close);
  const fields = stat
    .slice(close + 2)
    .trim()
    .split(" ");
  const number = (n: number): number => Number(fields[n] ?? 0);
  const status = yield* readFile(`/proc/${pid}/status`);
  const ids = (name: string): number[] => {
    const found = typeof status === "number" ? null : new RegExp(`^${name}:\\s+([0-9]+)\\s+([0-9]+)`, "m").exec(status);
    return [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
  };
  const [ruid = 0, uid = 0] = ids("Uid");
  const [rgid = 0, gid = 0] = ids("Gid");
  const cmdline = yield* readFile(`/proc/${pid}/cmdline`);
  const args = typeof cmdline === "number" ? "" : cmdline.replace(/\0+$/, "").replaceAll("\0", " ");
  const info = {
    pid,
    uid,
    gid,
    ruid,
    rgid,
    nice: number(16),
    comm,
    state: fields[0] ?? "?",
    ppid: number(1),
    pgid: number(2),
    sid: number(3),
    tty: number(4),
  };
  return {
    ...info,
    args: argumentsText(args, comm),
    ticks: number(11) + number(12),
    vsz: Math.floor(number(20) / 1024),
    rss: number(21) * 4,
  };
}

/** A kernel thread's name in brackets; a script's name in braces before its interpreter. */
function argumentsText(args: string, comm: string): string {
  if (args === "") return `[${comm}]`;
  const first = args.split(" ")[0] ?? "";
  const base = first.slice(first.lastIndexOf("/") + 1).replace(/^-/, "");
  return base.startsWith(comm) ? args : `{${comm}} ${args}`;
}

export function* allProcesses(): Sys<ProcessInfo[]> {
  const entries = yield* readDirectory("/proc");
  const pids = (typeof entries === "number" ? [] : entries).map((entry) => entry.name).filter((name) => /^[0-9]+$/.test(name));
  const list: ProcessInfo[] = [];
  for (const pid of pids.map(Number).sort((a, b) => a - b)) {
    const info = yield* processInfo(pid);
    if (info) list.push(info);
  }
  return list;
}

interface Column {
  header: string;
  width: number;
  right?: boolean;
  text(process: ProcessInfo, names: Names): string;
}

interface Names {
  users: ReadonlyMap<number, string>;
  groups: ReadonlyMap<number, string>;
}

/** The state's letter; W where nothing of it is in memory; < or N by its nice value. */
function stateText({ state, rss, nice }: ProcessInfo): string {
  return state + (rss === 0 && state !== "Z" ? "W" : "") + (nice < 0 ? "<" : nice > 0 ? "N" : "");
}

/** In the order in which the message about a wrong one lists them. */
const COLUMNS: Readonly<Record<string, Column>> = {
  user: { header: "USER", width: 8, text: (process, { users }) => accountName(users, process.uid) },
  group: { header: "GROUP", width: 8, text: (process, { groups }) => accountName(groups, process.gid) },
  comm: { header: "COMMAND", width: 16, text: (process) => process.comm },
  args: { header: "COMMAND", width: 256, text: (process) => process.args },
  pid: { header: "PID", width: 5, right: true, text: (process) => String(process.pid) },
  ppid: { header: "PPID", width: 5, right: true, text: (process) => String(process.ppid) },
  pgid: { header: "PGID", width: 5, right: true, text: (process) => String(process.pgid) },
  nice: { header: "NI", width: 5, right: true, text: (process) => String(process.nice) },
  rgroup: { header: "RGROUP", width: 8, text: (process, { groups }) => accountName(groups, process.rgid) },
  ruser: { header: "RUSER", width: 8, text: (process, { users }) => accountName(users, process.ruid) },
  tty: { header: "TT", width: 6, text: (process) => (process.tty === 0 ? "?" : `${process.tty >> 8},${process.tty & 0xff}`) },
  vsz: { header: "VSZ", width: 4, right: true, text: (process) => String(process.vsz) },
  sid: { header: "SID", width: 5, right: true, text: (process) => String(process.sid) },
  stat: { header: "STAT", width: 4, text: stateText },
  rss: { header: "RSS", width: 4, right: true, text: (process) => String(process.rss) },
};

function* ps(io: Io): Sys<number> {
  const options = yield* io.options("o:TAefwl");
  const names = options.values("o").flatMap((text) => text.split(/[, ]/));
  const columns: Column[] = [];
  for (const name of names.length > 0 ? names : ["pid", "user", "args"]) {
    const [key = "", header] = name.split("=");
    const column = COLUMNS[key];
    if (!column) return yield* io.die(`bad -o argument '${name}', supported arguments: ${Object.keys(COLUMNS).join(",")}`);
    columns.push(header === undefined ? column : { ...column, header });
  }
  const accountNames = { users: yield* accounts("/etc/passwd"), groups: yield* accounts("/etc/group") };
  // As busybox: the terminal at standard input tells the width, so that a pipe cuts no other way; -w is 132, -ww anything.
  const size = yield* windowSize(0);
  const limit = [(size?.columns || 80) - 1, 132][options.count("w")] ?? Number.POSITIVE_INFINITY;
  const row = function* (cells: readonly string[]): Sys<void> {
    yield* io.put(`${cells.join(" ").slice(0, limit).trimEnd()}\n`);
  };
  const pad = (text: string, column: Column, last: boolean): string => (last ? text : text.slice(0, column.width).padEnd(column.width));
  yield* row(columns.map((column, n) => pad(column.header, column, n + 1 === columns.length)));
  for (const process of yield* allProcesses()) {
    const cells = columns.map((column, n) => {
      const text = column.text(process, accountNames);
      return column.right ? text.padStart(column.width) : pad(text, column, n + 1 === columns.length);
    });
    yield* row(cells);
  }
  return 0;
}

/** Takes -l, -s NAME, -NAME off; the signal, or a status where all is done. */
function* signalArgument(io: Io): Sys<{ signal: number; rest: readonly string[] } | number> {
  let rest = io.args;
  let signal = SIGTERM;
  const first = rest[0] ?? "";
  if (first === "-l") {
    const names = rest.slice(1);
    if (names.length === 0) for (let n = 1; n < SIGNAL_NAMES.length; n++) yield* io.put(`${String(n).padStart(2)}) ${SIGNAL_NAMES[n]}\n`);
    for (const name of names) {
      const number = /^[0-9]+$/.test(name) ? Number(name) & 0x7f : signalNumber(name);
      if (number < 0) return yield* io.die(`unknown signal '${name}'`);
      yield* io.put(/^[0-9]+$/.test(name) ? `${SIGNAL_NAMES[number] ?? number}\n` : `${number}\n`);
    }
    return 0;
  }
  const named =
    first === "-s" || first === "-n" ? rest[1] : first.startsWith("-") && first !== "--" && first.length > 1 ? first.slice(1) : undefined;
  if (named !== undefined) {
    signal = signalNumber(named);
    if (signal < 0) return yield* io.die(`bad signal name '${named}'`);
    rest = rest.slice(first === "-s" || first === "-n" ? 2 : 1);
  }
  if (rest[0] === "--") rest = rest.slice(1);
  return { signal, rest };
}

function* killApplet(io: Io): Sys<number> {
  const given = yield* signalArgument(io);
  if (typeof given === "number") return given;
  if (given.rest.length === 0) return yield* io.die("you need to specify whom to kill");
  let status = 0;
  for (const text of given.rest) {
    const plain = parseDecimal(text.replace(/^-/, ""));
    const pid = plain === undefined ? undefined : text.startsWith("-") ? -plain : plain;
    const result = pid === undefined ? 0 : yield* kill(pid, given.signal);
    if (pid !== undefined && result >= 0) continue;
    yield* io.error(pid === undefined ? `invalid number '${text}'` : `can't kill pid ${pid}: ${strerror(result)}`);
    status = 1;
  }
  return status;
}

const COMM_LENGTH = 15;

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** By the name, by argv[0] or by the program's file. A name as long as the kernel keeps may be cut off: then a script must be the program's first argument. */
function* isNamed({ pid, comm }: ProcessInfo, name: string): Sys<boolean> {
  const cmdline = yield* readFile(`/proc/${pid}/cmdline`);
  const [first, second] = typeof cmdline === "number" || cmdline === "" ? [] : cmdline.split("\0");
  const same = comm.slice(0, COMM_LENGTH) === name.slice(0, COMM_LENGTH);
  if (same && (comm.length < COMM_LENGTH || (second !== undefined && baseName(second) === name))) return true;
  if (first !== undefined && baseName(first) === name) return true;
  const exe = yield* readlink(`/proc/${pid}/exe`);
  return typeof exe === "string" && baseName(exe) === name;
}

function* pidsOf(name: string): Sys<number[]> {
  const found: number[] = [];
  for (const process of yield* allProcesses()) if (yield* isNamed(process, name)) found.push(process.pid);
  return found;
}

function* killall(io: Io): Sys<number> {
  const given = yield* signalArgument(io);
  if (typeof given === "number") return given;
  if (given.rest.length === 0) return yield* io.die("you need to specify whom to kill");
  let status = 0;
  const self = yield* getpid();
  for (const name of given.rest) {
    const pids = (yield* pidsOf(name)).filter((pid) => pid !== self);
    if (pids.length === 0) {
      yield* io.error(`${name}: no process killed`);
      status = 1;
    }
    for (const pid of pids) yield* kill(pid, given.signal);
  }
  return status;
}

function* pidof(io: Io): Sys<number> {
  const options = yield* io.options("");
  const found: number[] = [];
  for (const name of options.operands) found.push(...(yield* pidsOf(name)));
  if (found.length === 0) return 1;
  yield* io.put(`${found.reverse().join(" ")}\n`);
  return 0;
}

export const PROCESSES: AppletTable = {
  ps: { usage: `[-o COL1,COL2=HEADER]\n\nShow processes\n\n\t-o\tColumns: ${Object.keys(COLUMNS).join(",")}`, run: ps },
  kill: { usage: "[-l] [-SIG] PID...\n\nSend a signal to processes (TERM)\n\n\t-l\tList the signals", run: killApplet },
  killall: { usage: "[-SIG] NAME...\n\nSend a signal to all processes of a name", run: killall },
  pidof: { usage: "[NAME]...\n\nList PIDs of all processes with names that match NAMEs", run: pidof },
};

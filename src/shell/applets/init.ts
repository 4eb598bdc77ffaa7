// init, the first process: makes the system usable, runs the first shell as src/abi/run-protocol.ts asks, collects orphans, and
// powers the machine off when that shell has ended.
import { ERRNO, strerror } from "../../abi/errno.js";
import {
  RUN_COMMAND,
  RUN_END_MARK,
  RUN_ENVIRONMENT,
  RUN_FOLDER,
  RUN_MODE,
  RUN_SCRIPT,
  RUN_START_MARK,
  RUN_STATUS,
  RUN_TERMINAL,
} from "../../abi/run-protocol.js";
import {
  chdir,
  close,
  dup2,
  execve,
  fork,
  mkdir,
  mount,
  O_NOCTTY,
  O_RDWR,
  O_WRONLY,
  open,
  RB_POWER_OFF,
  reboot,
  sethostname,
  setsid,
  sync,
  wait4,
  writeAll,
} from "../sys/calls.js";
import { readFile, writeFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { shellStatus, stopped } from "../sys/signals.js";
import { setControllingTerminal, tcgetattr, tcsetattr, withoutEcho } from "../sys/terminal.js";
import type { AppletTable, Io } from "./applet.js";

/** Where, of which type; the folder is made where it is missing. */
const MOUNTS: readonly (readonly [string, string])[] = [
  ["/proc", "proc"],
  ["/sys", "sysfs"],
  ["/sys/kernel/debug", "debugfs"],
  ["/sys/kernel/tracing", "tracefs"],
  ["/sys/kernel/debug/tracing", "tracefs"],
  ["/dev", "devtmpfs"],
  ["/sys/kernel/debug", "debugfs"],
  ["/sys/kernel/tracing", "tracefs"],
  ["/tmp", "tmpfs"],
];

const HOME = "/root";
const ENVIRONMENT = [
  "HOME=/root",
  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  "TERM=linux",
  "USER=root",
  "LOGNAME=root",
  "SHELL=/bin/sh",
];

function* prepare(): Sys<void> {
  for (const [target, type] of MOUNTS) {
    // EBUSY: the kernel has done it; any other failure (a kernel without that file system) leaves the folder as it is.
    let result = yield* mount(type, target, type, 0, undefined);
    if (result === -ERRNO.ENOENT && (yield* mkdir(target, 0o755)) === 0) result = yield* mount(type, target, type, 0, undefined);
  }
  const name = yield* readFile("/etc/hostname");
  if (typeof name === "string" && name.trim() !== "") yield* sethostname(name.trim());
}

/** The terminal behind /dev/console, which itself can lead no session under Linux; /dev/console where the kernel does not tell. */
function* consoleTerminal(): Sys<string> {
  const active = yield* readFile("/sys/class/tty/console/active");
  const name = typeof active === "string" ? active.trim().split(" ").pop() : undefined;
  return name === undefined || name === "" ? "/dev/console" : `/dev/${name}`;
}

/** Descriptors 0 to 2 become the console's terminal and the process leads a session with it. */
function* takeConsole(): Sys<void> {
  yield* setsid();
  let fd = yield* open(yield* consoleTerminal(), O_RDWR);
  if (fd < 0) fd = yield* open("/dev/console", O_RDWR);
  if (fd < 0) return;
  for (const target of [0, 1, 2]) if (target !== fd) yield* dup2(fd, target);
  if (fd > 2) yield* close(fd);
  yield* setControllingTerminal(0);
}

/** What the terminal at the other end of the line is like, of which the line itself tells nothing. */
function* setTerminal(words: string[]): Sys<void> {
  if (!words.includes("-echo")) return;
  const termios = yield* tcgetattr(0);
  if (typeof termios !== "number") yield* tcsetattr(0, withoutEcho(termios));
}

function* writeToConsole(text: string): Sys<void> {
  const fd = yield* open("/dev/console", O_WRONLY | O_NOCTTY);
  if (fd < 0) return;
  yield* writeAll(fd, text);
  yield* close(fd);
}

function* line(path: string): Sys<string> {
  const text = yield* readFile(path);
  return typeof text === "number" ? "" : text.replace(/\n$/, "");
}

/** The first shell's arguments, and whether its output begins with a mark. */
function* firstShell(): Sys<{ argv: string[]; marked: boolean }> {
  switch (yield* line(RUN_MODE)) {
    case "command":
      return { argv: ["sh", "-c", yield* line(RUN_COMMAND)], marked: true };
    case "script":
      return { argv: ["sh", yield* line(RUN_SCRIPT)], marked: true };
    default:
      return { argv: ["sh", "-l"], marked: false };
  }
}

/** Later names win over earlier ones of the same name. */
function environment(extra: string): string[] {
  const values = new Map<string, string>();
  for (const entry of [...ENVIRONMENT, ...extra.split("\n")]) {
    const at = entry.indexOf("=");
    if (at > 0) values.set(entry.slice(0, at), entry.slice(at + 1));
  }
  return [...values].map(([name, value]) => `${name}=${value}`);
}

function* init(io: Io): Sys<number> {
  yield* prepare();
  const shell = yield* firstShell();
  const env = environment(yield* line(RUN_ENVIRONMENT));
  const first = yield* fork(function* () {
    yield* takeConsole();
    yield* setTerminal((yield* line(RUN_TERMINAL)).split(" "));
    yield* chdir(HOME);
    if (shell.marked) yield* writeAll(1, RUN_START_MARK);
    const result = yield* execve("/bin/sh", shell.argv, env);
    yield* io.error(`can't run /bin/sh: ${strerror(result)}`);
    return 127;
  });
  let status = first < 0 ? 127 : 0;
  while (first > 0) {
    const waited = yield* wait4(-1, 0);
    if (waited === -ERRNO.ECHILD) break;
    if (typeof waited === "number" || waited.pid !== first || stopped(waited.status)) continue;
    status = shellStatus(waited.status);
    break;
  }
  if (shell.marked) yield* writeToConsole(RUN_END_MARK);
  if ((yield* writeFile(RUN_STATUS, `${status}\n`)) === -ERRNO.ENOENT) {
    for (const folder of ["/run", RUN_FOLDER]) yield* mkdir(folder, 0o755);
    yield* writeFile(RUN_STATUS, `${status}\n`);
  }
  yield* sync();
  yield* reboot(RB_POWER_OFF);
  return status;
}

export const INIT: AppletTable = {
  init: { usage: "\n\nThe first process: not to be run by hand", run: init },
};

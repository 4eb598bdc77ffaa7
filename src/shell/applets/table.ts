// The table of all applets, and how one is found: by the name a program was started with, or behind `busybox`.
import { AWK } from "../awk/awk.js";
import { DIFF } from "../diff/diff.js";
import { FIND } from "../find/find.js";
import { programName } from "../gate/host-programs.js";
import { LESS } from "../less/less.js";
import { SED } from "../sed/sed.js";
import { shMain } from "../sh/main.js";
import { writeAll } from "../sys/calls.js";
import type { Process, Program, Sys } from "../sys/request.js";
import { VI } from "../vi/vi.js";
import { type AppletTable, BANNER, runApplet } from "./applet.js";
import { CAT } from "./cat.js";
import { COPY } from "./copy.js";
import { COPYING } from "./copying.js";
import { DF } from "./df.js";
import { DU } from "./du.js";
import { DUMP } from "./dump.js";
import { FOLDERS } from "./folders.js";
import { GETOPT } from "./getopt.js";
import { GREP } from "./grep.js";
import { GZIP } from "./gzip.js";
import { HEAD_TAIL } from "./head-tail.js";
import { IDENTITY } from "./identity.js";
import { INIT } from "./init.js";
import { LAUNCH } from "./launch.js";
import { LINES } from "./lines.js";
import { LOG } from "./log.js";
import { LS } from "./ls.js";
import { MODULE_INDEX } from "./module-index.js";
import { MODULES } from "./modules.js";
import { NODES } from "./nodes.js";
import { OWNERS } from "./owners.js";
import { PROCESS_MATCH } from "./process-match.js";
import { PROCESSES } from "./processes.js";
import { PROGRAMS } from "./programs.js";
import { ROWS } from "./rows.js";
import { SIZES } from "./sizes.js";
import { SORT } from "./sort.js";
import { STAT } from "./stat.js";
import { STTY } from "./stty.js";
import { SYSCTL } from "./sysctl.js";
import { SYSTEM } from "./system.js";
import { TAR } from "./tar.js";
import { TIME } from "./time.js";
import { TIMES } from "./times.js";
import { TRIVIAL } from "./trivial.js";
import { VALUES } from "./values.js";
import { WATCHING } from "./watching.js";
import { XARGS } from "./xargs.js";

const APPLETS: AppletTable = {
  ...AWK,
  ...CAT,
  ...COPY,
  ...COPYING,
  ...DF,
  ...DIFF,
  ...DU,
  ...DUMP,
  ...FIND,
  ...FOLDERS,
  ...GETOPT,
  ...GREP,
  ...GZIP,
  ...HEAD_TAIL,
  ...IDENTITY,
  ...INIT,
  ...LAUNCH,
  ...LESS,
  ...LINES,
  ...LOG,
  ...LS,
  ...MODULE_INDEX,
  ...MODULES,
  ...NODES,
  ...OWNERS,
  ...PROCESS_MATCH,
  ...PROCESSES,
  ...PROGRAMS,
  ...SED,
  ...ROWS,
  ...SIZES,
  ...SORT,
  ...STTY,
  ...SYSCTL,
  ...SYSTEM,
  ...TAR,
  ...TIME,
  ...TIMES,
  ...TRIVIAL,
  ...STAT,
  ...VALUES,
  ...VI,
  ...WATCHING,
  ...XARGS,
};

/** Names of the shell itself. */
const SHELLS = ["sh", "ash"];

/** Every name for which the root file system has a link to /bin/busybox. */
export const appletNames: readonly string[] = [...Object.keys(APPLETS), ...SHELLS].sort();

const APPLET_NAMES: ReadonlySet<string> = new Set(appletNames);

function* notFound(name: string): Sys<number> {
  yield* writeAll(2, `${name}: applet not found\n`);
  return 127;
}

/** `busybox`: a list of the applets, or the applet of its first argument. */
function* busybox(process: Process): Sys<number> {
  const [name, ...args] = process.argv.slice(1);
  if (name !== undefined && name !== "--list" && name !== "--help") {
    const inner: Process = { argv: [name, ...args], env: process.env, signals: process.signals };
    return yield* findProgram(programName(name))(inner);
  }
  const list =
    name === "--list"
      ? `${appletNames.join("\n")}\n`
      : `${BANNER}\n\nUsage: busybox [APPLET [ARGUMENTS]...]\n   or: busybox --list\n\nApplets:\n\t${appletNames.join(", ")}\n`;
  yield* writeAll(1, list);
  return 0;
}

/** The program for argv[0]'s last component. */
export function findProgram(name: string): Program {
  if (SHELLS.includes(name)) return (process) => shMain(process, APPLET_NAMES);
  if (name === "busybox") return busybox;
  const applet = Object.hasOwn(APPLETS, name) ? APPLETS[name] : undefined;
  if (!applet) return () => notFound(name);
  return (process) => runApplet(applet, process, name, process.argv.slice(1));
}

// Kernel modules: insmod rmmod lsmod modprobe. Messages and exit codes are busybox's (see the recordings in test/oracle).
import { ERRNO, strerror } from "../../abi/errno.js";
import { close, deleteModule, finitModule, initModule, O_CLOEXEC, O_NONBLOCK, O_RDONLY, O_TRUNC, open } from "../sys/calls.js";
import { readAll, readFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { stat } from "../sys/stat.js";
import { uname } from "../sys/system.js";
import { matchGlob } from "../text/glob.js";
import type { AppletTable, Io } from "./applet.js";
import { linesOf } from "./input.js";
import { type ModprobeSettings, modprobeSettings } from "./modprobe-settings.js";

/** What an errno of init_module means. */
function moduleError(error: number): string {
  switch (-error) {
    case ERRNO.ENOEXEC:
      return "invalid module format";
    case ERRNO.ENOENT:
      return "unknown symbol in module, or unknown parameter";
    case ERRNO.ESRCH:
      return "module has wrong symbol version";
    case ERRNO.ENOSYS:
      return "kernel does not support requested operation";
    default:
      return strerror(error);
  }
}

/** modprobe's name=value words; a value with a blank in it goes into double quotes, which insmod does not do. */
function quotedParameters(args: readonly string[]): string {
  return args
    .map((arg) => {
      const at = arg.indexOf("=");
      return at >= 0 && arg.includes(" ", at) && arg[at + 1] !== '"' ? `${arg.slice(0, at + 1)}"${arg.slice(at + 1)}"` : arg;
    })
    .join(" ");
}

type Loaded = { kind: "loaded" } | { kind: "no-file"; error: number } | { kind: "short" } | { kind: "refused"; error: number };

/** finit_module on the open file and, where that fails, init_module with the file's bytes: a failing init runs twice, as with busybox. */
function* load(path: string, parameters: string): Sys<Loaded> {
  const fd = yield* open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return { kind: "no-file", error: fd };
  if ((yield* finitModule(fd, parameters, 0)) === 0) {
    yield* close(fd);
    return { kind: "loaded" };
  }
  const image = yield* readAll(fd);
  yield* close(fd);
  if (typeof image === "number" || image.length < 2) return { kind: "short" };
  const result = yield* initModule(image, parameters);
  return result === 0 ? { kind: "loaded" } : { kind: "refused", error: result };
}

function* insmod(io: Io): Sys<number> {
  // It knows no options: "-f" is the name of a file.
  const [path, ...parameters] = io.args;
  if (path === "--help") return yield* io.showUsage(0);
  if (path === undefined) return yield* io.showUsage();
  const result = yield* load(path, parameters.map((parameter) => `${parameter} `).join(""));
  switch (result.kind) {
    case "loaded":
      return 0;
    case "short":
      return yield* io.die("short read");
    case "no-file":
      // busybox's status is the negative errno here.
      return yield* io.die(`can't insert '${path}': ${strerror(result.error)}`, result.error & 0xff);
    case "refused":
      return yield* io.die(`can't insert '${path}': ${moduleError(result.error)}`, -result.error & 0xff);
  }
}

/** A module's name from its file's: no folders, nothing behind the first dot, dashes as underscores. */
export function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf("/") + 1);
  return (file.split(".")[0] ?? "").replaceAll("-", "_");
}

interface LoadedModule {
  name: string;
  size: string;
  references: string;
  users: string;
}

function* loadedModules(): Sys<LoadedModule[] | number> {
  const text = yield* readFile("/proc/modules");
  if (typeof text === "number") return text;
  return linesOf(text).map((line) => {
    const [name = "", size = "", references = "", users = "-"] = line.split(" ");
    return { name, size, references, users: users === "-" ? "" : users.replace(/,$/, "") };
  });
}

function* rmmod(io: Io): Sys<number> {
  const options = yield* io.options("wfa");
  let flags = O_NONBLOCK;
  if (options.has("w")) flags &= ~O_NONBLOCK;
  if (options.has("f")) flags |= O_TRUNC;
  if (options.has("a")) {
    const modules = yield* loadedModules();
    for (const { name, references } of typeof modules === "number" ? [] : modules) if (references === "0") yield* deleteModule(name, flags);
    return 0;
  }
  if (options.operands.length === 0) return yield* io.showUsage();
  for (const operand of options.operands) {
    const name = moduleName(operand);
    const result = yield* deleteModule(name, flags);
    if (result < 0) return yield* io.die(`can't unload module '${name}': ${strerror(result)}`);
  }
  return 0;
}

const TAINT_PROPRIETARY = 1;
const TAINT_FORCED = 2;
const TAINT_UNSAFE_SMP = 4;

function* taintText(): Sys<string> {
  const text = yield* readFile("/proc/sys/kernel/tainted");
  const taint = typeof text === "number" ? 0 : Number(text);
  if (!taint) return "    Not tainted";
  const letter = (bit: number, on: string, off: string): string => (taint & bit ? on : off);
  return `    Tainted: ${letter(TAINT_PROPRIETARY, "P", "G")}${letter(TAINT_FORCED, "F", " ")}${letter(TAINT_UNSAFE_SMP, "S", " ")}`;
}

function* lsmod(io: Io): Sys<number> {
  yield* io.put(`Module                  Size  Used by${yield* taintText()}\n`);
  const modules = yield* loadedModules();
  if (typeof modules === "number") return yield* io.die(`/proc/modules: ${strerror(modules)}`);
  for (const { name, size, references, users } of modules) {
    yield* io.put(`${name.padEnd(19)} ${size.padStart(8)} ${references.padStart(2)} ${users}\n`);
  }
  return 0;
}

interface Dependency {
  /** Relative to the release's folder. */
  file: string;
  needs: string[];
}

/** modules.dep by module name. */
function* dependencies(folder: string): Sys<Map<string, Dependency> | number> {
  const text = yield* readFile(`${folder}/modules.dep`);
  if (typeof text === "number") return text;
  const map = new Map<string, Dependency>();
  for (const line of linesOf(text)) {
    const [file = "", rest = ""] = line.split(":");
    map.set(moduleName(file), { file, needs: rest.split(" ").filter((word) => word !== "") });
  }
  return map;
}

/** The module that a configuration, modules.symbols or modules.alias has for a name. */
function* aliasOf(folder: string, settings: ModprobeSettings, name: string): Sys<string> {
  for (const [pattern, target] of settings.aliases) if (matchGlob(pattern.replaceAll("-", "_"), name)) return moduleName(target);
  for (const file of ["modules.symbols", "modules.alias"]) {
    const text = yield* readFile(`${folder}/${file}`);
    if (typeof text === "number") continue;
    for (const line of linesOf(text)) {
      const [word, pattern = "", target = ""] = line.split(" ");
      if (word === "alias" && (matchGlob(pattern, name) || matchGlob(pattern.replaceAll("-", "_"), name))) return moduleName(target);
    }
  }
  return name;
}

interface Probe {
  io: Io;
  folder: string;
  map: ReadonlyMap<string, Dependency>;
  quiet: boolean;
  /** -D: show what would be loaded. */
  show: boolean;
  settings: ModprobeSettings;
}

function* probeOne(probe: Probe, name: string, parameters: string): Sys<boolean> {
  const { io } = probe;
  const found = probe.map.get(name);
  if (!found) {
    if (!probe.quiet) yield* io.error(`module ${name} not found in modules.dep`);
    return false;
  }
  // modules.dep names the nearest first: the last one needs none of the others.
  for (const file of [...found.needs].reverse()) if (!(yield* insert(probe, file, undefined))) return false;
  return yield* insert(probe, found.file, parameters);
}

/** Modules that another one needs get no parameters but those of the configuration. */
function* insert(probe: Probe, file: string, given: string | undefined): Sys<boolean> {
  const path = `${probe.folder}/${file}`;
  const configured = probe.settings.options.get(moduleName(file));
  const parameters = configured === undefined ? given : `${configured} ${given ?? ""}`.trimEnd();
  if (probe.show) {
    yield* probe.io.put(`insmod ${path}${parameters === undefined ? "" : ` ${parameters}`}\n`);
    return true;
  }
  const result = yield* load(path, parameters ?? "");
  const error = result.kind === "loaded" ? 0 : result.kind === "short" ? -ERRNO.ENOEXEC : result.error;
  if (error === 0 || error === -ERRNO.EEXIST) return true;
  if (!probe.quiet) yield* probe.io.error(`can't load module ${moduleName(file)} (${file}): ${moduleError(error)}`);
  return false;
}

function* removeAll(probe: Probe, names: readonly string[]): Sys<number> {
  let status = 0;
  const listed = yield* loadedModules();
  const loaded = new Set(typeof listed === "number" ? [] : listed.map(({ name }) => name));
  for (const given of names) {
    const name = yield* aliasOf(probe.folder, probe.settings, moduleName(given));
    const found = given.includes("/") ? undefined : probe.map.get(name);
    if (!found) {
      if (!probe.quiet) yield* probe.io.error(`module ${given} not found in modules.dep`);
      status = 1;
      continue;
    }
    const result = loaded.has(name) ? yield* deleteModule(name, O_NONBLOCK) : 0;
    if (result < 0) {
      if (!probe.quiet) yield* probe.io.error(`can't unload module '${given}': ${strerror(result)}`);
      status = 1;
      continue;
    }
    loaded.delete(name);
    // What it needed goes too, if nobody else needs it.
    for (const need of found.needs.map(moduleName))
      if (loaded.has(need) && (yield* deleteModule(need, O_NONBLOCK)) === 0) loaded.delete(need);
  }
  return status;
}

function* modprobe(io: Io): Sys<number> {
  const options = yield* io.options("alrqvsDb");
  const release = yield* uname();
  const folder = `/lib/modules/${typeof release === "number" ? "" : release.release}`;
  for (const path of ["/lib/modules", folder]) {
    const there = yield* stat(path);
    const name = path === folder ? path.slice("/lib/modules/".length) : path;
    if (typeof there === "number") return yield* io.die(`can't change directory to '${name}': ${strerror(there)}`);
  }
  const map = yield* dependencies(folder);
  if (typeof map === "number") return yield* io.die(`can't open 'modules.dep': ${strerror(map)}`);
  const settings = yield* modprobeSettings();
  const probe: Probe = { io, folder, map, quiet: options.has("q"), show: options.has("D"), settings };
  if (options.has("l")) {
    const patterns = options.operands.length > 0 ? options.operands : ["*"];
    for (const { file } of map.values()) {
      if (patterns.some((pattern) => matchGlob(pattern.replaceAll("-", "_"), moduleName(file)))) yield* io.put(`${file}\n`);
    }
    return 0;
  }
  if (options.has("r")) return yield* removeAll(probe, options.operands);
  const names = options.has("a") ? options.operands : options.operands.slice(0, 1);
  const parameters = options.has("a") ? "" : quotedParameters(options.operands.slice(1));
  let status = 0;
  for (const given of names) {
    const name = moduleName(given);
    const target = given.includes("/") ? given : map.has(name) ? name : yield* aliasOf(folder, settings, name);
    if (!(yield* probeOne(probe, target, parameters))) status = 1;
  }
  return status;
}

export const MODULES: AppletTable = {
  insmod: { usage: "FILE [SYMBOL=VALUE]...\n\nLoad a kernel module", run: insmod },
  rmmod: {
    usage:
      "[-wfa] [MODULE]...\n\nUnload kernel modules\n\n\t-w\tWait until they are no longer used\n\t-f\tForce it\n\t-a\tAll that nobody uses",
    run: rmmod,
  },
  lsmod: { usage: "\n\nList the loaded kernel modules", run: lsmod },
  modprobe: {
    usage:
      "[-alrqD] MODULE [SYMBOL=VALUE]...\n\nLoad a kernel module and those it needs\n\n\t-a\tSeveral modules\n\t-l\tList (patterns)\n\t-r\tUnload\n\t-q\tNo messages\n\t-D\tShow what would be loaded",
    run: modprobe,
  },
};

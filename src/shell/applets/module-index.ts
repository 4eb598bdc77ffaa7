// What module files say of themselves: modinfo, and depmod, which makes of it the files that modprobe reads.
import { ERRNO, strerror } from "../../abi/errno.js";
import { chdir, writeAll } from "../sys/calls.js";
import { readFile, writeFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { isDirectory, lstat, readDirectory } from "../sys/stat.js";
import { uname } from "../sys/system.js";
import { matchGlob } from "../text/glob.js";
import type { AppletTable, Io } from "./applet.js";
import { linesOf } from "./input.js";
import { moduleName } from "./modules.js";

/** The tags that modinfo shows, in its order; an option's letter shows one alone. */
const TAGS: readonly { tag: string; letter?: string }[] = [
  { tag: "filename", letter: "n" },
  { tag: "author", letter: "a" },
  { tag: "description", letter: "d" },
  { tag: "license", letter: "l" },
  { tag: "parm", letter: "p" },
  { tag: "version" },
  { tag: "alias" },
  { tag: "srcversion" },
  { tag: "depends" },
  { tag: "uts_release" },
  { tag: "vermagic" },
  { tag: "firmware" },
];

const TAG_COLUMN = 16;

/** The values of `tag=` in a module's .modinfo, wherever in the file they lie. */
function valuesOf(image: string, tag: string): string[] {
  const values: string[] = [];
  for (let at = image.indexOf(`${tag}=`); at >= 0; at = image.indexOf(`${tag}=`, at + 1)) {
    if (at > 0 && image[at - 1] !== "\0") continue;
    const start = at + tag.length + 1;
    const end = image.indexOf("\0", start);
    values.push(image.slice(start, end < 0 ? image.length : end));
  }
  return values;
}

interface Show {
  tags: readonly string[];
  end: string;
}

function* showModule(io: Io, given: string, folder: string, show: Show): Sys<void> {
  let path = given;
  let image = yield* readFile(path);
  if (typeof image === "number" && !path.startsWith("/")) {
    path = `${folder}/${given}`;
    image = yield* readFile(path);
  }
  if (image === -ERRNO.EISDIR || (typeof image === "string" && image.length < 2)) return yield* io.die("short read");
  if (typeof image === "number") return yield* io.error(`module '${path}' not found`);
  const heads = show.tags.length > 1;
  for (const tag of show.tags) {
    for (const value of tag === "filename" ? [path] : valuesOf(image, tag))
      yield* io.put(`${heads ? `${tag}:`.padEnd(TAG_COLUMN) : ""}${value}${show.end}`);
  }
}

function* modinfo(io: Io): Sys<number> {
  const options = yield* io.options("nladp0F:");
  if (options.operands.length === 0) return yield* io.showUsage();
  const release = yield* uname();
  const folder = `/lib/modules/${typeof release === "number" ? "" : release.release}`;
  const chosen = TAGS.filter(({ letter }) => letter !== undefined && options.has(letter)).map(({ tag }) => tag);
  const field = options.value("F");
  if (field !== undefined) chosen.push(field);
  const show: Show = { tags: chosen.length > 0 ? chosen : TAGS.map(({ tag }) => tag), end: options.has("0") ? "\0" : "\n" };
  const index = yield* readFile(`${folder}/modules.dep`);
  if (typeof index === "number") return yield* io.die(`can't open '${folder}/modules.dep': ${strerror(index)}`);
  const left = new Set(options.operands);
  for (const line of linesOf(index)) {
    const file = line.split(":")[0] ?? "";
    for (const operand of left) {
      if (!matchGlob(operand, file) && operand !== moduleName(file)) continue;
      left.delete(operand);
      yield* showModule(io, file, folder, show);
    }
  }
  for (const operand of left) yield* showModule(io, operand, folder, show);
  return 0;
}

interface ModuleFile {
  file: string;
  name: string;
  needs: string[];
  aliases: string[];
  symbols: string[];
}

const KSYMTAB = /__ksymtab_([^\0]+)\0/g;

/** depends=, alias= and the names behind __ksymtab_, the last one first, as busybox keeps them. */
function describe(file: string, image: string): ModuleFile {
  const needs = valuesOf(image, "depends").flatMap((text) => text.split(","));
  const symbols: string[] = [];
  for (const [, symbol = ""] of image.matchAll(KSYMTAB)) {
    if (!symbol.startsWith("gpl") && symbol !== "strings" && !symbols.includes(symbol)) symbols.unshift(symbol);
  }
  return {
    file,
    name: moduleName(file),
    needs: needs.filter((name) => name !== "").map(moduleName),
    aliases: valuesOf(image, "alias").reverse(),
    symbols,
  };
}

function* moduleFiles(path: string): Sys<string[]> {
  const there = yield* lstat(path);
  if (typeof there === "number") return [];
  if (!isDirectory(there)) return /\.ko$/.test(path) ? [path] : [];
  const entries = yield* readDirectory(path);
  const files: string[] = [];
  for (const { name } of typeof entries === "number" ? [] : entries) {
    if (name !== "." && name !== "..") files.push(...(yield* moduleFiles(path === "." ? name : `${path}/${name}`)));
  }
  return files;
}

/** The bucket in which busybox's table of modules keeps a name: its files list modules in this order. */
function bucket(name: string): number {
  let hash = 0;
  for (let n = 0; n < name.length; n++) hash = (hash * 33 + name.charCodeAt(n)) >>> 0;
  return hash % 256;
}

/** What a module needs, directly or not, the nearest first: each behind all that need it. */
function orderedNeeds(start: ModuleFile, all: ReadonlyMap<string, ModuleFile>): ModuleFile[] {
  const list: ModuleFile[] = [];
  const add = (module: ModuleFile, above: readonly ModuleFile[]): void => {
    for (const name of module.needs) {
      const needed = all.get(name);
      if (!needed || needed === start || above.includes(needed)) continue;
      const at = list.indexOf(needed);
      if (at >= 0) list.splice(at, 1);
      list.push(needed);
      add(needed, [...above, needed]);
    }
  };
  add(start, []);
  return list;
}

function* depmod(io: Io): Sys<number> {
  const options = yield* io.options("aAeF:b:n");
  const operands = [...options.operands];
  const running = yield* uname();
  let release = typeof running === "number" ? "" : running.release;
  if (/^[0-9]+\.[0-9]+\.[0-9]+/.test(operands[0] ?? "")) release = operands.shift() ?? "";
  const base = options.value("b") ?? "/";
  for (const folder of [base, `lib/modules/${release}`]) {
    const result = yield* chdir(folder);
    if (result < 0) return yield* io.die(`can't change directory to '${folder}': ${strerror(result)}`);
  }
  const all = new Map<string, ModuleFile>();
  for (const file of operands.length > 0 ? operands : yield* moduleFiles(".")) {
    const image = yield* readFile(file);
    if (typeof image === "number") {
      yield* io.error(`${file}: ${strerror(image)}`);
      continue;
    }
    const module = describe(file, image);
    all.set(module.name, module);
  }
  const modules = [...all.values()].sort((a, b) => bucket(a.name) - bucket(b.name));
  const needs = (module: ModuleFile): string =>
    orderedNeeds(module, all)
      .map(({ file }) => ` ${file}`)
      .join("");
  const files = {
    "modules.dep": modules.map((module) => `${module.file}:${needs(module)}\n`),
    "modules.alias": modules.flatMap(({ name, aliases }) => aliases.map((alias) => `alias ${alias} ${name}\n`)),
    "modules.symbols": modules.flatMap(({ name, symbols }) => symbols.map((symbol) => `alias symbol:${symbol} ${name}\n`)),
  };
  for (const [name, lines] of Object.entries(files)) {
    const result = options.has("n") ? yield* writeAll(1, lines.join("")) : yield* writeFile(name, lines.join(""));
    if (result < 0) return yield* io.die(`can't open '${name}': ${strerror(result)}`);
  }
  return 0;
}

export const MODULE_INDEX: AppletTable = {
  modinfo: {
    usage:
      "[-adlpn0] [-F TAG] MODULE...\n\nShow what modules say of themselves\n\n\t-a, -d, -l, -p, -n\tOnly author, description, license, parm, filename\n\t-F TAG\tOnly that\n\t-0\tNUL behind each",
    run: modinfo,
  },
  depmod: {
    usage:
      "[-n] [-b BASE] [VERSION] [FILE]...\n\nMake modules.dep, modules.alias and modules.symbols\n\n\t-b BASE\tBelow BASE/lib/modules/VERSION\n\t-n\tPrint them instead",
    run: depmod,
  },
};

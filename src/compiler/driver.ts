// The compiler's entry: builds the kernel and modules from kernel TypeScript. `new Compiler(root, files).kernel(files)` is all of it;
// in one Compiler the kernel's headers are parsed and checked once. Loads TypeScript, so import this file lazily.

import * as nodePath from "node:path";

import ts = require("typescript");

import { type Diagnostic, formatDiagnostic, mergeDiagnostics } from "./diagnostics.js";
import type { TypedVariable } from "./elf/btf.js";
import { linkKernel } from "./elf/link.js";
import { linkStatic } from "./elf/link-static.js";
import type { ObjectFile } from "./elf/object.js";
import { readRelocatable } from "./elf/read.js";
import { writeRelocatable } from "./elf/write.js";
import { createProgram, type Program } from "./front/program.js";
import { compileUnit } from "./lower/compile-unit.js";
import type { ImageConfig, Unit, UnitOptions } from "./lower/unit.js";

export interface KernelResult {
  /** Empty if there are errors. */
  readonly vmlinux: Uint8Array;
  readonly systemMap: string;
  /** Errors, formatted one by one. */
  readonly diagnostics: readonly string[];
}
export interface KernelOptions {
  readonly entry?: string;
  readonly config?: ImageConfig;
}
export interface ModuleBuild {
  /** Source files of the module; the first names it unless `name` does. */
  readonly files: readonly string[];
  readonly name?: string;
  /** Other modules, for `depends=`. */
  readonly others?: readonly { readonly name: string; readonly ko: Uint8Array }[];
}
export interface ModuleResult {
  readonly name: string;
  readonly ko: Uint8Array;
  readonly diagnostics: readonly string[];
}

interface ProgramResult {
  readonly name: string;
  /** Empty if there are errors. */
  readonly program: Uint8Array;
  readonly diagnostics: readonly string[];
}

/** A compiled file of the kernel, and the settings that went into it. */
interface BuiltUnit {
  readonly unit: Unit;
  readonly asked: ReadonlyMap<string, bigint | undefined>;
}

/** One program for the kernel and several modules: parsing and checking the kernel's headers happens once. */
export class Compiler {
  readonly program: Program;
  readonly #base: string;
  readonly #kernelUnits = new Map<string, BuiltUnit[]>();

  constructor(
    readonly kernelRoot: string,
    files: readonly string[],
    base = process.cwd(),
  ) {
    this.program = createProgram(kernelRoot, files);
    this.#base = base;
  }

  #sources(files: readonly string[]): ts.SourceFile[] {
    return files.map((file) => {
      const source = this.program.ts.getSourceFile(nodePath.resolve(file));
      if (source === undefined) throw new Error(`kcc: ${file} is not part of the program`);
      return source;
    });
  }

  #format(diagnostics: readonly Diagnostic[]): string[] {
    return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, this.#base));
  }

  /** Type errors of the files. */
  check(files: readonly string[]): string[] {
    return this.#format(this.program.diagnostics(this.#sources(files)));
  }

  /** One object of one or more files, compiled even where TypeScript has complaints elsewhere. */
  object(files: readonly string[], module?: string): { object: ObjectFile; diagnostics: string[] } {
    const { object, diagnostics } = this.#unit(files, module);
    return { object, diagnostics: this.#format(mergeDiagnostics([], diagnostics)) };
  }

  #unit(files: readonly string[], options: UnitOptions | string = {}): Unit {
    const name = nodePath.relative(this.#base, files[0] ?? "");
    return compileUnit(this.program, this.#sources(files), name, typeof options === "string" ? { module: options } : options);
  }

  /** A kernel image; what does not depend on the configuration is compiled once for all images. */
  kernel(files: readonly string[], { entry, config = new Map() }: KernelOptions = {}): KernelResult {
    const checked = this.program.diagnostics(this.#sources(files));
    const own: Diagnostic[] = [];
    const objects: ObjectFile[] = [];
    const variables: TypedVariable[] = [];
    for (const file of files) {
      const built = this.#kernelUnit(file, config);
      variables.push(...built.variables());
      own.push(...built.diagnostics);
      objects.push(built.object);
    }
    const diagnostics = this.#format(mergeDiagnostics(checked, own));
    if (diagnostics.length > 0) return { vmlinux: new Uint8Array(), systemMap: "", diagnostics };
    const types = { structs: this.program.types.structs, variables };
    const linked = linkKernel(objects, entry === undefined ? { types } : { entry, types });
    return { vmlinux: linked.vmlinux, systemMap: linked.systemMap, diagnostics: linked.errors.map((error) => `error: ${error}\n`) };
  }

  /** The unit of an earlier image will do if every setting that it asked for, its own or by an inlined function of a header, is the same here. */
  #kernelUnit(file: string, config: ImageConfig): Unit {
    const made = this.#kernelUnits.get(file) ?? [];
    this.#kernelUnits.set(file, made);
    const known = made.find(({ asked }) => [...asked].every(([name, value]) => config.get(name) === value));
    if (known !== undefined) return known.unit;
    const asked = new Map<string, bigint | undefined>();
    const get = (name: string): bigint | undefined => {
      asked.set(name, config.get(name));
      return config.get(name);
    };
    const unit = this.#unit([file], { config: { get } });
    made.push({ unit, asked });
    return unit;
  }

  module(build: ModuleBuild): ModuleResult {
    const { name, object, diagnostics } = this.#module(build);
    if (diagnostics.length > 0) return { name, ko: new Uint8Array(), diagnostics };
    addDepends(object, (build.others ?? []).map(exportsOfFile));
    return { name, ko: writeRelocatable(object), diagnostics };
  }

  /** Modules that may need each other's exports. */
  modules(builds: readonly ModuleBuild[]): ModuleResult[] {
    const built = builds.map((build) => this.#module(build));
    const exported = built.map(({ name, object }) => ({ name, exports: exportsOf(object.symbols) }));
    return built.map(({ name, object, diagnostics }) => {
      if (diagnostics.length > 0) return { name, ko: new Uint8Array(), diagnostics };
      const others = exported.filter((other) => other.name !== name);
      addDepends(object, others);
      return { name, ko: writeRelocatable(object), diagnostics };
    });
  }

  #module({ files, name = moduleName(files[0] ?? "") }: ModuleBuild): { name: string; object: ObjectFile; diagnostics: string[] } {
    const { object, diagnostics } = this.#unit(files, name);
    return { name, object, diagnostics: this.#format(mergeDiagnostics(this.program.diagnostics(this.#sources(files)), diagnostics)) };
  }

  /** A file that exports main() is a user program, not a module. */
  isProgram(file: string): boolean {
    const [source] = this.#sources([file]);
    const symbol = source === undefined ? undefined : this.program.checker.getSymbolAtLocation(source);
    return symbol !== undefined && this.program.checker.getExportsOfModule(symbol).some(({ name }) => name === "main");
  }

  /** A user program: the file, the runtime's entry, and whatever of the runtime they import. The kernel's headers give types and constants. */
  userProgram(file: string): ProgramResult {
    const name = nodePath.basename(file, ".ts");
    const files = this.#withImports([file, userStart(this.kernelRoot)]);
    const own: Diagnostic[] = [];
    const objects: ObjectFile[] = [];
    for (const each of files) {
      const built = this.#unit([each], { user: true });
      own.push(...built.diagnostics);
      objects.push(built.object);
    }
    const diagnostics = this.#format(mergeDiagnostics(this.program.diagnostics(this.#sources(files)), own));
    if (diagnostics.length > 0) return { name, program: new Uint8Array(), diagnostics };
    const { program, errors } = linkStatic(objects);
    return { name, program, diagnostics: errors.map((error) => `error: ${error}\n`) };
  }

  /** The files and what they import, and so on; the kernel's own files give a program types and constants, but no code. */
  #withImports(files: readonly string[]): string[] {
    const found = new Set<string>();
    const kernel = nodePath.resolve(this.kernelRoot) + nodePath.sep;
    const runtime = nodePath.dirname(nodePath.dirname(nodePath.resolve(userStart(this.kernelRoot)))) + nodePath.sep;
    const waiting = files.map((file) => nodePath.resolve(file));
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      if (found.has(file) || file.endsWith(".d.ts") || (file.startsWith(kernel) && !file.startsWith(runtime))) continue;
      found.add(file);
      for (const statement of this.#sources([file])[0]?.statements ?? []) {
        if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
        const symbol = statement.moduleSpecifier && this.program.checker.getSymbolAtLocation(statement.moduleSpecifier);
        const target = symbol?.declarations?.find(ts.isSourceFile);
        if (target !== undefined) waiting.push(nodePath.resolve(target.fileName));
      }
    }
    return [...found];
  }
}

/** The file of the user runtime in which every program begins. */
export function userStart(kernelRoot: string): string {
  return nodePath.join(kernelRoot, "../user/lib/start.ts");
}

/** All user programs beside a kernel tree, sorted. */
export function programSources(kernelRoot: string): string[] {
  const folder = nodePath.join(kernelRoot, "../user/programs");
  return ts.sys.directoryExists(folder) ? ts.sys.readDirectory(folder, [".ts"]).sort() : [];
}

/** A module's name as Linux makes it of the file's: `livepatch-sample.ts` is livepatch_sample. */
export function moduleName(file: string): string {
  return nodePath
    .basename(file)
    .replace(/\.ts$/, "")
    .replace(/[^A-Za-z0-9_]/g, "_");
}

interface Exports {
  /** The module's. */
  readonly name: string;
  readonly exports: ReadonlySet<string>;
}

const KSYMTAB = "__ksymtab_";

function exportsOf(symbols: Iterable<{ readonly name: string }>): Set<string> {
  return new Set([...symbols].filter(({ name }) => name.startsWith(KSYMTAB)).map(({ name }) => name.slice(KSYMTAB.length)));
}

function exportsOfFile({ name, ko }: { readonly name: string; readonly ko: Uint8Array }): Exports {
  const file = readRelocatable(ko, name);
  return { name, exports: exportsOf("symbols" in file ? file.symbols : []) };
}

/** `depends=`: the modules whose exports the object's undefined symbols are. */
function addDepends(object: ObjectFile, others: readonly Exports[]): void {
  const needed = object.symbols.filter((symbol) => !symbol.isDefined).map((symbol) => symbol.name);
  const depends = others.filter(({ exports }) => needed.some((name) => exports.has(name))).map(({ name }) => name);
  const section = object.section(".modinfo");
  section.data.append(new TextEncoder().encode(`depends=${depends.join(",")}`));
  section.data.u8(0);
}

/** All kernel sources under a folder, sorted. */
export function kernelSources(root: string): string[] {
  return ts.sys
    .readDirectory(root, [".ts"])
    .filter((file) => !file.endsWith(".d.ts"))
    .map((file) => nodePath.resolve(file))
    .sort();
}

/** A kernel of the given files, default: all under root. */
export function buildKernel(build: { readonly root: string; readonly files?: readonly string[]; readonly entry?: string }): KernelResult {
  const files = build.files ?? kernelSources(build.root);
  return new Compiler(build.root, files).kernel(files, build);
}

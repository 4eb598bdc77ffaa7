// The compiler's entry: builds the kernel and modules from kernel TypeScript. `new Compiler(root, files).kernel(files)` is all of it;
// in one Compiler the kernel's headers are parsed and checked once. Loads TypeScript, so import this file lazily.

import * as nodePath from "node:path";
import ts from "typescript";
import { type Diagnostic, formatDiagnostic, mergeDiagnostics } from "./diagnostics.js";
import { linkKernel } from "./elf/link.js";
import type { ObjectFile } from "./elf/object.js";
import { readRelocatable } from "./elf/read.js";
import { writeRelocatable } from "./elf/write.js";
import { createProgram, type Program } from "./front/program.js";
import { compileUnit } from "./lower/compile-unit.js";

export interface KernelResult {
  /** Empty if there are errors. */
  readonly vmlinux: Uint8Array;
  readonly systemMap: string;
  /** Errors, formatted one by one. */
  readonly diagnostics: readonly string[];
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

/** One program for the kernel and several modules: parsing and checking the kernel's headers happens once. */
export class Compiler {
  readonly program: Program;
  readonly #base: string;

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

  #unit(files: readonly string[], module?: string): { object: ObjectFile; diagnostics: readonly Diagnostic[] } {
    const name = nodePath.relative(this.#base, files[0] ?? "");
    return compileUnit(this.program, this.#sources(files), name, module === undefined ? {} : { module });
  }

  kernel(files: readonly string[], entry?: string): KernelResult {
    const checked = this.program.diagnostics(this.#sources(files));
    const own: Diagnostic[] = [];
    const objects: ObjectFile[] = [];
    for (const file of files) {
      const built = this.#unit([file]);
      own.push(...built.diagnostics);
      objects.push(built.object);
    }
    const diagnostics = this.#format(mergeDiagnostics(checked, own));
    if (diagnostics.length > 0) return { vmlinux: new Uint8Array(), systemMap: "", diagnostics };
    const linked = linkKernel(objects, entry === undefined ? {} : { entry });
    return { vmlinux: linked.vmlinux, systemMap: linked.systemMap, diagnostics: linked.errors.map((error) => `error: ${error}\n`) };
  }

  module(build: ModuleBuild): ModuleResult {
    const name = build.name ?? moduleName(build.files[0] ?? "");
    const built = this.#unit(build.files, name);
    const diagnostics = this.#format(mergeDiagnostics(this.program.diagnostics(this.#sources(build.files)), built.diagnostics));
    if (diagnostics.length > 0) return { name, ko: new Uint8Array(), diagnostics };
    addDepends(built.object, build.others ?? []);
    return { name, ko: writeRelocatable(built.object), diagnostics: [] };
  }
}

/** A module's name as Linux makes it of the file's: `livepatch-sample.ts` is livepatch_sample. */
export function moduleName(file: string): string {
  return nodePath
    .basename(file)
    .replace(/\.ts$/, "")
    .replace(/[^A-Za-z0-9_]/g, "_");
}

/** `depends=`: the modules whose exports the object's undefined symbols are. */
function addDepends(object: ObjectFile, others: readonly { readonly name: string; readonly ko: Uint8Array }[]): void {
  const needed = new Set(object.symbols.filter((symbol) => !symbol.isDefined).map((symbol) => symbol.name));
  const depends: string[] = [];
  for (const { name, ko } of others) {
    const other = readRelocatable(ko, name);
    if (!("symbols" in other)) continue;
    if (other.symbols.some((symbol) => symbol.name.startsWith("__ksymtab_") && needed.has(symbol.name.slice("__ksymtab_".length))))
      depends.push(name);
  }
  const section = object.section(".modinfo");
  section.data.append(new TextEncoder().encode(`depends=${depends.join(",")}`));
  section.data.u8(0);
}

/** All kernel sources under a folder, sorted. */
export function kernelSources(root: string): string[] {
  return ts.sys
    .readDirectory(root, [".ts"], undefined, undefined)
    .filter((file) => !file.endsWith(".d.ts"))
    .map((file) => nodePath.resolve(file))
    .sort();
}

/** A kernel of the given files, default: all under root. */
export function buildKernel(build: { readonly root: string; readonly files?: readonly string[]; readonly entry?: string }): KernelResult {
  const files = build.files ?? kernelSources(build.root);
  return new Compiler(build.root, files).kernel(files, build.entry);
}

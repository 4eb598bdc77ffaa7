// Builds the guest kernel and all modules of src/modules with kelp's own compiler. scripts/build.mjs calls it when an input has
// changed.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Compiler, kernelSources, programSources, userStart } from "../src/compiler/driver.js";
import { DEFAULT_IMAGE, readImages } from "./image-config.js";

interface ModuleSource {
  /** File name without .ko. */
  readonly file: string;
  readonly sources: readonly string[];
}

/** Each file of src/modules is a module, and so is each folder; include/ has what they share inline. */
function moduleSources(folder: string): ModuleSource[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry): ModuleSource[] => {
      const path = join(folder, entry.name);
      if (entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name)) return [{ file: entry.name.replace(/\.ts$/, ""), sources: [path] }];
      if (!entry.isDirectory() || entry.name === "include") return [];
      const sources = readdirSync(path).filter((name) => /(?<!\.d)\.ts$/.test(name));
      return sources.length > 0 ? [{ file: entry.name, sources: sources.sort().map((name) => join(path, name)) }] : [];
    });
}

/** Files that insmod must refuse, made from a good one as those of the recordings in test/oracle were. */
function damaged(hello: Uint8Array): Record<string, Uint8Array> {
  const patched = (change: (copy: Buffer) => void): Uint8Array => {
    const copy = Buffer.from(hello);
    change(copy);
    return copy;
  };
  return {
    empty: new Uint8Array(0),
    notelf: Buffer.from("this is not a kernel module\n".repeat(4)),
    short: hello.subarray(0, 4),
    truncated: hello.subarray(0, hello.length >> 1),
    nosections: hello.subarray(0, 64),
    badvermagic: patched((copy) => {
      const at = copy.indexOf("preempt mod_unload");
      if (at >= 0) copy.write("preemptXmod_unload", at);
    }),
    badarch: patched((copy) => copy.writeUInt16LE(3, 18)),
    exectype: patched((copy) => copy.writeUInt16LE(2, 16)),
  };
}

function complain(diagnostics: readonly string[]): boolean {
  for (const text of diagnostics) process.stderr.write(text.endsWith("\n") ? text : `${text}\n`);
  return diagnostics.length > 0;
}

function buildModules(compiler: Compiler, sources: readonly ModuleSource[]): Map<string, Uint8Array> | undefined {
  const built = compiler.modules(sources.map(({ sources: files, file }) => ({ files, name: file.replaceAll("-", "_") })));
  if (built.map(({ diagnostics }) => complain(diagnostics)).some(Boolean)) return undefined;
  return new Map(built.map(({ ko }, i) => [sources[i]!.file, ko]));
}

/** Whether all went well; on errors what was built before stays as it was. */
export function buildGuestFiles(root: string, out: string): boolean {
  const kernelRoot = join(root, "src/kernel");
  const kernelFiles = kernelSources(kernelRoot);
  const sources = moduleSources(join(root, "src/modules"));
  const programFiles = programSources(kernelRoot);
  const compiler = new Compiler(
    kernelRoot,
    [...kernelFiles, ...sources.flatMap((module) => module.sources), ...programFiles, userStart(kernelRoot)],
    root,
  );
  const kernels = readImages(join(root, "images")).map(({ name, config }) => ({ name, ...compiler.kernel(kernelFiles, { config }) }));
  for (const { diagnostics } of kernels) if (complain(diagnostics)) return false;
  const modules = buildModules(compiler, sources);
  if (!modules) return false;
  const programs = programFiles.map((file) => compiler.userProgram(file));
  if (programs.map(({ diagnostics }) => complain(diagnostics)).some(Boolean)) return false;

  const fresh = `${out}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(join(fresh, "modules"), { recursive: true });
  mkdirSync(join(fresh, "programs"));
  for (const { name, vmlinux, systemMap } of kernels) {
    const folder = name === DEFAULT_IMAGE ? fresh : join(fresh, "images", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "vmlinux"), vmlinux);
    writeFileSync(join(folder, "System.map"), systemMap);
  }
  const hello = modules.get("hello");
  const files = [...modules, ...Object.entries(hello ? damaged(hello) : {})];
  for (const [name, bytes] of files) writeFileSync(join(fresh, "modules", `${name}.ko`), bytes);
  for (const { name, program } of programs) writeFileSync(join(fresh, "programs", name), program, { mode: 0o755 });
  rmSync(out, { recursive: true, force: true });
  renameSync(fresh, out);
  return true;
}

// DESIGN's one direction of imports, checked over every source file.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import test from "ava";

const root = process.cwd();

/** Who may import whom (itself always). Guest folders are compiled by kcc and imported by no host code. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  "src/abi": [],
  "src/vm": ["src/abi"],
  "src/debug": ["src/vm", "src/abi"],
  "src/tui": ["src/debug", "src/vm", "src/abi"],
  "src/compiler": ["src/abi"],
  "src/shell": ["src/abi"],
  "src/cli": ["src/tui", "src/debug", "src/vm", "src/abi", "src/compiler", "src/shell"],
  "src/kernel": [],
  "src/modules": ["src/kernel"],
  "src/user": ["src/kernel"],
};

/** Packages that a part may use besides Node's own modules; no package's import is free at start-up. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "src/vm": ["memfs"],
  "src/debug": ["iced-x86"],
  "src/compiler": ["typescript"],
  "src/tui": ["blessed", "@xterm/headless"],
  "src/cli": ["minimist", "memfs", "@lydell/node-pty", "@xterm/headless"],
};

/** Guest code: kernel, modules and user programs. */
const isGuest = (part: string): boolean => ["src/kernel", "src/modules", "src/user"].includes(part);

const partOf = (file: string): string => file.split("/").slice(0, 2).join("/");

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8").replace(/^\s*\/\/.*$/gm, "");
  return [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
}

function complaint(file: string, specifier: string): string | undefined {
  const part = partOf(file);
  if (/^(linux|asm|user)\//.test(specifier)) {
    return isGuest(part) ? undefined : `${file} imports the guest header ${specifier}`;
  }
  if (specifier.startsWith(".")) {
    const target = partOf(relative(root, join(root, dirname(file), specifier)));
    return target === part || allowed[part]?.includes(target) ? undefined : `${file} imports ${specifier}: ${part} may not know ${target}`;
  }
  if (specifier.startsWith("node:")) return isGuest(part) ? `${file} imports ${specifier}` : undefined;
  return packages[part]?.some((name) => specifier === name || specifier.startsWith(`${name}/`))
    ? undefined
    : `${file} imports the package ${specifier}`;
}

test("imports go one way: cli, tui, debug, vm, abi; compiler and shell know abi alone; guest code is imported by nobody", (t) => {
  const files = sources("src");
  t.true(files.length > 50);
  t.deepEqual(
    files.flatMap((file) => importsOf(file).map((specifier) => complaint(file, specifier))).filter((line) => line !== undefined),
    [],
  );
});

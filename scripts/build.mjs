// Builds what is out of date and nothing else: TypeScript to dist/ with tsc, then the guest kernel and modules to dist/guest
// with kelp's own compiler. A part is up to date if the names, sizes and times of its inputs are what they were.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");

/** Files below the paths, sorted, with their stats. */
function* walk(path) {
  const stat = statSync(join(root, path), { throwIfNoEntry: false });
  if (stat?.isFile()) yield [path, stat];
  else if (stat?.isDirectory()) for (const name of readdirSync(join(root, path)).sort()) yield* walk(join(path, name));
}

/** Cheap: told by size and time, so that nothing is read when nothing changed. */
function stamp(paths, accept = () => true) {
  const hash = createHash("sha256").update(process.version);
  for (const path of paths) {
    for (const [name, { size, mtimeMs }] of walk(path)) if (accept(name)) hash.update(`${name}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/** Told by contents: what matters to a compiler's result. */
function contents(paths, accept = () => true) {
  const hash = createHash("sha256");
  for (const path of paths) {
    for (const [name] of walk(path)) if (accept(name)) hash.update(`${name}\0`).update(readFileSync(join(root, name)));
  }
  return hash.digest("hex");
}

const stampFile = (name) => join(dist, `.${name}.stamp`);
const upToDate = (name, value) => existsSync(stampFile(name)) && readFileSync(stampFile(name), "utf8") === value;
function remember(name, value) {
  mkdirSync(dist, { recursive: true });
  writeFileSync(stampFile(name), value);
}

const isGuest = (name) =>
  name.startsWith(join("src", "kernel")) || name.startsWith(join("src", "modules")) || name.startsWith(join("src", "user"));

/** What was removed or renamed must not live on as compiled output. */
function removeStale() {
  for (const part of ["src", "test", "scripts"]) {
    for (const [name] of walk(join("dist", part))) {
      if (name.endsWith(".js") && !existsSync(join(root, name.slice("dist/".length, -".js".length)) + ".ts")) rmSync(join(root, name));
    }
  }
}

const hostStamp = () =>
  stamp(
    ["src", "test", "scripts", "tsconfig.json", "package-lock.json"],
    (name) => !isGuest(name) && !name.includes(`${join("/", "cases", "/")}`),
  );
const hostIsBuilt = (value) => upToDate("host", value) && existsSync(join(dist, "src/cli/main.js"));
const guestIsThere = () => existsSync(join(dist, "guest/vmlinux"));
const guestIsBuilt = (value) => upToDate("guest", value) && guestIsThere();
const GUEST_INPUTS = ["src/kernel", "src/modules", "src/user", "images", "dist/src/compiler", "dist/src/abi"];

function buildHost() {
  const value = hostStamp();
  if (hostIsBuilt(value)) return true;
  const tsc = join(root, "node_modules/.bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.json")], {
    cwd: root,
    stdio: ["ignore", process.stderr, process.stderr],
  });
  if (status !== 0) return false;
  removeStale();
  remember("host", value);
  return true;
}

async function buildGuest() {
  const value = stamp(GUEST_INPUTS);
  if (guestIsBuilt(value)) return true;
  // tsc writes its output anew each time: only a change of contents makes the kernel anew.
  const inputs = contents(GUEST_INPUTS);
  if (!upToDate("guest-inputs", inputs) || !guestIsThere()) {
    const { buildGuestFiles } = await import(pathToFileURL(join(dist, "scripts/build-guest.js")).href);
    if (!buildGuestFiles(root, join(dist, "guest"))) return false;
    remember("guest-inputs", inputs);
  }
  remember("guest", value);
  return true;
}

/** Whether `build` would do anything. */
export const isBuilt = () => hostIsBuilt(hostStamp()) && guestIsBuilt(stamp(GUEST_INPUTS));

/** The process's exit status. */
export async function build() {
  return buildHost() && (await buildGuest()) ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await build();

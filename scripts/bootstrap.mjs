// A fresh clone becomes runnable: installs what package-lock.json says where that has not been done, then builds. Node's own
// modules only, for it runs before anything is installed; `npm start`, `npm test` and ./kelp begin here.

import { spawnSync } from "node:child_process";
import { lstatSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { lock } from "./lock.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const changed = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs;

function isInstalled() {
  const installed = changed("node_modules/.package-lock.json");
  const wanted = changed("package-lock.json");
  return installed !== undefined && (wanted === undefined || installed >= wanted);
}

function fail(text, status = 1) {
  process.stderr.write(`kelp: ${text}\n`);
  process.exit(status);
}

function install() {
  // npm ci empties the folder: what a link leads to may be another checkout's.
  if (lstatSync(join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail(
      "its packages are out of date, and node_modules is a link: npm ci would empty what it leads to. Remove the link, then start again.",
    );
  }
  process.stderr.write("kelp: installing its packages (npm ci)\n");
  const npm = process.env.npm_execpath;
  const [command, ...args] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const { status, error } = spawnSync(command, [...args, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    // Standard output belongs to what is started afterwards.
    stdio: ["ignore", process.stderr, process.stderr],
  });
  if (error) fail(`npm cannot be started: ${error.message}`);
  if (status !== 0) fail("npm ci failed", status ?? 1);
}

const [major] = process.versions.node.split(".").map(Number);
if (major < 20) fail(`needs Node 20 or newer; this is ${process.version}`);
const { build, isBuilt } = await import(pathToFileURL(join(root, "scripts/build.mjs")).href);
if (!isInstalled() || !isBuilt()) {
  const unlock = lock(join(root, ".kelp-lock"), (holder) => {
    process.stderr.write(`kelp: waits for process ${holder}, which installs or builds here\n`);
  });
  if (unlock === undefined)
    fail(`${root} is read-only, and something there has to be installed or built: run 'npm ci && npm run build' as its owner`);
  try {
    if (!isInstalled()) install();
    process.exitCode = await build();
  } finally {
    unlock();
  }
}

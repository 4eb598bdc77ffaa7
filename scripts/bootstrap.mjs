// A fresh clone becomes runnable: installs what package-lock.json says where that has not been done, then builds. Node's own
// modules only, for it runs before anything is installed; `npm start`, `npm test` and ./kelp begin here.

import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const changed = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs;

function install() {
  const installed = changed("node_modules/.package-lock.json");
  const wanted = changed("package-lock.json");
  if (installed !== undefined && (wanted === undefined || installed >= wanted)) return;
  process.stderr.write("kelp: installing its packages (npm ci)\n");
  const npm = process.env.npm_execpath;
  const [command, ...args] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const { status, error } = spawnSync(command, [...args, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    // Standard output belongs to what is started afterwards.
    stdio: ["ignore", process.stderr, process.stderr],
  });
  if (error) throw error;
  if (status !== 0) {
    process.stderr.write("kelp: npm ci failed\n");
    process.exit(status ?? 1);
  }
}

const [major] = process.versions.node.split(".").map(Number);
if (major < 20) {
  process.stderr.write(`kelp: needs Node 20 or newer; this is ${process.version}\n`);
  process.exit(1);
}
install();
const { build } = await import(pathToFileURL(join(root, "scripts/build.mjs")).href);
process.exitCode = await build();

// Records what busybox shows: node dist/test/shell/full-screen/record.js SESSIONS.json > test/shell/full-screen/NAME.json
// SESSIONS.json: [{ "name", "command", "keys" }]; needs busybox 1.35.0 with its less and vi.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runBusybox, type Session } from "./frames.js";

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("needs a file of sessions");
const bin = mkdtempSync(join(tmpdir(), "kelp-busybox-"));
spawnSync("busybox", ["--install", "-s", bin]);
const recorded = [];
for (const session of JSON.parse(readFileSync(path, "utf8")) as Session[]) recorded.push(await runBusybox(bin, session));
rmSync(bin, { recursive: true });
process.stdout.write(`${JSON.stringify(recorded, null, 1)}\n`);
process.exit(0);

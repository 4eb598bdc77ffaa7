// What ./kelp and npm do before anything is installed, tried in a checkout whose npm and compiler only note that they were started.
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { temporaryFolder } from "../temporary-folder.js";

const NPM = `const { appendFileSync, mkdirSync, rmSync, writeFileSync } = require("node:fs");
appendFileSync("calls", "npm " + process.argv[2] + "\\n");
rmSync("node_modules", { recursive: true, force: true });
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
mkdirSync("node_modules/.bin", { recursive: true });
writeFileSync("node_modules/.bin/tsc", \`const { appendFileSync, mkdirSync, writeFileSync } = require("node:fs");
appendFileSync("calls", "tsc\\\\n");
for (const folder of ["dist/src/cli", "dist/scripts", "dist/guest"]) mkdirSync(folder, { recursive: true });
writeFileSync("dist/src/cli/main.js", "");
writeFileSync("dist/guest/vmlinux", "");
writeFileSync("dist/scripts/build-guest.js", "exports.buildGuestFiles = () => true;");\`);
writeFileSync("node_modules/.package-lock.json", "{}");
`;

interface Checkout {
  readonly root: string;
  start(): Promise<{ status: number | null; err: string }>;
  calls(): string;
}

function checkout(): Checkout {
  const root = temporaryFolder("kelp-bootstrap");
  mkdirSync(join(root, "scripts"));
  for (const name of ["bootstrap.mjs", "build.mjs", "lock.mjs"]) cpSync(join("scripts", name), join(root, "scripts", name));
  for (const name of ["package-lock.json", "package.json", "tsconfig.json"]) writeFileSync(join(root, name), "{}");
  mkdirSync(join(root, "src/cli"), { recursive: true });
  for (const name of ["scripts/build-guest.ts", "src/cli/main.ts"]) writeFileSync(join(root, name), "");
  writeFileSync(join(root, "npm.js"), NPM);
  writeFileSync(join(root, "calls"), "");
  return {
    root,
    calls: () => readFileSync(join(root, "calls"), "utf8"),
    start: () =>
      new Promise((resolve) => {
        const env = { ...process.env, npm_execpath: join(root, "npm.js") };
        const child = spawn(process.execPath, ["scripts/bootstrap.mjs"], { cwd: root, env, stdio: ["ignore", "ignore", "pipe"] });
        let err = "";
        child.stderr.on("data", (data: Buffer) => (err += data.toString()));
        child.on("close", (status) => resolve({ status, err }));
      }),
  };
}

test("two starts at once install and build once, and the second waits for the first", async (t) => {
  const { root, start, calls } = checkout();
  const both = await Promise.all([start(), start()]);
  t.deepEqual(
    both.map(({ status }) => status),
    [0, 0],
  );
  t.is(calls(), "npm ci\ntsc\n");
  t.regex(both.map(({ err }) => err).join(""), /kelp: waits for process \d+, which installs or builds here\n/);
  t.false(existsSync(join(root, ".kelp-lock")));
  t.deepEqual(await start(), { status: 0, err: "" });
  t.is(calls(), "npm ci\ntsc\n");
});

test("what a killed start has left behind does not hold up the next one", async (t) => {
  const { root, start } = checkout();
  const { pid } = spawnSync(process.execPath, ["--version"]);
  writeFileSync(join(root, ".kelp-lock"), `${pid}\n`);
  t.is((await start()).status, 0);
});

test("packages that are out of date are not installed through a link: npm would empty what it leads to", async (t) => {
  const { root, start, calls } = checkout();
  t.is((await start()).status, 0);
  const other = temporaryFolder("kelp-bootstrap-other");
  cpSync(join(root, "node_modules"), other, { recursive: true });
  rmSync(join(root, "node_modules"), { recursive: true });
  symlinkSync(other, join(root, "node_modules"));
  // Up to date, the link does.
  t.is((await start()).status, 0);
  appendFileSync(join(root, "package-lock.json"), " ");
  const later = new Date(Date.now() + 10_000);
  utimesSync(join(root, "package-lock.json"), later, later);
  const { status, err } = await start();
  t.is(status, 1);
  t.regex(err, /^kelp: its packages are out of date, and node_modules is a link: /);
  t.true(existsSync(join(other, ".bin/tsc")));
  t.is(calls().match(/npm ci/g)?.length, 1);
});

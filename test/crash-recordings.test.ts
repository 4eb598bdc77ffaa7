// Recorded sessions in which a real Linux 6.1 warns, oopses or panics are run in kelp; test/oracle/crash.mjs says by which rules the kernel's
// lines are compared.
import { spawn } from "node:child_process";
import test from "ava";

/** Least numbers of equal kernel lines, equal commands, and frames of the real call traces that have a counterpart. They only ever rise. */
const floors: Readonly<Record<string, readonly [lines: number, commands: number, frames: number]>> = {
  "crash-oops-kinds": [173, 14, 20],
  "crash-raw-vs-ftrace": [114, 20, 18],
  "crash-rawpatch": [42, 17, 0],
  "crash-textwrite": [53, 8, 4],
  "crash-unload-hook": [40, 9, 0],
  // All but the panic at its end: here the task ends, and the machine goes on.
  "crash-noguard": [53, 1, 10],
  "hook-tail": [30, 1, 9],
};

function compare(name: string): Promise<string> {
  return new Promise((resolve) => {
    const kelp = `${process.execPath} dist/src/cli/main.js`;
    const child = spawn(process.execPath, ["test/oracle/crash.mjs", "--kelp", kelp, "--show", "10", name]);
    let output = "";
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (output += data.toString()));
    child.on("close", () => resolve(output));
  });
}

for (const [name, [lines, commands, frames]] of Object.entries(floors)) {
  test.serial(`the recording ${name} ends with the same ${lines} kernel lines or more`, async (t) => {
    const output = await compare(name);
    const counted = new RegExp(`^${name}: (\\d+) of \\d+ kernel lines, (\\d+) of \\d+ commands; (\\d+) of`, "m").exec(output);
    t.truthy(counted, output);
    const [, sameLines, sameCommands, knownFrames] = (counted ?? []).map(Number);
    t.true(sameLines >= lines && sameCommands >= commands && knownFrames >= frames, output);
  });
}

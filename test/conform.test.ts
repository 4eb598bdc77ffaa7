// The recordings of a real Linux 6.1 are run in kelp and compared by their own runner, test/oracle/conform.mjs.
import { spawn } from "node:child_process";
import test from "ava";

/** Least numbers of equal commands and equal kernel messages. They only ever rise. */
const floors: Readonly<Record<string, readonly [commands: number, messages: number]>> = {
  sample: [37, 11],
  ash: [121, 0],
  hook: [36, 27],
  bytes: [30, 18],
  replace: [24, 17],
  notloaded: [38, 48],
  nosym: [20, 42],
  stall: [40, 18],
  "force-simple": [15, 14],
  "insmod-errors": [86, 93],
  modprobe: [22, 8],
  kallsyms: [29, 11],
  kprobe: [25, 33],
  "proc-tasks": [20, 6],
  tracefs: [22, 0],
};

function conform(name: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [
      "test/oracle/conform.mjs",
      "--kelp",
      `${process.execPath} dist/src/cli/main.js`,
      "--show",
      "2",
      name,
    ]);
    let output = "";
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (output += data.toString()));
    child.on("close", () => resolve(output));
  });
}

for (const [name, [commands, messages]] of Object.entries(floors)) {
  test.serial(`the recording ${name} prints the same for at least ${commands} commands and ${messages} kernel messages`, async (t) => {
    const output = await conform(name);
    const counted = new RegExp(`^${name}: (\\d+) of \\d+ commands, (\\d+) of \\d+ kernel messages`, "m").exec(output);
    t.truthy(counted, output);
    t.true(Number(counted?.[1]) >= commands && Number(counted?.[2]) >= messages, output);
  });
}

// The recordings of a real Linux 6.1 are run in kelp and compared by their own runner, test/oracle/conform.mjs.
import { spawn } from "node:child_process";
import test from "ava";

/** Least numbers of equal commands and equal kernel messages. They only ever rise. */
const floors: Readonly<Record<string, readonly [commands: number, messages: number]>> = {
  sample: [43, 11],
  ash: [121, 0],
  hook: [46, 29],
  bytes: [58, 20],
  replace: [27, 17],
  notloaded: [40, 48],
  nosym: [18, 49],
  stall: [44, 18],
  "force-simple": [29, 19],
  "insmod-errors": [86, 93],
  modprobe: [42, 15],
  kallsyms: [29, 11],
  kprobe: [39, 42],
  "proc-tasks": [20, 6],
  tracefs: [68, 0],
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

// The stories: golden transcripts (test/stories/**/*.t) of what Linux and busybox print, run in the guest by `kelp test`.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";

const FOLDER = "test/stories";
const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".t"))
  .sort()
  .map((name) => join(FOLDER, name));

/** What kelp says of each file: the lines up to the one that begins with the file's name. */
const verdicts = new Promise<Map<string, string>>((resolve, reject) => {
  const child = spawn(process.execPath, ["dist/src/cli/main.js", "test", ...files], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.on("error", reject);
  child.on("close", () => {
    const byFile = new Map<string, string>();
    let pending = "";
    for (const line of out.split("\n")) {
      pending += `${line}\n`;
      const file = files.find((name) => line.startsWith(`${name}:`));
      if (!file) continue;
      byFile.set(file, (byFile.get(file) ?? "") + pending);
      pending = "";
    }
    resolve(byFile);
  });
});

for (const file of files) {
  test(`${file} goes as it is written`, async (t) => {
    const said = (await verdicts).get(file) ?? "kelp has said nothing of it";
    t.true(said.startsWith(`${file}: `) && said.endsWith(" passed\n"), said);
  });
}

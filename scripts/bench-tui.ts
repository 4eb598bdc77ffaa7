// Key press to echo on the screen with all panes open, at a pseudo-terminal of 120×40: `node dist/scripts/bench-tui.js`.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pty from "@lydell/node-pty";

const main = join(fileURLToPath(new URL("../../", import.meta.url)), "dist/src/cli/main.js");
const KEYS = 200;
const PAUSE_MS = 40;
const GOAL_MS = 30;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Times from writing a key to reading its echo, ms, sorted. @param load what else the guest does. */
async function echoes(load: string): Promise<number[]> {
  const env = { ...process.env, TERM: "xterm-256color" };
  const child = pty.spawn(process.execPath, [main], { cols: 120, rows: 40, env });
  let text = "";
  let heard: () => void = () => undefined;
  child.onData((data) => {
    text += data;
    heard();
  });
  // Words only: the screen moves the cursor over what is blank already.
  const until = async (what: string): Promise<void> => {
    while (!text.includes(what)) {
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
  await until("#");
  await sleep(500);
  // All panes have something to show.
  // A letter that is not typed: a word may come in two pieces.
  child.write(`${load}insmod livepatch-sample.ko; cat /proc/cmdline; printf '\\132'\r`);
  await until("Z");
  await sleep(1000);
  const times: number[] = [];
  for (let i = 0; i < KEYS; i++) {
    text = "";
    const startedAt = performance.now();
    // Letters that stand nowhere in the panes' changes; every fourth time the line is begun anew, with the other one, which
    // shows even where both changes come in one picture.
    const clear = i % 4 === 3;
    const letter = i % 8 < 4 ? "Q" : "V";
    child.write(clear ? "\x15" : letter);
    if (!clear) {
      await until(letter);
      times.push(performance.now() - startedAt);
    }
    await sleep(PAUSE_MS);
  }
  child.kill("SIGKILL");
  return times.sort((a, b) => a - b);
}

for (const [name, load] of [
  ["all panes open", ""],
  ["the same with both CPUs busy", "while :; do :; done & while :; do :; done & "],
]) {
  const times = await echoes(load);
  const at = (share: number): string => `${times[Math.floor((times.length - 1) * share)].toFixed(1)} ms`;
  process.stdout.write(
    `key to echo, ${name} (${times.length} keys): median ${at(0.5)}, 95 % ${at(0.95)}, worst ${at(1)}; goal ${GOAL_MS} ms\n`,
  );
}
process.exit(0);

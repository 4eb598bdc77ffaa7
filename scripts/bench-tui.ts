// Key press to echo on the screen with all panes open, at a pseudo-terminal of 120×40: `node dist/scripts/bench-tui.js`.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pty from "@lydell/node-pty";

const main = join(fileURLToPath(new URL("../../", import.meta.url)), "dist/src/cli/main.js");
const KEYS = 200;
const PAUSE_MS = 40;
const GOAL_MS = 30;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Times from writing a key to reading its echo, ms, sorted. */
async function echoes(): Promise<number[]> {
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
  child.write("insmod livepatch-sample.ko; cat /proc/cmdline\r");
  await until("been");
  await sleep(1000);
  const times: number[] = [];
  for (let i = 0; i < KEYS; i++) {
    text = "";
    const startedAt = performance.now();
    // A letter that stands nowhere in the panes' changes; every fourth time the line is begun anew.
    const clear = i % 4 === 3;
    child.write(clear ? "\x15" : "Q");
    if (!clear) {
      await until("Q");
      times.push(performance.now() - startedAt);
    }
    await sleep(PAUSE_MS);
  }
  child.kill("SIGKILL");
  return times.sort((a, b) => a - b);
}

const times = await echoes();
const at = (share: number): string => `${times[Math.floor((times.length - 1) * share)].toFixed(1)} ms`;
process.stdout.write(
  `key to echo, all panes open (${times.length} keys): median ${at(0.5)}, 95 % ${at(0.95)}, worst ${at(1)}; goal ${GOAL_MS} ms\n`,
);
process.exit(0);

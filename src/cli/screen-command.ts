// `kelp` on a terminal: the machine with its screen (src/tui). The console of console-command.ts, with panes around it.

import { EXIT_PANIC, EXIT_REBOOT } from "../abi/machine.js";
import { Screen } from "../tui/screen.js";
import { consoleOutput } from "./console-output.js";
import { drive } from "./drive.js";
import type { FirstProgram } from "./guest-volume.js";
import { redirectHostLines } from "./host-lines.js";
import type { Arguments } from "./options.js";
import { beginLog, bootSetup, endSession, followChanges, panicked, powerOn } from "./session.js";

export async function screenCommand(args: Arguments): Promise<number> {
  const screen = new Screen({
    input: process.stdin,
    output: process.stdout,
    seed: args.numbers.get("seed") ?? 0,
    stepping: !args.texts.has("log"),
  });
  const restoreHostLines = redirectHostLines((text) => screen.say(text));
  let unfollow = () => {};
  const leave = () => {
    unfollow();
    restoreHostLines();
    screen.close();
  };
  try {
    const first: FirstProgram = { mode: "console", environment: ["TERM=xterm-256color"] };
    const setup = bootSetup(args, first);
    const { log, volume } = await beginLog(args.texts.get("log"), setup, "terminal");
    unfollow = followChanges(setup, volume, log);
    const output = consoleOutput("terminal", (bytes) => screen.print(bytes));
    for (;;) {
      const session = powerOn(setup, { onConsole: (bytes) => output.write(bytes) }, log, volume);
      screen.attach(session);
      const outcome = await drive(session.machine, screen, { paced: () => !args.flags.has("warp") });
      if (outcome.kind === "exit" && outcome.value === EXIT_REBOOT) {
        log?.end({ kind: "reboot" });
        if (await panicked(session)) screen.say("the guest kernel panicked and reboots");
        continue;
      }
      const crashed = (outcome.kind === "exit" && outcome.value === EXIT_PANIC) || outcome.kind === "reset";
      const words = crashed ? await screen.lastWords() : "";
      leave();
      // With the screen the report of a crash would be gone.
      if (words !== "") process.stdout.write(`${words}\n`);
      return await endSession(session, outcome, output);
    }
  } finally {
    leave();
  }
}

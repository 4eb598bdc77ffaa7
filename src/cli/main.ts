#!/usr/bin/env node
// kelp's command line. Everything heavy is imported by the command that needs it: start-up time is part of the product.

import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { STATUS_FAILED, STATUS_USAGE } from "./exit-status.js";
import { helpText } from "./help.js";
import { type Arguments, parseArguments, UsageError } from "./options.js";
import { hostReason, projectFile } from "./project-files.js";

async function execute(args: Arguments): Promise<number> {
  if (args.flags.has("help")) {
    process.stdout.write(helpText(args.command));
    return 0;
  }
  if (args.flags.has("version")) {
    const { version }: { version: string } = JSON.parse(readFileSync(projectFile("package.json"), "utf8"));
    process.stdout.write(`kelp ${version}\n`);
    return 0;
  }
  switch (args.command) {
    case "run":
      return (await import("./run-command.js")).runCommand(args);
    case "test":
      return (await import("./transcript/test-command.js")).testCommand(args);
    case "record":
      return (await import("./recording/record-command.js")).recordCommand(args);
    case "play":
      return (await import("./recording/play-command.js")).playCommand(args);
    case "replay":
      return (await import("./replay-command.js")).replayCommand(args);
    case "cc":
      return (await import("./cc-command.js")).ccCommand(args);
    case "objdump":
      return (await import("./objdump-command.js")).objdumpCommand(args);
    case "console":
      return (await import("./console-command.js")).consoleCommand(args);
  }
}

/** An error that the user can do something about is a sentence; anything else is a bug and shows its stack. */
function report(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`kelp: ${error.message}\n${error.hint}\n`);
    return STATUS_USAGE;
  }
  const sentence = error instanceof Error && error.name === "HostError" ? error.message : hostReason(error);
  process.stderr.write(`kelp: ${sentence ?? (error instanceof Error ? error.stack : String(error))}\n`);
  return STATUS_FAILED;
}

// A reader that goes away (kelp … | head) ends kelp as SIGPIPE ends other programs, a terminal that goes away as SIGHUP does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(128 + constants.signals.SIGPIPE);
  if (error.code === "EIO") process.exit(128 + constants.signals.SIGHUP);
  process.stderr.write(`kelp: ${hostReason(error, "standard output")}\n`);
  process.exit(STATUS_FAILED);
});
process.stderr.on("error", () => undefined);

try {
  process.exitCode = await execute(parseArguments(process.argv.slice(2)));
} catch (error) {
  process.exitCode = report(error);
}

// `kelp play IN.cast`: a recording on this terminal, in its own time or faster.

import { type Arguments, UsageError } from "../options.js";
import { limitIdle, readCast } from "./asciicast.js";

const SEE = "See 'kelp play --help'.";
/** Attributes off, cursor shown, main screen: what a recording may leave when it is broken off. */
const RESET = "\x1b[0m\x1b[?25h\x1b[?1049l";
const STATUS_INTERRUPTED = 130;

export async function playCommand({ files, numbers }: Arguments): Promise<number> {
  if (files.length === 0) throw new UsageError("play needs a recording", SEE);
  if (files.length > 1) throw new UsageError(`unexpected argument '${files[1]}'`, SEE);
  const { events } = readCast(files[0]);
  const limited = limitIdle(events, numbers.get("idle-limit") ?? Number.POSITIVE_INFINITY);
  const speed = numbers.get("speed") ?? 1;
  let interrupted: () => void = () => undefined;
  const interruption = new Promise<"interrupted">((resolve) => {
    interrupted = () => resolve("interrupted");
  });
  process.once("SIGINT", interrupted);
  try {
    const start = performance.now();
    for (const { time, kind, text } of limited) {
      const wait = (time / speed) * 1000 - (performance.now() - start);
      if (wait > 0 && (await Promise.race([interruption, pause(wait)])) === "interrupted") {
        process.stdout.write(process.stdout.isTTY ? `${RESET}\n` : "");
        return STATUS_INTERRUPTED;
      }
      if (kind === "o" && !process.stdout.write(text)) await new Promise((resolve) => process.stdout.once("drain", resolve));
    }
    return 0;
  } finally {
    process.off("SIGINT", interrupted);
  }
}

/** A pause that does not keep the process alive once something else has ended it. */
function pause(milliseconds: number): Promise<"over"> {
  return new Promise((resolve) => {
    setTimeout(() => resolve("over"), Math.min(milliseconds, 2 ** 31 - 1));
  });
}

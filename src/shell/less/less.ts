// less: files a screen at a time, forwards and backwards, with searches.
import type { AppletTable, Io } from "../applets/applet.js";
import { readInput } from "../applets/input.js";
import { Screen } from "../full-screen/screen.js";
import { O_RDONLY, open } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { isatty } from "../sys/terminal.js";
import { Pager } from "./pager.js";

function* less(io: Io): Sys<number> {
  const options = yield* io.options("EFIMmNSRh~");
  const piped = !(yield* isatty(0));
  if (options.operands.length === 0 && !piped) {
    yield* io.error("missing filename");
    return yield* io.showUsage();
  }
  const files = options.operands.length > 0 ? options.operands : ["-"];
  if (!(yield* isatty(1))) return yield* copy(io, files);
  const fd = piped ? yield* open("/dev/tty", O_RDONLY) : 0;
  const screen = new Screen(io.process, fd < 0 ? 2 : fd);
  const pager = new Pager(io, screen, files, options);
  if (!(yield* pager.openFile(0))) return 1;
  if (!(yield* screen.open())) return yield* copy(io, files);
  try {
    if (options.has("F") && files.length === 1 && (yield* pager.fits())) yield* pager.draw();
    else yield* pager.run();
    yield* pager.leave();
  } finally {
    yield* screen.close();
  }
  return 0;
}

/** Output that is no terminal gets the text. */
function* copy(io: Io, files: readonly string[]): Sys<number> {
  let status = 0;
  for (const name of files) {
    const text = yield* readInput(io, name);
    if (text === undefined) status = 1;
    else yield* io.put(text);
  }
  return status;
}

export const LESS: AppletTable = {
  less: {
    usage:
      "[-EFIMmNSR~] [FILE]...\n\nShow FILEs a screen at a time\n\n\t-E\tQuit at the end\n\t-F\tQuit if all fits the screen\n\t-I\tIgnore case in searches\n\t-M, -m\tLine numbers and percentage at the bottom\n\t-N\tLine numbers\n\t-S\tCut long lines\n\t-R\tLeave colours out\n\t-~\tNo ~ behind the end",
    run: less,
  },
};

// dmesg: the kernel's log buffer.
import { strerror } from "../../abi/errno.js";
import { syslog, syslogRead, work } from "../sys/calls.js";
import { BUFFER_WORK } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { parseDecimal } from "../text/numbers.js";
import type { AppletTable, Io } from "./applet.js";

// syslog(2)'s actions.
const READ_ALL = 3;
const READ_CLEAR = 4;
const CONSOLE_LEVEL = 8;
const SIZE_BUFFER = 10;

const DEFAULT_SIZE = 16384;

function* dmesg(io: Io): Sys<number> {
  const options = yield* io.options("cs:n:r");
  const level = options.value("n");
  if (level !== undefined) {
    const number = parseDecimal(level);
    if (number === undefined) return yield* io.die(`invalid number '${level}'`);
    const result = yield* syslog(CONSOLE_LEVEL, number);
    return result < 0 ? yield* io.die(`klogctl: ${strerror(result)}`) : 0;
  }
  const given = options.value("s");
  const size = given === undefined ? yield* syslog(SIZE_BUFFER, 0) : (parseDecimal(given) ?? DEFAULT_SIZE);
  const text = yield* syslogRead(options.has("c") ? READ_CLEAR : READ_ALL, size > 0 ? size : DEFAULT_SIZE);
  if (typeof text === "number") return text < 0 ? yield* io.die(`klogctl: ${strerror(text)}`) : 0;
  if (text === "") return 0;
  yield* work(BUFFER_WORK * Math.ceil(text.length / 4096));
  // "<6>" before each line is the message's level.
  const shown = options.has("r") ? text : text.replace(/^<[0-9]+>/gm, "");
  yield* io.put(shown.endsWith("\n") ? shown : `${shown}\n`);
  return 0;
}

export const LOG: AppletTable = {
  dmesg: {
    usage:
      "[-cr] [-n LEVEL] [-s SIZE]\n\nPrint the kernel's log, or set the level of what the console shows\n\n\t-c\tClear it afterwards\n\t-n N\tSet the console's level\n\t-r\tWith the messages' levels\n\t-s N\tAt most N bytes",
    run: dmesg,
  },
};

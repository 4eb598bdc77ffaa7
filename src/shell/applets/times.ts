// Applets that tell or set times: date touch.
import { ERRNO, strerror } from "../../abi/errno.js";
import { close, O_CREAT, O_WRONLY, open, type Times, touch } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { stat } from "../sys/stat.js";
import { CLOCK_REALTIME, clockGettime, clockSettime } from "../sys/system.js";
import { parseByFormat, parseDate, parseStamp } from "../text/date.js";
import type { AppletTable, Io } from "./applet.js";
import { formatTime } from "./format.js";

/** -I, -Idate, -Ihours, -Iminutes, -Iseconds. */
const ISO: Readonly<Record<string, string>> = {
  "": "%Y-%m-%d",
  date: "%Y-%m-%d",
  hours: "%Y-%m-%dT%H+00:00",
  minutes: "%Y-%m-%dT%H:%M+00:00",
  seconds: "%Y-%m-%dT%H:%M:%S+00:00",
};

function* date(io: Io): Sys<number> {
  const iso = io.args.find((arg) => /^-I[a-z]*$/.test(arg));
  const rest = io.args.filter((arg) => arg !== iso);
  const options = yield* io.optionsOf(rest, "uRd:r:s:D:", { utc: "u", date: "d", reference: "r", set: "s", "rfc-2822": "R" });
  const isoFormat = iso === undefined ? undefined : ISO[iso.slice(2)];
  if (iso !== undefined && isoFormat === undefined) return yield* io.showUsage();
  const now = yield* clockGettime(CLOCK_REALTIME);
  const format = options.operands[0]?.startsWith("+") ? options.operands[0] : undefined;
  const given = options.value("d") ?? options.value("s") ?? options.operands[format === undefined ? 0 : 1];
  const reference = options.value("r");
  let time = now;
  if (reference !== undefined) {
    const there = yield* stat(reference);
    if (typeof there === "number") return yield* io.die(`can't stat '${reference}': ${strerror(there)}`);
    time = there.mtime;
  }
  if (given !== undefined) {
    const by = options.value("D");
    const read = by === undefined ? parseDate(given, now) : (parseByFormat(given, by, now) ?? parseDate(given, now));
    if (read === undefined) return yield* io.die(`invalid date '${given}'`);
    time = read;
    if (!options.has("d")) {
      const result = yield* clockSettime(CLOCK_REALTIME, time);
      if (result < 0) yield* io.error(`can't set date: ${strerror(result)}`);
    }
  }
  const usual = isoFormat ?? (options.has("R") ? "%a, %d %b %Y %H:%M:%S %z" : "%a %b %e %H:%M:%S %Z %Y");
  yield* io.put(`${formatTime(format?.slice(1) ?? usual, time)}\n`);
  return 0;
}

function* touchApplet(io: Io): Sys<number> {
  const options = yield* io.options("cd:t:r:hamf", { "no-create": "c", reference: "r", date: "d" });
  if (options.operands.length === 0) return yield* io.showUsage();
  const now = yield* clockGettime(CLOCK_REALTIME);
  let times: Times | undefined;
  const reference = options.value("r");
  if (reference !== undefined) {
    const there = yield* stat(reference);
    if (typeof there === "number") return yield* io.die(`${reference}: ${strerror(there)}`);
    times = { access: there.atime, change: there.mtime };
  }
  const [text, stamp] = [options.value("d"), options.value("t")];
  if (text !== undefined || stamp !== undefined) {
    const time = text !== undefined ? parseDate(text, now) : parseStamp(stamp ?? "", now);
    if (time === undefined) return yield* io.die(`invalid date '${text ?? stamp}'`);
    times = { access: time, change: time };
  }
  const which = { access: options.has("a") || !options.has("m"), change: options.has("m") || !options.has("a") };
  let status = 0;
  for (const path of options.operands) {
    let result = yield* touch(path, times, which);
    if (result === -ERRNO.ENOENT) {
      if (options.has("c")) continue;
      result = yield* open(path, O_WRONLY | O_CREAT);
      if (result >= 0) result = yield* close(result);
      if (result >= 0 && times) result = yield* touch(path, times, which);
    }
    if (result < 0) {
      yield* io.error(`${path}: ${strerror(result)}`);
      status = 1;
    }
  }
  return status;
}

export const TIMES: AppletTable = {
  date: {
    usage:
      "[-uR] [-I[SPEC]] [-d TIME | -r FILE] [-D FORMAT] [+FORMAT] | [-s] TIME\n\nTell the time, or set it\n\n\t-d TIME\tTell this one\n\t-r FILE\tTell when FILE was changed\n" +
      "\t-s TIME\tSet it\n\t-D FMT\tHow TIME is written, as strptime takes it\n\t-u\tUTC (the guest has no other)\n\t-R\tAs in mails\n" +
      "\t-I[SPEC]\tISO 8601; SPEC is date, hours, minutes or seconds",
    run: date,
  },
  touch: {
    usage:
      "[-cam] [-d DATE | -t STAMP | -r FILE] FILE...\n\nSet files' times to now, make those that do not exist\n\n\t-c\tMake none\n\t-a, -m\tTime of access, of change only\n" +
      "\t-d, -t\tThis time\n\t-r\tThat of FILE",
    run: touchApplet,
  },
};

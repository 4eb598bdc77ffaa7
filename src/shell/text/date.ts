// Dates as date -d and touch -d take them, in UTC: the guest has no zone files.
import { civilTime, daysFromCivil } from "./civil-time.js";

const DATE = /^(?:([0-9]{4})[-.]([0-9]{1,2})[-.]([0-9]{1,2})(?:[- T]|$))?(?:([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?$/;
/** MMDDhhmm[[YY]YY][.ss] */
const DIGITS = /^([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2}|[0-9]{4})?(?:\.([0-9]{2}))?$/;
/** [[CC]YY]MMDDhhmm[.ss], touch -t's. */
const STAMP = /^([0-9]{2}|[0-9]{4})?([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:\.([0-9]{2}))?$/;

interface Civil {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

function secondsOf({ year, month, day, hour, minute, second }: Civil): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  return daysFromCivil(year, month - 1, day) * 86400 + hour * 3600 + minute * 60 + second;
}

function yearOf(text: string | undefined, now: Civil): number {
  if (text === undefined) return now.year;
  return text.length === 4 ? Number(text) : Number(text) + (Number(text) < 69 ? 2000 : 1900);
}

function civilNow(now: number): Civil {
  const time = civilTime(now);
  return { year: time.year, month: time.month + 1, day: time.day, hour: time.hour, minute: time.minute, second: time.second };
}

/** Seconds since 1970; what a text leaves out is `now`'s, or zero behind what it says. */
export function parseDate(text: string, now: number): number | undefined {
  const seconds = /^@(-?[0-9]{1,12})$/.exec(text)?.[1];
  if (seconds !== undefined) return Number(seconds);
  const today = civilNow(now);
  const digits = DIGITS.exec(text);
  if (digits) {
    const [month = 0, day = 0, hour = 0, minute = 0] = digits.slice(1, 5).map(Number);
    return secondsOf({ year: yearOf(digits[5], today), month, day, hour, minute, second: Number(digits[6] ?? 0) });
  }
  const match = DATE.exec(text);
  if (!match || text === "") return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1);
  if (year !== undefined && hour === undefined && /[- T.]$/.test(text)) return undefined;
  return secondsOf({
    year: Number(year ?? today.year),
    month: Number(month ?? today.month),
    day: Number(day ?? today.day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
  });
}

/** touch -t. */
export function parseStamp(text: string, now: number): number | undefined {
  const match = STAMP.exec(text);
  if (!match) return undefined;
  const [month = 0, day = 0, hour = 0, minute = 0] = match.slice(2, 6).map(Number);
  return secondsOf({ year: yearOf(match[1], civilNow(now)), month, day, hour, minute, second: Number(match[6] ?? 0) });
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const FIELDS: Readonly<Record<string, keyof Civil>> = {
  Y: "year",
  y: "year",
  m: "month",
  d: "day",
  e: "day",
  H: "hour",
  M: "minute",
  S: "second",
};

/** strptime(3), as far as date -D needs it. */
export function parseByFormat(text: string, format: string, now: number): number | undefined {
  const time: Civil = { ...civilNow(now), hour: 0, minute: 0, second: 0 };
  const full = format.replaceAll("%F", "%Y-%m-%d").replaceAll("%T", "%H:%M:%S").replaceAll("%R", "%H:%M").replaceAll("%D", "%m/%d/%y");
  let at = 0;
  for (let n = 0; n < full.length; n++) {
    const char = full[n] ?? "";
    if (/\s/.test(char)) {
      while (/\s/.test(text[at] ?? "")) at++;
      continue;
    }
    if (char !== "%") {
      if (text[at++] !== char) return undefined;
      continue;
    }
    const letter = full[++n] ?? "";
    while (text[at] === " ") at++;
    if (letter === "s") {
      const seconds = /^-?[0-9]{1,12}/.exec(text.slice(at))?.[0];
      return seconds === undefined ? undefined : Number(seconds);
    }
    if (letter === "b" || letter === "B" || letter === "h") {
      const month = MONTHS.indexOf(text.slice(at, at + 3).toLowerCase());
      if (month < 0) return undefined;
      time.month = month + 1;
      at += /^[a-zA-Z]+/.exec(text.slice(at))?.[0].length ?? 3;
      continue;
    }
    const field = FIELDS[letter];
    const digits = (letter === "Y" ? /^[0-9]{1,4}/ : /^[0-9]{1,2}/).exec(text.slice(at))?.[0];
    if (!field || digits === undefined) return undefined;
    at += digits.length;
    time[field] = letter === "y" ? yearOf(digits.padStart(2, "0"), time) : Number(digits);
  }
  return secondsOf(time);
}

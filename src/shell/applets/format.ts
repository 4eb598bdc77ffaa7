// Sizes and times as the applets print them. Times are UTC: the guest has no zone files.
import { type CivilTime, civilTime } from "../text/civil-time.js";

const UNITS = ["", "K", "M", "G", "T", "P"];

/** 1.2M: busybox's human readable size, one decimal below ten. */
export function humanSize(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit + 1 < UNITS.length) {
    value /= 1024;
    unit++;
  }
  return value.toFixed(1) + UNITS[unit];
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
const LONG_MONTHS = "January February March April May June July August September October November December".split(" ");
const LONG_DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

const two = (n: number): string => String(n).padStart(2, "0");
const clock = (time: CivilTime): string => `${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;

/** ls -l's time column. */
export function listTime(seconds: number, form: "recent" | "old" | "full"): string {
  const time = civilTime(seconds);
  const day = `${MONTHS[time.month]} ${String(time.day).padStart(2)}`;
  if (form === "full") return formatTime("%Y-%m-%d %H:%M:%S %z", seconds);
  return form === "recent" ? `${day} ${two(time.hour)}:${two(time.minute)}` : `${day}  ${time.year}`;
}

/** strftime(3) in UTC. */
export function formatTime(format: string, seconds: number): string {
  const time = civilTime(seconds);
  const hour12 = time.hour % 12 || 12;
  const values: Readonly<Record<string, string>> = {
    "%": "%",
    a: DAYS[time.weekday] ?? "",
    A: LONG_DAYS[time.weekday] ?? "",
    b: MONTHS[time.month] ?? "",
    B: LONG_MONTHS[time.month] ?? "",
    h: MONTHS[time.month] ?? "",
    c: `${DAYS[time.weekday]} ${MONTHS[time.month]} ${String(time.day).padStart(2)} ${clock(time)} ${time.year}`,
    C: two(Math.floor(time.year / 100)),
    d: two(time.day),
    D: `${two(time.month + 1)}/${two(time.day)}/${two(time.year % 100)}`,
    e: String(time.day).padStart(2),
    F: `${time.year}-${two(time.month + 1)}-${two(time.day)}`,
    H: two(time.hour),
    I: two(hour12),
    j: String(time.yearDay).padStart(3, "0"),
    k: String(time.hour).padStart(2),
    l: String(hour12).padStart(2),
    m: two(time.month + 1),
    M: two(time.minute),
    n: "\n",
    p: time.hour < 12 ? "AM" : "PM",
    r: `${two(hour12)}:${two(time.minute)}:${two(time.second)} ${time.hour < 12 ? "AM" : "PM"}`,
    R: `${two(time.hour)}:${two(time.minute)}`,
    s: String(Math.floor(seconds)),
    S: two(time.second),
    t: "\t",
    T: clock(time),
    u: String(time.weekday || 7),
    w: String(time.weekday),
    x: `${two(time.month + 1)}/${two(time.day)}/${two(time.year % 100)}`,
    X: clock(time),
    y: two(time.year % 100),
    Y: String(time.year),
    z: "+0000",
    Z: "UTC",
  };
  return format.replace(/%([a-zA-Z%])/g, (whole, letter: string) => values[letter] ?? whole);
}

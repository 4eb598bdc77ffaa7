// printf(1): formats its arguments, using the format again while arguments are left. Used by the applet and by sh's builtin.
import { unescapeEcho } from "./echo.js";
import { parseInteger } from "./numbers.js";

/** Text for standard output (whole: put as one, else character by character), or a message without the program's name, in the order in which they come. */
export type PrintedPart = { out: string; whole?: boolean } | { error: string };

export interface Printed {
  parts: PrintedPart[];
  status: number;
}

const SPEC = /^%([-+ #0]*)(\*|[0-9]+)?(?:\.(\*|[0-9]*))?(?:ll|[hlLqjzt])?([a-zA-Z%])/;
/** Wider fields than this serve nothing but to fill the memory. */
const MAX_WIDTH = 65536;

/** A directive without its length modifiers, which mean nothing here. */
const withoutModifiers = (text: string): string => text.replace(/^(%[-+ #0]*(?:\*|\d*)(?:\.(?:\*|\d*))?)[lLhz]+/, "$1");

class Formatter {
  readonly parts: PrintedPart[] = [];
  status = 0;
  stopped = false;
  #next = 0;

  constructor(readonly args: readonly string[]) {}

  get left(): number {
    return this.args.length - this.#next;
  }

  take(): string {
    return this.args[this.#next++] ?? "";
  }

  #put(text: string, whole = false): void {
    if (text !== "") this.parts.push({ out: text, whole });
  }

  #fail(message: string): void {
    this.parts.push({ error: message });
    this.status = 1;
  }

  /** A number of C's forms or 'c for a character's code; anything else is told and counts as 0 (or what its beginning gives). */
  integer(): bigint {
    const text = this.take();
    if (text[0] === "'" || text[0] === '"') return BigInt(text.charCodeAt(1) || 0);
    const value = parseInteger(text, true);
    if (value !== undefined && value >= -(2n ** 63n) && value < 2n ** 64n) return value;
    this.#fail(`invalid number '${text}'`);
    return 0n;
  }

  float(): number {
    const text = this.take();
    const special = /^\s*([-+]?)(inf(?:inity)?|nan)$/i.exec(text);
    if (special) return (special[1] === "-" ? -1 : 1) * (/n$/i.test(text) ? Number.NaN : Number.POSITIVE_INFINITY);
    const value = text.trim() === "" ? Number.NaN : Number(text.trim());
    if (!Number.isNaN(value)) return value;
    this.#fail(`invalid number '${text}'`);
    return 0;
  }

  pass(format: string): void {
    for (let at = 0; at < format.length && !this.stopped; ) {
      const char = format[at] ?? "";
      if (char === "\\") {
        const length = /^\\(0[0-7]{0,3}|[1-7][0-7]{0,2}|x[0-9A-Fa-f]{1,2}|[\s\S])?/.exec(format.slice(at, at + 5))?.[0].length ?? 1;
        const piece = format.slice(at, at + length);
        const { text, stopped } = piece === '\\"' ? { text: '"', stopped: false } : unescapeEcho(piece);
        this.#put(text);
        this.stopped ||= stopped;
        at += length;
      } else if (char === "%") {
        const spec = SPEC.exec(format.slice(at));
        if (!spec) {
          this.#fail(`${withoutModifiers(format.slice(at))}: invalid format`);
          this.stopped = true;
          return;
        }
        this.#put(this.convert(spec, format.slice(at)), spec[4] === "s");
        at += spec[0].length;
      } else {
        this.#put(char);
        at++;
      }
    }
  }

  convert(spec: RegExpExecArray, rest: string): string {
    const conversion = spec[4] ?? "";
    if (conversion === "%") return "%";
    let flags = spec[1] ?? "";
    let width = spec[2] === "*" ? Number(this.integer()) : Number(spec[2] ?? 0);
    if (width < 0) {
      flags += "-";
      width = -width;
    }
    width = Math.min(width, MAX_WIDTH);
    const precision = spec[3] === undefined ? undefined : spec[3] === "*" ? Number(this.integer()) : Number(spec[3] || 0);
    const text = this.converted(conversion, flags, precision);
    if (text === undefined) {
      this.#fail(`${withoutModifiers(rest)}: invalid format`);
      this.stopped = true;
      return "";
    }
    if (flags.includes("-")) return text.padEnd(width);
    const numeric = /[diouxXeEfFgG]/.test(conversion);
    if (flags.includes("0") && numeric && (precision === undefined || /[eEfFgG]/.test(conversion))) {
      const prefix = /^[-+ ]?(0[xX])?/.exec(text)?.[0] ?? "";
      return prefix + text.slice(prefix.length).padStart(width - prefix.length, "0");
    }
    return text.padStart(width);
  }

  converted(conversion: string, flags: string, precision: number | undefined): string | undefined {
    switch (conversion) {
      case "s":
        return this.take().slice(0, precision);
      case "b": {
        const { text, stopped } = unescapeEcho(this.take());
        this.stopped ||= stopped;
        return text.slice(0, precision);
      }
      case "c":
        return this.take()[0] ?? "\0";
      case "d":
      case "i": {
        const value = BigInt.asIntN(64, this.integer());
        const digits = (value < 0n ? -value : value).toString().padStart(Math.min(precision ?? 1, MAX_WIDTH), "0");
        return sign(value < 0n, flags) + digits;
      }
      case "o":
      case "u":
      case "x":
      case "X": {
        const value = BigInt.asUintN(64, this.integer());
        const base = { o: 8, u: 10, x: 16, X: 16 }[conversion];
        let digits = value.toString(base).padStart(Math.min(precision ?? 1, MAX_WIDTH), "0");
        if (flags.includes("#") && conversion === "o" && !digits.startsWith("0")) digits = `0${digits}`;
        if (flags.includes("#") && base === 16 && value !== 0n) digits = `0x${digits}`;
        return conversion === "X" ? digits.toUpperCase() : digits;
      }
      case "f":
      case "F":
      case "e":
      case "E":
      case "g":
      case "G": {
        const value = this.float();
        return sign(value < 0, flags) + formatFloat(Math.abs(value), conversion, Math.min(precision ?? 6, 100), flags.includes("#"));
      }
      default:
        return undefined;
    }
  }
}

function sign(negative: boolean, flags: string): string {
  return negative ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
}

const exponential = (value: number, digits: number): string => value.toExponential(digits).replace(/e([-+])(\d)$/, "e$10$2");

/** toFixed as C rounds: what lies exactly between goes to the even digit. No exponent for large values. */
function fixed(value: number, places: number): string {
  if (value >= 1e21) return BigInt(value).toString() + (places > 0 ? `.${"0".repeat(places)}` : "");
  const text = value.toFixed(places);
  const exact = value.toFixed(100);
  const cut = exact.length - 100 + places;
  if (places >= 100 || !/^50*$/.test(exact.slice(cut))) return text;
  const below = exact.slice(0, places === 0 ? cut - 1 : cut);
  return Number(below.at(-1)) % 2 === 0 ? below : text;
}

/** C's %f %e %g of a value that is not negative. */
export function formatFloat(value: number, conversion: string, precision: number, keepZeros = false): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : "inf";
  let text: string;
  switch (conversion.toLowerCase()) {
    case "f":
      text = fixed(value, precision);
      break;
    case "e":
      text = exponential(value, precision);
      break;
    default: {
      const digits = Math.max(1, precision);
      const exponent = value === 0 ? 0 : Number(value.toExponential(digits - 1).split("e")[1]);
      text = exponent < -4 || exponent >= digits ? exponential(value, digits - 1) : fixed(value, digits - 1 - exponent);
      if (!keepZeros && text.includes(".")) text = text.replace(/\.?0+(e|$)/, "$1");
    }
  }
  return conversion === conversion.toUpperCase() ? text.toUpperCase() : text;
}

export function printfText(format: string, args: readonly string[]): Printed {
  const formatter = new Formatter(args);
  do {
    const before = formatter.left;
    formatter.pass(format);
    if (formatter.left === before) break;
  } while (formatter.left > 0 && !formatter.stopped);
  return { parts: formatter.parts, status: formatter.status };
}

// awk's values: numbers, strings, what was read (a number if it looks like one), and what was never set.
import { formatFloat } from "../text/printf.js";
import { AwkError } from "./lexer.js";
import { leadingNumber, wholeNumber } from "./numbers.js";

/** Text that was read and looks like a number. */
export interface NumericText {
  text: string;
  number: number;
}

export type Value = number | string | NumericText | undefined;

/** A variable; a local one that was passed unset knows whose it is, should it become an array. */
export interface Cell {
  value: Value;
  array: Map<string, Value> | undefined;
  origin: Cell | undefined;
}

export const newCell = (value?: Value, origin?: Cell): Cell => ({ value, array: undefined, origin });

export function arrayOf(cell: Cell): Map<string, Value> {
  if (!cell.array) {
    cell.array = cell.origin ? arrayOf(cell.origin) : new Map();
  }
  return cell.array;
}

/** What came from input. */
export function fromInput(text: string): Value {
  const number = wholeNumber(text);
  return number === undefined ? text : { text, number };
}

export function toNumber(value: Value): number {
  if (typeof value === "number") return value;
  if (value === undefined) return 0;
  return typeof value === "string" ? leadingNumber(value) : value.number;
}

const NUMBER_FORMAT = /[diouxXeEfFgGaA]$/;

export function numberText(value: number, format: string): string {
  // What a long long holds is printed whole.
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return String(BigInt(value));
  // As busybox: the format's last character says of what kind it is.
  if (!NUMBER_FORMAT.test(format)) throw new AwkError("Invalid format specifier");
  return sprintf(format, [value], "%.6g");
}

export function toText(value: Value, format: string): string {
  if (typeof value === "string") return value;
  if (value === undefined) return "";
  return typeof value === "number" ? numberText(value, format) : value.text;
}

export function isTrue(value: Value): boolean {
  if (typeof value === "number") return value !== 0;
  if (value === undefined) return false;
  return typeof value === "string" ? value !== "" : value.number !== 0;
}

/** Numbers where both are or look like some, else texts by bytes; NaN is neither below, above nor equal. */
function compare(left: Value, right: Value, format: string, ignoreCase: boolean): number {
  if (typeof left !== "string" && typeof right !== "string") {
    const [a, b] = [toNumber(left), toNumber(right)];
    return a === b ? 0 : a - b;
  }
  const [a, b] = [left, right].map((value) => (ignoreCase ? toText(value, format).toLowerCase() : toText(value, format))) as [
    string,
    string,
  ];
  return a < b ? -1 : a > b ? 1 : 0;
}

export function binary(operator: string, left: Value, right: Value, format: string, ignoreCase: boolean): Value {
  if (operator === " ") return toText(left, format) + toText(right, format);
  const [a, b] = [toNumber(left), toNumber(right)];
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
    case "%":
      if (b === 0) throw new AwkError("Division by zero");
      return operator === "/" ? a / b : a % b;
    case "^":
      return a ** b;
  }
  const order = compare(left, right, format, ignoreCase);
  const holds = { "<": order < 0, "<=": order <= 0, "==": order === 0, "!=": order !== 0, ">": order > 0, ">=": order >= 0 }[operator];
  return holds ? 1 : 0;
}

/** Wider fields than this serve nothing but to fill the memory. */
const MAX_WIDTH = 65536;
const SPEC = /%([-+ #0]*)(\*|[0-9]+)?(?:\.(\*|[0-9]*))?([\s\S]?)/g;

/** As busybox: C's int, to which a processor makes everything out of range the smallest one. */
function integerText(value: number, letter: string): string {
  const whole = Math.trunc(value);
  const int = whole >= -0x80000000 && whole <= 0x7fffffff ? whole : -0x80000000;
  if (letter === "d" || letter === "i") return String(int === 0 ? 0 : int);
  const unsigned = int >>> 0;
  if (letter === "u") return String(unsigned);
  const text = unsigned.toString(letter === "o" ? 8 : 16);
  return letter === "X" ? text.toUpperCase() : text;
}

/** printf's formatting. `convfmt` turns numbers into text for %s. */
export function sprintf(format: string, args: readonly Value[], convfmt: string): string {
  let next = 0;
  return format.replace(
    SPEC,
    (whole, givenFlags: string, givenWidth: string | undefined, givenPlaces: string | undefined, letter: string) => {
      if (letter === "%") return "%";
      if (letter === "") return whole;
      let flags = givenFlags;
      const star = (text: string | undefined): number | undefined =>
        text === "*" ? Math.trunc(toNumber(args[next++])) : text === undefined ? undefined : Number(text || 0);
      let width = star(givenWidth) ?? 0;
      const places = star(givenPlaces);
      if (width < 0) {
        flags += "-";
        width = -width;
      }
      const value = args[next++];
      let text: string;
      let numeric = true;
      if (letter === "c") {
        numeric = false;
        text = typeof value === "number" ? String.fromCharCode(value & 0xff) : toText(value, convfmt).slice(0, 1) || "\0";
      } else if (letter === "s") {
        numeric = false;
        text = toText(value, convfmt);
        if (places !== undefined && places >= 0) text = text.slice(0, places);
      } else if ("diouxX".includes(letter)) {
        text = integerText(toNumber(value), letter);
        if (places !== undefined) {
          const negative = text.startsWith("-");
          text = (negative ? "-" : "") + text.slice(negative ? 1 : 0).padStart(Math.min(places, MAX_WIDTH), "0");
        }
        if (flags.includes("#") && text !== "0") text = (letter === "o" ? "0" : letter.toLowerCase() === "x" ? `0${letter}` : "") + text;
      } else if ("eEfFgG".includes(letter)) {
        const number = toNumber(value);
        const magnitude = formatFloat(Math.abs(number), letter as "e", Math.min(places ?? 6, 100));
        text = number < 0 || Object.is(number, -0) ? `-${magnitude}` : magnitude;
      } else throw new AwkError("Invalid format specifier");
      if (numeric && !text.startsWith("-") && !"ouxX".includes(letter))
        text = (flags.includes("+") ? "+" : flags.includes(" ") ? " " : "") + text;
      width = Math.min(width, MAX_WIDTH);
      if (flags.includes("-")) return text.padEnd(width);
      if (!numeric || !flags.includes("0")) return text.padStart(width);
      const sign = /^[-+ ]?(0[xX])?/.exec(text)?.[0] ?? "";
      return sign + text.slice(sign.length).padStart(width - sign.length, "0");
    },
  );
}

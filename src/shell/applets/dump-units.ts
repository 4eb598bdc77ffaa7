// How hexdump and od write units of one to eight bytes (little endian). Used by ./dump.ts.

export interface Unit {
  size: number;
  /** Characters of one unit with what stands before it. */
  width: number;
  text(bytes: string): string;
}

function value(bytes: string): bigint {
  let result = 0n;
  for (let n = bytes.length - 1; n >= 0; n--) result = (result << 8n) | BigInt(bytes.charCodeAt(n));
  return result;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
};

function character(char: string): string {
  const code = char.charCodeAt(0);
  return (ESCAPES[char] ?? (code >= 32 && code < 127 ? char : code.toString(8).padStart(3, "0"))).padStart(4);
}

const CHARACTER: Unit = { size: 1, width: 4, text: character };

/** `digits` with zeros before them, in a column of `width`. */
function numberUnit(size: number, radix: number, digits: number, width: number): Unit {
  return { size, width, text: (bytes) => value(bytes).toString(radix).padStart(digits, "0").padStart(width) };
}

/** hexdump's by option; "" is the one without. */
export const DUMP_UNITS: Readonly<Record<string, Unit>> = {
  b: numberUnit(1, 8, 3, 4),
  c: CHARACTER,
  d: numberUnit(2, 10, 5, 8),
  o: numberUnit(2, 8, 6, 8),
  x: numberUnit(2, 16, 4, 8),
  "": numberUnit(2, 16, 4, 5),
};

/** Digits that the largest value of a size takes. */
const DIGITS: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  o: { 1: 3, 2: 6, 4: 11, 8: 22 },
  x: { 1: 2, 2: 4, 4: 8, 8: 16 },
  u: { 1: 3, 2: 5, 4: 10, 8: 20 },
  d: { 1: 4, 2: 6, 4: 11, 8: 20 },
};
const LETTER_SIZES: Readonly<Record<string, number>> = { C: 1, S: 2, I: 4, L: 8 };

/** od's by type: c, or a letter and a size. */
export function odUnit(type: string): Unit | undefined {
  if (type === "c") return CHARACTER;
  const match = /^([doux])([0-9]*|[CSIL])$/.exec(type);
  if (!match) return undefined;
  const letter = match[1] ?? "";
  const size = LETTER_SIZES[match[2] ?? ""] ?? Number(match[2] || 4);
  const digits = DIGITS[letter]?.[size];
  if (digits === undefined) return undefined;
  if (letter === "u") return numberUnit(size, 10, 1, digits + 1);
  if (letter !== "d") return numberUnit(size, letter === "o" ? 8 : 16, digits, digits + 1);
  return {
    size,
    width: digits + 1,
    text: (bytes) =>
      BigInt.asIntN(size * 8, value(bytes))
        .toString()
        .padStart(digits + 1),
  };
}

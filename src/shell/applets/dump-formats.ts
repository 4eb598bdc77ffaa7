// hexdump -e: format strings such as '16/1 "%02x " "\n"': repetitions/bytes "printf-like text", as BSD's hexdump has them.

import { formatFloat } from "../text/printf.js";

export class FormatError extends Error {}

interface Piece {
  /** Text before the conversion. */
  before: string;
  flags: string;
  width: number;
  precision: number | undefined;
  /** A conversion's letters; "" for text alone. */
  letter: string;
}

interface Unit {
  count: number;
  /** Bytes of one iteration; 0 where the unit reads nothing. */
  size: number;
  pieces: readonly Piece[];
}

/** What -e was given: units, and the bytes that one round of all of them takes. */
export interface DumpFormat {
  units: readonly Unit[];
  size: number;
}

const CONVERSION = /%([-+ #0]*)([0-9]*)(?:\.([0-9]*))?(_[acpuA][doxn]?|[cdiouxXeEfgGs%])/g;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v", "0": "\0" };

function parsePieces(text: string): Piece[] {
  const plain = text.replace(/\\([\s\S])/g, (_, char: string) => ESCAPES[char] ?? char);
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of plain.matchAll(CONVERSION)) {
    const [whole, flags = "", width = "", precision, letter = ""] = match;
    const before = plain.slice(at, match.index);
    at = match.index + whole.length;
    if (letter === "%") pieces.push({ before: `${before}%`, flags: "", width: 0, precision: undefined, letter: "" });
    else pieces.push({ before, flags, width: Number(width), precision: precision === undefined ? undefined : Number(precision), letter });
  }
  if (plain.slice(at).includes("%")) throw new FormatError(`bad conversion character ${plain.slice(plain.indexOf("%", at))}`);
  pieces.push({ before: plain.slice(at), flags: "", width: 0, precision: undefined, letter: "" });
  return pieces;
}

/** Bytes that a conversion takes if no /size says so. */
function usualSize({ letter, precision }: Piece): number {
  if (letter === "" || letter.startsWith("_a") || letter.startsWith("_A")) return 0;
  if (letter === "s") return precision ?? 1;
  if (letter === "c" || letter.startsWith("_")) return 1;
  return "eEfgG".includes(letter) ? 8 : 4;
}

export function parseFormat(text: string): DumpFormat {
  const units: Unit[] = [];
  const rest = /\s*(?:([0-9]+)?(?:\/([0-9]+))?\s*)"((?:[^"\\]|\\[\s\S])*)"\s*/gy;
  let at = 0;
  for (let match = rest.exec(text); match; match = rest.exec(text)) {
    const pieces = parsePieces(match[3] ?? "");
    const converting = pieces.filter((piece) => usualSize(piece) > 0);
    const usual = converting.reduce((sum, piece) => sum + usualSize(piece), 0);
    const size = match[2] !== undefined && converting.length > 0 ? Number(match[2]) : usual;
    if (size > 1 << 16) throw new FormatError(`bad byte count for conversion character ${converting[0]?.letter}`);
    units.push({ count: Math.min(Number(match[1] ?? 1), 1 << 16), size, pieces });
    at = rest.lastIndex;
  }
  if (at < text.length || units.length === 0) throw new FormatError(`bad format {${text}}`);
  return { units, size: units.reduce((sum, unit) => sum + unit.count * unit.size, 0) };
}

function pad(text: string, { flags, width }: Piece): string {
  return flags.includes("-") ? text.padEnd(width) : text.padStart(width, flags.includes("0") ? "0" : " ");
}

const C_NAMES: Readonly<Record<number, string>> = {
  0: "\\0",
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
};
const U_NAMES = "nul soh stx etx eot enq ack bel bs ht lf vt ff cr so si dle dc1 dc2 dc3 dc4 nak syn etb can em sub esc fs gs rs us".split(
  " ",
);

function numberText(bytes: string, letter: string): string {
  let value = 0n;
  for (let n = bytes.length - 1; n >= 0; n--) value = (value << 8n) | BigInt(bytes.charCodeAt(n));
  if ((letter === "d" || letter === "i") && bytes.length > 1) return BigInt.asIntN(bytes.length * 8, value).toString();
  const digits = value.toString(letter === "o" ? 8 : "diu".includes(letter) ? 10 : 16);
  return letter === "X" ? digits.toUpperCase() : digits;
}

function floatText(bytes: string, { letter, precision }: Piece): string {
  const buffer = Buffer.from(bytes, "latin1");
  const value = buffer.length >= 8 ? buffer.readDoubleLE(0) : buffer.length >= 4 ? buffer.readFloatLE(0) : 0;
  return (value < 0 ? "-" : "") + formatFloat(Math.abs(value), letter as "e", precision ?? 6);
}

function converted(piece: Piece, bytes: string, address: number): string {
  const { letter, flags, precision } = piece;
  const code = bytes.charCodeAt(0);
  if (letter.startsWith("_a") || letter.startsWith("_A")) return pad(address.toString({ d: 10, o: 8 }[letter[2] ?? "x"] ?? 16), piece);
  switch (letter) {
    case "_p":
      return pad(code >= 32 && code < 127 ? bytes.slice(0, 1) : ".", piece);
    case "_c":
      return pad(C_NAMES[code] ?? (code >= 32 && code < 127 ? bytes.slice(0, 1) : code.toString(8).padStart(3, "0")), piece);
    case "_u":
      return pad(U_NAMES[code] ?? (code === 127 ? "del" : code > 127 ? code.toString(16) : bytes.slice(0, 1)), piece);
    case "c":
      return pad(bytes.slice(0, 1), piece);
    case "s":
      return pad(bytes.replace(/\0[\s\S]*/, ""), piece);
  }
  if ("eEfgG".includes(letter)) return pad(floatText(bytes, piece), piece);
  let text = numberText(bytes, letter);
  if (precision !== undefined) text = text.padStart(precision, "0");
  if (flags.includes("#") && "xX".includes(letter)) text = `0${letter}${text}`;
  else if (flags.includes("#") && letter === "o") text = `0${text}`;
  return pad(text, piece);
}

/** One round of a format over its bytes, fewer than it wants at the end. */
export function formatRow({ units }: DumpFormat, row: string, address: number): string {
  let text = "";
  let at = 0;
  for (const { count, size, pieces } of units) {
    for (let n = 0; n < count; n++) {
      const bytes = row.slice(at, at + size);
      const missing = size > 0 && bytes.length === 0;
      let inside = 0;
      for (const [index, piece] of pieces.entries()) {
        // The last iteration's trailing blanks are left out, as BSD's does where a unit repeats.
        const last = index === pieces.length - 1 && count > 1 && n === count - 1;
        const before = last ? piece.before.replace(/\s+$/, "") : piece.before;
        text += missing ? before.replace(/\S/g, " ") : before;
        if (piece.letter === "" || piece.letter.startsWith("_A")) continue;
        const wanted = pieces.filter((one) => usualSize(one) > 0).length === 1 ? size : usualSize(piece);
        text += missing
          ? pad("", { ...piece, flags: "" })
          : converted(piece, bytes.slice(inside, inside + wanted).padEnd(wanted, "\0"), address + at);
        if (usualSize(piece) > 0) inside += wanted;
      }
      at += size;
    }
  }
  return text;
}

/** `%_A…`: the address at the end, once. */
export function formatEnd({ units }: DumpFormat, address: number): string {
  return units
    .flatMap(({ pieces }) => pieces)
    .map((piece, n, all) =>
      piece.letter.startsWith("_A")
        ? piece.before + converted(piece, "", address)
        : all[n - 1]?.letter.startsWith("_A")
          ? piece.before
          : "",
    )
    .join("");
}

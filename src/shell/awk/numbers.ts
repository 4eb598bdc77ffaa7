// What awk reads as a number: strtod(3)'s words, and without a sign octal digits behind a 0.

export const NUMBER =
  /^[ \t\n]*(?:0[xX][0-9A-Fa-f]+|0[0-7]+(?![0-9.eE])|[-+]?(?:0[xX][0-9A-Fa-f]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|inf(?:inity)?|nan))/i;

function unsigned(digits: string): number {
  if (/^0x/i.test(digits)) return Number(digits);
  return /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
}

/** strtod(3)'s reading of what NUMBER has found. */
export function scanNumber(text: string): number {
  const trimmed = text.trim().toLowerCase();
  const digits = trimmed.replace(/^[-+]/, "");
  if (digits.startsWith("inf")) return trimmed.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (digits === "nan") return Number.NaN;
  if (digits !== trimmed) return trimmed.startsWith("-") ? -Number(digits) : Number(digits);
  return unsigned(digits);
}

/** The number at a text's beginning, 0 where there is none. */
export function leadingNumber(text: string): number {
  const found = NUMBER.exec(text)?.[0];
  return found === undefined ? 0 : scanNumber(found);
}

/** The number that a whole text is. */
export function wholeNumber(text: string): number | undefined {
  const found = NUMBER.exec(text)?.[0];
  return found === undefined || text.slice(found.length).trim() !== "" ? undefined : scanNumber(found);
}

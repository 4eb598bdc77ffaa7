// Numbers as busybox's applets read and complain about them.

/** strtoll with base 0 or 10 over the whole text; undefined where it is no number. */
export function parseInteger(text: string, anyBase = false): bigint | undefined {
  const match = /^[ \t\n]*([-+]?)(0[xX][0-9A-Fa-f]+|[0-9]+)$/.exec(text);
  if (!match) return undefined;
  const digits = match[2] ?? "0";
  let value: bigint;
  if (/^0[xX]/.test(digits)) {
    if (!anyBase) return undefined;
    value = BigInt(digits);
  } else if (anyBase && digits.length > 1 && digits.startsWith("0")) {
    if (/[89]/.test(digits)) return undefined;
    value = BigInt(`0o${digits.slice(1)}`);
  } else value = BigInt(digits);
  return match[1] === "-" ? -value : value;
}

/** A decimal number that fits a JavaScript number; undefined for anything else. */
export function parseDecimal(text: string): number | undefined {
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A duration of sleep, timeout and their like: digits, a fraction, and one of s m h d. Seconds. */
export function parseDuration(text: string): number | undefined {
  const match = /^([0-9]*\.?[0-9]*)([smhd]?)$/.exec(text);
  if (!match || !/[0-9]/.test(match[1] ?? "")) return undefined;
  const unit = { "": 1, s: 1, m: 60, h: 3600, d: 86400 }[match[2] ?? ""] ?? 1;
  return Number(match[1]) * unit;
}

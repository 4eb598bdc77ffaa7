// Literals from their source text: TypeScript's own values are rounded to doubles.

/** Value of a numeric literal's text, or undefined if it has a fraction or exponent. */
export function parseInteger(text: string): bigint | undefined {
  const digits = text.replaceAll("_", "");
  if (/^(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|[0-9]+)$/.test(digits)) {
    const value = BigInt(digits);
    return value < 1n << 64n ? value : undefined;
  }
  return undefined;
}

/** Bytes of a string literal in UTF-8, without the NUL. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

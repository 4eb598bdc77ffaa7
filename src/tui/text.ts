// Styled text as panes make it: lines of spans. Painted into the screen's cells by canvas.ts.

/** Colours are the terminal's 256; undefined is its default. */
export interface Style {
  readonly fg?: number;
  readonly bg?: number;
  readonly bold?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

export interface Span {
  readonly text: string;
  readonly style?: Style;
}

export type Line = readonly Span[];

const span =
  (style: Style) =>
  (text: string): Span => ({ text, style });

export const plain = (text: string): Span => ({ text });
export const bold = span({ bold: true });
export const dim = span({ fg: 8 });
export const red = span({ fg: 9 });
export const green = span({ fg: 10 });
export const yellow = span({ fg: 11 });
export const cyan = span({ fg: 14 });
/** Bytes that are not what they were at boot. */
export const changed = span({ fg: 0, bg: 11 });

export const line = (...spans: readonly (Span | string)[]): Line => spans.map((one) => (typeof one === "string" ? plain(one) : one));

/** Everything that a terminal would take for a command becomes a dot; guest memory may hold anything. */
export function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, ".");
}

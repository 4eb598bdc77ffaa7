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
/** A grey that can be read on dark and on light ground. */
export const dim = span({ fg: 245 });
export const red = span({ fg: 9 });
export const green = span({ fg: 10 });
export const yellow = span({ fg: 11 });
export const cyan = span({ fg: 14 });
/** Bytes that are not what they were at boot. */
export const changed = span({ fg: 0, bg: 11 });

export const line = (...spans: readonly (Span | string)[]): Line => spans.map((one) => (typeof one === "string" ? plain(one) : one));

const isBlank = (character: string): boolean => character === " ";

/** The line in pieces of at most `width` columns, broken at blanks; what follows stands two columns further in than its beginning. */
export function wrapLine(content: Line, width: number): Line[] {
  const cells = content.flatMap(({ text, style }) => Array.from(text, (character) => ({ text: character, style })));
  if (cells.length <= width || width < 8) return [content];
  const first = cells.findIndex(({ text }) => !isBlank(text));
  const indent = Math.min(Math.max(first, 0) + 2, width >> 1);
  const lines: Line[] = [];
  for (let rest = cells; rest.length > 0; ) {
    const room = lines.length === 0 ? width : width - indent;
    let end = rest.length <= room ? rest.length : rest.slice(0, room + 1).findLastIndex(({ text }) => isBlank(text));
    // A word that is longer than the line, or nothing but the indent before it.
    if (end <= (lines.length === 0 ? first : 0)) end = Math.min(room, rest.length);
    const piece = rest.slice(0, end);
    lines.push(lines.length === 0 ? piece : [plain(" ".repeat(indent)), ...piece]);
    rest = rest.slice(isBlank(rest[end]?.text ?? "") ? end + 1 : end);
  }
  return lines;
}

/** Everything that a terminal would take for a command becomes a dot; guest memory may hold anything. */
export function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, ".");
}

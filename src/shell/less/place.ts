// Where less stands in a file, in rows of the screen, and how it moves there.
import type { Sys } from "../sys/request.js";
import { type Row, rowsOf, type View } from "./display.js";
import type { Source } from "./source.js";

export class Place {
  /** The first row that is shown: a line, and which of its rows. */
  top = { line: 0, row: 0 };

  /** @param page how many rows are shown now. */
  constructor(
    readonly source: Source,
    readonly view: View,
    readonly page: () => number,
  ) {}

  /** The rows from a place on, at most `count`. */
  *rows(line: number, skip: number, count: number): Sys<Row[]> {
    const { source } = this;
    const rows: Row[] = [];
    for (let n = line; rows.length < count + skip; n++) {
      yield* source.want(n + 1);
      const text = source.lines[n];
      if (text === undefined) break;
      rows.push(...rowsOf(text, n, this.view));
    }
    return rows.slice(skip, skip + count);
  }

  *atEnd(rows: readonly Row[]): Sys<boolean> {
    const { source } = this;
    const last = rows.at(-1);
    if (!last) return true;
    yield* source.want(last.line + 2);
    return source.ended && last.line >= source.lines.length - 1;
  }

  /** The furthest place to which the text moves: its end stands one row above the status line. */
  *lastTop(): Sys<{ line: number; row: number }> {
    const { source } = this;
    yield* source.all();
    let left = Math.max(1, this.page() - 1);
    for (let line = source.lines.length - 1; line >= 0; line--) {
      const count = rowsOf(source.lines[line] ?? "", line, this.view).length;
      if (count >= left) return { line, row: count - left };
      left -= count;
    }
    return { line: 0, row: 0 };
  }

  *down(count: number): Sys<void> {
    const { source } = this;
    let { line, row } = this.top;
    for (let n = 0; n < count; n++) {
      yield* source.want(line + 1);
      const rows = rowsOf(source.lines[line] ?? "", line, this.view).length;
      if (row + 1 < rows) row++;
      else {
        line++;
        row = 0;
      }
    }
    yield* this.goTo(line, row);
  }

  up(count: number): void {
    const { source } = this;
    let { line, row } = this.top;
    for (let n = 0; n < count && (line > 0 || row > 0); n++) {
      if (row > 0) row--;
      else {
        line--;
        row = rowsOf(source.lines[line] ?? "", line, this.view).length - 1;
      }
    }
    this.top = { line, row };
  }

  /** As far as the text goes, and never back from where it is by that. */
  *goTo(line: number, row = 0): Sys<void> {
    const { source } = this;
    yield* source.want(line + this.page() + 2);
    this.top = { line: Math.max(0, line), row };
    if (!source.ended) return;
    const last = yield* this.lastTop();
    if (line > last.line || (line === last.line && row > last.row)) this.top = last;
  }
}

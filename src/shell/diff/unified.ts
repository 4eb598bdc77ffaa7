// The unified format: hunks of changed lines with the lines around them.

import { work } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { commonLines } from "./common-lines.js";

export interface Comparison {
  /** What of a line is compared. */
  key(line: string): string;
  /** -B: changes of blank lines alone do not count. */
  ignoreBlank: boolean;
  context: number;
  /** -t, -T: how a line is shown. */
  show(line: string): string;
}

/** Lines from..to of the first file become lines from..to of the second. */
interface Change {
  a: number;
  aEnd: number;
  b: number;
  bEnd: number;
}

const END_MARK = "\\ No newline at end of file\n";

/** Lines with their newlines; the last may have none. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** The hunks that make the second text of the first; "" where they are the same for `comparison`. */
export function* unified(before: string, after: string, comparison: Comparison): Sys<string> {
  const [a, b] = [linesOf(before), linesOf(after)];
  yield* work(a.length + b.length);
  const match = yield* commonLines(a.map(comparison.key), b.map(comparison.key));
  const changes = changesOf(match, b.length).filter((change) => !comparison.ignoreBlank || !isBlank(change, a, b));
  return hunks(changes, comparison.context)
    .map((hunk) => hunkText(hunk, a, b, comparison))
    .join("");
}

function changesOf(match: Int32Array, bLength: number): Change[] {
  const changes: Change[] = [];
  let [a, b] = [0, 0];
  while (a < match.length || b < bLength) {
    if (a < match.length && match[a] === b) {
      a++;
      b++;
      continue;
    }
    const change = { a, b, aEnd: a, bEnd: b };
    while (a < match.length && match[a] === -1) a++;
    b = a < match.length ? (match[a] ?? bLength) : bLength;
    changes.push({ ...change, aEnd: a, bEnd: b });
  }
  return changes;
}

function isBlank({ a, aEnd, b, bEnd }: Change, before: readonly string[], after: readonly string[]): boolean {
  return [...before.slice(a, aEnd), ...after.slice(b, bEnd)].every((line) => line.trim() === "");
}

/** Changes whose contexts touch go together. */
function hunks(changes: readonly Change[], context: number): Change[][] {
  const list: Change[][] = [];
  for (const change of changes) {
    const last = list.at(-1);
    const end = last?.at(-1)?.aEnd;
    if (last && end !== undefined && change.a - end <= 2 * context) last.push(change);
    else list.push([change]);
  }
  return list;
}

function hunkText(hunk: readonly Change[], a: readonly string[], b: readonly string[], { context, show }: Comparison): string {
  const [first, last] = [hunk[0], hunk.at(-1)];
  if (!first || !last) return "";
  const lead = Math.min(context, first.a);
  const tail = Math.min(context, a.length - last.aEnd);
  const range = (start: number, end: number): string => {
    const count = end - start;
    return count === 1 ? `${start + 1}` : `${count === 0 ? start : start + 1},${count}`;
  };
  let text = `@@ -${range(first.a - lead, last.aEnd + tail)} +${range(first.b - lead, last.bEnd + tail)} @@\n`;
  const add = (sign: string, line: string): void => {
    text += line.endsWith("\n") ? `${sign}${show(line)}` : `${sign}${show(line)}\n${END_MARK}`;
  };
  let at = first.a - lead;
  for (const { a: start, aEnd, b: newStart, bEnd } of hunk) {
    for (; at < start; at++) add(" ", a[at] ?? "");
    for (; at < aEnd; at++) add("-", a[at] ?? "");
    for (const line of b.slice(newStart, bEnd)) add("+", line);
  }
  for (; at < last.aEnd + tail; at++) add(" ", a[at] ?? "");
  return text;
}

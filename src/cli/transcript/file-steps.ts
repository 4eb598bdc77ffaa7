// What a run makes of a whole file: its lines step by step, from which --update writes the new file and a failure prints a unified diff.

import type { Step } from "./compare.js";
import type { Transcript } from "./transcript.js";

const CONTEXT = 3;

/** @param results each command's steps; undefined for a command that was not run, whose lines stay. */
export function fileSteps({ lines, commands }: Transcript, results: readonly (readonly Step[] | undefined)[]): Step[] {
  const steps: Step[] = [];
  let at = 0;
  const keep = (end: number): void => {
    for (; at < end; at++) steps.push({ kind: "same", text: lines[at] });
  };
  for (const [i, { indent, outputAt, expected }] of commands.entries()) {
    const result = results[i];
    if (!result) continue;
    keep(outputAt);
    for (const step of result) {
      // A matching line stays as the file has it: the indent of a fenced block is the author's.
      if (step.kind === "new") steps.push({ kind: "new", text: indent + step.text });
      else steps.push({ kind: step.kind, text: lines[at++] });
    }
    if (at !== outputAt + expected.length) throw new Error("a comparison's steps do not add up to the expected lines");
  }
  keep(lines.length);
  return steps;
}

export function newText(steps: readonly Step[]): string {
  return steps
    .filter(({ kind }) => kind !== "missing")
    .map(({ text }) => text)
    .join("\n");
}

const SIGN = { same: " ", missing: "-", new: "+" } as const;

/** As `diff -u` prints it; "" where nothing differs. */
export function unifiedDiff(name: string, steps: readonly Step[]): string {
  // A file's last line end would show as an empty line of its own.
  const lines = steps.at(-1)?.kind === "same" && steps.at(-1)?.text === "" ? steps.slice(0, -1) : steps;
  const changes = lines.flatMap(({ kind }, i) => (kind === "same" ? [] : [i]));
  if (changes.length === 0) return "";
  const hunks: { from: number; to: number }[] = [];
  for (const at of changes) {
    const from = Math.max(at - CONTEXT, 0);
    const to = Math.min(at + CONTEXT + 1, lines.length);
    const last = hunks.at(-1);
    if (last && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  }
  let [oldLine, newLine, at] = [1, 1, 0];
  const count = (end: number): [number, number] => {
    const [o, n] = [oldLine, newLine];
    for (; at < end; at++) {
      if (lines[at].kind !== "new") oldLine++;
      if (lines[at].kind !== "missing") newLine++;
    }
    return [oldLine - o, newLine - n];
  };
  const text = hunks.map(({ from, to }) => {
    count(from);
    const [oldStart, newStart] = [oldLine, newLine];
    const [oldCount, newCount] = count(to);
    const body = lines.slice(from, to).map((line) => `${SIGN[line.kind]}${line.text}\n`);
    return `@@ -${range(oldStart, oldCount)} +${range(newStart, newCount)} @@\n${body.join("")}`;
  });
  return `--- ${name}\n+++ ${name} (in the guest)\n${text.join("")}`;
}

/** A range of no lines names the line before it. */
function range(start: number, count: number): string {
  return count === 1 ? `${start}` : `${count === 0 ? start - 1 : start},${count}`;
}

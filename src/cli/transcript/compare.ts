// Lays a command's real output beside the expected one: which expected lines match (and are kept on --update), which are missing
// and which lines are new.

import { isStatus, matcher, type OutputLine, show } from "./output-line.js";
import { type Dialect, type TranscriptCommand, TranscriptError } from "./transcript.js";

/** One step from the expected to the real lines, in file order. */
export interface Step {
  readonly kind: "same" | "missing" | "new";
  /** Without indent; for "same" as the file has it. */
  readonly text: string;
}

/** Above so many cells the alignment is not searched for: everything between equal ends is replaced. */
const MOST_CELLS = 4_000_000;

type Pattern = "any" | ((line: OutputLine) => boolean);

export function compare(command: TranscriptCommand, actual: readonly OutputLine[], dialect: Dialect): Step[] {
  const { expected } = command;
  const lines = dialect.optionalStatus && !isStatus(expected.at(-1)) ? actual.filter(({ kind }) => kind !== "status") : actual;
  const patterns = expected.map((text, i): Pattern => {
    if (dialect.ellipsis && text === "…") return "any";
    try {
      return matcher(text, i === expected.length - 1);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new TranscriptError(command.outputAt + i + 1, error.message);
    }
  });
  return align(expected, patterns, lines);
}

function align(expected: readonly string[], patterns: readonly Pattern[], lines: readonly OutputLine[]): Step[] {
  let start = 0;
  while (start < Math.min(patterns.length, lines.length) && fits(patterns[start], lines[start])) start++;
  let end = 0;
  while (
    end < Math.min(patterns.length, lines.length) - start &&
    fits(patterns[patterns.length - 1 - end], lines[lines.length - 1 - end])
  ) {
    end++;
  }
  const same = (text: string): Step => ({ kind: "same", text });
  return [
    ...expected.slice(0, start).map(same),
    ...alignMiddle(
      expected.slice(start, expected.length - end),
      patterns.slice(start, patterns.length - end),
      lines.slice(start, lines.length - end),
    ),
    ...expected.slice(expected.length - end).map(same),
  ];
}

/** An ellipsis is left to the search: how many lines it stands for depends on what follows. */
const fits = (pattern: Pattern, line: OutputLine): boolean => pattern !== "any" && pattern(line);

/** The fewest missing and new lines, by dynamic programming from the end. */
function alignMiddle(expected: readonly string[], patterns: readonly Pattern[], lines: readonly OutputLine[]): Step[] {
  const missing = (text: string): Step => ({ kind: "missing", text });
  const added = (line: OutputLine): Step => ({ kind: "new", text: show(line) });
  const width = lines.length + 1;
  if ((patterns.length + 1) * width > MOST_CELLS) return [...expected.map(missing), ...lines.map(added)];
  const cost = new Uint32Array((patterns.length + 1) * width);
  for (let i = patterns.length; i >= 0; i--) {
    for (let j = lines.length; j >= 0; j--) {
      if (i === patterns.length) cost[i * width + j] = lines.length - j;
      else {
        const pattern = patterns[i];
        let best = cost[(i + 1) * width + j] + (pattern === "any" ? 0 : 1);
        if (j < lines.length) {
          best = Math.min(best, cost[i * width + j + 1] + (pattern === "any" ? 0 : 1));
          if (pattern !== "any" && pattern(lines[j])) best = Math.min(best, cost[(i + 1) * width + j + 1]);
        }
        cost[i * width + j] = best;
      }
    }
  }
  const steps: Step[] = [];
  for (let i = 0, j = 0; i < patterns.length || j < lines.length; ) {
    const here = cost[i * width + j];
    const pattern = patterns[i];
    if (pattern === undefined) steps.push(added(lines[j++]));
    else if (pattern === "any") {
      if (j < lines.length && cost[i * width + j + 1] === here) j++;
      else {
        steps.push({ kind: "same", text: expected[i] });
        i++;
      }
    } else if (j < lines.length && pattern(lines[j]) && cost[(i + 1) * width + j + 1] === here) {
      steps.push({ kind: "same", text: expected[i++] });
      j++;
    } else if (cost[(i + 1) * width + j] + 1 === here) steps.push(missing(expected[i++]));
    else steps.push(added(lines[j++]));
  }
  return steps;
}

// Which handlers of several instructions there are, and which one a record gets: the one of the longest sequence that begins there.
// Each record of the sequence keeps a handler of its own, so that code can be entered at any instruction.

import { FUSIONS } from "./fusions.js";
import { FIRST_FORM, formName, HANDLER_FORMS } from "./handlers.js";

const MEANINGLESS = -1;
/** More forms than there are. */
const BASE = 1 << 16;

const sequences: number[][] = [];
/** (handler of a sequence) × BASE + (handler of the next instruction) → handler of the longer sequence. */
const longer = new Map<number, number>();

const formNumbers = new Map(HANDLER_FORMS.map((form, i) => [formName(form), i]));

for (const line of FUSIONS) {
  const parts = line.split(" ").map((name) => formNumbers.get(name) ?? MEANINGLESS);
  if (parts.includes(MEANINGLESS)) throw new Error(`no such instruction form in the sequence ${line}`);
  let handler = FIRST_FORM + parts[0]!;
  for (let n = 2; n <= parts.length; n++) {
    const key = handler * BASE + FIRST_FORM + parts[n - 1]!;
    let next = longer.get(key);
    if (next === undefined) {
      sequences.push(parts.slice(0, n));
      next = FIRST_FORM + HANDLER_FORMS.length + sequences.length - 1;
      longer.set(key, next);
    }
    handler = next;
  }
}

/** Sequences of indices into HANDLER_FORMS; their handlers' numbers follow those of the forms. */
export const FUSED: readonly (readonly number[])[] = sequences;

/** The handler for what one handler does and, behind it, the instruction of another; undefined where there is none. */
export function fuse(handler: number, next: number): number | undefined {
  return longer.get(handler * BASE + next);
}

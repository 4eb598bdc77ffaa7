// The longest common subsequence of two files' lines, as diff(1) has found it since Hunt and McIlroy (Bell Laboratories CSTR 41,
// 1976): for each length the common subsequence that ends soonest in the second file.

import { work } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";

interface Candidate {
  /** Line numbers. */
  readonly a: number;
  readonly b: number;
  readonly before: Candidate | undefined;
}

/** For each line of `a` the line of `b` that it stays as, or -1. Equal strings are equal lines. */
export function* commonLines(a: readonly string[], b: readonly string[]): Sys<Int32Array> {
  const match = new Int32Array(a.length).fill(-1);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) {
    match[start] = start;
    start++;
  }
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) match[--endA] = --endB;
  const places = new Map<string, number[]>();
  for (let j = start; j < endB; j++) {
    const line = b[j] ?? "";
    const list = places.get(line);
    if (list) list.push(j);
    else places.set(line, [j]);
  }
  const best: Candidate[] = [];
  for (let i = start; i < endA; i++) {
    const list = places.get(a[i] ?? "");
    if (!list) continue;
    yield* work(1 + list.length);
    // From behind, so that a line of `a` is never used twice.
    for (let n = list.length - 1; n >= 0; n--) {
      const j = list[n] ?? 0;
      const length = firstNotBelow(best, j);
      if (best[length]?.b !== j) best[length] = { a: i, b: j, before: best[length - 1] };
    }
  }
  for (let at = best.at(-1); at; at = at.before) match[at.a] = at.b;
  return match;
}

/** The shortest length whose candidate does not end before line j. */
function firstNotBelow(best: readonly Candidate[], j: number): number {
  let low = 0;
  let high = best.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((best[middle]?.b ?? 0) < j) low = middle + 1;
    else high = middle;
  }
  return low;
}

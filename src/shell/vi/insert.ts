// vi's insert and replace modes: typed text goes in until Escape.
import type { Sys } from "../sys/request.js";
import type { Display } from "./display.js";
import type { ViState } from "./state.js";
import { isBlank, lineEnd, lineStart, nextLine, previousLine } from "./text.js";

/** The blanks at a line's beginning, for autoindent. */
function indentOf(text: string, at: number): string {
  const start = lineStart(text, at);
  let end = start;
  while (isBlank(text[end]) && end < at) end++;
  return text.slice(start, end);
}

function put(vi: ViState, char: string): void {
  const overwrites = vi.mode === "replace" && char !== "\n" && vi.dot < lineEnd(vi.text, vi.dot);
  vi.replace(vi.dot, overwrites ? vi.dot + 1 : vi.dot, char);
  vi.dot += char.length;
}

function newLine(vi: ViState): void {
  const indent = vi.options.has("autoindent") ? indentOf(vi.text, vi.dot) : "";
  vi.replace(vi.dot, vi.dot, `\n${indent}`);
  vi.dot += 1 + indent.length;
  vi.commit();
}

function erase(vi: ViState, from: number): void {
  if (from >= vi.dot) return;
  if (vi.mode !== "replace") vi.replace(from, vi.dot, "");
  vi.dot = from;
}

/** Where ^W begins to erase. */
function wordStart(vi: ViState): number {
  const start = lineStart(vi.text, vi.dot);
  let at = vi.dot;
  while (at > start && isBlank(vi.text[at - 1])) at--;
  while (at > start && !isBlank(vi.text[at - 1])) at--;
  return at;
}

function move(vi: ViState, key: string): boolean {
  const { text } = vi;
  const column = vi.dot - lineStart(text, vi.dot);
  const onLine = (line: number | undefined): number => (line === undefined ? vi.dot : Math.min(line + column, lineEnd(text, line)));
  if (key === "<left>") vi.dot = Math.max(lineStart(text, vi.dot), vi.dot - 1);
  else if (key === "<right>") vi.dot = Math.min(lineEnd(text, vi.dot), vi.dot + 1);
  else if (key === "<up>") vi.dot = onLine(previousLine(text, vi.dot));
  else if (key === "<down>") vi.dot = onLine(nextLine(text, vi.dot));
  else if (key === "<home>") vi.dot = lineStart(text, vi.dot);
  else if (key === "<end>") vi.dot = lineEnd(text, vi.dot);
  else return false;
  return true;
}

/** Reads keys until Escape. */
export function* insertText(vi: ViState, display: Display, mode: "insert" | "replace"): Sys<void> {
  vi.mode = mode;
  for (;;) {
    if (!vi.replaying) yield* display.draw();
    const key = yield* vi.key();
    if (key === "\x1b" || key === "end") break;
    if (key === "<resize>") {
      display.forget();
      continue;
    }
    if (move(vi, key)) continue;
    if (key === "\r" || key === "\n") newLine(vi);
    else if (key === "\x7f" || key === "\b") erase(vi, Math.max(lineStart(vi.text, vi.dot), vi.dot - 1));
    else if (key === "\x17") erase(vi, wordStart(vi));
    else if (key === "\x15") erase(vi, lineStart(vi.text, vi.dot));
    else if (key === "<delete>") {
      if (vi.dot < lineEnd(vi.text, vi.dot)) vi.replace(vi.dot, vi.dot + 1, "");
    } else if (key === "\x16") put(vi, yield* vi.key());
    else if (key.length === 1) put(vi, key);
  }
  vi.mode = "command";
  if (vi.dot > lineStart(vi.text, vi.dot)) vi.dot--;
}

// Replays a recording on a terminal emulator and takes pictures of its screen: rows of styled runs, without times between that nobody
// sees. Used by svg.ts.

import { createRequire } from "node:module";
import type { Terminal as HeadlessTerminal } from "@xterm/headless";
import { type Cast, type CastEvent, limitIdle } from "./asciicast.js";

export interface Run {
  /** Column of its first cell. */
  readonly column: number;
  readonly cells: number;
  readonly text: string;
  /** CSS colours; undefined is the terminal's own. */
  readonly foreground?: string;
  readonly background?: string;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
}

export interface Frame {
  readonly time: number;
  readonly rows: readonly (readonly Run[])[];
  readonly cursor?: { readonly column: number; readonly row: number };
}

/** Output that comes within so many seconds is one frame. */
const FRAME_SECONDS = 0.08;
/** blessed clears the screen before it leaves. */
const LEAVE = /(?:\x1b\[H\x1b\[2J)?\x1b\[\?1049l/;
/** Nobody watches a still picture for longer. */
const LONGEST_PAUSE = 2;

/** xterm's 16 colours as most terminals show them. */
const PALETTE = (
  "#3b4252 #e06c75 #98c379 #e5c07b #61afef #c678dd #56b6c2 #d8dee9 " + "#5c6370 #ff7b86 #b5e890 #ffd68a #82c4ff #dd9bf0 #7fd8e0 #ffffff"
).split(" ");

export async function screenFrames({ header, events }: Cast): Promise<Frame[]> {
  // A CommonJS package whose names Node cannot see: import() gives its default alone.
  const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as { Terminal: typeof HeadlessTerminal };
  const terminal = new Terminal({ cols: header.width, rows: header.height, allowProposedApi: true, scrollback: 0 });
  let cursorShown = true;
  for (const [final, shown] of [
    ["h", true],
    ["l", false],
  ] as const) {
    terminal.parser.registerCsiHandler({ prefix: "?", final }, (parameters) => {
      if (parameters.includes(25)) cursorShown = shown;
      return false;
    });
  }
  const frames: Frame[] = [];
  let begun: number | undefined;
  const shown = withoutLeaving(limitIdle(events, LONGEST_PAUSE).filter(({ kind }) => kind === "o"));
  for (const [i, { time, text }] of shown.entries()) {
    await new Promise<void>((resolve) => terminal.write(text, resolve));
    const next = shown[i + 1];
    begun ??= time;
    if (next && next.time - begun < FRAME_SECONDS) continue;
    begun = undefined;
    const frame = { time, rows: rowsOf(terminal), cursor: cursorShown ? cursorOf(terminal) : undefined };
    const last = frames.at(-1);
    if (last && JSON.stringify([last.rows, last.cursor]) === JSON.stringify([frame.rows, frame.cursor]) && next) continue;
    frames.push(frame);
  }
  if (frames.length === 0) frames.push({ time: 0, rows: rowsOf(terminal) });
  terminal.dispose();
  return frames;
}

/** A full-screen program that leaves at the very end would leave a blank picture: its last screen is what there is to see. */
function withoutLeaving(events: readonly CastEvent[]): readonly CastEvent[] {
  const index = events.findLastIndex(({ text }) => LEAVE.test(text));
  if (index < 0) return events;
  const at = events[index].text.search(LEAVE);
  const rest = [events[index].text.slice(at), ...events.slice(index + 1).map(({ text }) => text)].join("");
  if (rest.replace(/\x1b(?:\[[?\d;]*[a-zA-Z]|[78=>])/g, "").trim() !== "") return events;
  return [...events.slice(0, index), { ...events[index], text: events[index].text.slice(0, at) }];
}

const cursorOf = ({ buffer: { active } }: HeadlessTerminal): { column: number; row: number } => ({
  column: active.cursorX,
  row: active.cursorY,
});

type Cell = NonNullable<ReturnType<NonNullable<ReturnType<HeadlessTerminal["buffer"]["active"]["getLine"]>>["getCell"]>>;

function rowsOf(terminal: HeadlessTerminal): Run[][] {
  const { active } = terminal.buffer;
  return Array.from({ length: terminal.rows }, (_, row) => {
    const line = active.getLine(active.baseY + row);
    const runs: Run[] = [];
    for (let column = 0; line && column < terminal.cols; column++) {
      const cell = line.getCell(column);
      const cells = cell?.getWidth() ?? 0;
      if (!cell || cells === 0) continue;
      const run = { column, cells, text: cell.getChars() || " ", ...styleOf(cell) };
      const last = runs.at(-1);
      if (last && sameStyle(last, run)) runs[runs.length - 1] = { ...last, cells: last.cells + cells, text: last.text + run.text };
      else runs.push(run);
    }
    return runs.map(trimEnd).filter(({ text, background, underline }) => text.trim() !== "" || background !== undefined || underline);
  });
}

type Style = Omit<Run, "column" | "cells" | "text">;

function styleOf(cell: Cell): Style {
  let foreground = colour(cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor());
  let background = colour(cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor());
  if (cell.isInverse()) [foreground, background] = [background ?? "var(--bg)", foreground ?? "var(--fg)"];
  return {
    foreground,
    background,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
  };
}

function sameStyle(a: Style, b: Style): boolean {
  return (
    a.foreground === b.foreground &&
    a.background === b.background &&
    a.bold === b.bold &&
    a.dim === b.dim &&
    a.italic === b.italic &&
    a.underline === b.underline
  );
}

/** Blanks at the end show nothing where nothing is drawn behind them. */
function trimEnd(run: Run): Run {
  if (run.background !== undefined || run.underline) return run;
  const text = run.text.trimEnd();
  return { ...run, text, cells: run.cells - (run.text.length - text.length) };
}

function colour(rgb: boolean, palette: boolean, value: number): string | undefined {
  if (rgb) return `#${value.toString(16).padStart(6, "0")}`;
  if (!palette) return undefined;
  if (value < 16) return PALETTE[value];
  if (value >= 232) return `#${(8 + (value - 232) * 10).toString(16).padStart(2, "0").repeat(3)}`;
  // A cube of 6 × 6 × 6.
  const level = (n: number): string => (n === 0 ? 0 : 55 + n * 40).toString(16).padStart(2, "0");
  const index = value - 16;
  return `#${level(Math.floor(index / 36))}${level(Math.floor(index / 6) % 6)}${level(index % 6)}`;
}

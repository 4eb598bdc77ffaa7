// A recording as one SVG file: the last screen, or all of them in turn (CSS alone, so that it moves in a README too). Each different row
// is drawn once and used wherever it stands.

import type { CastHeader } from "./asciicast.js";
import type { Frame, Run } from "./screen-frames.js";

const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 18;
/** Baseline below a row's top. */
const BASELINE = 13.5;
const MARGIN = 12;
/** The last frame stands this long (seconds) before it begins again. */
const LAST_SECONDS = 3;

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export function svg({ width, height }: CastHeader, frames: readonly Frame[], still: boolean): string {
  const shown = still ? frames.slice(-1) : frames;
  const [screenWidth, screenHeight] = [width * CELL_WIDTH, height * CELL_HEIGHT];
  const [totalWidth, totalHeight] = [screenWidth + 2 * MARGIN, screenHeight + 2 * MARGIN].map(short);
  const definitions = new Definitions();
  const screens = shown.map((frame, index) => screen(frame, index * height, definitions));
  const cursor = `<rect id="cursor" width="${CELL_WIDTH}" height="${CELL_HEIGHT}" fill="var(--fg)" opacity=".5"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${totalWidth}" height="${totalHeight}" viewBox="0 0 ${totalWidth} ${totalHeight}" role="img">`,
    `<style>${style(shown, height)}</style>`,
    `<rect width="100%" height="100%" rx="6" fill="var(--bg)"/>`,
    `<defs>${cursor}\n${definitions}</defs>`,
    `<svg x="${MARGIN}" y="${MARGIN}" width="${short(screenWidth)}" height="${screenHeight}"><g class="screens">`,
    ...screens,
    "</g></svg>",
    "</svg>",
    "",
  ].join("\n");
}

const short = (value: number): string => String(Number(value.toFixed(2)));

function style(frames: readonly Frame[], height: number): string {
  const base =
    ":root{--bg:#1e222a;--fg:#d8dee9}text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;" +
    "fill:var(--fg);white-space:pre}.b{font-weight:bold}.d{opacity:.6}.i{font-style:italic}.u{text-decoration:underline}";
  if (frames.length < 2) return base;
  const start = frames[0].time;
  const duration = (frames.at(-1)?.time ?? 0) - start + LAST_SECONDS;
  const steps = frames.map(({ time }, i) => {
    const percent = ((time - start) / duration) * 100;
    return `${Number(percent.toFixed(4))}%{transform:translateY(${-i * height * CELL_HEIGHT}px)}`;
  });
  const last = `translateY(${-(frames.length - 1) * height * CELL_HEIGHT}px)`;
  return (
    `${base}@keyframes play{${steps.join("")}100%{transform:${last}}}.screens{animation:play ${short(duration)}s step-end infinite}` +
    `@media(prefers-reduced-motion){.screens{animation:none;transform:${last}}}`
  );
}

/** Draws each different content once, under a name. */
class Definitions {
  private readonly names = new Map<string, string>();

  name(content: string): string {
    const name = this.names.get(content) ?? `d${this.names.size}`;
    this.names.set(content, name);
    return name;
  }

  toString(): string {
    return [...this.names].map(([content, name]) => `<g id="${name}">${content}</g>`).join("\n");
  }
}

/**
 * A screen whose first row stands at `top` among all screens one below the other. While somebody types only the cursor's row
 * changes: the others are one definition.
 */
function screen({ rows, cursor }: Frame, top: number, definitions: Definitions): string {
  const draw = (runs: readonly Run[], row: number): string =>
    runs.length === 0 ? "" : `<use href="#${definitions.name(runs.map(drawRun).join(""))}" y="${row * CELL_HEIGHT}"/>`;
  const others = rows.map((runs, row) => (row === cursor?.row ? "" : draw(runs, row))).join("");
  const body = others === "" ? "" : `<use href="#${definitions.name(others)}" y="${top * CELL_HEIGHT}"/>`;
  if (!cursor) return body;
  const [x, y] = [short(cursor.column * CELL_WIDTH), (top + cursor.row) * CELL_HEIGHT];
  return `${body}${draw(rows[cursor.row] ?? [], top + cursor.row)}<use href="#cursor" x="${x}" y="${y}"/>`;
}

function drawRun({ column, cells, text, foreground, background, bold, dim, italic, underline }: Run): string {
  const x = short(column * CELL_WIDTH);
  const width = short(cells * CELL_WIDTH);
  const box = background === undefined ? "" : `<rect x="${x}" width="${width}" height="${CELL_HEIGHT}" fill="${background}"/>`;
  const classes = [bold && "b", dim && "d", italic && "i", underline && "u"].filter(Boolean).join(" ");
  // textLength keeps columns in line whatever font there is.
  const attributes = `x="${x}" y="${BASELINE}" textLength="${width}"${classes ? ` class="${classes}"` : ""}${foreground ? ` style="fill:${foreground}"` : ""}`;
  return text.trim() === "" && !underline ? box : `${box}<text ${attributes}>${text.replace(/[&<>"]/g, (c) => ESCAPES[c])}</text>`;
}

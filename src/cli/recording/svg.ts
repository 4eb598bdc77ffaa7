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
  const clock = new Clock(shown);
  const definitions = new Definitions();
  const tracks = Array.from({ length: height }, (_, row) => rowTrack(shown, row, clock, definitions));
  const cursor = cursorTrack(shown, height, clock);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${totalWidth}" height="${totalHeight}" viewBox="0 0 ${totalWidth} ${totalHeight}" role="img">`,
    `<style>${STYLE}${clock.style()}</style>`,
    `<rect width="100%" height="100%" rx="6" fill="var(--bg)"/>`,
    `<defs>${definitions}</defs>`,
    `<svg x="${MARGIN}" y="${MARGIN}" width="${short(screenWidth)}" height="${screenHeight}">`,
    ...tracks.filter((track) => track !== ""),
    `${cursor}</svg>`,
    "</svg>",
    "",
  ].join("\n");
}

const short = (value: number): string => String(Number(value.toFixed(2)));

const STYLE =
  ":root{--bg:#1e222a;--fg:#d8dee9}text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;" +
  "fill:var(--fg);white-space:pre}.b{font-weight:bold}.d{opacity:.6}.i{font-style:italic}.u{text-decoration:underline}";

/** The animations of one picture: all begin together and last equally long. */
class Clock {
  private readonly start: number;
  private readonly duration: number;
  private readonly rules: string[] = [];

  constructor(frames: readonly Frame[]) {
    this.start = frames[0].time;
    this.duration = (frames.at(-1)?.time ?? 0) - this.start + LAST_SECONDS;
  }

  /** A class for what stands at these places from these times on. Where nothing moves the end is to be seen. */
  moving(places: readonly { time: number; x: number; y: number }[]): string {
    const name = `t${this.rules.length}`;
    const transform = ({ x, y }: { x: number; y: number }) => `{transform:translate(${short(x)}px,${short(y)}px)}`;
    const steps = places.map((place) => {
      const percent = ((place.time - this.start) / this.duration) * 100;
      return `${Number(percent.toFixed(4))}%${transform(place)}`;
    });
    const last = transform(places[places.length - 1]);
    this.rules.push(`@keyframes ${name}{${steps.join("")}to${last}}.${name}${last}.${name}{animation-name:${name}}`);
    return `m ${name}`;
  }

  style(): string {
    if (this.rules.length === 0) return "";
    const timing = `.m{animation:${short(this.duration)}s step-end infinite}`;
    return `${timing}${this.rules.join("")}@media(prefers-reduced-motion){.m{animation:none}}`;
  }
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

/** One row of the screen: all that it ever shows, one below the other, behind a window of one row. */
function rowTrack(frames: readonly Frame[], row: number, clock: Clock, definitions: Definitions): string {
  const contents: string[] = [];
  const places: { time: number; x: number; y: number }[] = [];
  let before: number | undefined;
  for (const { time, rows } of frames) {
    const content = (rows[row] ?? []).map(drawRun).join("");
    let index = contents.indexOf(content);
    if (index < 0) index = contents.push(content) - 1;
    if (index !== before) places.push({ time, x: 0, y: -index * CELL_HEIGHT });
    before = index;
  }
  if (contents.every((content) => content === "")) return "";
  const uses = contents.map((content, i) => (content === "" ? "" : `<use href="#${definitions.name(content)}" y="${i * CELL_HEIGHT}"/>`));
  const [y, height] = [row * CELL_HEIGHT, CELL_HEIGHT];
  if (places.length === 1) return `<svg y="${y}" height="${height}">${uses.join("")}</svg>`;
  return `<svg y="${y}" height="${height}"><g class="${clock.moving(places)}">${uses.join("")}</g></svg>`;
}

/** Where it is hidden it stands below the screen. */
function cursorTrack(frames: readonly Frame[], height: number, clock: Clock): string {
  const places: { time: number; x: number; y: number }[] = [];
  for (const { time, cursor } of frames) {
    const place = { time, x: (cursor?.column ?? 0) * CELL_WIDTH, y: (cursor?.row ?? height) * CELL_HEIGHT };
    const last = places.at(-1);
    if (last?.x !== place.x || last?.y !== place.y) places.push(place);
  }
  const box = `width="${CELL_WIDTH}" height="${CELL_HEIGHT}" fill="var(--fg)" opacity=".5"`;
  if (places.length === 1) return `<rect x="${short(places[0].x)}" y="${places[0].y}" ${box}/>`;
  return `<rect class="${clock.moving(places)}" ${box}/>`;
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

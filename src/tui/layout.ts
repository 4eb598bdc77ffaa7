// Where everything stands for a screen size. Wide screens show all panes at once around the terminal; smaller ones show one
// below it, chosen by key.

import type { Rectangle } from "./canvas.js";
import { PANE_NAMES, type PaneName } from "./pane-names.js";

export interface Layout {
  readonly terminal: Rectangle;
  readonly panes: ReadonlyMap<PaneName, Rectangle>;
  /** Panes one below the other, whose heights follow what they have to show. */
  readonly column: readonly PaneName[];
  /** The line of pane names; undefined where all panes are seen. */
  readonly tabs: Rectangle | undefined;
  readonly status: Rectangle;
}

/** From here on all panes have room. */
export const WIDE_COLUMNS = 110;
export const WIDE_ROWS = 34;
/** What the terminal keeps for itself where there is room for all. */
const TERMINAL_COLUMNS = 80;
const TERMINAL_ROWS = 24;

/** @param open the pane that is chosen, or undefined: the terminal has the whole screen. */
export function layOut(columns: number, rows: number, open: PaneName | undefined, zoomed: boolean): Layout {
  const status = { x: 0, y: Math.max(rows - 1, 0), width: columns, height: 1 };
  const body = Math.max(rows - 1, 1);
  if (open === undefined)
    return { terminal: { x: 0, y: 0, width: columns, height: body }, panes: new Map(), column: [], tabs: undefined, status };
  if (columns >= WIDE_COLUMNS && rows >= WIDE_ROWS && !zoomed) return wide(columns, body, status);
  const paneHeight = Math.max(Math.floor(body * (zoomed ? 0.75 : 0.45)), 2);
  const terminalHeight = Math.max(body - paneHeight - 1, 1);
  return {
    terminal: { x: 0, y: 0, width: columns, height: terminalHeight },
    tabs: { x: 0, y: terminalHeight, width: columns, height: 1 },
    column: [],
    panes: new Map([[open, { x: 0, y: terminalHeight + 1, width: columns, height: Math.max(body - terminalHeight - 1, 0) }]]),
    status,
  };
}

/** Three panes beside the terminal, three below. A column of space parts neighbours. */
function wide(columns: number, body: number, status: Rectangle): Layout {
  const terminalWidth = Math.max(Math.min(TERMINAL_COLUMNS, columns - 36), 60);
  const terminalHeight = Math.min(Math.max(Math.floor(body * 0.6), body - 16), Math.max(TERMINAL_ROWS, Math.floor(body * 0.6)));
  const panes = new Map<PaneName, Rectangle>();
  const [beside, below] = [PANE_NAMES.filter((name) => BESIDE.includes(name)), PANE_NAMES.filter((name) => !BESIDE.includes(name))];
  const x = terminalWidth + 1;
  split(terminalHeight, [10, 8, 6]).forEach(({ from, size }, i) => {
    panes.set(beside[i], { x, y: from, width: columns - x, height: size });
  });
  split(columns, [9, 9, 6]).forEach(({ from, size }, i) => {
    panes.set(below[i], { x: from, y: terminalHeight, width: i < 2 ? size - 1 : size, height: body - terminalHeight });
  });
  return { terminal: { x: 0, y: 0, width: terminalWidth, height: terminalHeight }, panes, column: beside, tabs: undefined, status };
}

const BESIDE: readonly PaneName[] = ["Livepatch", "Hooks", "Modules"];

function split(total: number, weights: readonly number[]): { from: number; size: number }[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  let before = 0;
  return weights.map((weight) => {
    const from = Math.round((total * before) / sum);
    before += weight;
    return { from, size: Math.round((total * before) / sum) - from };
  });
}

/**
 * Heights that add up to `total`. The first, which is looked at most, has what it wants up to the half, or more where the others leave
 * it; each other what it wants if there is room, else an equal share.
 */
export function share(total: number, [first, ...others]: readonly number[]): number[] {
  const wanted = others.reduce((sum, want) => sum + want, 0);
  let left = total - Math.min(first, Math.max(total >> 1, total - wanted));
  const sizes = others.map(() => 0);
  // The modest before the greedy, so that each share is as large as it can be.
  const order = others.map((_, i) => i).sort((a, b) => others[a] - others[b]);
  order.forEach((i, n) => {
    sizes[i] = Math.min(others[i], Math.floor(left / (order.length - n)));
    left -= sizes[i];
  });
  // Room that nobody needs is everybody's.
  const all = [total - left - sizes.reduce((sum, size) => sum + size, 0), ...sizes];
  return all.map((size, i) => size + Math.floor((left + i) / all.length));
}

export const contains = ({ x, y, width, height }: Rectangle, column: number, row: number): boolean =>
  column >= x && column < x + width && row >= y && row < y + height;

// The panes on the screen: which are seen and where, how far each is scrolled, what they show.

import type { Canvas, Rectangle } from "./canvas.js";
import { contains, type Layout, layOut, share } from "./layout.js";
import { FIRST_PANE_KEY, PANE_NAMES, type PaneName } from "./pane-names.js";
import type { Look, PaneContent } from "./panes/pane.js";
import { PANES } from "./panes/table.js";
import { bold, type Line, line, wrapLine } from "./text.js";

export const BAR = { bg: 25, fg: 15 };
const BAR_DIM = { bg: 239, fg: 252 };

export class PaneArea {
  selected: PaneName = "Log";
  layout: Layout;
  private shown = true;
  private zoomed = false;
  private readonly contents = new Map<PaneName, PaneContent>();
  private readonly scrolls = new Map<PaneName, number>();

  constructor(private readonly canvas: Canvas) {
    this.layout = this.layOut();
  }

  layOut(): Layout {
    this.layout = layOut(this.canvas.width, this.canvas.height, this.shown ? this.selected : undefined, this.zoomed);
    return this.layout;
  }

  isShown(name: PaneName): boolean {
    return this.layout.panes.has(name);
  }

  /** With its own key the pane that is chosen already gets more room, then none, then as before. Call layOut() afterwards. */
  select(name: PaneName, toggles: boolean): void {
    if (this.selected !== name || !this.shown) {
      this.selected = name;
      this.shown = true;
    } else if (toggles && !this.zoomed) this.zoomed = true;
    else if (toggles) {
      this.zoomed = false;
      this.shown = false;
    }
  }

  /** The pane or the tab at a place of the screen. */
  paneAt(column: number, row: number): PaneName | undefined {
    return [...this.layout.panes].find(([, place]) => contains(place, column, row))?.[0];
  }

  tabAt(column: number, row: number): PaneName | undefined {
    const { tabs } = this.layout;
    if (!tabs || !contains(tabs, column, row)) return undefined;
    let end = tabs.x;
    const texts = this.tabTexts(tabs.width);
    return PANE_NAMES.find((_, i) => {
      end += texts[i].length;
      return column < end;
    });
  }

  scroll(name: PaneName, lines: number): void {
    const content = this.contents.get(name);
    const place = this.layout.panes.get(name);
    if (!content || !place) return;
    const last = Math.max(content.lines.length - (place.height - 1), 0);
    const to = Math.min(Math.max(this.firstLine(name, content, place.height - 1) + lines, 0), last);
    // A log that is scrolled to its end follows again.
    if (content.tail && to === last) this.scrolls.delete(name);
    else this.scrolls.set(name, to);
  }

  /** Back to where the content itself wants to be seen. */
  unscroll(name: PaneName): void {
    this.scrolls.delete(name);
  }

  /** Makes the contents of all panes that are seen anew. */
  look(look: Omit<Look, "width">): void {
    for (const [name, { width }] of this.layout.panes) {
      const content = PANES[name]({ ...look, width });
      const lines = content.cut ? content.lines : content.lines.flatMap((line) => wrapLine(line, width));
      this.contents.set(name, { ...content, lines });
    }
    this.arrangeColumn();
  }

  private arrangeColumn(): void {
    const { column, panes } = this.layout;
    const places = column.flatMap((name) => panes.get(name) ?? []);
    if (places.length === 0) return;
    const total = places.reduce((sum, { height }) => sum + height, 0);
    const heights = share(
      total,
      column.map((name) => (this.contents.get(name)?.lines.length ?? 0) + 1),
    );
    let y = places[0].y;
    const moved = new Map(panes);
    column.forEach((name, i) => {
      moved.set(name, { ...places[i], y, height: heights[i] });
      y += heights[i];
    });
    this.layout = { ...this.layout, panes: moved };
  }

  paint(): void {
    const { panes, tabs, terminal } = this.layout;
    if (tabs) this.canvas.text(tabs.x, tabs.y, tabs.width, this.tabLine(tabs.width), BAR_DIM);
    // The columns between panes beside each other.
    for (const { x, y, height } of [terminal, ...panes.values()]) if (x > 0) this.canvas.fill({ x: x - 1, y, width: 1, height });
    for (const [name, place] of panes) this.paintPane(name, place);
  }

  private paintPane(name: PaneName, { x, y, width, height }: Rectangle): void {
    const content = this.contents.get(name) ?? { title: name, lines: [] };
    const key = `F${PANE_NAMES.indexOf(name) + FIRST_PANE_KEY}`;
    this.canvas.text(x, y, width, line(` ${key} `, bold(content.title)), name === this.selected ? BAR : BAR_DIM);
    const first = this.firstLine(name, content, height - 1);
    for (let row = 1; row < height; row++) this.canvas.text(x, y + row, width, content.lines[first + row - 1] ?? []);
  }

  private firstLine(name: PaneName, { lines, focus, tail }: PaneContent, rows: number): number {
    const last = Math.max(lines.length - rows, 0);
    const scrolled = this.scrolls.get(name);
    if (scrolled !== undefined) return Math.min(scrolled, last);
    if (tail) return last;
    return focus === undefined || focus < rows - 1 ? 0 : Math.min(focus - (rows >> 1), last);
  }

  private tabLine(width: number): Line {
    const texts = this.tabTexts(width);
    return PANE_NAMES.map((name, i) => ({ text: texts[i], style: name === this.selected ? BAR : BAR_DIM }));
  }

  /** Where not all names have room, only the chosen pane has one. */
  private tabTexts(width: number): string[] {
    const texts = PANE_NAMES.map(tabText);
    if (texts.join("").length <= width) return texts;
    return texts.map((text, i) => (PANE_NAMES[i] === this.selected ? text : ` F${i + FIRST_PANE_KEY} `));
  }
}

const tabText = (name: PaneName, index: number): string => ` F${index + FIRST_PANE_KEY} ${name} `;

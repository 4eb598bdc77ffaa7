// Every size gives rectangles that lie on the screen and cover none of each other.
import test from "ava";
import * as fc from "fast-check";
import type { Rectangle } from "../../src/tui/canvas.js";
import { layOut, share } from "../../src/tui/layout.js";
import { PANE_NAMES } from "../../src/tui/pane-names.js";

const overlap = (a: Rectangle, b: Rectangle): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

test("terminal, panes, tabs and status line never overlap and never leave the screen", (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 20, max: 300 }),
      fc.integer({ min: 6, max: 120 }),
      fc.option(fc.constantFrom(...PANE_NAMES), { nil: undefined }),
      fc.boolean(),
      (columns, rows, open, zoomed) => {
        const { terminal, panes, tabs, status } = layOut(columns, rows, open, zoomed);
        const all = [terminal, ...panes.values(), ...(tabs ? [tabs] : []), status];
        for (const { x, y, width, height } of all) if (x < 0 || y < 0 || x + width > columns || y + height > rows) return false;
        return all.every((a, i) => all.every((b, j) => i === j || !overlap(a, b)));
      },
    ),
  );
  t.pass();
});

test("80x24 shows one pane, 120x40 all six with a terminal of 80 columns, no pane gives the terminal all but one line", (t) => {
  t.deepEqual([...layOut(80, 24, "Stack", false).panes.keys()], ["Stack"]);
  const wide = layOut(120, 40, "Stack", false);
  t.deepEqual([wide.panes.size, wide.terminal.width], [6, 80]);
  t.deepEqual(layOut(80, 24, undefined, false).terminal, { x: 0, y: 0, width: 80, height: 23 });
});

test("panes one below the other get what they need, the first up to the half, and what is left over in equal parts", (t) => {
  t.deepEqual(share(24, [2, 2, 2]), [8, 8, 8]);
  t.deepEqual(share(24, [30, 30, 30]), [12, 6, 6]);
  t.deepEqual(share(24, [30, 2, 4]), [18, 2, 4]);
  t.deepEqual(share(24, [5, 30, 3]), [5, 16, 3]);
});

test("every share adds up to the whole", (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 100 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 3, maxLength: 3 }),
      (total, wants) => {
        const sizes = share(total, wants);
        return sizes.every((size) => size >= 0) && sizes.reduce((a, b) => a + b, 0) === total;
      },
    ),
  );
  t.pass();
});

// The help that F1 shows.

import { bold, cyan, type Line, line } from "./text.js";

const KEYS: readonly (readonly [key: string, what: string])[] = [
  ["F1", "this help"],
  ["F2 … F7", "Function, Livepatch, Stack, Hooks, Modules, Log; again: more room"],
  ["F8", "choose: the function (Function pane), the task (Stack pane)"],
  ["F9", "stop the machine, let it go on"],
  ["F10", "one instruction of the machine that stands still"],
  ["Shift-Up, -Down", "scroll the pane; or the mouse wheel over it"],
  ["Shift-Right, -Left", "follow the call at the function's entry, and back"],
  ["Shift-PgUp, -PgDn", "scroll the terminal; or the mouse wheel over it"],
  ["click", "choose a pane (with Shift the terminal marks text)"],
  ["Ctrl-A x", "leave kelp"],
  ["Ctrl-A Ctrl-A", "type a Ctrl-A; after Ctrl-A also 0 … 9 for F10, F1 … F9"],
];

export const HELP: readonly Line[] = [
  line(bold(" kelp: a machine whose kernel is patched while it runs")),
  line(),
  ...KEYS.map(([key, what]) => line("  ", cyan(key.padEnd(19)), what)),
  line(),
  line("  All other keys go to the guest. Try:"),
  line(bold("    insmod livepatch-sample.ko; cat /proc/cmdline")),
  line("  and look at the Function pane: five bytes have changed."),
  line(),
  line("  Any key closes this."),
];

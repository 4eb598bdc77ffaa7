// The help that F1 shows.

import { bold, cyan, type Line, line } from "./text.js";

const KEYS: readonly (readonly [key: string, what: string])[] = [
  ["F1", "this help"],
  ["F2 … F7", "the panes Function to Log; again: more room, then none"],
  ["F8", "choose the function, or in the Stack pane the task"],
  ["F9", "stop the machine, let it go on"],
  ["F10, Ctrl-A s", "one instruction of the machine that stands still"],
  ["F11, Ctrl-A n", "the same, but a call as a whole"],
  ["Ctrl-A f, Ctrl-A b", "on to the function's return; to the shown function's entry"],
  ["Shift-Up, -Down", "scroll the pane; or the mouse wheel over it"],
  ["Shift-Right, -Left", "follow the call at the function's entry, and back"],
  ["Shift-PgUp, -PgDn", "scroll the terminal; or the mouse wheel over it"],
  ["click", "choose a pane (with Shift the terminal marks text)"],
  ["Ctrl-A x, Ctrl-A z", "leave kelp; stop it until the shell's fg"],
  ["Ctrl-A Ctrl-A", "type a Ctrl-A; Ctrl-A 1 … 9, 0 are F1 … F10"],
];

export const HELP: readonly Line[] = [
  line(bold(" kelp: a machine whose kernel is patched while it runs")),
  line(),
  ...KEYS.map(([key, what]) => line("  ", cyan(key.padEnd(20)), what)),
  line(),
  line("  All other keys go to the guest. Try:"),
  line(bold("    insmod livepatch-sample.ko; cat /proc/cmdline")),
  line("  and look at the Function pane: five bytes have changed."),
  line(),
  line("  Any key closes this."),
];

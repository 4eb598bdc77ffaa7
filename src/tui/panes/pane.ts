// What a pane is: a title and lines, made anew from guest memory at each look. Scrolling and painting are the screen's.

import type { BootImage } from "../../debug/inspect/function.js";
import type { TaskInfo } from "../../debug/inspect/tasks.js";
import type { KernelView } from "../../debug/kernel-view.js";
import type { Line } from "../text.js";

/** What the panes show of: chosen by the user, or followed while the machine is stepped. */
export interface Choice {
  /** Name of a function, or an address in one. */
  readonly code: string | bigint;
  /** As it was when it was chosen; undefined: the newest process. */
  readonly task: TaskInfo | undefined;
}

export interface Look {
  readonly view: KernelView;
  readonly boot: BootImage;
  readonly choice: Choice;
  /** The machine stands still: registers are worth showing. */
  readonly paused: boolean;
  /** What the last step has changed. */
  readonly step?: { readonly cpu: number; readonly changed: ReadonlySet<string> };
  readonly width: number;
}

export interface PaneContent {
  readonly title: string;
  readonly lines: readonly Line[];
  /** This line is to be seen. */
  readonly focus?: number;
  /** Lines that are too long are cut; else they are broken. */
  readonly cut?: boolean;
  /** New lines come at the end, and that is what is to be seen. */
  readonly tail?: boolean;
}

export const hex = (value: bigint): string => value.toString(16);
export const address = (value: bigint): string => value.toString(16).padStart(16, "0");

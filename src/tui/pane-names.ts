// The panes, in the order of their keys F2 to F7.

export const PANE_NAMES = ["Function", "Livepatch", "Stack", "Hooks", "Modules", "Log"] as const;
export type PaneName = (typeof PANE_NAMES)[number];
export const FIRST_PANE_KEY = 2;

// Modules: what /proc/modules has, read from the kernel's list.

import { modules } from "../../debug/inspect/modules.js";
import { bold, cyan, dim, line, printable, yellow } from "../text.js";
import { hex, type Look, type PaneContent } from "./pane.js";

export function modulesPane({ view }: Look): PaneContent {
  const lines = modules(view).flatMap(({ name, size, references, users, state, base, taints, livepatch }) => [
    line(
      bold(printable(name)),
      livepatch ? cyan(" livepatch") : "",
      state === "Live" ? "" : yellow(` ${state}`),
      taints ? dim(` (${taints})`) : "",
    ),
    line(dim(`  ${hex(base)} ${size} refs ${references} ${users.map(printable).join(",")}`.trimEnd())),
  ]);
  return { title: "Modules", lines: lines.length > 0 ? lines : [line(dim("no module is loaded"))] };
}

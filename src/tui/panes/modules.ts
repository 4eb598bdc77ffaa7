// Modules: what /proc/modules has, read from the kernel's list.

import { type ModuleSection, modules } from "../../debug/inspect/modules.js";
import { bold, cyan, dim, line, printable, yellow } from "../text.js";
import { hex, type Look, type PaneContent } from "./pane.js";

/** Where the pane is so wide its user wants to know more. */
const SECTIONS_SHOWN = 70;

/** The upper half of a module's addresses says nothing. */
const sectionText = ({ name, address }: ModuleSection): string => `${printable(name)} ${hex(address & 0xffffffffn)}`;

export function modulesPane({ view, width }: Look): PaneContent {
  const lines = modules(view).flatMap(({ name, size, references, users, state, base, taints, livepatch, parts, sections }) => [
    line(
      bold(printable(name)),
      dim(taints ? ` (${taints})` : ""),
      livepatch ? cyan(" livepatch") : "",
      state === "Live" ? "" : yellow(` ${state}`),
      ` refs ${references}`,
      users.length > 0 ? cyan(` ${users.map(printable).join(",")}`) : "",
    ),
    line(dim(`  ${size} bytes at ${hex(base)}`)),
    line(dim(`  code ${parts.text}, constants ${parts.readOnly}, data ${parts.data}`)),
    ...(width < SECTIONS_SHOWN ? [] : [line(dim(`  ${sections.map(sectionText).join("  ")}`))]),
  ]);
  return {
    title: "Modules",
    lines: lines.length > 0 ? lines : [line(dim("no module is loaded")), line(dim("ls /lib/modules/*/extra names them"))],
  };
}

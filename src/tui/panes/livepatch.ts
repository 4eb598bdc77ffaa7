// Livepatch: patches, objects and functions; the stack of versions at each address; the transition and who holds it up.

import { functionStacks, type Patch, type PatchedFunction, patches, patchName, transition } from "../../debug/inspect/livepatch.js";
import { shortName } from "../../debug/inspect/names.js";
import { bold, cyan, dim, green, type Line, line, printable, red, yellow } from "../text.js";
import { hex, type Look, type PaneContent } from "./pane.js";

export function livepatchPane(look: Look): PaneContent {
  const { view } = look;
  const current = transition(view);
  const all = patches(view);
  const lines: Line[] = [];
  if (current) {
    const { patching, switched, total, stragglers } = current;
    lines.push(
      line(
        yellow(patching ? "patching " : "unpatching "),
        printable(patchName(view, current.patch)),
        `: ${switched} of ${total} tasks switched`,
      ),
    );
    for (const { task, reason } of stragglers) lines.push(line(red(`  ${printable(task.name)}[${task.pid}] `), printable(reason)));
  }
  for (const patch of all) lines.push(...patchLines(patch, current?.patch));
  const stacks = functionStacks(view);
  if (stacks.length > 0) lines.push(line(bold("function stacks"), dim(" newest first")));
  for (const { address, versions } of stacks) {
    lines.push(line(cyan(printable(shortName(view, address))), dim(` ${hex(address)}`)));
    for (const version of versions) lines.push(versionLine(look, version));
  }
  if (lines.length === 0) lines.push(line(dim("no patch is loaded")));
  return { title: "Livepatch", lines };
}

function patchLines({ name, address, enabled, replace, forced, objects }: Patch, current: bigint | undefined): Line[] {
  const state = address === current ? yellow("in transition") : enabled ? green("enabled") : dim("disabled");
  const lines: Line[] = [line(bold(printable(name)), " ", state, replace ? " replace" : "", forced ? red(" forced") : "")];
  for (const object of objects) {
    const how = object.patched ? green("patched") : object.loaded ? dim("not patched") : dim("not loaded");
    lines.push(line("  ", printable(object.name), " ", how));
    for (const func of object.functions) {
      const position = func.position > 0 ? `,${func.position}` : "";
      lines.push(
        line(
          `    ${printable(func.oldName)}${position} `,
          func.patched ? green("patched") : dim("not patched"),
          func.nop ? dim(" nop") : "",
        ),
      );
    }
  }
  return lines;
}

function versionLine({ view }: Look, { newAddress, nop, transition: moving }: PatchedFunction): Line {
  const target = nop ? "the original (nop)" : printable(shortName(view, newAddress));
  return line("  -> ", target, moving ? yellow(" transition") : "");
}

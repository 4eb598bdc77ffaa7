// Livepatch: patches, objects and functions; the stack of versions at each address; the transition and who holds it up.

import {
  type FunctionStack,
  functionStacks,
  type Patch,
  type PatchedFunction,
  patches,
  patchName,
  transition,
} from "../../debug/inspect/livepatch.js";
import { shortName } from "../../debug/inspect/names.js";
import { bold, cyan, dim, green, type Line, line, printable, red, type Span, yellow } from "../text.js";
import type { Look, PaneContent } from "./pane.js";

export function livepatchPane(look: Look): PaneContent {
  const { view } = look;
  const current = transition(view);
  const lines: Line[] = [];
  if (current) {
    const { patching, switched, total, stragglers } = current;
    lines.push(
      line(yellow(patching ? "patching " : "unpatching "), printable(patchName(view, current.patch)), `: ${switched} of ${total} tasks`),
    );
    for (const { task, reason } of stragglers) lines.push(line(red(`  ${printable(task.name)}[${task.pid}] `), printable(reason)));
  }
  for (const patch of patches(view)) lines.push(...patchLines(patch, current?.patch));
  const stacks = functionStacks(view);
  if (stacks.length > 0) lines.push(line(bold("function stacks"), dim(" newest first")));
  for (const stack of stacks) lines.push(...stackLines(look, stack));
  if (lines.length === 0) lines.push(line(dim("no patch is loaded")), line(dim("insmod livepatch-sample.ko loads one")));
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
      lines.push(line(`    ${printable(func.oldName)}${position} `, functionState(func), func.nop ? dim(" nop") : ""));
    }
  }
  return lines;
}

/** The four states of klp_func's two bits. */
function functionState({ patched, transition: moving }: PatchedFunction): Span {
  if (patched) return moving ? yellow("in transition") : green("patched");
  return moving ? yellow("about to change") : dim("not patched");
}

/** The versions that calls of one address are sent to; the original lies below all of them. */
function stackLines({ view }: Look, { address, versions }: FunctionStack): Line[] {
  const target = ({ nop, newAddress }: PatchedFunction) => (nop ? "the original (nop)" : printable(shortName(view, newAddress)));
  const chosenByTask = versions.some(({ transition: moving }) => moving);
  return [
    line(cyan(printable(shortName(view, address))), chosenByTask ? yellow(" by patch_state") : ""),
    ...versions.map((version, i) => line(i === 0 ? "  → " : "    ", i === 0 ? bold(target(version)) : target(version))),
    line(dim("    the original")),
  ];
}

// Hooks: registered ftrace_ops with what they select, and kprobes.

import { ftraceOps, kprobes } from "../../debug/inspect/hooks.js";
import { shortName } from "../../debug/inspect/names.js";
import { bold, cyan, dim, type Line, line, printable, yellow } from "../text.js";
import { hex, type Look, type PaneContent } from "./pane.js";

export function hooksPane({ view }: Look): PaneContent {
  const lines: Line[] = [];
  for (const { handler, flags, trampoline, filter, filterCount, notraceCount, direct } of ftraceOps(view)) {
    lines.push(line(bold(printable(shortName(view, handler))), dim(` ${flags.join(" ")}`)));
    if (trampoline !== 0n) lines.push(line(dim(`  trampoline ${hex(trampoline)}`)));
    if (!filter) lines.push(line("  all functions"));
    else {
      for (const ip of filter) {
        const target = direct.get(ip);
        lines.push(
          line(
            "  ",
            cyan(printable(shortName(view, ip))),
            target === undefined ? "" : ` calls ${printable(shortName(view, target))} directly`,
          ),
        );
      }
    }
    if (filter && filterCount > filter.length) lines.push(line(dim(`  and ${filterCount - filter.length} more`)));
    if (notraceCount > 0) lines.push(line(dim(`  but ${notraceCount} functions`)));
  }
  for (const { at, before, after, missed, disabled, byFtrace, onReturn } of kprobes(view)) {
    lines.push(
      line(
        bold(onReturn === undefined ? "kprobe " : "kretprobe "),
        cyan(printable(shortName(view, at))),
        dim(byFtrace ? " by ftrace" : " by int3"),
        disabled ? yellow(" disabled") : "",
        missed > 0 ? ` missed ${missed}` : "",
      ),
    );
    if (onReturn !== undefined) lines.push(line("  at return ", printable(shortName(view, onReturn))));
    else if (before !== 0n) lines.push(line("  before ", printable(shortName(view, before))));
    if (after !== 0n) lines.push(line("  after  ", printable(shortName(view, after))));
  }
  if (lines.length === 0) lines.push(line(dim("nothing is hooked")), line(dim("livepatches, probes and tracers will be")));
  return { title: "Hooks", lines };
}

// What can be chosen with F8: functions of vmlinux and of modules, tasks.

import { STT_FUNC } from "../abi/elf.js";
import { moduleSymbols } from "../debug/inspect/modules.js";
import { type TaskInfo, tasks } from "../debug/inspect/tasks.js";
import type { KernelView } from "../debug/kernel-view.js";
import type { Candidate } from "./chooser.js";

export function functionChoices(view: KernelView): Candidate<string>[] {
  const names = new Set<string>();
  for (const symbol of view.symbols.all()) if (symbol.type === STT_FUNC) names.add(symbol.name);
  for (const mod of view.list(view.address("modules"), "module", "list")) for (const { name } of moduleSymbols(view, mod)) names.add(name);
  return [...names].sort().map((name) => ({ text: name, value: name }));
}

export function taskChoices(view: KernelView): Candidate<TaskInfo>[] {
  return tasks(view).map((task) => ({ text: `${task.name}[${task.pid}] ${task.state}`, value: task }));
}

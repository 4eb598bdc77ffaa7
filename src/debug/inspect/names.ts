// Names of code addresses as the kernel prints them (%pS): symbol+offset/size, the module in brackets; trampolines by their ops.

import type { KernelView } from "../kernel-view.js";
import { ftraceOps } from "./hooks.js";
import { moduleAt, moduleSymbols } from "./modules.js";

export interface CodePlace {
  readonly name: string;
  /** Start of the function. */
  readonly start: bigint;
  /** Up to the next symbol, as the kernel counts it. */
  readonly size: number;
  /** Without what pads it, where that is known. */
  readonly codeSize?: number;
  readonly module?: string;
}

/** The function at an address. */
export function placeOf(view: KernelView, address: bigint): CodePlace | undefined {
  return kernelPlace(view, address) ?? modulePlace(view, address) ?? trampolinePlace(view, address);
}

function kernelPlace(view: KernelView, address: bigint): CodePlace | undefined {
  const [text, end] = [view.address("_text"), view.address("_end")];
  if (text === undefined || end === undefined || address < text || address >= end) return undefined;
  const symbol = view.symbols.before(address);
  return symbol && { name: symbol.name, start: symbol.value, size: Number((view.symbols.after(symbol.value) ?? end) - symbol.value) };
}

function modulePlace(view: KernelView, address: bigint): CodePlace | undefined {
  const mod = moduleAt(view, address);
  if (!mod) return undefined;
  const symbols = moduleSymbols(view, mod.address);
  const index = symbols.findLastIndex((symbol) => symbol.address <= address);
  if (index < 0) return { name: mod.name, start: address, size: 0, module: mod.name };
  const { name, address: start, size } = symbols[index];
  const next = symbols.slice(index).find((symbol) => symbol.address > start)?.address ?? mod.textEnd;
  const end = address < mod.textEnd && next > mod.textEnd ? mod.textEnd : next;
  const room = end > start ? Number(end - start) : size;
  return { name, start, size: room, module: mod.name, codeSize: size > 0 ? Math.min(size, room) : room };
}

function trampolinePlace(view: KernelView, address: bigint): CodePlace | undefined {
  const ops = ftraceOps(view).find(
    ({ trampoline, trampolineSize }) => trampoline !== 0n && address >= trampoline && address < trampoline + trampolineSize,
  );
  if (!ops) return undefined;
  // Behind the template's last instruction lies a pointer to the ops.
  const template = ops.flags.includes("SAVE_REGS") ? "ftrace_regs_caller" : "ftrace_caller";
  const [start, end] = [view.address(template), view.address(`${template}_end`)];
  const size = Number(ops.trampolineSize);
  const codeSize = start === undefined || end === undefined ? size : Math.min(Number(end - start) + 1, size);
  return { name: "ftrace_trampoline", start: ops.trampoline, size, codeSize };
}

/** `name+0x12/0x40 [module]`; the bare address where nothing is known. */
export function describe(view: KernelView, address: bigint): string {
  const place = placeOf(view, address);
  if (!place) return `0x${address.toString(16)}`;
  const module = place.module ? ` [${place.module}]` : "";
  return `${place.name}+0x${(address - place.start).toString(16)}/0x${place.size.toString(16)}${module}`;
}

/** `name` or `name+0x12`, with the module: for targets and handlers. */
export function shortName(view: KernelView, address: bigint): string {
  const place = placeOf(view, address);
  if (!place) return address === 0n ? "0" : `0x${address.toString(16)}`;
  const offset = address - place.start;
  return `${place.name}${offset > 0n ? `+0x${offset.toString(16)}` : ""}${place.module ? ` [${place.module}]` : ""}`;
}

/** The address of a function by name: vmlinux's first, then the modules'. */
export function findFunction(view: KernelView, name: string): bigint | undefined {
  const own = view.address(name);
  if (own !== undefined) return own;
  for (const mod of view.list(view.address("modules"), "module", "list")) {
    const found = moduleSymbols(view, mod).find((symbol) => symbol.name === name);
    if (found) return found.address;
  }
  return undefined;
}

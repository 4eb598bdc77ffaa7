// Livepatch's state in the guest: patches with their objects and functions, the stack of versions at each patched address, and the
// transition with those who hold it up.

import type { KernelView } from "../kernel-view.js";
import { stackAddresses } from "./stack.js";
import { type TaskInfo, tasks } from "./tasks.js";

export interface PatchedFunction {
  readonly address: bigint;
  readonly oldName: string;
  readonly position: number;
  readonly oldAddress: bigint;
  readonly oldSize: bigint;
  readonly newAddress: bigint;
  readonly newSize: bigint;
  /** A stand-in for the original, of an atomic replace. */
  readonly nop: boolean;
  readonly patched: boolean;
  readonly transition: boolean;
}

export interface PatchedObject {
  readonly name: string;
  readonly loaded: boolean;
  readonly patched: boolean;
  readonly functions: readonly PatchedFunction[];
}

export interface Patch {
  readonly address: bigint;
  readonly name: string;
  readonly enabled: boolean;
  readonly replace: boolean;
  readonly forced: boolean;
  readonly objects: readonly PatchedObject[];
}

/** One patched address: versions of the function, newest first. */
export interface FunctionStack {
  /** The original. */
  readonly address: bigint;
  readonly versions: readonly PatchedFunction[];
}

export interface Straggler {
  readonly task: TaskInfo;
  readonly reason: string;
}

export interface Transition {
  readonly patch: bigint;
  readonly patching: boolean;
  readonly switched: number;
  readonly total: number;
  readonly stragglers: readonly Straggler[];
}

/** In the order in which they were enabled. */
export function patches(view: KernelView): Patch[] {
  return view.list(view.address("klp_patches"), "klp_patch", "list").map((address) => patch(view, address));
}

function patch(view: KernelView, address: bigint): Patch {
  return {
    address,
    name: patchName(view, address),
    enabled: view.flag("klp_patch", address, "enabled"),
    replace: view.flag("klp_patch", address, "replace"),
    forced: view.flag("klp_patch", address, "forced"),
    objects: view.list(view.at("klp_patch", address, "obj_list"), "klp_object", "node").map((object) => patchedObject(view, object)),
  };
}

export function patchName(view: KernelView, address: bigint): string {
  const mod = view.field("klp_patch", address, "mod");
  return (mod ? view.name("module", mod, "name") : undefined) ?? "?";
}

function patchedObject(view: KernelView, object: bigint): PatchedObject {
  const name = view.text("klp_object", object, "name");
  return {
    name: name ?? "vmlinux",
    loaded: name === undefined || view.flag("klp_object", object, "mod"),
    patched: view.flag("klp_object", object, "patched"),
    functions: view.list(view.at("klp_object", object, "func_list"), "klp_func", "node").map((func) => patchedFunction(view, func)),
  };
}

function patchedFunction(view: KernelView, func: bigint): PatchedFunction {
  const get = (path: string) => view.field("klp_func", func, path) ?? 0n;
  return {
    address: func,
    oldName: view.text("klp_func", func, "old_name") ?? "?",
    position: Number(get("old_sympos")),
    oldAddress: get("old_func"),
    oldSize: get("old_size"),
    newAddress: get("new_func"),
    newSize: get("new_size"),
    nop: view.flag("klp_func", func, "nop"),
    patched: view.flag("klp_func", func, "patched"),
    transition: view.flag("klp_func", func, "transition"),
  };
}

export function functionStacks(view: KernelView): FunctionStack[] {
  return view.list(view.address("klp_ops_list"), "klp_ops", "node").map((ops) => {
    const versions = view.list(view.at("klp_ops", ops, "func_stack"), "klp_func", "stack_node").map((func) => patchedFunction(view, func));
    return { address: versions[0]?.oldAddress ?? 0n, versions };
  });
}

/** The transition that runs, or undefined. */
export function transition(view: KernelView): Transition | undefined {
  const current = view.pointer("klp_transition_patch");
  const targetAt = view.address("klp_target_state");
  if (!current || targetAt === undefined) return undefined;
  const target = Number(BigInt.asIntN(32, view.reader.unsigned(targetAt, 4) ?? 0n));
  const all = tasks(view);
  const late = all.filter(({ patchState }) => patchState !== target);
  const leaving = oldVersions(view, current, target === 1);
  return {
    patch: current,
    patching: target === 1,
    switched: all.length - late.length,
    total: all.length,
    stragglers: late.map((task) => ({ task, reason: reason(view, task, leaving) })),
  };
}

export interface CodeRange {
  readonly name: string;
  readonly start: bigint;
  readonly size: bigint;
}

/** The versions of functions that tasks have to leave in the transition that runs. */
export function leftBehind(view: KernelView): CodeRange[] {
  const current = view.pointer("klp_transition_patch");
  const targetAt = view.address("klp_target_state");
  if (!current || targetAt === undefined) return [];
  return oldVersions(view, current, view.reader.unsigned(targetAt, 4) === 1n);
}

/** What a task must not be in to be switched: unpatching, the patch's own functions; patching, what was current before. */
function oldVersions(view: KernelView, current: bigint, patching: boolean): CodeRange[] {
  const stacks = functionStacks(view);
  return patch(view, current).objects.flatMap(({ functions }) =>
    functions
      .filter(({ patched }) => patched)
      .map((func) => {
        if (!patching) return { name: func.oldName, start: func.newAddress, size: func.newSize };
        const versions = stacks.find(({ address }) => address === func.oldAddress)?.versions ?? [];
        const below = versions[versions.findIndex(({ address }) => address === func.address) + 1];
        if (below) return { name: func.oldName, start: below.newAddress, size: below.newSize };
        return { name: func.oldName, start: func.oldAddress, size: func.oldSize };
      }),
  );
}

/** Why the kernel cannot switch a task yet; the innermost function counts. */
function reason(view: KernelView, task: TaskInfo, leaving: readonly CodeRange[]): string {
  const addresses = stackAddresses(view, task);
  const within = (address: bigint) => leaving.find(({ start, size }) => address >= start && address < start + size);
  const inside = addresses.map(within).find((range) => range !== undefined);
  if (inside) return `${task.running ? "runs in the old" : "sleeps in the old"} ${inside.name}`;
  if (task.idle) return "is idle: switches in the idle loop";
  if (task.running) return "runs: switches on its way to user mode";
  return task.patchPending ? "switches on its way to user mode, or at the next check" : "is looked at at the next check";
}

// A task's kernel stack by frame pointers, as the kernel's own unwinder reads it (src/kernel/arch/x86/kernel/unwind_frame.ts): a
// saved rbp with bit 0 set points to struct pt_regs. Entries of ftrace trampolines are told apart, since a handler may redirect
// the call by rewriting the return slot.

import type { KernelView } from "../kernel-view.js";
import { ftraceOps } from "./hooks.js";
import { placeOf } from "./names.js";
import type { TaskInfo } from "./tasks.js";

const THREAD_SIZE = 16384n;
const FRAME_LIMIT = 128;
/** Calls of one task that can be hooked at a time. */
const HOOK_LIMIT = 64;
const RSP = 4;
const RBP = 5;
/** From a trampoline's frame pointer to its pt_regs, and to the slot by which it returns to the traced function. */
const TRAMPOLINE_REGS = -168n;
const TRAMPOLINE_SLOT = 32n;
const TRAMPOLINE_SITE = 8n;

const PUSH_RBP = 0x55;
const SITE_SIZE = 5n;
const RET = 0xc3;
/** The templates, of which an ops' own trampoline is a copy. They are called themselves where several ops share a site. */
const TEMPLATES = [
  { start: "ftrace_caller", call: "ftrace_call", end: "ftrace_caller_end" },
  { start: "ftrace_regs_caller", call: "ftrace_regs_call", end: "ftrace_regs_caller_end" },
] as const;

/** Registers as the ABI orders them for reading. */
export const REGISTER_NAMES = "ax bx cx dx si di bp sp r8 r9 r10 r11 r12 r13 r14 r15 ip flags cs orig_ax".split(" ");

export interface HookedReturn {
  readonly by: "function_graph" | "kretprobe";
  /** Where the call really returns to. */
  readonly address: bigint;
}

export type StackEntry =
  | { readonly kind: "running"; readonly address: bigint }
  /** A return address, and where it stands; `hooked` if a tracer has put its own there and keeps the true one. */
  | { readonly kind: "return"; readonly slot: bigint; readonly address: bigint; readonly hooked?: HookedReturn }
  | { readonly kind: "registers"; readonly at: bigint; readonly user: boolean; readonly registers: ReadonlyMap<string, bigint> }
  /** The slot by which a trampoline returns: `from` is the traced function, `to` where the handlers send the call. */
  | { readonly kind: "redirected"; readonly slot: bigint; readonly from: bigint; readonly to: bigint; readonly written: boolean };

interface Start {
  readonly ip: bigint | undefined;
  readonly bp: bigint;
  readonly sp: bigint;
  /** In user mode there is nothing on the kernel's stack. */
  readonly user: boolean;
}

export function stackOf(view: KernelView, task: TaskInfo): StackEntry[] {
  const start = startOf(view, task);
  if (!start) return [];
  const entries: StackEntry[] = [];
  if (start.ip !== undefined) entries.push({ kind: "running", address: start.ip });
  if (start.user) return entries;
  const early = start.ip === undefined ? undefined : beforeFrame(view, start.ip, start.sp);
  if (early) entries.push(...early);
  walk(view, task, start, entries);
  return entries;
}

/** Every code address on the stack: what the livepatch core looks at. */
export function stackAddresses(view: KernelView, task: TaskInfo): bigint[] {
  return stackOf(view, task).flatMap((entry): bigint[] => {
    if (entry.kind === "return") return [entry.hooked?.address ?? entry.address];
    if (entry.kind === "running") return [entry.address];
    const ip = entry.kind === "registers" && !entry.user ? entry.registers.get("ip") : undefined;
    return ip === undefined ? [] : [ip];
  });
}

function startOf(view: KernelView, task: TaskInfo): Start | undefined {
  if (task.running) {
    const cpu = view.cores.registers[task.cpu];
    if (!cpu) return undefined;
    return { ip: cpu.rip, bp: cpu.gpr(RBP), sp: cpu.gpr(RSP), user: cpu.cpl === 3 };
  }
  const sp = view.field("task_struct", task.address, "thread.sp");
  const bp = sp === undefined ? undefined : view.at("inactive_task_frame", sp, "bp");
  return sp === undefined || bp === undefined ? undefined : { ip: undefined, bp, sp, user: false };
}

/** The caller of a function that has not made its frame yet, or a trampoline that is about to return. */
function beforeFrame(view: KernelView, ip: bigint, sp: bigint): StackEntry[] | undefined {
  const place = placeOf(view, ip);
  if (!place) return undefined;
  const trampoline = trampolineAt(view, ip);
  if (trampoline) return view.reader.unsigned(ip, 1) === BigInt(RET) ? returnOf(view, trampoline.start, sp) : undefined;
  const inside = ip - place.start;
  const head = view.reader.bytes(place.start, 6);
  if (!head) return undefined;
  const pushAt = head[0] === PUSH_RBP ? 0n : head[5] === PUSH_RBP ? SITE_SIZE : undefined;
  if (pushAt === undefined || inside > pushAt + 1n) return undefined;
  const slot = inside === pushAt + 1n ? sp + 8n : sp;
  const address = view.reader.u64(slot);
  return address === undefined ? undefined : [{ kind: "return", slot, address }];
}

/** The trampoline that an address lies in, and where in it the handlers have done their work. */
function trampolineAt(view: KernelView, address: bigint): { start: bigint; handled: bigint } | undefined {
  const ops = ftraceOps(view).find(({ trampoline, trampolineSize: size }) => address >= trampoline && address < trampoline + size);
  for (const [i, template] of TEMPLATES.entries()) {
    const [start, call, end] = [template.start, template.call, template.end].map((name) => view.address(name));
    if (start === undefined || call === undefined || end === undefined) continue;
    const behind = call - start + SITE_SIZE;
    if (address >= start && address <= end) return { start, handled: start + behind };
    if (ops && ops.flags.includes("SAVE_REGS") === (i === 1)) return { start: ops.trampoline, handled: ops.trampoline + behind };
  }
  return undefined;
}

/** Within a trampoline pt_regs lies at rsp, but while the flags are restored, and its two frames, 16 bytes apart, above it. */
function trampolineFrame(view: KernelView, sp: bigint): bigint | undefined {
  return [sp, sp + 8n].map((at) => at - TRAMPOLINE_REGS).find((frame) => view.reader.u64(frame) === frame + 16n);
}

/** What a trampoline at its `ret` returns to: behind the call that came here, or somewhere else. */
function returnOf(view: KernelView, trampolineStart: bigint, slot: bigint): StackEntry[] | undefined {
  const to = view.reader.u64(slot);
  if (to === undefined) return undefined;
  const distance = view.reader.unsigned(to - 4n, 4);
  const calls = distance !== undefined && BigInt.asUintN(64, to + BigInt.asIntN(32, distance)) === trampolineStart;
  return [calls ? { kind: "return", slot, address: to } : { kind: "redirected", slot, from: to, to, written: true }];
}

function walk(view: KernelView, task: TaskInfo, { ip, bp: first, sp }: Start, entries: StackEntry[]): void {
  const size = BigInt(view.btf?.sizeOf("pt_regs") ?? 168);
  const top = task.stack + THREAD_SIZE;
  const bottomRegisters = top - size;
  let bp = first;
  const inside = ip === undefined ? undefined : trampolineAt(view, ip);
  const frame = inside && trampolineFrame(view, sp);
  if (ip !== undefined && inside && frame !== undefined) trampoline(view, frame, entries, ip >= inside.handled);
  for (let frames = 0; frames < FRAME_LIMIT; frames++) {
    if ((bp & 1n) === 1n) {
      const at = bp - 1n;
      const registers = readRegisters(view, at);
      if (!registers) return;
      const user = ((registers.get("cs") ?? 0n) & 3n) === 3n;
      // A kernel thread's bottom frame points to registers that were never saved.
      if (at === bottomRegisters && !user) return;
      entries.push({ kind: "registers", at, user, registers });
      if (user) return;
      const next = registers.get("bp") ?? 0n;
      if (next <= at && next >= task.stack && next < top) return;
      bp = next;
      continue;
    }
    if (bp === 0n || (bp & 7n) !== 0n) return;
    const address = view.reader.u64(bp + 8n);
    const next = view.reader.u64(bp);
    if (address === undefined || next === undefined || address === 0n) return;
    entries.push(returnEntry(view, task, bp + 8n, address));
    if (trampolineAt(view, address)) trampoline(view, next, entries, true);
    // Within one stack frames only go up.
    if ((next & 1n) === 0n && next <= bp && next >= task.stack && next < top) return;
    bp = next;
  }
}

function returnEntry(view: KernelView, task: TaskInfo, slot: bigint, address: bigint): StackEntry {
  const hooked = graphReturn(view, task, slot, address) ?? probedReturn(view, task, slot, address);
  return hooked ? { kind: "return", slot, address, hooked } : { kind: "return", slot, address };
}

/** The true return address of a slot that the graph tracer has taken (src/kernel/kernel/trace/fgraph.ts). */
function graphReturn(view: KernelView, task: TaskInfo, slot: bigint, address: bigint): HookedReturn | undefined {
  const handler = view.address("return_to_handler");
  const shadow = view.field("task_struct", task.address, "ret_stack");
  const size = view.btf?.sizeOf("ftrace_ret_stack");
  if (address !== handler || !shadow || size === undefined) return undefined;
  const top = Math.min(view.number("task_struct", task.address, "curr_ret_stack") ?? -1, HOOK_LIMIT);
  for (let i = top; i >= 0; i--) {
    const call = shadow + BigInt(i * size);
    const to = view.field("ftrace_ret_stack", call, "ret");
    if (to !== undefined && to !== handler && view.field("ftrace_ret_stack", call, "retp") === slot)
      return { by: "function_graph", address: to };
  }
  return undefined;
}

/** The same of one that a return probe has taken (src/kernel/kernel/kretprobe.ts). */
function probedReturn(view: KernelView, task: TaskInfo, slot: bigint, address: bigint): HookedReturn | undefined {
  const trampoline = view.address("__kretprobe_trampoline");
  if (address !== trampoline) return undefined;
  let call = view.field("task_struct", task.address, "kprobe_instances");
  for (let i = 0; call && i < HOOK_LIMIT; i++) {
    const to = view.field("kretprobe_instance", call, "ret_addr");
    if (to !== undefined && to !== trampoline && view.field("kretprobe_instance", call, "fp") === slot)
      return { by: "kretprobe", address: to };
    call = view.field("kretprobe_instance", call, "next");
  }
  return undefined;
}

/** What a trampoline has on the stack: the registers that its handlers see, and the slot that it returns by. */
function trampoline(view: KernelView, frame: bigint, entries: StackEntry[], handled: boolean): void {
  const registers = readRegisters(view, frame + TRAMPOLINE_REGS);
  const slot = frame + TRAMPOLINE_SLOT;
  const [value, site] = [view.reader.u64(slot), view.reader.u64(frame + TRAMPOLINE_SITE)];
  const ip = registers?.get("ip");
  if (!registers || value === undefined || site === undefined || ip === undefined) return;
  // Before the handlers have been called the ip field may not be filled in.
  if (!handled) return;
  // First what matters most.
  if (ip !== site || value !== site)
    entries.push({ kind: "redirected", slot, from: site, to: value === site ? ip : value, written: value !== site });
  entries.push({ kind: "registers", at: frame + TRAMPOLINE_REGS, user: false, registers });
}

function readRegisters(view: KernelView, at: bigint): Map<string, bigint> | undefined {
  const registers = new Map<string, bigint>();
  for (const name of REGISTER_NAMES) {
    const value = view.field("pt_regs", at, name);
    if (value === undefined) return undefined;
    registers.set(name, value);
  }
  return registers;
}

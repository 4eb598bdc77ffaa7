// A task's kernel stack by frame pointers, as the kernel's own unwinder reads it (src/kernel/arch/x86/kernel/unwind_frame.ts): a
// saved rbp with bit 0 set points to struct pt_regs. Entries of ftrace trampolines are told apart, since a handler may redirect
// the call by rewriting the return slot.

import type { KernelView } from "../kernel-view.js";
import { placeOf } from "./names.js";
import type { TaskInfo } from "./tasks.js";

const THREAD_SIZE = 16384n;
const FRAME_LIMIT = 128;
const RSP = 4;
const RBP = 5;
/** From a trampoline's frame pointer to its pt_regs, and to the slot by which it returns to the traced function. */
const TRAMPOLINE_REGS = -168n;
const TRAMPOLINE_SLOT = 32n;
const TRAMPOLINE_SITE = 8n;

const PUSH_RBP = 0x55;
const SITE_SIZE = 5n;
const RET = 0xc3;
/** The name that names.ts gives to all of them. */
const TRAMPOLINE = "ftrace_trampoline";

/** Registers as the ABI orders them for reading. */
export const REGISTER_NAMES = "ax bx cx dx si di bp sp r8 r9 r10 r11 r12 r13 r14 r15 ip flags cs orig_ax".split(" ");

export type StackEntry =
  | { readonly kind: "running"; readonly address: bigint }
  /** A return address, and where it stands. */
  | { readonly kind: "return"; readonly slot: bigint; readonly address: bigint }
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
    if (entry.kind === "running" || entry.kind === "return") return [entry.address];
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
  if (place.name === TRAMPOLINE) return view.reader.unsigned(ip, 1) === BigInt(RET) ? returnOf(view, place.start, sp) : undefined;
  const inside = ip - place.start;
  const head = view.reader.bytes(place.start, 6);
  if (!head) return undefined;
  const pushAt = head[0] === PUSH_RBP ? 0n : head[5] === PUSH_RBP ? SITE_SIZE : undefined;
  if (pushAt === undefined || inside > pushAt + 1n) return undefined;
  const slot = inside === pushAt + 1n ? sp + 8n : sp;
  const address = view.reader.u64(slot);
  return address === undefined ? undefined : [{ kind: "return", slot, address }];
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
  // Within a trampoline pt_regs lies at rsp, and its two frames, 16 bytes apart, above it. Its ip field may not be filled in yet.
  const frame = sp - TRAMPOLINE_REGS;
  if (ip !== undefined && placeOf(view, ip)?.name === TRAMPOLINE && view.reader.u64(frame) === frame + 16n) {
    trampoline(view, frame, entries, true);
  }
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
    entries.push({ kind: "return", slot: bp + 8n, address });
    if (placeOf(view, address)?.name === TRAMPOLINE) trampoline(view, next, entries);
    // Within one stack frames only go up.
    if ((next & 1n) === 0n && next <= bp && next >= task.stack && next < top) return;
    bp = next;
  }
}

/** What a trampoline has on the stack: the registers that its handlers see, and the slot that it returns by. */
function trampoline(view: KernelView, frame: bigint, entries: StackEntry[], inside = false): void {
  const registers = readRegisters(view, frame + TRAMPOLINE_REGS);
  const slot = frame + TRAMPOLINE_SLOT;
  const [value, site] = [view.reader.u64(slot), view.reader.u64(frame + TRAMPOLINE_SITE)];
  const ip = registers?.get("ip");
  if (!registers || value === undefined || site === undefined || ip === undefined) return;
  if (inside && value === site) return;
  entries.push({ kind: "registers", at: frame + TRAMPOLINE_REGS, user: false, registers });
  if (ip !== site || value !== site)
    entries.push({ kind: "redirected", slot, from: site, to: value === site ? ip : value, written: value !== site });
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

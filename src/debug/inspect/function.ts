// A function's machine code as it stands in memory now, against what it was at boot: the bytes of vmlinux, with the call that the
// compiler leaves at each traceable entry turned into the NOP that boot makes of it.

import { type Disassembled, disassemble } from "../disassemble.js";
import type { KernelView } from "../kernel-view.js";
import { type FtraceOps, ftraceOps } from "./hooks.js";
import { functionStacks, type PatchedFunction } from "./livepatch.js";
import { findFunction, placeOf, shortName } from "./names.js";

const NOP5 = [0x0f, 0x1f, 0x44, 0x00, 0x00];
const SITE_SIZE = NOP5.length;
const CALL = 0xe8;
const INT3 = 0xcc;
const LONGEST_FUNCTION = 16384;
const SITE_LIMIT = 65536;

export interface Instruction extends Disassembled {
  /** For each byte, whether it is not what it was at boot. */
  readonly changed: readonly boolean[];
}

export interface EntryCall {
  readonly target: bigint;
  readonly targetName: string;
  /** Ops whose trampoline that is, or that select the site. */
  readonly ops: readonly FtraceOps[];
  /** Versions of the function that the livepatch handler chooses from, newest first. */
  readonly versions: readonly PatchedFunction[];
}

export interface FunctionCode {
  readonly name: string;
  readonly start: bigint;
  readonly size: number;
  readonly module: string | undefined;
  readonly instructions: readonly Instruction[];
  readonly changedBytes: number;
  /** The kernel has made it while running, as trampolines are: there is nothing to compare it with. */
  readonly generated: boolean;
  /** int3 stands at the entry: it is being rewritten, or a kprobe waits there. */
  readonly breakpoint: boolean;
  readonly call: EntryCall | undefined;
}

/** What vmlinux says of its code; kept, since it never changes. */
export class BootImage {
  private readonly sites = new Set<bigint>();

  constructor(private readonly view: KernelView) {
    const table = view.elf.section("__mcount_loc")?.bytes;
    if (!table) return;
    const data = new DataView(table.buffer, table.byteOffset, table.byteLength);
    for (let at = 0; at + 8 <= table.length; at += 8) this.sites.add(data.getBigUint64(at, true));
  }

  /** The bytes at boot; undefined where vmlinux has none. */
  bytes(start: bigint, size: number): Uint8Array | undefined {
    const section = this.view.elf.sections.find(
      ({ address, bytes }) => address !== 0n && start >= address && start + BigInt(size) <= address + BigInt(bytes.length),
    );
    if (!section) return undefined;
    const from = Number(start - section.address);
    const bytes = Uint8Array.from(section.bytes.subarray(from, from + size));
    for (const site of this.sites) {
      const at = Number(site - start);
      if (at >= 0 && at + SITE_SIZE <= size) bytes.set(NOP5, at);
    }
    return bytes;
  }
}

export function functionCode(view: KernelView, boot: BootImage, name: string): FunctionCode | undefined {
  const address = findFunction(view, name);
  return address === undefined ? undefined : codeAt(view, boot, address);
}

/** The function that holds an address. */
export function codeAt(view: KernelView, boot: BootImage, address: bigint): FunctionCode | undefined {
  const place = placeOf(view, address);
  if (!place) return undefined;
  const { start, name, module } = place;
  const now = view.reader.bytes(start, Math.min(place.codeSize ?? place.size, LONGEST_FUNCTION));
  if (!now) return undefined;
  const code = withoutPadding(now);
  const before = module === undefined ? boot.bytes(start, code.length) : moduleBytes(view, start, code);
  const differs = (i: number) => before !== undefined && before[i] !== code[i];
  let at = 0;
  const instructions: Instruction[] = [];
  for (const instruction of disassemble(code, start, (target) => (target === start ? name : shortName(view, target)))) {
    instructions.push({ ...instruction, changed: Array.from(instruction.bytes, (_, i) => differs(at + i)) });
    at += instruction.bytes.length;
  }
  return {
    name,
    start,
    size: code.length,
    module,
    instructions,
    changedBytes: code.reduce((sum, _, i) => sum + Number(differs(i)), 0),
    generated: before === undefined,
    breakpoint: code[0] === INT3,
    call: entryCall(view, start, code),
  };
}

/** int3 pads functions to their alignment. */
function withoutPadding(code: Uint8Array): Uint8Array {
  let end = code.length;
  while (end > 1 && code[end - 1] === INT3) end--;
  return code.subarray(0, end);
}

/** Of a module only the call sites are known: what else its file held, relocations have changed. */
function moduleBytes(view: KernelView, start: bigint, code: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(code);
  for (const mod of view.list(view.address("modules"), "module", "list")) {
    const table = view.field("module", mod, "ftrace_callsites");
    const count = Math.min(view.number("module", mod, "num_ftrace_callsites") ?? 0, SITE_LIMIT);
    for (let i = 0; table && i < count; i++) {
      if (view.reader.u64(table + BigInt(8 * i)) === start && code.length >= SITE_SIZE) bytes.set(NOP5);
    }
  }
  return bytes;
}

function entryCall(view: KernelView, start: bigint, code: Uint8Array): EntryCall | undefined {
  if (code[0] !== CALL || code.length < SITE_SIZE) return undefined;
  const distance = new DataView(code.buffer, code.byteOffset, code.byteLength).getInt32(1, true);
  const target = BigInt.asUintN(64, start + BigInt(SITE_SIZE) + BigInt(distance));
  const ops = ftraceOps(view).filter(({ filter }) => filter === undefined || filter.includes(start));
  return {
    target,
    targetName: shortName(view, target),
    ops,
    versions: functionStacks(view).find(({ address }) => address === start)?.versions ?? [],
  };
}

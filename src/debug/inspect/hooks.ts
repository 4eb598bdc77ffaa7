// Who is called at function entries: registered ftrace_ops with their filters, and kprobes.

import type { KernelView } from "../kernel-view.js";

const OPS_LIMIT = 256;
const BUCKET_LIMIT = 4096;
const IPS_LIMIT = 64;
const FLAGS: readonly (readonly [bit: bigint, name: string])[] = [
  [2n, "SAVE_REGS"],
  [3n, "SAVE_REGS_IF_SUPPORTED"],
  [4n, "RECURSION"],
  [12n, "IPMODIFY"],
  [16n, "PERMANENT"],
  [17n, "DIRECT"],
];
const KPROBE_DISABLED = 2;
const KPROBE_FTRACE = 8;

export interface FtraceOps {
  readonly address: bigint;
  readonly handler: bigint;
  readonly flags: readonly string[];
  /** Its own trampoline, or 0. */
  readonly trampoline: bigint;
  readonly trampolineSize: bigint;
  /** Sites that it selects; undefined: all. */
  readonly filter: readonly bigint[] | undefined;
  readonly filterCount: number;
  /** Where sites of this ops call without a trampoline: site → target. */
  readonly direct: ReadonlyMap<bigint, bigint>;
  readonly notraceCount: number;
}

export interface Kprobe {
  readonly address: bigint;
  readonly at: bigint;
  readonly symbol: string | undefined;
  readonly before: bigint;
  readonly after: bigint;
  readonly missed: number;
  readonly disabled: boolean;
  /** Called through ftrace: no int3 is needed. */
  readonly byFtrace: boolean;
  /** The handler of a return probe. */
  readonly onReturn: bigint | undefined;
}

/** Registered ops, newest first. */
export function ftraceOps(view: KernelView): FtraceOps[] {
  const end = view.address("ftrace_list_end");
  const found: FtraceOps[] = [];
  const seen = new Set<bigint>();
  let at = view.pointer("ftrace_ops_list");
  while (at && at !== end && !seen.has(at) && found.length < OPS_LIMIT) {
    seen.add(at);
    const flags = view.field("ftrace_ops", at, "flags");
    if (flags === undefined) break;
    const hashes = view.field("ftrace_ops", at, "func_hash") ?? 0n;
    const filter = hashAddresses(view, view.field("ftrace_ops_hash", hashes, "filter_hash") ?? 0n);
    const notrace = hashAddresses(view, view.field("ftrace_ops_hash", hashes, "notrace_hash") ?? 0n);
    found.push({
      address: at,
      handler: view.field("ftrace_ops", at, "func") ?? 0n,
      flags: FLAGS.filter(([bit]) => (flags >> bit) & 1n).map(([, name]) => name),
      trampoline: view.field("ftrace_ops", at, "trampoline") ?? 0n,
      trampolineSize: view.field("ftrace_ops", at, "trampoline_size") ?? 0n,
      filter: filter.count === 0 ? undefined : filter.addresses,
      filterCount: filter.count,
      direct: filter.direct,
      notraceCount: notrace.count,
    });
    at = view.field("ftrace_ops", at, "next");
  }
  return found;
}

/** The first entries of a hash, by address, and how many it says that it has. */
function hashAddresses(view: KernelView, hash: bigint): { addresses: bigint[]; count: number; direct: Map<bigint, bigint> } {
  const addresses: bigint[] = [];
  const direct = new Map<bigint, bigint>();
  const count = hash === 0n ? 0 : (view.number("ftrace_hash", hash, "count") ?? 0);
  const bits = view.number("ftrace_hash", hash, "size_bits") ?? 0;
  const buckets = view.field("ftrace_hash", hash, "buckets");
  if (count === 0 || buckets === undefined) return { addresses, count: 0, direct };
  const size = Math.min(2 ** Math.min(bits, 16), BUCKET_LIMIT);
  for (let i = 0; i < size && addresses.length < Math.min(count, IPS_LIMIT); i++) {
    for (const entry of view.hashList(buckets + BigInt(8 * i), "ftrace_func_entry", "hlist")) {
      const ip = view.field("ftrace_func_entry", entry, "ip");
      if (ip === undefined) continue;
      addresses.push(ip);
      const target = view.field("ftrace_func_entry", entry, "direct");
      if (target) direct.set(ip, target);
    }
  }
  return { addresses: addresses.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)), count, direct };
}

/** Registered kprobes, newest first. */
export function kprobes(view: KernelView): Kprobe[] {
  const returns = view.address("pre_handler_kretprobe");
  return view.hashList(view.address("kprobe_table"), "kprobe", "hlist").map((address) => ({
    ...probe(view, address),
    // A kretprobe begins with its kprobe.
    onReturn:
      returns !== undefined && view.field("kprobe", address, "pre_handler") === returns
        ? view.field("kretprobe", address, "handler")
        : undefined,
  }));
}

function probe(view: KernelView, address: bigint): Omit<Kprobe, "onReturn"> {
  const flags = view.number("kprobe", address, "flags") ?? 0;
  return {
    address,
    at: view.field("kprobe", address, "addr") ?? 0n,
    symbol: view.text("kprobe", address, "symbol_name"),
    before: view.field("kprobe", address, "pre_handler") ?? 0n,
    after: view.field("kprobe", address, "post_handler") ?? 0n,
    missed: view.number("kprobe", address, "nmissed") ?? 0,
    disabled: (flags & KPROBE_DISABLED) !== 0,
    byFtrace: (flags & KPROBE_FTRACE) !== 0,
  };
}

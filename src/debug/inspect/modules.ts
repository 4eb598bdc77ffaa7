// The guest's modules as its own list has them, and their symbols.

import { SYM_SIZE } from "../../abi/elf.js";
import type { KernelView } from "../kernel-view.js";

const STATES = ["Live", "Loading", "Unloading"] as const;
const STATE_UNFORMED = 3;
const MAX_SYMBOLS = 65536;
const MAX_SECTIONS = 128;
/** Taint letters by bit, of those that a module can carry. */
const TAINTS: readonly (readonly [bit: bigint, letter: string])[] = [
  [0n, "P"],
  [1n, "F"],
  [10n, "C"],
  [12n, "O"],
  [13n, "E"],
  [15n, "K"],
  [16n, "X"],
  [17n, "T"],
  [18n, "N"],
];

export interface ModuleInfo {
  readonly address: bigint;
  readonly name: string;
  readonly size: number;
  /** As lsmod shows it: without the loader's own reference. */
  readonly references: number;
  readonly users: readonly string[];
  readonly state: (typeof STATES)[number];
  readonly base: bigint;
  /** Bytes of code, of data that is never written, and of the rest. */
  readonly parts: { readonly text: number; readonly readOnly: number; readonly data: number };
  readonly sections: readonly ModuleSection[];
  readonly taints: string;
  readonly livepatch: boolean;
}

export interface ModuleSection {
  readonly name: string;
  readonly address: bigint;
}

export interface ModuleSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly size: number;
  readonly module: string;
}

/** Newest first, as /proc/modules. */
export function modules(view: KernelView): ModuleInfo[] {
  return view.list(view.address("modules"), "module", "list").flatMap((address): ModuleInfo[] => {
    const state = view.number("module", address, "state");
    const name = view.name("module", address, "name");
    if (name === undefined || state === undefined || state === STATE_UNFORMED) return [];
    const taints = view.field("module", address, "taints") ?? 0n;
    const users = view
      .list(view.at("module", address, "source_list"), "module_use", "source_list")
      .map((use) => view.field("module_use", use, "source"))
      .map((user) => (user === undefined ? undefined : view.name("module", user, "name")) ?? "?");
    return [
      {
        address,
        name,
        size: (view.number("module", address, "core_layout.size") ?? 0) + (view.number("module", address, "init_layout.size") ?? 0),
        references: (view.number("module", address, "refcnt.counter") ?? 1) - 1,
        users,
        state: STATES[state] ?? "Live",
        base: view.field("module", address, "core_layout.base") ?? 0n,
        parts: parts(view, address),
        sections: sections(view, address),
        taints: TAINTS.filter(([bit]) => (taints >> bit) & 1n)
          .map(([, letter]) => letter)
          .join(""),
        livepatch: view.flag("module", address, "klp"),
      },
    ];
  });
}

function parts(view: KernelView, address: bigint): ModuleInfo["parts"] {
  const [text, readOnly, size] = ["text_size", "ro_size", "size"].map((name) => view.number("module", address, `core_layout.${name}`) ?? 0);
  return { text, readOnly: Math.max(readOnly - text, 0), data: Math.max(size - Math.max(readOnly, text), 0) };
}

/** As /sys/module/NAME/sections has them, by address. */
function sections(view: KernelView, address: bigint): ModuleSection[] {
  const all = view.field("module", address, "sect_attrs");
  const first = all ? view.field("module_sect_attrs", all, "attrs") : undefined;
  const size = view.btf?.sizeOf("module_sect_attr");
  if (!all || !first || size === undefined) return [];
  const count = Math.min(view.number("module_sect_attrs", all, "nsections") ?? 0, MAX_SECTIONS);
  return Array.from({ length: count }, (_, i) => {
    const at = first + BigInt(i * size);
    return {
      name: view.text("module_sect_attr", at, "battr.attr.name") ?? "?",
      address: view.field("module_sect_attr", at, "address") ?? 0n,
    };
  }).sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

/** The module in whose memory an address lies. */
export function moduleAt(view: KernelView, address: bigint): { name: string; address: bigint; textEnd: bigint } | undefined {
  for (const mod of view.list(view.address("modules"), "module", "list")) {
    for (const layout of ["core_layout", "init_layout"]) {
      const base = view.field("module", mod, `${layout}.base`);
      const size = view.field("module", mod, `${layout}.size`);
      if (base !== undefined && size !== undefined && base !== 0n && address >= base && address < base + size) {
        const textEnd = base + (view.field("module", mod, `${layout}.text_size`) ?? 0n);
        return { name: view.name("module", mod, "name") ?? "?", address: mod, textEnd };
      }
    }
  }
  return undefined;
}

/** A module's own symbols, by address. */
export function moduleSymbols(view: KernelView, mod: bigint): ModuleSymbol[] {
  const table = view.field("module", mod, "kallsyms") ?? 0n;
  const [symbols, strings] = [view.field("mod_kallsyms", table, "symtab"), view.field("mod_kallsyms", table, "strtab")];
  const count = Math.min(view.number("mod_kallsyms", table, "num_symtab") ?? 0, MAX_SYMBOLS);
  const name = view.name("module", mod, "name") ?? "?";
  const bytes = symbols === undefined ? undefined : view.reader.bytes(symbols, count * SYM_SIZE);
  if (!bytes || strings === undefined) return [];
  const data = new DataView(bytes.buffer);
  const found: ModuleSymbol[] = [];
  for (let at = 0; at < bytes.length; at += SYM_SIZE) {
    const text = view.reader.text(strings + BigInt(data.getUint32(at, true)), 512);
    // Livepatch symbols (".klp.sym.…") are references, not places of the module.
    if (!text || text.startsWith(".") || data.getUint16(at + 6, true) === 0) continue;
    found.push({ name: text, address: data.getBigUint64(at + 8, true), size: Number(data.getBigUint64(at + 16, true)), module: name });
  }
  return found.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

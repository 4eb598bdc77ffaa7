// Tables that the kernel searches by bisection, put in order by the linker: exported symbols by name before layout, fault fixups
// and traceable entries by address after relocation.

import type { InputSection, Layout, OutputSection } from "./layout.js";
import { names } from "./layout.js";

const ENTRY_PREFIX = "__ksymtab_";

interface Entry {
  input: InputSection;
  name: string;
  from: number;
  to: number;
}

/** The entries of an export table: each begins at its symbol `__ksymtab_NAME`. */
function entriesOf(input: InputSection): Entry[] {
  const { object, section } = input;
  const starts = object.symbols
    .filter((symbol) => symbol.place === section && symbol.name.startsWith(ENTRY_PREFIX))
    .sort((a, b) => a.value - b.value);
  // A section without such symbols stays whole.
  if (starts.length === 0 || starts[0]!.value !== 0) return [{ input, name: "", from: 0, to: section.size }];
  return starts.map((symbol, index) => ({
    input,
    name: symbol.name.slice(ENTRY_PREFIX.length),
    from: symbol.value,
    to: starts[index + 1]?.value ?? section.size,
  }));
}

/** Code unit order, which for ASCII names is strcmp's. */
function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Places the entries of `__ksymtab` or `__ksymtab_gpl` sorted by name; also of sections named `___ksymtab+NAME`, as gcc's users write. */
export function splitEntries(layout: Layout, table: string): void {
  const inputs = layout.take(names(table, `_${table}+*`));
  const entries = inputs.flatMap(entriesOf).sort((a, b) => compareNames(a.name, b.name));
  for (const { input, from, to } of entries) layout.place(input, from, to);
}

/** Sorts the 64-bit words of a table. */
export function sortWords(output: OutputSection): void {
  const { data } = output;
  const count = Math.floor(data.length / 8);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const words = new BigUint64Array(count);
  for (let i = 0; i < count; i++) words[i] = view.getBigUint64(i * 8, true);
  words.sort();
  for (let i = 0; i < count; i++) view.setBigUint64(i * 8, words[i]!, true);
}

const EX_ENTRY_SIZE = 8;

/** Sorts __ex_table, whose entries are pairs of distances from the field itself: {insn, fixup}. */
export function sortExceptionTable(output: OutputSection): string | undefined {
  const { data } = output;
  if (data.length % EX_ENTRY_SIZE !== 0) return `__ex_table has ${data.length} bytes, no multiple of ${EX_ENTRY_SIZE}`;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const entries: { insn: number; fixup: number }[] = [];
  for (let at = 0; at < data.length; at += EX_ENTRY_SIZE) {
    entries.push({ insn: at + view.getInt32(at, true), fixup: at + 4 + view.getInt32(at + 4, true) });
  }
  entries.sort((a, b) => a.insn - b.insn);
  for (const [index, { insn, fixup }] of entries.entries()) {
    const at = index * EX_ENTRY_SIZE;
    view.setInt32(at, insn - at, true);
    view.setInt32(at + 4, fixup - at - 4, true);
  }
  return undefined;
}

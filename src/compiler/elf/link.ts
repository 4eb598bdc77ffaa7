// The kernel linker: objects → vmlinux (static ET_EXEC) and System.map. The whole of it in order: kallsyms' room, layout by the
// kernel's script, symbol resolution, kallsyms' contents, copy, relocation, sorted tables, file.

import { BtfTables, type TypeInformation } from "./btf.js";
import { writeImage } from "./image.js";
import { isListed, KallsymsTables, systemMap } from "./kallsyms.js";
import { kernelScript } from "./kernel-script.js";
import { isLoaded, Layout } from "./layout.js";
import type { ObjectFile } from "./object.js";
import { Relocator } from "./relocate.js";
import { SymbolResolver } from "./resolve.js";
import { sortExceptionTable, sortWords } from "./tables.js";

/** Virtual address of physical address 0 in the kernel's text mapping. */
const KERNEL_MAP = 0xffffffff80000000n;
/** Physical address of _text. */
const LOAD_ADDRESS = 0x1000000;

export interface LinkOptions {
  /** Symbol of the first instruction, default startup_64; e_entry is its physical address. */
  entry?: string;
  /** Types and variables for .BTF. */
  types?: TypeInformation;
}

export interface LinkResult {
  /** Empty if there are errors. */
  vmlinux: Uint8Array;
  systemMap: string;
  errors: string[];
}

/** Links the kernel. Nothing in the objects is changed. */
export function linkKernel(objects: readonly ObjectFile[], options: LinkOptions = {}): LinkResult {
  // First pass: which names stay, for the size of kallsyms' tables.
  const trial = place(objects);
  const listed = trial.resolver.all().filter(({ name, output }) => output !== undefined && isLoaded(output) && isListed(name));
  const kallsyms = new KallsymsTables(listed.map((symbol) => symbol.name));
  const btf = options.types === undefined ? undefined : new BtfTables(options.types, trial.layout);
  const { layout, resolver } = place([...objects, kallsyms.object, ...(btf === undefined ? [] : [btf.object])]);
  const symbols = resolver.all();
  const errors = [...resolver.errors, ...layout.unplaced];
  const wrong = kallsyms.fill(symbols, KERNEL_MAP);
  if (wrong !== undefined) errors.push(wrong);
  btf?.fill(layout);
  layout.copy();
  const relocator = new Relocator(layout, resolver, KERNEL_MAP);
  relocator.applyAll();
  errors.push(...relocator.errors);
  for (const output of layout.outputs) {
    if (output.name === "__mcount_loc") sortWords(output);
    if (output.name === "__ex_table") {
      const error = sortExceptionTable(output);
      if (error !== undefined) errors.push(error);
    }
  }
  const entryName = options.entry ?? "startup_64";
  const entry = resolver.find(entryName);
  if (entry === undefined) errors.push(`undefined symbol ${entryName}, the kernel's entry`);
  if (errors.length > 0) return { vmlinux: new Uint8Array(0), systemMap: "", errors };
  const image = { base: KERNEL_MAP, physicalBase: 0n, entry: BigInt(entry!.address) };
  return { vmlinux: writeImage(layout, symbols, image), systemMap: systemMap(symbols, KERNEL_MAP), errors };
}

function place(objects: readonly ObjectFile[]): { layout: Layout; resolver: SymbolResolver } {
  const layout = new Layout(objects, LOAD_ADDRESS);
  kernelScript(layout);
  return { layout, resolver: new SymbolResolver(objects, layout) };
}

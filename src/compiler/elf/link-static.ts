// The linker of user programs: objects → a static executable with its symbols kept.

import { writeImage } from "./image.js";
import { Layout } from "./layout.js";
import type { ObjectFile } from "./object.js";
import { PROGRAM_ADDRESS, programScript } from "./program-script.js";
import { Relocator } from "./relocate.js";
import { SymbolResolver } from "./resolve.js";

export interface StaticLinkResult {
  /** Empty if there are errors. */
  program: Uint8Array;
  errors: string[];
}

/** Links a program that begins at `entry`. Nothing in the objects is changed. */
export function linkStatic(objects: readonly ObjectFile[], entry = "_start"): StaticLinkResult {
  const layout = new Layout(objects, PROGRAM_ADDRESS);
  programScript(layout);
  const resolver = new SymbolResolver(objects, layout);
  layout.copy();
  const relocator = new Relocator(layout, resolver, 0n);
  relocator.applyAll();
  const errors = [...resolver.errors, ...layout.unplaced, ...relocator.errors];
  const start = resolver.find(entry);
  if (start === undefined) errors.push(`undefined symbol ${entry}, the program's entry`);
  if (errors.length > 0 || start === undefined) return { program: new Uint8Array(0), errors };
  return { program: writeImage(layout, resolver.all(), { base: 0n, physicalBase: 0n, entry: BigInt(start.address) }), errors };
}

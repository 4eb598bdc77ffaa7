// What a row of the instruction table says about an instruction: its name, how it touches its operands, and its meaning as
// wasm-emitting code. Used by every file in this folder, table.ts and core-module.ts.

import type { Width } from "../flags.js";
import type { Access, Handler, Operand } from "../handler.js";

export interface Meaning {
  readonly name: string;
  /** How each operand is touched, in the order of the row's operands. */
  readonly access: readonly Access[];
  /** Memory lookups in line, and a form of its own for base + displacement. */
  readonly hot?: boolean;
  /** `lock` is legal with a memory destination. */
  readonly lockable?: boolean;
  emit(h: Handler, operands: readonly Operand[], width: Width): void;
}

export function meaning(name: string, access: string, emit: Meaning["emit"], options: { hot?: boolean; lockable?: boolean } = {}): Meaning {
  return { name, access: access === "" ? [] : (access.split(",") as Access[]), emit, ...options };
}

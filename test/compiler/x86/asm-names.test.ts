// The ambient names of asm() blocks against what the assembler knows: nothing declared that it does not take, nothing left out.

import { readFileSync } from "node:fs";
import test from "ava";
import { asmConstructors, asmDirectives, asmRegister } from "../../../src/compiler/x86/asm-block.js";
import { instructionTable } from "../../../src/compiler/x86/instructions.js";
import { registerNames } from "../../../src/compiler/x86/operands.js";

const source = readFileSync("src/kernel/include/kcc/asm.d.ts", "utf8");
/** Instructions that are functions of the dialect in the same form; a second declaration would hide their results. */
const shared = ["cli", "sti", "hlt", "rdtsc", "ud2"];
const intrinsics = readFileSync("src/kernel/include/kcc/kcc.d.ts", "utf8");

function declarations(): { functions: Map<string, Set<number>>; constants: Map<string, string> } {
  const functions = new Map<string, Set<number>>();
  const constants = new Map<string, string>();
  for (const [, name, parameters] of source.matchAll(/^declare function (\w+)(?:<\w+>)?\(([^;]*)\): \w+;$/gm)) {
    const counts = functions.get(name!) ?? new Set();
    functions.set(name!, counts);
    counts.add(parameters === "" ? 0 : parameters!.split(", ").length);
  }
  for (const [, list] of source.matchAll(/^declare const ([^;]*);/gm)) {
    for (const [, name, bits] of list!.matchAll(/(\w+): asm_register<(\d+)>/g)) constants.set(name!, bits!);
  }
  return { functions, constants };
}

test("every register is declared with its width, gs and fs as functions too", (t) => {
  const { functions, constants } = declarations();
  const expected = registerNames.filter((name) => name !== "fs" && name !== "gs");
  t.deepEqual([...constants.keys()].sort(), [...expected].sort());
  for (const name of expected) t.is(Number(constants.get(name)), asmRegister(name)!.size * 8, name);
  t.true(functions.has("gs") && functions.has("fs"));
});

test("every instruction is declared with its numbers of operands, and nothing else is", (t) => {
  const { functions } = declarations();
  const others = new Set(["asm", "nop", ...asmConstructors, ...asmDirectives]);
  for (const name of shared) t.regex(intrinsics, new RegExp(`^declare function ${name}\\(\\): `, "m"));
  const declared = [...functions.keys(), ...shared].filter((name) => !others.has(name)).sort();
  const written = (name: string) => (name === "in" || name === "int" ? `${name}_` : name);
  const known = [...instructionTable.keys()]
    .filter((name) => name !== "nop")
    .map(written)
    .sort();
  t.deepEqual(declared, known);
  for (const [mnemonic, forms] of instructionTable) {
    if (mnemonic === "nop" || shared.includes(mnemonic)) continue;
    t.deepEqual(functions.get(written(mnemonic)), new Set(forms.map((form) => form.operands.length).sort()), mnemonic);
  }
});

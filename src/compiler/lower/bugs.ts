// WARN and BUG (linux/bug.d.ts): ud2 where it stands, and beside it in __bug_table the file, line and flags. The way past a false
// condition pays a compare and a branch, no more.

import type ts from "typescript";
import { R_X86_64_PC32, STT_OBJECT } from "../../abi/elf.js";
import type { MIns } from "../codegen/machine.js";
import { assign, constant, load, logical, negate, retype, sequence, symbolAddress, type Tree, truth } from "../codegen/tree.js";
import { fail } from "../diagnostics.js";
import { BOOL, CHAR_POINTER, type FunctionType, pointerTo, VOID } from "../front/c-type.js";
import { callTree } from "./calls.js";
import type { Context } from "./context.js";
import { convertTo, expression } from "./expressions.js";
import { code } from "./intrinsics.js";
import { variadicArguments } from "./messages.js";

/** struct bug_entry with relative pointers: bug_addr_disp, file_disp (s32 each), line, flags (u16 each). */
const ENTRY_SIZE = 12;
const BUGFLAG_WARNING = 1;
const BUGFLAG_ONCE = 2;
const BUGFLAG_NO_CUT_HERE = 8;
/** TAINT_WARN in the flags' upper byte. */
const TAINT = 9 << 8;

/** Where the kernel says that it is: from its own folder on; a module by its folder and file, as one built in a tree beside it. */
function placeName(path: string): string {
  const inside = /\/src\/kernel\/(?!.*\/src\/kernel\/)(.*)$/.exec(path);
  if (inside !== null) return inside[1]!;
  return path.split("/").slice(-2).join("/");
}

function trap(cx: Context, node: ts.Node, flags: number): Tree {
  const { unit } = cx;
  const file = node.getSourceFile();
  const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const site: NonNullable<MIns["site"]> = (asm) => {
    const table = unit.object.section("__bug_table");
    const at = table.alignTo(4);
    table.reserve(ENTRY_SIZE);
    table.relocate(at, R_X86_64_PC32, asm.symbolAt(asm.here()), 0);
    table.relocate(at + 4, R_X86_64_PC32, unit.string(placeName(file.fileName)), 0);
    table.data.setU32(at + 8, Math.min(line, 0xffff) | (flags << 16));
  };
  return code(VOID, ({ fn }) => {
    fn.emit(flags === 0 ? "ud2" : "ud2_go_on", 8, undefined, undefined, { site });
    return undefined;
  });
}

function printed(cx: Context, node: ts.CallExpression): Tree {
  const format = node.arguments[1] ?? fail(node, "literalText", "WARN");
  const type: FunctionType = { kind: "function", params: [CHAR_POINTER], result: VOID, variadic: true };
  const target = symbolAddress(cx.unit.object.symbol("__warn_printk"), pointerTo(type));
  const text = convertTo(format, expression(cx, format, CHAR_POINTER), CHAR_POINTER);
  return callTree(target, type, [text, ...variadicArguments(cx, node, 2)]);
}

/** Runs `then` the first time that it is come to. */
function once(cx: Context, then: readonly Tree[]): Tree {
  const { object } = cx.unit;
  const section = object.section(".data.once");
  const done = object.localSymbol(cx.unit.anonymousName("__already_done")).define(section, section.size, STT_OBJECT, 1);
  section.reserve(1);
  const address = symbolAddress(done, pointerTo(BOOL));
  const mark = assign({ k: "memory", address, type: BOOL, gs: false }, constant(1, BOOL));
  return logical("and", negate(truth(load(address, BOOL))), sequence([mark, ...then], constant(1, BOOL)));
}

const warnings: Readonly<Record<string, (cx: Context, node: ts.CallExpression) => readonly Tree[]>> = {
  WARN_ON: (cx, node) => [trap(cx, node, BUGFLAG_WARNING | TAINT)],
  WARN_ON_ONCE: (cx, node) => [trap(cx, node, BUGFLAG_WARNING | BUGFLAG_ONCE | TAINT)],
  WARN: (cx, node) => [printed(cx, node), trap(cx, node, BUGFLAG_WARNING | BUGFLAG_NO_CUT_HERE | TAINT)],
  WARN_ONCE: (cx, node) => [once(cx, [printed(cx, node), trap(cx, node, BUGFLAG_WARNING | BUGFLAG_NO_CUT_HERE | TAINT)])],
};

/** BUG(), BUG_ON(c), and the warnings, which give their condition back. */
export function bug(cx: Context, node: ts.CallExpression, name: string): Tree | undefined {
  if (name === "BUG") return trap(cx, node, 0);
  const warning = Object.hasOwn(warnings, name) ? warnings[name] : undefined;
  if (name !== "BUG_ON" && warning === undefined) return undefined;
  const [first] = node.arguments;
  const condition = truth(expression(cx, first ?? fail(node, "notLvalue")));
  const then = warning?.(cx, node) ?? [trap(cx, node, 0)];
  const tree = logical("and", condition, sequence(then, constant(1, BOOL)));
  return name === "BUG_ON" ? retype(tree, VOID) : tree;
}

// printk's wrappers: pr_info(fmt, …) prepends the level and the file's pr_fmt to the literal and calls _printk; pr_debug asks its
// _ddebug descriptor first.

import ts = require("typescript");

import { R_X86_64_64, STT_OBJECT } from "../../abi/elf.js";
import { compare, conditional, constant, convert, load, offsetAddress, symbolAddress, type Tree } from "../codegen/tree.js";
import { fail } from "../diagnostics.js";
import { CHAR_POINTER, type FunctionType, INT, type IntType, pointerTo, promote, U8, VOID_POINTER } from "../front/c-type.js";
import { callTree } from "./calls.js";
import { type Context, shortPath } from "./context.js";
import { expression, foldString } from "./expressions.js";

/** KERN_SOH and the level's digit. */
const levels: Readonly<Record<string, string>> = {
  pr_emerg: "\x010",
  pr_alert: "\x011",
  pr_crit: "\x012",
  pr_err: "\x013",
  pr_warn: "\x014",
  pr_notice: "\x015",
  pr_info: "\x016",
  pr_cont: "\x01c",
};

/** The file's own pr_fmt, or nothing. */
function prefix(cx: Context, file: ts.SourceFile): string {
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const declaration of statement.declarationList.declarations) {
      if (ts.isIdentifier(declaration.name) && declaration.name.text === "pr_fmt" && declaration.initializer !== undefined) {
        return foldString(cx, declaration.initializer) ?? fail(declaration, "literalText", "pr_fmt");
      }
    }
  }
  return "";
}

/** The arguments from number `from` on, promoted as those of a variadic call are. */
export function variadicArguments(cx: Context, node: ts.CallExpression, from: number): Tree[] {
  return node.arguments.slice(from).map((argument) => {
    const value = expression(cx, argument);
    return value.type.kind === "int" ? convert(value, promote(value.type as IntType)) : value;
  });
}

export function message(cx: Context, node: ts.CallExpression, name: string): Tree | undefined {
  const level = levels[name];
  if (level === undefined && name !== "pr_debug") return undefined;
  const [formatNode] = node.arguments;
  const text = formatNode === undefined ? undefined : foldString(cx, formatNode);
  if (text === undefined) return fail(formatNode ?? node, "literalText", name);
  const format = (name === "pr_cont" ? "" : prefix(cx, node.getSourceFile())) + text;
  const rest = variadicArguments(cx, node, 1);
  if (level === undefined) return debugMessage(cx, node, format, rest);
  const type: FunctionType = { kind: "function", params: [CHAR_POINTER], result: INT, variadic: true };
  const target = symbolAddress(cx.unit.object.symbol("_printk"), pointerTo(type));
  return callTree(target, type, [symbolAddress(cx.unit.string(level + format), CHAR_POINTER), ...rest]);
}

/** Offsets in struct _ddebug of Linux 6.1 without jump labels: four pointers, then lineno:18, class_id:6, flags:8. */
const ddebugSize = 40;
const ddebugFlags = 35;
const ddebugPrint = 1;
const ddebugNoClass = 63;

function debugMessage(cx: Context, node: ts.CallExpression, format: string, rest: readonly Tree[]): Tree {
  const { unit } = cx;
  const file = node.getSourceFile();
  const section = unit.object.section("__dyndbg");
  const at = section.alignTo(8);
  section.reserve(ddebugSize);
  const descriptor = unit.object.localSymbol(unit.anonymousName("__UNIQUE_ID_ddebug")).define(section, at, STT_OBJECT, ddebugSize);
  const texts = [unit.options.module ?? kernelModuleName(file.fileName), cx.fn?.name ?? "", shortPath(file.fileName), format];
  texts.forEach((text, i) => {
    section.relocate(at + i * 8, R_X86_64_64, unit.string(text), 0);
  });
  const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  section.data.setU32(at + 32, line | (ddebugNoClass << 18));
  const type: FunctionType = { kind: "function", params: [VOID_POINTER, CHAR_POINTER], result: INT, variadic: true };
  const target = symbolAddress(unit.object.symbol("__dynamic_pr_debug"), pointerTo(type));
  const address = symbolAddress(descriptor, VOID_POINTER);
  const call = callTree(target, type, [address, symbolAddress(unit.string(format), CHAR_POINTER), ...rest]);
  const flags = load(offsetAddress(address, ddebugFlags, pointerTo(U8)), U8);
  const enabled = compare(
    "ne",
    { k: "binary", type: INT, mods: false, op: "and", a: convert(flags, INT), b: constant(ddebugPrint, INT) },
    constant(0, INT),
  );
  return conditional(enabled, call, constant(0, INT), INT);
}

/** A built-in file's module is named after the file; the folders that Linux's build links into one object give theirs. */
const composites = new Set(["livepatch"]);

function kernelModuleName(path: string): string {
  const [folder = "", file = ""] = path.split("/").slice(-2);
  return composites.has(folder) ? folder : file.replace(/\.ts$/, "");
}

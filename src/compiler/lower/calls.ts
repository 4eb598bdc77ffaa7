// Calls: of functions by name, through pointers, of inline functions, and of the intrinsics of kcc.d.ts.

import ts = require("typescript");

import { assign, convert, sequence, type Tree } from "../codegen/tree.js";
import { fail } from "../diagnostics.js";
import { type CType, decay, type FunctionType, promote, VOID } from "../front/c-type.js";
import type { Context, Frame, Local } from "./context.js";
import { type Entity, entityOf, functionAddress } from "./entities.js";
import { convertTo, expression } from "./expressions.js";
import { analyse } from "./functions.js";
import { intrinsic } from "./intrinsics.js";
import { statement } from "./statements.js";

export function call(cx: Context, node: ts.CallExpression): Tree {
  const callee = ts.isParenthesizedExpression(node.expression) ? node.expression.expression : node.expression;
  for (const argument of node.arguments) if (ts.isSpreadElement(argument)) fail(argument, "spread");
  if (ts.isIdentifier(callee)) {
    const symbol = cx.unit.program.resolve(callee);
    const declaration = symbol?.declarations?.[0];
    if (declaration !== undefined && cx.unit.program.isAmbient(declaration.getSourceFile())) return intrinsic(cx, node, callee.text);
    if (symbol !== undefined && cx.fn?.frame.locals.get(symbol) === undefined) {
      const entity = entityOf(cx.unit, symbol, callee);
      if (entity?.k === "function") {
        if (entity.inline && entity.declaration !== undefined) return inlineCall(cx, node, entity, entity.declaration);
        return callTree(functionAddress(cx.unit, entity), entity.type, args(cx, node, entity.type));
      }
    }
  }
  const target = expression(cx, callee);
  let type: CType = target.type;
  if (type.kind !== "pointer" || type.to.kind !== "function") {
    type = decay(cx.unit.program.types.map(cx.unit.program.checker.getTypeAtLocation(callee), callee));
  }
  if (type.kind !== "pointer" || type.to.kind !== "function") return fail(callee, "notCallable");
  return callTree(target, type.to, args(cx, node, type.to));
}

/** Arguments as the prototype wants them; variadic ones are promoted. */
function args(cx: Context, node: ts.CallExpression, type: FunctionType): Tree[] {
  return node.arguments.map((argument, i) => {
    const param = type.params[i];
    const value = expression(cx, argument, param);
    if (param !== undefined) return convertTo(argument, value, param);
    if (value.type.kind === "void") fail(argument, "conversion", "void", "an argument");
    return value.type.kind === "int" ? convert(value, promote(value.type)) : value;
  });
}

export function callTree(target: Tree, type: FunctionType, values: readonly Tree[]): Tree {
  const mods = target.mods || values.some((value) => value.mods);
  return { k: "call", type: type.result, mods, target, args: values, variadic: type.variadic, fixed: type.params.length };
}

// ---- inline functions ----

function inlineCall(
  cx: Context,
  node: ts.CallExpression,
  entity: Extract<Entity, { k: "function" }>,
  declaration: ts.FunctionLikeDeclaration,
): Tree {
  const { fn } = cx;
  // In a static initialiser only a body that folds makes sense; a frame of its own is not there.
  if (fn === undefined) return fail(node, "notConstant");
  if (fn.expanding.includes(entity.symbol)) return fail(node, "inlineRecursion", entity.name);
  const values = args(cx, node, entity.type);
  const facts = analyse(cx.unit.program, declaration);
  const frame: Frame = {
    locals: new Map(),
    targets: [],
    resultType: entity.type.result,
    addressed: facts.addressed,
    assigned: facts.assigned,
    declaration,
  };
  const setup: Tree[] = [];
  declaration.parameters.forEach((parameter, i) => {
    const symbol = cx.unit.program.checker.getSymbolAtLocation(parameter.name)!;
    const value = values[i];
    if (value === undefined) return;
    frame.locals.set(symbol, bindArgument(cx, frame, symbol, value, setup));
  });
  const body = declaration.body;
  if (body === undefined) return fail(node, "notCallable");
  fn.expanding.push(entity.symbol);
  try {
    const single = singleExpression(body);
    if (single !== undefined) {
      const value = fn.within(frame, () => convertTo(single, expression(cx, single, frame.resultType), frame.resultType));
      const last: Tree = frame.resultType.kind === "void" ? { ...value, type: VOID } : value;
      return sequence(setup, last);
    }
  } finally {
    fn.expanding.pop();
  }
  const code: Tree = {
    k: "code",
    type: entity.type.result,
    mods: true,
    effect: true,
    run: () => expandBody(cx, frame, entity, body as ts.Block),
  };
  return sequence(setup, code);
}

/** A parameter that is never assigned is its argument where that is a constant or a stable register. */
function bindArgument(cx: Context, frame: Frame, symbol: ts.Symbol, value: Tree, setup: Tree[]): Local {
  const { type } = value;
  const fn = cx.fn!;
  if (frame.addressed.has(symbol)) {
    const slot = fn.code.newSlot(8, 8);
    setup.push(assign({ k: "memory", address: { k: "slot", type, mods: false, slot, offset: 0 }, type, gs: false }, value));
    return { k: "slot", slot, type };
  }
  const stable = value.k === "const" || value.k === "symbol" || value.k === "slot";
  if (stable && !frame.assigned.has(symbol)) return { k: "value", tree: value };
  const reg = fn.code.newRegister();
  setup.push(assign({ k: "reg", reg, type }, value));
  return { k: "reg", reg, type };
}

/** `return e;`, `=> e` or a lone expression statement as whole body. */
function singleExpression(body: ts.ConciseBody): ts.Expression | undefined {
  if (!ts.isBlock(body)) return body;
  if (body.statements.length !== 1) return undefined;
  const [only] = body.statements;
  if (only !== undefined && ts.isReturnStatement(only)) return only.expression;
  return only !== undefined && ts.isExpressionStatement(only) ? only.expression : undefined;
}

function expandBody(cx: Context, frame: Frame, entity: Extract<Entity, { k: "function" }>, body: ts.Block): number | undefined {
  const fn = cx.fn!;
  const end = fn.code.newLabel();
  const result = frame.resultType.kind === "void" ? undefined : fn.code.newRegister();
  const inner: Frame = { ...frame, inline: { end, result } };
  fn.expanding.push(entity.symbol);
  try {
    fn.within(inner, () => {
      for (const part of body.statements) statement(cx, part);
    });
  } finally {
    fn.expanding.pop();
  }
  fn.code.label(end);
  return result;
}

// Unary, binary, conditional and assignment operators under C's rules.

import ts = require("typescript");

import {
  assign,
  type BinaryOp,
  binary,
  type Condition,
  compare,
  conditional,
  constant,
  convert,
  logical,
  negate,
  sequence,
  symbolAddress,
  type Tree,
  truth,
  unary,
} from "../codegen/tree.js";
import { fail } from "../diagnostics.js";
import {
  BOOL,
  CHAR_POINTER,
  type CType,
  commonType,
  INT,
  type IntType,
  promote,
  sameType,
  typeText,
  VOID,
  VOID_POINTER,
} from "../front/c-type.js";
import type { Context } from "./context.js";
import { condition, convertTo, expression, foldString, lvalue } from "./expressions.js";

const arithmetic: Partial<Record<ts.SyntaxKind, BinaryOp>> = {
  [ts.SyntaxKind.PlusToken]: "add",
  [ts.SyntaxKind.MinusToken]: "sub",
  [ts.SyntaxKind.AsteriskToken]: "mul",
  [ts.SyntaxKind.SlashToken]: "div",
  [ts.SyntaxKind.PercentToken]: "rem",
  [ts.SyntaxKind.AmpersandToken]: "and",
  [ts.SyntaxKind.BarToken]: "or",
  [ts.SyntaxKind.CaretToken]: "xor",
  [ts.SyntaxKind.LessThanLessThanToken]: "shl",
  [ts.SyntaxKind.GreaterThanGreaterThanToken]: "shr",
};
const compound: Partial<Record<ts.SyntaxKind, BinaryOp>> = {
  [ts.SyntaxKind.PlusEqualsToken]: "add",
  [ts.SyntaxKind.MinusEqualsToken]: "sub",
  [ts.SyntaxKind.AsteriskEqualsToken]: "mul",
  [ts.SyntaxKind.SlashEqualsToken]: "div",
  [ts.SyntaxKind.PercentEqualsToken]: "rem",
  [ts.SyntaxKind.AmpersandEqualsToken]: "and",
  [ts.SyntaxKind.BarEqualsToken]: "or",
  [ts.SyntaxKind.CaretEqualsToken]: "xor",
  [ts.SyntaxKind.LessThanLessThanEqualsToken]: "shl",
  [ts.SyntaxKind.GreaterThanGreaterThanEqualsToken]: "shr",
};
const comparisons: Partial<Record<ts.SyntaxKind, readonly [signed: Condition, unsigned: Condition]>> = {
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: ["e", "e"],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: ["ne", "ne"],
  [ts.SyntaxKind.LessThanToken]: ["l", "b"],
  [ts.SyntaxKind.LessThanEqualsToken]: ["le", "be"],
  [ts.SyntaxKind.GreaterThanToken]: ["g", "a"],
  [ts.SyntaxKind.GreaterThanEqualsToken]: ["ge", "ae"],
};

export function binaryExpression(cx: Context, node: ts.BinaryExpression, expected?: CType): Tree {
  const kind = node.operatorToken.kind;
  switch (kind) {
    case ts.SyntaxKind.EqualsToken:
      return assignment(cx, node);
    case ts.SyntaxKind.CommaToken:
      return sequence([expression(cx, node.left)], expression(cx, node.right, expected));
    case ts.SyntaxKind.AmpersandAmpersandToken:
    case ts.SyntaxKind.BarBarToken:
      return logicalExpression(cx, node, kind === ts.SyntaxKind.AmpersandAmpersandToken ? "and" : "or", expected);
    case ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken:
    case ts.SyntaxKind.GreaterThanGreaterThanGreaterThanEqualsToken:
      return fail(node, "shiftUnsigned");
    case ts.SyntaxKind.AsteriskAsteriskToken:
    case ts.SyntaxKind.AsteriskAsteriskEqualsToken:
      return fail(node, "power");
    case ts.SyntaxKind.EqualsEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsToken:
      return fail(node, "looseEquality");
  }
  const update = compound[kind];
  if (update !== undefined) return compoundAssignment(cx, node, update);
  const comparison = comparisons[kind];
  if (comparison !== undefined) return comparisonExpression(cx, node, comparison);
  const op = arithmetic[kind];
  if (op === undefined) return fail(node.operatorToken, "unsupported", `'${node.operatorToken.getText()}'`);
  if (op === "add") {
    const text = foldString(cx, node);
    if (text !== undefined) return symbolAddress(cx.unit.string(text), CHAR_POINTER);
  }
  return arithmeticTree(node, op, expression(cx, node.left), expression(cx, node.right));
}

/** a op b with the usual conversions. */
function arithmeticTree(node: ts.BinaryExpression, op: BinaryOp, a: Tree, b: Tree): Tree {
  if (a.type.kind !== "int" || b.type.kind !== "int") {
    const isText = (t: Tree) => t.type.kind === "pointer" && t.type.to.kind === "int" && t.type.to.size === 1;
    if (op === "add" && (isText(a) || isText(b))) return fail(node, "stringAdd");
    return fail(node, "pointerArithmetic", node.operatorToken.getText());
  }
  const type = operationTypeOf(op, a.type, b.type);
  if ((op === "div" || op === "rem") && b.k === "const" && b.value === 0n) fail(node, "divideByZero");
  return binary(op, convert(a, type), op === "shl" || op === "shr" ? shiftCount(b) : convert(b, type), type);
}

function operationTypeOf(op: BinaryOp, a: IntType, b: IntType): IntType {
  return op === "shl" || op === "shr" ? promote(a) : commonType(a, b);
}

/** Only the low bits of a count matter. */
function shiftCount(b: Tree): Tree {
  return convert(b, promote(b.type as IntType));
}

function comparisonExpression(cx: Context, node: ts.BinaryExpression, [signed, unsigned]: readonly [Condition, Condition]): Tree {
  for (const [side, other] of [
    [node.left, node.right],
    [node.right, node.left],
  ] as const) {
    if (ts.isStringLiteral(side) && other.kind !== ts.SyntaxKind.NullKeyword) fail(node, "stringCompare");
  }
  const a = expression(cx, node.left);
  const b = expression(cx, node.right);
  if (a.type.kind === "int" && b.type.kind === "int") {
    const type = a.type.bool && b.type.bool ? INT : commonType(a.type, b.type);
    return compare(type.signed ? signed : unsigned, convert(a, type), convert(b, type));
  }
  if (a.type.kind === "pointer" && b.type.kind === "pointer") return compare(unsigned, a, convert(b, a.type));
  return fail(node, "conversion", typeText(b.type), typeText(a.type));
}

/** `a && b`, `a || b`: a condition where one side is one, else C's `?:` on the operand. */
function logicalExpression(cx: Context, node: ts.BinaryExpression, op: "and" | "or", expected?: CType): Tree {
  const a = expression(cx, node.left, expected);
  const b = expression(cx, node.right, expected);
  if (b.type.kind === "void") {
    // `ready && wake_up()` as a statement.
    const nothing = constant(0, VOID);
    return op === "and" ? conditional(truth(a), b, nothing, VOID) : conditional(truth(a), nothing, b, VOID);
  }
  const isBool = (t: Tree) => t.type.kind === "int" && t.type.bool;
  if (isBool(a) || isBool(b)) return logical(op, truth(a), truth(b));
  const type = mergedType(cx, node, a.type, b.type);
  const [x, y] = [convertTo(node.left, a, type), convertTo(node.right, b, type)];
  if (op === "and") return conditional(truth(a), y, constant(0, type), type);
  if (x.k === "const") return x.value !== 0n ? x : y;
  return { k: "operand", type, mods: x.mods || y.mods, op, a: x, b: y };
}

/** The type of a ? b : c. */
function mergedType(cx: Context, node: ts.Expression, a: CType, b: CType): CType {
  if (a === b) return a;
  if (a.kind === "int" && b.kind === "int") return a.bool && b.bool ? BOOL : commonType(a, b);
  if (a.kind === "pointer" && b.kind === "pointer") {
    if (a.to.kind === "void") return b;
    if (b.to.kind === "void" || sameType(a, b)) return a;
    const checked = cx.unit.program.types.map(cx.unit.program.checker.getTypeAtLocation(node), node);
    return checked.kind === "pointer" ? checked : VOID_POINTER;
  }
  return fail(node, "conversion", typeText(b), typeText(a));
}

export function conditionalExpression(cx: Context, node: ts.ConditionalExpression, expected?: CType): Tree {
  const c = condition(cx, node.condition);
  const a = expression(cx, node.whenTrue, expected);
  const b = expression(cx, node.whenFalse, expected);
  if (a.type.kind === "void" || b.type.kind === "void") return conditional(c, { ...a, type: VOID }, { ...b, type: VOID }, VOID);
  const type = mergedType(cx, node, a.type, b.type);
  return conditional(c, convertTo(node.whenTrue, a, type), convertTo(node.whenFalse, b, type), type);
}

function assignment(cx: Context, node: ts.BinaryExpression): Tree {
  if (ts.isArrayLiteralExpression(node.left) || ts.isObjectLiteralExpression(node.left)) fail(node.left, "destructuring");
  const target = lvalue(cx, node.left);
  const { type } = target;
  if (type.kind === "struct" || type.kind === "array") fail(node, "assignAggregate");
  return assign(target, convertTo(node.right, expression(cx, node.right, type), type));
}

function compoundAssignment(cx: Context, node: ts.BinaryExpression, op: BinaryOp): Tree {
  const target = lvalue(cx, node.left);
  const { type } = target;
  if (type.kind !== "int") return fail(node, "pointerArithmetic", node.operatorToken.getText());
  const value = expression(cx, node.right);
  if (value.type.kind !== "int") return fail(node.right, "conversion", typeText(value.type), typeText(type));
  if ((op === "div" || op === "rem") && value.k === "const" && value.value === 0n) fail(node, "divideByZero");
  const operationType = operationTypeOf(op, type, value.type);
  const converted = op === "shl" || op === "shr" ? shiftCount(value) : convert(value, operationType);
  const mods = target.k === "reg" || target.address.mods || value.mods;
  return { k: "update", type, mods, target, op, operationType, value: converted, old: false };
}

function step(cx: Context, node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression, old: boolean): Tree {
  const target = lvalue(cx, node.operand);
  const { type } = target;
  if (type.kind !== "int") return fail(node, "pointerArithmetic", node.operator === ts.SyntaxKind.PlusPlusToken ? "++" : "--");
  const operationType = promote(type);
  const one = constant(node.operator === ts.SyntaxKind.PlusPlusToken ? 1 : -1, operationType);
  const mods = target.k === "reg" || target.address.mods;
  return { k: "update", type, mods, target, op: "add", operationType, value: one, old };
}

export function postfixExpression(cx: Context, node: ts.PostfixUnaryExpression): Tree {
  return step(cx, node, true);
}

export function prefixExpression(cx: Context, node: ts.PrefixUnaryExpression): Tree {
  if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken) return step(cx, node, false);
  if (node.operator === ts.SyntaxKind.ExclamationToken) return negate(condition(cx, node.operand));
  const a = expression(cx, node.operand);
  if (a.type.kind !== "int") return fail(node, "pointerArithmetic", ts.tokenToString(node.operator) ?? "?");
  const type = promote(a.type);
  const value = convert(a, type);
  if (node.operator === ts.SyntaxKind.PlusToken) return value;
  return unary(node.operator === ts.SyntaxKind.MinusToken ? "neg" : "not", value, type);
}

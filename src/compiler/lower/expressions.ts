// Expressions of kernel TypeScript as trees: names, literals, fields, elements, casts. Operators and calls have files of their own.

import ts = require("typescript");

import {
  binary,
  constant,
  convert,
  load,
  offsetAddress,
  type Place,
  register,
  retype,
  slotAddress,
  symbolAddress,
  type Tree,
  truth,
} from "../codegen/tree.js";
import { fail } from "../diagnostics.js";
import {
  BOOL,
  CHAR_POINTER,
  type CType,
  decay,
  INT,
  type IntType,
  literalType,
  pointerTo,
  S64,
  type StructType,
  sizeOf,
  typeText,
  U64,
  VOID,
  VOID_POINTER,
} from "../front/c-type.js";
import { parseInteger } from "../front/literals.js";
import { call } from "./calls.js";
import { type Context, type Local, shortPath, strip } from "./context.js";
import { entityOf, functionAddress, variableAddress } from "./entities.js";
import { anonymousFunction } from "./functions.js";
import { literalObject } from "./initialisers.js";
import { binaryExpression, conditionalExpression, postfixExpression, prefixExpression } from "./operators.js";

/** An lvalue: a register, or memory of a type that may be a struct or array in place. */
export type LValue = Place;

/** A value; `expected` guides object and array literals and nothing else. */
export function expression(cx: Context, node: ts.Expression, expected?: CType): Tree {
  switch (node.kind) {
    case ts.SyntaxKind.NumericLiteral:
      return number(node as ts.NumericLiteral);
    case ts.SyntaxKind.StringLiteral:
    case ts.SyntaxKind.NoSubstitutionTemplateLiteral:
      return symbolAddress(cx.unit.string((node as ts.StringLiteral).text), CHAR_POINTER);
    case ts.SyntaxKind.TrueKeyword:
      return constant(1, BOOL);
    case ts.SyntaxKind.FalseKeyword:
      return constant(0, BOOL);
    case ts.SyntaxKind.NullKeyword:
      return constant(0, VOID_POINTER);
    case ts.SyntaxKind.ParenthesizedExpression:
    case ts.SyntaxKind.NonNullExpression:
    case ts.SyntaxKind.SatisfiesExpression:
      return expression(cx, (node as ts.ParenthesizedExpression).expression, expected);
    case ts.SyntaxKind.AsExpression:
    case ts.SyntaxKind.TypeAssertionExpression:
      return cast(cx, node as ts.AsExpression);
    case ts.SyntaxKind.Identifier:
    case ts.SyntaxKind.PropertyAccessExpression:
    case ts.SyntaxKind.ElementAccessExpression:
      return read(cx, node);
    case ts.SyntaxKind.CallExpression:
      return call(cx, node as ts.CallExpression);
    case ts.SyntaxKind.PrefixUnaryExpression:
      return prefixExpression(cx, node as ts.PrefixUnaryExpression);
    case ts.SyntaxKind.PostfixUnaryExpression:
      return postfixExpression(cx, node as ts.PostfixUnaryExpression);
    case ts.SyntaxKind.BinaryExpression:
      return binaryExpression(cx, node as ts.BinaryExpression, expected);
    case ts.SyntaxKind.ConditionalExpression:
      return conditionalExpression(cx, node as ts.ConditionalExpression, expected);
    case ts.SyntaxKind.ObjectLiteralExpression:
    case ts.SyntaxKind.ArrayLiteralExpression:
      return literalObject(cx, node as ts.ObjectLiteralExpression, expected ?? contextualType(cx, node));
    case ts.SyntaxKind.ArrowFunction:
    case ts.SyntaxKind.FunctionExpression:
      return anonymousFunction(cx, node as ts.ArrowFunction);
    case ts.SyntaxKind.VoidExpression:
      return retype(expression(cx, (node as ts.VoidExpression).expression), VOID);
    default:
      return refuse(node);
  }
}

function refuse(node: ts.Expression): never {
  switch (node.kind) {
    case ts.SyntaxKind.TemplateExpression:
    case ts.SyntaxKind.TaggedTemplateExpression:
      return fail(node, "template");
    case ts.SyntaxKind.RegularExpressionLiteral:
      return fail(node, "regexp");
    case ts.SyntaxKind.BigIntLiteral:
      return fail(node, "bigint");
    case ts.SyntaxKind.SpreadElement:
      return fail(node, "spread");
    case ts.SyntaxKind.NewExpression:
    case ts.SyntaxKind.ClassExpression:
    case ts.SyntaxKind.ThisKeyword:
    case ts.SyntaxKind.SuperKeyword:
      return fail(node, "class");
    case ts.SyntaxKind.AwaitExpression:
      return fail(node, "async");
    case ts.SyntaxKind.YieldExpression:
      return fail(node, "generator");
    default:
      return fail(node, "unsupported", `'${ts.SyntaxKind[node.kind]}'`);
  }
}

function contextualType(cx: Context, node: ts.Expression): CType | undefined {
  const type = cx.unit.program.checker.getContextualType(node);
  return type === undefined ? undefined : cx.unit.program.types.map(type, node);
}

function number(node: ts.NumericLiteral): Tree {
  const value = parseInteger(node.getText());
  if (value === undefined) return fail(node, "fraction");
  return constant(value, literalType(value));
}

function cast(cx: Context, node: ts.AsExpression): Tree {
  // `x as unknown as T` and `as const` change nothing by themselves.
  if (node.type.kind === ts.SyntaxKind.UnknownKeyword || node.type.kind === ts.SyntaxKind.NeverKeyword || node.type.getText() === "const") {
    return expression(cx, node.expression);
  }
  const type = decay(cx.unit.program.types.fromNode(node.type));
  const inner = strip(node.expression);
  if (ts.isObjectLiteralExpression(inner) || ts.isArrayLiteralExpression(inner)) return literalObject(cx, inner, type);
  const value = expression(cx, node.expression, type);
  if (value.type.kind === "int" && type.kind === "pointer" && value.k !== "const")
    fail(node, "conversion", typeText(value.type), typeText(type));
  return convert(value, type);
}

// ---- places ----

/** The meaning of a local name, if it is one. */
export function localOf(cx: Context, symbol: ts.Symbol): Local | undefined {
  return cx.fn?.frame.locals.get(symbol);
}

/** Reads a name, field or element. Structs and arrays in place give their address. */
function read(cx: Context, node: ts.Expression): Tree {
  const direct = constantName(cx, node);
  if (direct !== undefined) return direct;
  return readPlace(lvalue(cx, node));
}

export function readPlace(place: LValue, volatile = false): Tree {
  if (place.k === "reg") return register(place.reg, place.type);
  const { type } = place;
  if (type.kind === "struct" || type.kind === "array" || type.kind === "function") return retype(place.address, decay(type));
  return load(place.address, type, place.gs, volatile);
}

/** Names that are values without a place: constants, functions, enum members. */
function constantName(cx: Context, node: ts.Expression): Tree | undefined {
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined;
  const symbol = cx.unit.program.resolve(ts.isIdentifier(node) ? node : node.name);
  if (symbol === undefined) return undefined;
  const local = localOf(cx, symbol);
  if (local !== undefined) return local.k === "value" ? local.tree : undefined;
  if (
    ts.isPropertyAccessExpression(node) &&
    !(symbol.flags & (ts.SymbolFlags.EnumMember | ts.SymbolFlags.Variable | ts.SymbolFlags.Function))
  ) {
    return undefined;
  }
  if (ts.isIdentifier(node)) {
    if (node.text === "THIS_MODULE") {
      const type = cx.unit.program.types.map(cx.unit.program.checker.getTypeAtLocation(node), node);
      return cx.unit.options.module === undefined ? constant(0, type) : symbolAddress(cx.unit.object.symbol("__this_module"), type);
    }
    if (node.text === "KBUILD_MODNAME") return symbolAddress(cx.unit.string(cx.unit.options.module ?? "kernel"), CHAR_POINTER);
    if (node.text === "MODULE" && isAmbient(symbol)) return constant(cx.unit.options.module === undefined ? 0 : 1, INT);
    if (node.text === "__FILE__") return symbolAddress(cx.unit.string(shortPath(node.getSourceFile().fileName)), CHAR_POINTER);
    if (node.text === "__LINE__") {
      return constant(node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1, INT);
    }
    if (node.text.startsWith("CONFIG_") && isAmbient(symbol)) {
      return constant(
        cx.unit.options.config?.get(node.text) ?? 0n,
        cx.unit.program.types.map(cx.unit.program.checker.getTypeAtLocation(node), node),
      );
    }
    if (node.text === "undefined" && symbol.declarations === undefined) fail(node, "unsupported", "undefined");
  }
  const entity = entityOf(cx.unit, symbol, node);
  if (entity?.k === "constant") return entity.tree;
  if (entity?.k === "function") return functionAddress(cx.unit, entity);
  return undefined;
}

/** Declared by kcc.d.ts, and nowhere defined. */
function isAmbient(symbol: ts.Symbol): boolean {
  return symbol.valueDeclaration?.getSourceFile().isDeclarationFile === true;
}

/** What a name, field access or element access denotes. */
export function lvalue(cx: Context, node: ts.Expression): LValue {
  if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node)) return lvalue(cx, node.expression);
  if (ts.isIdentifier(node)) return namedPlace(cx, node);
  if (ts.isPropertyAccessExpression(node)) return fieldPlace(cx, node);
  if (ts.isElementAccessExpression(node)) return elementPlace(cx, node);
  return fail(node, "notLvalue");
}

function namedPlace(cx: Context, node: ts.Identifier): LValue {
  const symbol = cx.unit.program.resolve(node) ?? fail(node, "unknownName", node.text);
  const local = localOf(cx, symbol);
  if (local !== undefined) {
    if (local.k === "reg") return { k: "reg", reg: local.reg, type: local.type };
    if (local.k === "slot") return { k: "memory", address: slotAddress(local.slot, pointerTo(local.type)), type: local.type, gs: false };
    // An object's address under a constant name.
    const { tree } = local;
    if (tree.type.kind === "pointer" && (tree.k === "slot" || tree.k === "symbol")) {
      return { k: "memory", address: tree, type: tree.type.to, gs: false };
    }
    return fail(node, "notLvalue");
  }
  const entity = entityOf(cx.unit, symbol, node);
  if (entity?.k === "variable") {
    return { k: "memory", address: variableAddress(cx.unit, entity, node), type: entity.type, gs: false };
  }
  if (entity === undefined) {
    const declaration = symbol.valueDeclaration;
    const isLocal =
      declaration !== undefined &&
      (ts.isParameter(declaration) || (ts.isVariableDeclaration(declaration) && !ts.isSourceFile(declaration.parent.parent.parent)));
    fail(node, isLocal ? "closure" : "unknownName", node.text);
  }
  return fail(node, "notLvalue");
}

/** An expression that must be a pointer to a struct; falls back on TypeScript's type where kcc's is void *. */
export function structPointer(cx: Context, node: ts.Expression): { base: Tree; struct: StructType } | undefined {
  const base = expression(cx, node);
  let { type } = base;
  if (type.kind === "pointer" && type.to.kind !== "struct") {
    const checked = decay(cx.unit.program.types.map(cx.unit.program.checker.getTypeAtLocation(node), node));
    if (checked.kind === "pointer" && checked.to.kind === "struct") type = checked;
  }
  if (type.kind !== "pointer" || type.to.kind !== "struct") return undefined;
  return { base, struct: type.to };
}

function fieldPlace(cx: Context, node: ts.PropertyAccessExpression): LValue {
  const owner = structPointer(cx, node.expression);
  if (owner === undefined) {
    // A name in an imported namespace.
    const symbol = cx.unit.program.resolve(node.name);
    const entity = symbol === undefined ? undefined : entityOf(cx.unit, symbol, node);
    if (entity?.k === "variable") return { k: "memory", address: variableAddress(cx.unit, entity, node), type: entity.type, gs: false };
    return fail(node.name, "noField", node.expression.getText(), node.name.text);
  }
  const field = owner.struct.fields.get(node.name.text) ?? fail(node.name, "noField", owner.struct.name, node.name.text);
  return { k: "memory", address: offsetAddress(owner.base, field.offset, pointerTo(field.type)), type: field.type, gs: false };
}

function elementPlace(cx: Context, node: ts.ElementAccessExpression): LValue {
  const base = expression(cx, node.expression);
  if (base.type.kind !== "pointer") return fail(node, "notLvalue");
  let element = base.type.to;
  if (element.kind === "void" || element.kind === "function") {
    const checked = decay(cx.unit.program.types.map(cx.unit.program.checker.getTypeAtLocation(node.expression), node));
    if (checked.kind === "pointer" && checked.to.kind !== "void") element = checked.to;
    else return fail(node, "dynamicSize");
  }
  const index = expression(cx, node.argumentExpression);
  if (index.type.kind !== "int") fail(node.argumentExpression, "conversion", typeText(index.type), "an index");
  return { k: "memory", address: elementAddress(base, index, element), type: element, gs: false };
}

/** base + index * size. */
export function elementAddress(base: Tree, index: Tree, element: CType): Tree {
  const wide = convert(index, (index.type as IntType).signed ? S64 : U64);
  const bytes = binary("mul", wide, constant(sizeOf(element), U64), U64);
  return retype(binary("add", base, bytes, base.type), pointerTo(element));
}

// ---- conversions ----

/** Converts for assignment, argument passing and return. */
export function convertTo(node: ts.Node, tree: Tree, to: CType): Tree {
  const from = tree.type;
  if (from === to || to.kind === "void") return tree;
  if (to.kind === "pointer") {
    if (from.kind === "pointer") return retype(tree, to);
    if (from.kind === "int" && tree.k === "const" && tree.value === 0n) return constant(0, to);
    return fail(node, "conversion", typeText(from), typeText(to));
  }
  if (to.kind === "int") {
    if (from.kind === "int" || (from.kind === "pointer" && to.bool)) return convert(tree, to);
    return fail(node, "conversion", typeText(from), typeText(to));
  }
  return fail(node, "conversion", typeText(from), typeText(to));
}

/** An expression as a condition. */
export function condition(cx: Context, node: ts.Expression): Tree {
  const inner = ts.isParenthesizedExpression(node) ? node.expression : node;
  if (inner !== node) return condition(cx, inner);
  const tree = expression(cx, node);
  if (tree.type.kind === "void") fail(node, "conversion", "void", "a condition");
  return truth(tree);
}

/** An integer known at compile time. */
export function constantInteger(cx: Context, node: ts.Expression): bigint | undefined {
  const tree = expression(cx, node);
  return tree.k === "const" && tree.type.kind === "int" ? BigInt(tree.value) : undefined;
}

/** The text of a string literal, of a constant that is one, or of a sum of such. */
export function foldString(cx: Context, node: ts.Expression): string | undefined {
  const inner = strip(node);
  if (ts.isStringLiteral(inner) || ts.isNoSubstitutionTemplateLiteral(inner)) return inner.text;
  if (ts.isBinaryExpression(inner) && inner.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const left = foldString(cx, inner.left);
    if (left === undefined) return undefined;
    const right = foldString(cx, inner.right);
    return right === undefined ? undefined : left + right;
  }
  if (ts.isIdentifier(inner)) {
    if (inner.text === "KBUILD_MODNAME") return cx.unit.options.module ?? "kernel";
    const symbol = cx.unit.program.resolve(inner);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
    const list = declaration.parent;
    if (declaration.initializer === undefined || !ts.isVariableDeclarationList(list) || !(list.flags & ts.NodeFlags.Const))
      return undefined;
    const first = strip(declaration.initializer);
    if (
      !ts.isStringLiteral(first) &&
      !ts.isBinaryExpression(first) &&
      !ts.isIdentifier(first) &&
      !ts.isNoSubstitutionTemplateLiteral(first)
    )
      return undefined;
    if (declaration.type !== undefined && cx.unit.program.types.fromNode(declaration.type).kind === "array") return undefined;
    if (!ts.isSourceFile(list.parent.parent)) return undefined;
    return foldString(cx, declaration.initializer);
  }
  return undefined;
}

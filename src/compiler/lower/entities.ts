// What a module-level name means: a constant, a function, a variable in memory, a block of assembler. Made from declarations on
// first use, for this object's files and for files it imports alike.

import ts = require("typescript");

import { symbolAddress, type Tree } from "../codegen/tree.js";
import { diagnosticAt, fail } from "../diagnostics.js";
import { type ArrayType, type CType, U8 as charType, type FunctionType, literalType as literalTypeOf, pointerTo } from "../front/c-type.js";
import { isFunctionLike, strip } from "./context.js";
import { convertTo, expression, foldString } from "./expressions.js";
import { arrayLength } from "./initialisers.js";
import type { Unit } from "./unit.js";

export type Entity =
  | { readonly k: "constant"; readonly tree: Tree; readonly string?: string }
  | {
      readonly k: "function";
      readonly name: string;
      readonly type: FunctionType;
      readonly declaration: ts.FunctionLikeDeclaration | undefined;
      readonly inline: boolean;
      readonly symbol: ts.Symbol;
    }
  | {
      readonly k: "variable";
      readonly name: string;
      /** As stored: structs and arrays in place. */
      readonly type: CType;
      readonly declaration: ts.VariableDeclaration;
      readonly perCpu: boolean;
      readonly symbol: ts.Symbol;
    };

const evaluating = new Set<ts.Symbol>();

/** The entity of a module-level symbol, or undefined for what has no meaning at run time. */
export function entityOf(unit: Unit, symbol: ts.Symbol, at: ts.Node): Entity | undefined {
  const known = unit.entities.get(symbol);
  if (known !== undefined) return known;
  if (evaluating.has(symbol)) fail(at, "recursion", symbol.name);
  evaluating.add(symbol);
  try {
    const made = make(unit, symbol);
    if (made !== undefined) unit.entities.set(symbol, made);
    return made;
  } finally {
    evaluating.delete(symbol);
  }
}

function make(unit: Unit, symbol: ts.Symbol): Entity | undefined {
  const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0];
  if (declaration === undefined) return undefined;
  if (ts.isFunctionDeclaration(declaration)) return functionEntity(unit, symbol, declaration);
  if (ts.isEnumMember(declaration)) return { k: "constant", tree: enumValue(unit, declaration) };
  if (ts.isVariableDeclaration(declaration)) return variableEntity(unit, symbol, declaration);
  return undefined;
}

function functionEntity(unit: Unit, symbol: ts.Symbol, first: ts.FunctionDeclaration): Entity {
  const bodies = symbol.declarations!.filter((d): d is ts.FunctionDeclaration => ts.isFunctionDeclaration(d) && d.body !== undefined);
  const declaration = bodies[0] ?? first;
  if (declaration.typeParameters !== undefined) fail(declaration, "generic");
  if (declaration.asteriskToken !== undefined) fail(declaration, "generator");
  if (declaration.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.AsyncKeyword)) fail(declaration, "async");
  const { types, checker } = unit.program;
  const type = types.signature(checker.getSignatureFromDeclaration(declaration)!, declaration);
  const inline = unit.program.attribute(symbol, "inline") !== undefined;
  return { k: "function", name: symbol.name, type, declaration: declaration.body === undefined ? undefined : declaration, inline, symbol };
}

/** Enum members in 64 bits, whatever TypeScript makes of them. */
function enumValue(unit: Unit, member: ts.EnumMember): Tree {
  const members = member.parent.members;
  if (member.initializer !== undefined) {
    const tree = expression({ unit }, member.initializer);
    if (tree.k !== "const") fail(member.initializer, "notConstant");
    return tree;
  }
  const index = members.indexOf(member);
  const one = { value: -1n };
  if (index > 0) {
    const previous = entityOf(unit, unit.program.resolve(members[index - 1]!.name)!, member);
    if (previous?.k === "constant" && previous.tree.k === "const") one.value = previous.tree.value;
  }
  return integerTree(one.value + 1n);
}

function integerTree(value: bigint): Tree {
  return { k: "const", type: literalTypeOf(value), mods: false, value };
}

function variableEntity(unit: Unit, symbol: ts.Symbol, declaration: ts.VariableDeclaration): Entity {
  const { types } = unit.program;
  const name = symbol.name;
  const list = declaration.parent as ts.VariableDeclarationList;
  const isConst = (list.flags & ts.NodeFlags.Const) !== 0;
  const ambient = (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Ambient) !== 0;
  const perCpu = unit.program.attribute(symbol, "percpu") !== undefined;
  const declared = declaration.type === undefined ? undefined : types.fromNode(declaration.type);
  const variable = (type: CType): Entity => ({ k: "variable", name, type, declaration, perCpu, symbol });
  if (ambient) {
    if (declared === undefined) return fail(declaration, "noWidth");
    return variable(isConst ? externType(declared) : declared);
  }
  const { initializer } = declaration;
  if (initializer === undefined) return declared === undefined ? fail(declaration, "noWidth") : variable(declared);
  const inner = strip(initializer);
  if (isAsmCall(inner)) {
    const signature = types.fromNode(inner.typeArguments?.[0] ?? fail(inner, "typeArgument", "asm"));
    const [label] = inner.arguments;
    const asmName = label !== undefined && ts.isStringLiteral(label) ? label.text : fail(inner, "literalText", "asm");
    if (signature.kind !== "pointer" || signature.to.kind !== "function") {
      // A block that is data or a bare label: its address is all that matters.
      return {
        k: "function",
        name: asmName,
        type: { kind: "function", params: [], result: signature, variadic: false },
        declaration: undefined,
        inline: false,
        symbol,
      };
    }
    return { k: "function", name: asmName, type: signature.to, declaration: undefined, inline: false, symbol };
  }
  if (isConst && (ts.isArrowFunction(inner) || ts.isFunctionExpression(inner))) {
    const type = types.signature(unit.program.checker.getSignatureFromDeclaration(inner)!, inner);
    return { k: "function", name, type, declaration: inner, inline: unit.program.attribute(symbol, "inline") !== undefined, symbol };
  }
  if (isConst && (ts.isObjectLiteralExpression(inner) || ts.isArrayLiteralExpression(inner))) {
    return variable(storageType(unit, declaration, declared, inner));
  }
  if (declared !== undefined && (declared.kind === "array" || declared.kind === "struct")) {
    const text = foldString({ unit }, initializer);
    if (text !== undefined && declared.kind === "array" && declared.length === 0) return variable({ ...declared, length: text.length + 1 });
    return variable(declared);
  }
  const owned = unit.program.attribute(symbol, "section") ?? unit.program.attribute(symbol, "global");
  if (isConst && owned === undefined && !perCpu) {
    const text = foldString({ unit }, initializer);
    if (text !== undefined) {
      return { k: "constant", tree: symbolAddress(unit.string(text), declared ?? pointerTo(charType)), string: text };
    }
    const value = expression({ unit, owner: name }, initializer, declared);
    const tree = declared === undefined ? value : convertTo(initializer, value, declared);
    if (tree.k === "const" || tree.k === "symbol") return { k: "constant", tree };
    return fail(initializer, "notConstant");
  }
  if (declared !== undefined) return variable(declared);
  const value = expression({ unit, owner: name }, initializer);
  if (value.type.kind === "void") fail(initializer, "notConstant");
  return variable(value.type);
}

/** `declare const x: u8[]` is an array of unknown length, `declare const s: foo` the struct itself. */
function externType(type: CType): CType {
  if (type.kind !== "pointer" || type.to.kind === "function") return type;
  if (type.to.kind === "struct") return type.to;
  if (type.to.kind === "void") return type;
  return { kind: "array", of: type.to, length: 0 };
}

/** The type of the storage that a `const` object or array literal is. */
function storageType(unit: Unit, declaration: ts.VariableDeclaration, declared: CType | undefined, literal: ts.Expression): CType {
  let type = declared;
  if (type === undefined) {
    const { initializer } = declaration;
    if (initializer !== undefined && ts.isAsExpression(initializer)) type = unit.program.types.fromNode(initializer.type);
    else if (ts.isArrayLiteralExpression(literal)) {
      type = unit.program.types.map(unit.program.checker.getTypeAtLocation(declaration), declaration);
    } else return fail(declaration, "noWidth");
  }
  if (type.kind === "pointer") {
    if (ts.isArrayLiteralExpression(literal)) {
      const length = arrayLength({ unit }, literal);
      const array: ArrayType = { kind: "array", of: type.to, length };
      return array;
    }
    if (type.to.kind === "struct") return type.to;
    return fail(declaration, "initialiser", "this type");
  }
  return type;
}

export function isAsmCall(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "asm";
}

/** The address of a function, and a request for a local copy where it is inline or static in another file. */
export function functionAddress(unit: Unit, entity: Extract<Entity, { k: "function" }>): Tree {
  const { symbol, declaration } = entity;
  const elsewhere = !unit.defines(symbol);
  if (declaration !== undefined && isFunctionLike(declaration)) {
    const needsCopy = (entity.inline || (elsewhere && !unit.program.isExported(symbol))) && !unit.copies.has(symbol);
    if (needsCopy) {
      unit.copies.add(symbol);
      unit.pendingFunctions.push(() => unit.compileFunction?.(entity));
    }
  }
  const ambient = declaration === undefined && !isAsmEntity(entity);
  return symbolAddress(unit.symbolFor(symbol, entity.name, ambient), pointerTo(entity.type));
}

function isAsmEntity(entity: Extract<Entity, { k: "function" }>): boolean {
  const declaration = entity.symbol.valueDeclaration;
  return declaration !== undefined && ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined;
}

/** The address of a variable. */
export function variableAddress(unit: Unit, entity: Extract<Entity, { k: "variable" }>, at: ts.Node): Tree {
  const ambient = (ts.getCombinedModifierFlags(entity.declaration) & ts.ModifierFlags.Ambient) !== 0;
  if (!ambient && !unit.defines(entity.symbol) && !unit.program.isExported(entity.symbol)) {
    unit.diagnostics.push(diagnosticAt(at, "unknownName", `${entity.name}' of another file (it is not exported) '`));
  }
  return symbolAddress(unit.symbolFor(entity.symbol, entity.name, ambient), pointerTo(entity.type));
}

// Object and array literals: static objects with relocations, or storage in the frame; nested literals lie in place or become
// objects of their own, as the field's type says.

import ts = require("typescript");

import { imm, RAX, RCX, RDI, reg, type Size, type Slot } from "../codegen/machine.js";
import { assign, offsetAddress, sequence, slotAddress, symbolAddress, type Tree } from "../codegen/tree.js";
import { fail } from "../diagnostics.js";
import {
  type ArrayType,
  alignOf,
  type CType,
  isAggregate,
  pointerTo,
  type StructType,
  sizeOf,
  typeText,
  VOID,
  wrap,
} from "../front/c-type.js";
import { utf8 } from "../front/literals.js";
import { type Context, strip } from "./context.js";
import { constantInteger, convertTo, expression, foldString } from "./expressions.js";
import { DataImage } from "./unit.js";

type Literal = ts.ObjectLiteralExpression | ts.ArrayLiteralExpression;

/** One part of a literal: where it goes and what it is. */
interface Part {
  readonly offset: number;
  readonly type: CType;
  readonly node: ts.Expression;
  readonly name: string;
}

function isLiteral(node: ts.Expression): node is Literal {
  return ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node);
}

/** The fields or elements that a literal gives. */
function parts(cx: Context, type: StructType | ArrayType, node: Literal): Part[] {
  return type.kind === "struct" ? structParts(type, node) : arrayParts(cx, type, node);
}

function structParts(type: StructType, node: Literal): Part[] {
  if (!ts.isObjectLiteralExpression(node)) return fail(node, "initialiser", typeText(type));
  return node.properties.map((property): Part => {
    if (ts.isSpreadAssignment(property)) return fail(property, "spread");
    if (ts.isGetAccessor(property) || ts.isSetAccessor(property)) return fail(property, "accessor");
    if (ts.isMethodDeclaration(property)) return fail(property, "unsupported", "a method");
    const name = ts.isIdentifier(property.name) || ts.isStringLiteral(property.name) ? property.name.text : property.name.getText();
    const field = type.fields.get(name) ?? fail(property.name, "noField", type.name, name);
    const value = ts.isShorthandPropertyAssignment(property) ? property.name : property.initializer;
    return { offset: field.offset, type: field.type, node: value, name };
  });
}

function arrayParts(cx: Context, type: ArrayType, node: Literal): Part[] {
  const size = sizeOf(type.of);
  const part = (index: number, value: ts.Expression): Part => {
    if (index >= type.length) fail(value, "tooManyElements", String(index + 1), String(type.length));
    return { offset: index * size, type: type.of, node: value, name: String(index) };
  };
  return indexed(cx, node).map(({ index, value }) => part(index, value));
}

/** Elements with their places: `[a, b]`, or `{ [N]: a }` as C's designated initialiser. */
function indexed(cx: Context, node: Literal): { index: number; value: ts.Expression }[] {
  if (ts.isArrayLiteralExpression(node)) {
    return node.elements.flatMap((value, index) => {
      if (ts.isSpreadElement(value)) return fail(value, "spread");
      return ts.isOmittedExpression(value) ? [] : [{ index, value }];
    });
  }
  return node.properties.map((property) => {
    if (!ts.isPropertyAssignment(property)) return fail(property, "spread");
    const { name } = property;
    const key = ts.isComputedPropertyName(name) ? constantInteger(cx, name.expression) : BigInt(name.getText());
    if (key === undefined) return fail(name, "needsConstant", "an index");
    return { index: Number(key), value: property.initializer };
  });
}

/** Number of elements of a literal for an array without length. */
export function arrayLength(cx: Context, node: Literal): number {
  if (ts.isArrayLiteralExpression(node)) return node.elements.length;
  return indexed(cx, node).reduce((length, { index }) => Math.max(length, index + 1), 0);
}

/** The type of the storage that a literal of an expected (pointer) type makes. */
function storageOf(cx: Context, node: Literal, expected: CType | undefined): StructType | ArrayType {
  if (expected !== undefined && isAggregate(expected)) {
    return expected.kind === "array" && expected.length === 0 ? { ...expected, length: arrayLength(cx, node) } : expected;
  }
  if (expected?.kind === "pointer") {
    if (ts.isArrayLiteralExpression(node) && expected.to.kind !== "void")
      return { kind: "array", of: expected.to, length: arrayLength(cx, node) };
    if (expected.to.kind === "struct") return expected.to;
  }
  return fail(node, "initialiser", expected === undefined ? "something of unknown type" : typeText(expected));
}

/** A literal as an expression: its value is the address of its storage. */
export function literalObject(cx: Context, node: Literal, expected: CType | undefined): Tree {
  const type = storageOf(cx, node, expected);
  const address = type.kind === "array" ? pointerTo(type.of) : pointerTo(type);
  if (cx.fn === undefined) {
    const symbol = cx.unit.object.localSymbol(cx.unit.anonymousName(cx.owner ?? "__compound_literal"));
    defineStatic(cx, symbol, type, node, {});
    return symbolAddress(symbol, address);
  }
  const slot = cx.fn.code.newSlot(sizeOf(type), alignOf(type));
  const base = slotAddress(slot, pointerTo(type));
  const stores = stackStores(cx, base, type, node);
  return sequence([...zeroRest(slot, sizeOf(type), stores), ...stores], { ...base, type: address });
}

/** Gives a symbol its static storage. */
export function defineStatic(
  cx: Context,
  symbol: Parameters<Context["unit"]["define"]>[0],
  type: CType,
  node: ts.Expression | undefined,
  options: { section?: string; align?: number; readOnly?: boolean },
): void {
  const image = new DataImage(sizeOf(type));
  if (node !== undefined) fillStatic({ unit: cx.unit, owner: symbol.name }, image, 0, type, node);
  cx.unit.define(symbol, type, image, options);
}

/** Writes an initialiser into a static object's image. */
function fillStatic(cx: Context, image: DataImage, offset: number, type: CType, node: ts.Expression): void {
  const inner = strip(node);
  if (isAggregate(type)) {
    const text = type.kind === "array" ? foldString(cx, node) : undefined;
    if (text !== undefined) {
      const bytes = utf8(text);
      if (bytes.length > sizeOf(type)) fail(node, "tooManyElements", String(bytes.length), String(sizeOf(type)));
      image.bytes.set(bytes, offset);
      return;
    }
    if (!isLiteral(inner)) fail(node, "initialiser", typeText(type));
    for (const part of parts(cx, type, inner)) {
      fillStatic({ ...cx, owner: `${cx.owner}.${part.name}` }, image, offset + part.offset, part.type, part.node);
    }
    return;
  }
  const value = convertTo(node, expression(cx, node, type), type);
  if (value.k === "symbol") {
    if (sizeOf(type) !== 8) fail(node, "notConstant");
    image.relocations.push({ offset, symbol: value.symbol, addend: value.offset });
  } else if (value.k === "const") {
    const bits = BigInt.asUintN(64, wrap(value.value, type));
    for (let i = 0; i < sizeOf(type); i++) image.bytes[offset + i] = Number((bits >> BigInt(8 * i)) & 0xffn);
  } else fail(node, "notConstant");
}

// ---- in the frame ----

/** Stores of a literal's parts into storage that is zero where no part lies. */
function stackStores(cx: Context, base: Tree, type: CType, node: ts.Expression): Tree[] {
  const inner = strip(node);
  if (isAggregate(type)) {
    const text = type.kind === "array" ? foldString(cx, node) : undefined;
    if (text !== undefined) return textStores(base, type, node, text);
    if (!isLiteral(inner)) return fail(node, "initialiser", typeText(type));
    return parts(cx, type, inner).flatMap((part) =>
      stackStores(cx, offsetAddress(base, part.offset, pointerTo(part.type)), part.type, part.node),
    );
  }
  const value = convertTo(node, expression(cx, node, type), type);
  return [assign({ k: "memory", address: base, type, gs: false }, value)];
}

/** `char x[n] = "text"` in a function: in words where they fit. */
function textStores(base: Tree, type: CType, node: ts.Expression, text: string): Tree[] {
  const bytes = utf8(text);
  if (bytes.length > sizeOf(type)) fail(node, "tooManyElements", String(bytes.length), String(sizeOf(type)));
  const trees: Tree[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size: Size = bytes.length - at >= 4 ? 4 : 1;
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]!);
    const unit: CType = { kind: "int", size, signed: false, bool: false, name: size === 4 ? "u32" : "u8" };
    const address = offsetAddress(base, at, pointerTo(unit));
    trees.push(assign({ k: "memory", address, type: unit, gs: false }, { k: "const", type: unit, mods: false, value }));
    at += size;
  }
  return trees;
}

/** Initialises declared storage in the frame. */
export function fillStack(cx: Context, slot: Slot, type: CType, node: ts.Expression): void {
  const stores = stackStores(cx, slotAddress(slot, pointerTo(type)), type, node);
  for (const tree of [...zeroRest(slot, sizeOf(type), stores), ...stores]) cx.fn!.selector.effect(tree);
}

/** Zeroes the 8-byte words of a slot that the stores do not cover whole. */
function zeroRest(slot: Slot, size: number, stores: readonly Tree[]): Tree[] {
  const covered = new Uint8Array(size);
  for (const store of stores) {
    if (store.k !== "assign" || store.target.k !== "memory" || store.target.address.k !== "slot" || store.target.address.slot !== slot)
      continue;
    const { offset } = store.target.address;
    covered.fill(1, offset, offset + sizeOf(store.target.type));
  }
  if (covered.every((byte) => byte === 1)) return [];
  if (size > 128) return [zeroTree(slot, 0, size)];
  const trees: Tree[] = [];
  for (let at = 0; at < size; at += 8) {
    const end = Math.min(at + 8, size);
    if (covered.subarray(at, end).some((byte) => byte === 0)) trees.push(zeroTree(slot, at, end - at));
  }
  return trees;
}

/** Zeroes part of a slot: by single stores, or by rep stosq when it is large. */
function zeroTree(slot: Slot, offset: number, size: number): Tree {
  return {
    k: "code",
    type: VOID,
    mods: false,
    effect: true,
    run: ({ fn }) => {
      const at = (disp: number) => ({ k: "m", slot, disp, scale: 1 }) as const;
      let done = 0;
      if (size > 128) {
        const count = size >> 3;
        fn.emit("lea", 8, reg(RDI), at(offset));
        fn.emit("mov", 4, reg(RCX), imm(count));
        fn.emit("mov", 4, reg(RAX), imm(0));
        fn.emit("stosq", 8, undefined, undefined, { prefix: "rep", uses: [RDI, RCX, RAX], defs: [RDI, RCX], keep: true });
        done = count * 8;
      }
      for (const step of [8, 4, 2, 1] as const) {
        for (; size - done >= step; done += step) fn.emit("mov", step, at(offset + done), imm(0));
      }
      return undefined;
    },
  };
}

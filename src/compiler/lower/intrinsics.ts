// The functions of kcc.d.ts that are no calls: casts, addresses, sizes, per-CPU access, printk's wrappers. Atomic and machine
// instructions are in intrinsics-machine.ts.

import ts = require("typescript");

import { type MemOperand, RBP, reg } from "../codegen/machine.js";
import type { Selector } from "../codegen/select.js";
import { assign, binary, constant, convert, load, offsetAddress, retype, symbolAddress, type Tree } from "../codegen/tree.js";
import { fail } from "../diagnostics.js";
import {
  type CType,
  decay,
  type IntType,
  intTypes,
  isScalar,
  pointerTo,
  StructType,
  sizeOf,
  U8,
  U64,
  VA_LIST,
  VOID,
  VOID_POINTER,
} from "../front/c-type.js";
import { bug } from "./bugs.js";
import type { Context } from "./context.js";
import { entityOf } from "./entities.js";
import { convertTo, elementAddress, expression, foldString, lvalue, readPlace, structPointer } from "./expressions.js";
import { machineIntrinsic } from "./intrinsics-machine.js";
import { message } from "./messages.js";

/** A tree of code of its own. */
export function code(type: CType, run: (selector: Selector) => number | undefined, mods = false): Tree {
  return { k: "code", type, mods, effect: true, run };
}

export function intrinsic(cx: Context, node: ts.CallExpression, name: string): Tree {
  const args = node.arguments;
  const cast = intTypes[name];
  if (cast !== undefined && args.length === 1) return integerCast(cx, args[0]!, cast);
  switch (name) {
    case "addr":
      return addressOf(cx, args[0]!);
    case "add": {
      const base = expression(cx, args[0]!);
      if (base.type.kind !== "pointer") return fail(args[0]!, "notLvalue");
      const element = base.type.to.kind === "void" ? U8 : base.type.to;
      return retype(elementAddress(base, expression(cx, args[1]!), element), base.type);
    }
    case "at": {
      const value = convert(expression(cx, args[0]!), U64);
      return retype(value, decay(typeArgument(cx, node)));
    }
    case "sizeof":
      return constant(sizeOf(objectArgument(cx, node)), U64);
    case "offsetof":
      return constant(fieldOf(cx, node, args[0]!).offset, U64);
    case "container_of": {
      const struct = objectArgument(cx, node);
      const { offset } = fieldOf(cx, node, args[1]!);
      return offsetAddress(retype(expression(cx, args[0]!), VOID_POINTER), -offset, pointerTo(struct));
    }
    case "copy":
      return copyObject(cx, node);
    case "va_arg":
      return nextArgument(cx, node);
    case "READ_ONCE":
      return readPlace(lvalue(cx, args[0]!), true);
    case "WRITE_ONCE": {
      const target = lvalue(cx, args[0]!);
      return assign(target, convertTo(args[1]!, expression(cx, args[1]!, target.type), decay(target.type)));
    }
    case "this_cpu_read":
      return readPlace(perCpuPlace(cx, args[0]!));
    case "this_cpu_write": {
      const target = perCpuPlace(cx, args[0]!);
      return retype(assign(target, convertTo(args[1]!, expression(cx, args[1]!, target.type), target.type)), VOID);
    }
    case "this_cpu_add": {
      const target = perCpuPlace(cx, args[0]!);
      if (target.type.kind !== "int") return fail(args[0]!, "notLvalue");
      const value = convertTo(args[1]!, expression(cx, args[1]!), target.type);
      return { k: "update", type: VOID, mods: value.mods, target, op: "add", operationType: target.type, value, old: false };
    }
    case "this_cpu_ptr":
    case "this_cpu_struct": {
      const place = perCpuPlace(cx, args[0]!);
      const type = pointerTo(place.type);
      const sum = binary("add", retype(place.address, U64), perCpuOffset(cx), U64);
      return retype(sum, name === "this_cpu_struct" ? decay(place.type) : place.type.kind === "array" ? decay(place.type) : type);
    }
    case "this_cpu_offset":
      return perCpuOffset(cx);
    case "return_address":
      return load(frameWord(8), U64);
    case "frame_address":
      return code(U64, ({ fn }) => {
        const r = fn.newRegister();
        fn.emit("mov", 8, reg(r), reg(RBP));
        return r;
      });
  }
  const trapped = bug(cx, node, name);
  if (trapped !== undefined) return trapped;
  const printed = message(cx, node, name);
  if (printed !== undefined) return printed;
  return machineIntrinsic(cx, node, name) ?? fail(node.expression, "unknownIntrinsic", name);
}

/** The word at rbp + disp. */
function frameWord(disp: number): Tree {
  const base = code(U64, () => RBP);
  return binary("add", base, constant(disp, U64), U64);
}

function integerCast(cx: Context, node: ts.Expression, type: IntType): Tree {
  const value = expression(cx, node);
  if (!isScalar(value.type)) fail(node, "conversion", "this", type.name);
  return convert(value, type);
}

function typeArgument(cx: Context, node: ts.CallExpression): CType {
  const [type] = node.typeArguments ?? [];
  if (type !== undefined) return cx.unit.program.types.fromNode(type);
  return cx.unit.program.types.map(cx.unit.program.checker.getTypeAtLocation(node), node);
}

/** The object a type argument names: a struct in place. */
function objectArgument(cx: Context, node: ts.CallExpression): CType {
  const [type] = node.typeArguments ?? [];
  if (type !== undefined) return cx.unit.program.types.object(type);
  const inferred = cx.unit.program.types.map(cx.unit.program.checker.getTypeAtLocation(node), node);
  if (inferred.kind === "pointer" && inferred.to.kind === "struct") return inferred.to;
  return fail(node, "typeArgument", node.expression.getText());
}

/** A field path: "field", or "outer.inner". */
function fieldOf(cx: Context, node: ts.CallExpression, name: ts.Expression): { offset: number; type: CType } {
  const text = foldString(cx, name) ?? fail(name, "literalText", node.expression.getText());
  let type = objectArgument(cx, node);
  let offset = 0;
  for (const step of text.split(".")) {
    const field = type instanceof StructType ? type.fields.get(step) : undefined;
    if (field === undefined) return fail(name, "noField", type.kind === "struct" ? type.name : "this", step);
    offset += field.offset;
    type = field.type;
  }
  return { offset, type };
}

function addressOf(cx: Context, node: ts.Expression): Tree {
  const inner = ts.isParenthesizedExpression(node) ? node.expression : node;
  // addr(f) of a function is its address.
  const place = ts.isIdentifier(inner) ? namedAddress(cx, inner) : lvalue(cx, inner);
  if ("type" in place && "k" in place && place.k === "memory") {
    return retype(place.address, place.type.kind === "array" ? decay(place.type) : pointerTo(place.type));
  }
  return fail(node, "notLvalue");
}

function namedAddress(cx: Context, node: ts.Identifier): ReturnType<typeof lvalue> {
  const symbol = cx.unit.program.resolve(node);
  const entity = symbol !== undefined && cx.fn?.frame.locals.get(symbol) === undefined ? entityOf(cx.unit, symbol, node) : undefined;
  if (entity?.k === "function") {
    return { k: "memory", address: expression(cx, node), type: entity.type, gs: false };
  }
  return lvalue(cx, node);
}

function copyObject(cx: Context, node: ts.CallExpression): Tree {
  const [to, from] = node.arguments;
  const target = structPointer(cx, to!);
  const source = structPointer(cx, from!);
  const struct = target?.struct ?? source?.struct ?? fail(node, "dynamicSize");
  const base = target?.base ?? expression(cx, to!);
  const other = source?.base ?? expression(cx, from!);
  return code(
    VOID,
    (selector) => {
      moveBytes(selector, base, other, struct.size);
      return undefined;
    },
    base.mods || other.mods,
  );
}

/** A struct copy: words through a register, or rep movsq when it is large. */
function moveBytes(selector: Selector, to: Tree, from: Tree, size: number): void {
  const { fn } = selector;
  const d = selector.fresh(to);
  const s = selector.value(from);
  let done = 0;
  if (size > 128) {
    fn.copy(7, d, 8);
    fn.copy(6, s, 8);
    fn.emit("mov", 4, reg(1), { k: "i", v: BigInt(size >> 3) });
    fn.emit("movsq", 8, undefined, undefined, { prefix: "rep", uses: [7, 6, 1], defs: [7, 6, 1], keep: true });
    done = (size >> 3) * 8;
  }
  for (const step of [8, 4, 2, 1] as const) {
    for (; size - done >= step; done += step) {
      const r = fn.newRegister();
      const at = (base: number): MemOperand => ({ k: "m", base, scale: 1, disp: done });
      if (step >= 4) fn.emit("mov", step, reg(r), at(s));
      else fn.emit("movzx", 4, reg(r), at(s), { sizeB: step });
      fn.emit("mov", step, at(d), reg(r));
    }
  }
}

/** The psABI's va_arg for integers and pointers. */
function nextArgument(cx: Context, node: ts.CallExpression): Tree {
  const list = expression(cx, node.arguments[0]!);
  if (list.type.kind !== "pointer" || list.type.to !== VA_LIST) return fail(node.arguments[0]!, "vaList");
  const [argument] = node.typeArguments ?? [];
  const type = decay(argument === undefined ? fail(node, "typeArgument", "va_arg") : cx.unit.program.types.fromNode(argument));
  if (!isScalar(type)) return fail(node, "vaList");
  return code(
    type,
    (selector) => {
      const { fn } = selector;
      const base = selector.value(list);
      const at = (disp: number): MemOperand => ({ k: "m", base, scale: 1, disp });
      const [onStack, done] = [fn.newLabel(), fn.newLabel()];
      const offset = fn.newRegister();
      const address = fn.newRegister();
      fn.emit("mov", 4, reg(offset), at(0));
      fn.emit("cmp", 4, reg(offset), { k: "i", v: 48n });
      fn.branch("ae", onStack);
      fn.emit("mov", 8, reg(address), at(16));
      fn.emit("add", 8, reg(address), reg(offset));
      fn.emit("add", 4, at(0), { k: "i", v: 8n });
      fn.jump(done);
      fn.label(onStack);
      fn.emit("mov", 8, reg(address), at(8));
      fn.emit("add", 8, at(8), { k: "i", v: 8n });
      fn.label(done);
      const tree: Tree = { k: "pinned", type, mods: false, mem: { k: "m", base: address, scale: 1, disp: 0 } };
      return selector.value(tree);
    },
    list.mods,
  );
}

// ---- per-CPU variables ----

function perCpuPlace(cx: Context, node: ts.Expression): Extract<ReturnType<typeof lvalue>, { k: "memory" }> {
  const place = lvalue(cx, node);
  let root: ts.Expression = node;
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root)) root = root.expression;
  const symbol = ts.isIdentifier(root) ? cx.unit.program.resolve(root) : undefined;
  const entity = symbol === undefined ? undefined : entityOf(cx.unit, symbol, node);
  if (entity?.k !== "variable" || !entity.perCpu || place.k !== "memory") return fail(node, "perCpu", root.getText());
  return { ...place, gs: true };
}

/** The gs base, as the kernel keeps it in its per-CPU variable this_cpu_off. */
function perCpuOffset(cx: Context): Tree {
  const symbol = cx.unit.object.symbol("this_cpu_off");
  return load(symbolAddress(symbol, pointerTo(U64)), U64, true);
}

// Functions: prologue of parameters, body, emission into their section; facts about a body that lowering needs beforehand.

import ts = require("typescript");

import { emitFunction } from "../codegen/emit.js";
import { argumentRegisters, RBP, reg, type Slot } from "../codegen/machine.js";
import { symbolAddress, type Tree, width } from "../codegen/tree.js";
import { fail } from "../diagnostics.js";
import { type CType, type FunctionType, pointerTo, VA_LIST } from "../front/c-type.js";
import type { Program } from "../front/program.js";
import { type Context, type Frame, FunctionState, isFunctionLike } from "./context.js";
import type { Entity } from "./entities.js";
import { convertTo, expression } from "./expressions.js";
import { statement } from "./statements.js";
import type { Unit } from "./unit.js";

export interface Facts {
  /** Locals whose address is taken by addr(). */
  readonly addressed: ReadonlySet<ts.Symbol>;
  /** Locals that are assigned to after their declaration. */
  readonly assigned: ReadonlySet<ts.Symbol>;
}

const known = new WeakMap<ts.FunctionLikeDeclaration, Facts>();
/** Intrinsics that take the address of a variable that stands as their argument. */
const addressing = new Set(["addr"]);

export function analyse(program: Program, declaration: ts.FunctionLikeDeclaration): Facts {
  const found = known.get(declaration);
  if (found !== undefined) return found;
  const addressed = new Set<ts.Symbol>();
  const assigned = new Set<ts.Symbol>();
  const note = (set: Set<ts.Symbol>, node: ts.Node) => {
    if (!ts.isIdentifier(node)) return;
    const symbol = program.resolve(node);
    if (symbol !== undefined) set.add(symbol);
  };
  const visit = (node: ts.Node): void => {
    if (
      ts.isCallExpression(node) &&
      ts.isIdentifier(node.expression) &&
      addressing.has(node.expression.text) &&
      node.arguments[0] !== undefined
    ) {
      note(addressed, node.arguments[0]);
    } else if (ts.isBinaryExpression(node)) {
      const { kind } = node.operatorToken;
      if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) note(assigned, node.left);
    } else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken) note(assigned, node.operand);
    }
    ts.forEachChild(node, visit);
  };
  if (declaration.body !== undefined) visit(declaration.body);
  const facts = { addressed, assigned };
  known.set(declaration, facts);
  return facts;
}

/** Compiles a function's body into the unit. */
export function compileFunction(unit: Unit, entity: Extract<Entity, { k: "function" }>): void {
  const { declaration } = entity;
  if (declaration?.body === undefined) return;
  const attribute = (name: string) => unit.program.attribute(entity.symbol, name);
  const linkSymbol = unit.symbolFor(entity.symbol, entity.name, false);
  const isInline = entity.inline;
  const isInit = attribute("init") !== undefined;
  const quietFile = unit.program.attributes(declaration.getSourceFile()).all.some(({ name }) => name === "notrace_file");
  const untraced = ["notrace", "exit", "kprobe_blacklist"].some((name) => attribute(name) !== undefined);
  const traced = !quietFile && !untraced && !isInit && !isInline;
  const named = attribute("section")?.call.arguments[1];
  const section =
    named !== undefined && ts.isStringLiteral(named)
      ? named.text
      : isInit
        ? ".init.text"
        : attribute("exit") !== undefined
          ? ".exit.text"
          : attribute("kprobe_blacklist") !== undefined
            ? ".kprobes.text"
            : ".text";
  const aligned = attribute("aligned")?.call.arguments[1];
  emitBody(unit, entity.name, entity.type, declaration, {
    linkSymbol,
    section,
    traced,
    frame: attribute("noframe") === undefined,
    tailCalls: attribute("tail_call") !== undefined,
    align: aligned === undefined ? 16 : Number(aligned.getText()),
  });
}

interface BodyOptions {
  readonly linkSymbol: ReturnType<Unit["symbolFor"]>;
  readonly section: string;
  readonly traced: boolean;
  readonly frame: boolean;
  readonly tailCalls: boolean;
  readonly align: number;
}

function emitBody(unit: Unit, name: string, type: FunctionType, declaration: ts.FunctionLikeDeclaration, options: BodyOptions): void {
  const facts = analyse(unit.program, declaration);
  const frame: Frame = {
    locals: new Map(),
    targets: [],
    resultType: type.result,
    addressed: facts.addressed,
    assigned: facts.assigned,
    declaration,
  };
  const fn = new FunctionState(name, frame, options.tailCalls);
  const cx: Context = { unit, fn };
  parameters(cx, fn, type, declaration);
  const body = declaration.body!;
  if (ts.isBlock(body)) for (const part of body.statements) statement(cx, part);
  else {
    const value = expression(cx, body as ts.Expression, type.result);
    fn.selector.return(convertTo(body, value, type.result), type.result, options.tailCalls);
  }
  fn.code.emit("ret", 8);
  emitFunction(fn.code, unit.assembler(options.section), options.linkSymbol, {
    ...(options.traced && !unit.options.user ? { fentry: unit.object.symbol("__fentry__") } : {}),
    frame: options.frame,
    align: options.align,
    stackAlign: unit.options.user ? 16 : 8,
  });
}

function parameters(cx: Context, fn: FunctionState, type: FunctionType, declaration: ts.FunctionLikeDeclaration): void {
  const { code, selector } = fn;
  const fixed = type.params.length;
  let save: Slot | undefined;
  if (type.variadic) {
    save = code.newSlot(48, 8);
    for (let i = fixed; i < argumentRegisters.length; i++) {
      code.emit("mov", 8, { k: "m", scale: 1, disp: i * 8, slot: save }, reg(argumentRegisters[i]!));
    }
  }
  const incoming: { symbol: ts.Symbol; type: CType; r: number }[] = [];
  let index = 0;
  for (const parameter of declaration.parameters) {
    if (!ts.isIdentifier(parameter.name)) fail(parameter.name, "destructuring");
    if (parameter.initializer !== undefined) fail(parameter.initializer, "unsupported", "a default value of a parameter");
    const symbol = cx.unit.program.checker.getSymbolAtLocation(parameter.name)!;
    if (parameter.dotDotDotToken !== undefined) {
      fn.vaList = code.newSlot(24, 8);
      fn.frame.locals.set(symbol, { k: "value", tree: { k: "slot", type: pointerTo(VA_LIST), mods: false, slot: fn.vaList, offset: 0 } });
      continue;
    }
    const paramType = type.params[index]!;
    let r: number;
    if (index < argumentRegisters.length) r = selector.result(argumentRegisters[index]!, paramType);
    else {
      const tree: Tree = {
        k: "pinned",
        type: paramType,
        mods: false,
        mem: { k: "m", base: RBP, scale: 1, disp: 16 + (index - argumentRegisters.length) * 8 },
      };
      r = selector.value(tree);
    }
    incoming.push({ symbol, type: paramType, r });
    index++;
  }
  for (const { symbol, type: paramType, r } of incoming) {
    if (fn.frame.addressed.has(symbol)) {
      const slot = code.newSlot(width(paramType), width(paramType));
      code.emit("mov", width(paramType), { k: "m", scale: 1, disp: 0, slot }, reg(r));
      fn.frame.locals.set(symbol, { k: "slot", slot, type: paramType });
    } else fn.frame.locals.set(symbol, { k: "reg", reg: r, type: paramType });
  }
  if (fn.vaList !== undefined && save !== undefined) startVariadic(fn, fixed, fn.vaList, save);
}

/** Fills in the psABI's va_list. */
function startVariadic(fn: FunctionState, fixed: number, list: Slot, save: Slot): void {
  const { code } = fn;
  const at = (disp: number) => ({ k: "m", scale: 1, disp, slot: list }) as const;
  code.emit("mov", 4, at(0), { k: "i", v: BigInt(Math.min(fixed, 6) * 8) });
  code.emit("mov", 4, at(4), { k: "i", v: 48n });
  const r = code.newRegister();
  code.emit("lea", 8, reg(r), { k: "m", base: RBP, scale: 1, disp: 16 + Math.max(0, fixed - 6) * 8 });
  code.emit("mov", 8, at(8), reg(r));
  const s = code.newRegister();
  code.emit("lea", 8, reg(s), { k: "m", scale: 1, disp: 0, slot: save });
  code.emit("mov", 8, at(16), reg(s));
}

/** A function expression that captures nothing: a static function of its own. */
export function anonymousFunction(cx: Context, node: ts.ArrowFunction | ts.FunctionExpression): Tree {
  if (node.typeParameters !== undefined) fail(node, "generic");
  if (node.asteriskToken !== undefined) fail(node, "generator");
  if (node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.AsyncKeyword)) fail(node, "async");
  if (!isFunctionLike(node)) return fail(node, "notCallable");
  const { unit } = cx;
  const type = unit.program.types.signature(unit.program.checker.getSignatureFromDeclaration(node)!, node);
  const name = unit.anonymousName(cx.fn?.name ?? cx.owner ?? "lambda");
  const linkSymbol = unit.object.localSymbol(name);
  unit.pendingFunctions.push(() => {
    unit.guard(() => {
      emitBody(unit, name, type, node, { linkSymbol, section: ".text", traced: true, frame: true, tailCalls: false, align: 16 });
    });
  });
  return symbolAddress(linkSymbol, pointerTo(type));
}

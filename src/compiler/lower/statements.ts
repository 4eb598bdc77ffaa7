// Statements: control flow, local variables, switch.

import ts = require("typescript");

import { assign, compare, constant, convert, register, slotAddress, type Tree } from "../codegen/tree.js";
import { fail, type MessageName } from "../diagnostics.js";
import { alignOf, type CType, decay, isAggregate, pointerTo, promote, sizeOf } from "../front/c-type.js";
import { type Context, type JumpTarget, strip } from "./context.js";
import { condition, convertTo, expression, foldString } from "./expressions.js";
import { arrayLength, fillStack } from "./initialisers.js";

export function statement(cx: Context, node: ts.Statement, label?: string): void {
  const fn = cx.fn!;
  const { code, selector } = fn;
  switch (node.kind) {
    case ts.SyntaxKind.Block:
      for (const part of (node as ts.Block).statements) statement(cx, part);
      return;
    case ts.SyntaxKind.EmptyStatement:
      return;
    case ts.SyntaxKind.ExpressionStatement:
      selector.effect(expression(cx, (node as ts.ExpressionStatement).expression));
      return;
    case ts.SyntaxKind.VariableStatement:
      declarations(cx, (node as ts.VariableStatement).declarationList);
      return;
    case ts.SyntaxKind.IfStatement:
      ifStatement(cx, node as ts.IfStatement);
      return;
    case ts.SyntaxKind.WhileStatement: {
      const loop = node as ts.WhileStatement;
      loopStatement(cx, loop.statement, label, loop.expression, undefined, true);
      return;
    }
    case ts.SyntaxKind.DoStatement: {
      const loop = node as ts.DoStatement;
      loopStatement(cx, loop.statement, label, loop.expression, undefined, false);
      return;
    }
    case ts.SyntaxKind.ForStatement: {
      const loop = node as ts.ForStatement;
      if (loop.initializer !== undefined) {
        if (ts.isVariableDeclarationList(loop.initializer)) declarations(cx, loop.initializer);
        else selector.effect(expression(cx, loop.initializer));
      }
      loopStatement(cx, loop.statement, label, loop.condition, loop.incrementor, true);
      return;
    }
    case ts.SyntaxKind.SwitchStatement:
      switchStatement(cx, node as ts.SwitchStatement, label);
      return;
    case ts.SyntaxKind.LabeledStatement: {
      const labeled = node as ts.LabeledStatement;
      if (ts.isIterationStatement(labeled.statement, false) || ts.isSwitchStatement(labeled.statement)) {
        statement(cx, labeled.statement, labeled.label.text);
        return;
      }
      const end = code.newLabel();
      fn.frame.targets.push({ label: labeled.label.text, breakTo: end });
      statement(cx, labeled.statement);
      fn.frame.targets.pop();
      code.label(end);
      return;
    }
    case ts.SyntaxKind.BreakStatement:
    case ts.SyntaxKind.ContinueStatement:
      jumpStatement(cx, node as ts.BreakOrContinueStatement);
      return;
    case ts.SyntaxKind.ReturnStatement:
      returnStatement(cx, node as ts.ReturnStatement);
      return;
    default: {
      const refusal = refused[node.kind];
      if (refusal !== undefined) fail(node, refusal);
      fail(
        node,
        "unsupported",
        node.kind === ts.SyntaxKind.FunctionDeclaration ? "a function inside a function" : `'${ts.SyntaxKind[node.kind]}'`,
      );
    }
  }
}

const refused: Partial<Record<ts.SyntaxKind, MessageName>> = {
  [ts.SyntaxKind.ThrowStatement]: "exception",
  [ts.SyntaxKind.TryStatement]: "exception",
  [ts.SyntaxKind.ForOfStatement]: "forOf",
  [ts.SyntaxKind.ForInStatement]: "forIn",
  [ts.SyntaxKind.ClassDeclaration]: "class",
};

function ifStatement(cx: Context, node: ts.IfStatement): void {
  const { code, selector } = cx.fn!;
  const test = condition(cx, node.expression);
  // A constant condition selects at compile time; the other branch is not compiled.
  if (test.k === "const") {
    if (test.value !== 0n) statement(cx, node.thenStatement);
    else if (node.elseStatement !== undefined) statement(cx, node.elseStatement);
    return;
  }
  const [yes, no] = [code.newLabel(), code.newLabel()];
  selector.branch(test, yes, no, yes);
  code.label(yes);
  statement(cx, node.thenStatement);
  if (node.elseStatement === undefined) {
    code.label(no);
    return;
  }
  const end = code.newLabel();
  code.jump(end);
  code.label(no);
  statement(cx, node.elseStatement);
  code.label(end);
}

/** All loops: the condition stands at the end, so a turn costs one branch. */
function loopStatement(
  cx: Context,
  body: ts.Statement,
  label: string | undefined,
  test: ts.Expression | undefined,
  step: ts.Expression | undefined,
  testFirst: boolean,
): void {
  const fn = cx.fn!;
  const { code, selector } = fn;
  const [top, next, check, end] = [code.newLabel(), code.newLabel(), code.newLabel(), code.newLabel()];
  const endless = test === undefined || strip(test).kind === ts.SyntaxKind.TrueKeyword;
  code.depth++;
  if (testFirst && !endless) code.jump(check);
  code.label(top);
  const target: JumpTarget = { ...(label === undefined ? {} : { label }), breakTo: end, continueTo: next };
  fn.frame.targets.push(target);
  statement(cx, body);
  fn.frame.targets.pop();
  code.label(next);
  if (step !== undefined) selector.effect(expression(cx, step));
  code.label(check);
  if (endless) code.jump(top);
  else selector.branch(condition(cx, test), top, end, end);
  code.depth--;
  code.label(end);
}

function jumpStatement(cx: Context, node: ts.BreakOrContinueStatement): void {
  const { code, frame } = cx.fn!;
  const isContinue = ts.isContinueStatement(node);
  for (let i = frame.targets.length - 1; i >= 0; i--) {
    const target = frame.targets[i]!;
    if (
      node.label !== undefined
        ? target.label !== node.label.text
        : isContinue
          ? target.continueTo === undefined
          : target.label !== undefined && target.continueTo === undefined && !isSwitchTarget(target)
    ) {
      continue;
    }
    const to = isContinue ? target.continueTo : target.breakTo;
    if (to === undefined) break;
    code.jump(to);
    return;
  }
  fail(node, "unsupported", `this ${isContinue ? "continue" : "break"}`);
}
const switchTargets = new WeakSet<JumpTarget>();
const isSwitchTarget = (target: JumpTarget) => switchTargets.has(target);

function returnStatement(cx: Context, node: ts.ReturnStatement): void {
  const fn = cx.fn!;
  const { frame, selector, code } = fn;
  const { resultType } = frame;
  let value: Tree | undefined;
  if (node.expression !== undefined) {
    value = expression(cx, node.expression, resultType);
    if (resultType.kind !== "void") value = convertTo(node.expression, value, resultType);
  }
  if (frame.inline === undefined) {
    selector.return(value, resultType, fn.tailCalls);
    return;
  }
  if (value !== undefined) {
    if (frame.inline.result === undefined) selector.effect(value);
    else selector.effect(assign({ k: "reg", reg: frame.inline.result, type: resultType }, value));
  }
  code.jump(frame.inline.end);
}

// ---- switch ----

function switchStatement(cx: Context, node: ts.SwitchStatement, label: string | undefined): void {
  const fn = cx.fn!;
  const { code, selector } = fn;
  const raw = expression(cx, node.expression);
  if (raw.type.kind !== "int") {
    const text = node.caseBlock.clauses.find((clause) => ts.isCaseClause(clause) && foldString(cx, clause.expression) !== undefined);
    fail(text ?? node.expression, text === undefined ? "switchType" : "caseString");
  }
  const type = promote(raw.type);
  const value = code.newRegister();
  selector.effect(assign({ k: "reg", reg: value, type }, convert(raw, type)));
  const end = code.newLabel();
  const clauses = node.caseBlock.clauses.map((clause) => ({ clause, label: code.newLabel() }));
  const cases: { value: bigint; label: number }[] = [];
  let otherwise = end;
  for (const { clause, label: at } of clauses) {
    if (ts.isDefaultClause(clause)) {
      otherwise = at;
      continue;
    }
    const tree = expression(cx, clause.expression);
    if (foldString(cx, clause.expression) !== undefined) fail(clause.expression, "caseString");
    if (tree.k !== "const") fail(clause.expression, "needsConstant", "case");
    const converted = convert(tree, type);
    cases.push({ value: converted.k === "const" ? converted.value : 0n, label: at });
  }
  decide(
    cx,
    register(value, type),
    type,
    [...cases].sort((a, b) => (a.value < b.value ? -1 : 1)),
    otherwise,
  );
  const target: JumpTarget = { ...(label === undefined ? {} : { label }), breakTo: end };
  switchTargets.add(target);
  fn.frame.targets.push(target);
  for (const { clause, label: at } of clauses) {
    code.label(at);
    for (const part of clause.statements) statement(cx, part);
  }
  fn.frame.targets.pop();
  code.label(end);
}

/** A chain of comparisons for few cases, halved by < for many. */
function decide(cx: Context, value: Tree, type: CType, cases: readonly { value: bigint; label: number }[], otherwise: number): void {
  const { code, selector } = cx.fn!;
  if (cases.length <= 4) {
    for (const one of cases) {
      const next = code.newLabel();
      selector.branch(compare("e", value, constant(one.value, type)), one.label, next, next);
      code.label(next);
    }
    code.jump(otherwise);
    return;
  }
  const middle = cases.length >> 1;
  const [low, high] = [code.newLabel(), code.newLabel()];
  const signed = type.kind === "int" && type.signed;
  selector.branch(compare(signed ? "l" : "b", value, constant(cases[middle]!.value, type)), low, high, low);
  code.label(low);
  decide(cx, value, type, cases.slice(0, middle), otherwise);
  code.label(high);
  decide(cx, value, type, cases.slice(middle), otherwise);
}

// ---- local variables ----

function declarations(cx: Context, list: ts.VariableDeclarationList): void {
  for (const declaration of list.declarations) local(cx, declaration);
}

function local(cx: Context, node: ts.VariableDeclaration): void {
  const fn = cx.fn!;
  const { code, selector, frame } = fn;
  if (!ts.isIdentifier(node.name)) fail(node.name, "destructuring");
  const symbol = cx.unit.program.checker.getSymbolAtLocation(node.name)!;
  const declared = node.type === undefined ? undefined : cx.unit.program.types.fromNode(node.type);
  const { initializer } = node;
  if (declared !== undefined && isAggregate(declared)) {
    let type: CType = declared;
    const inner = initializer === undefined ? undefined : strip(initializer);
    const isLiteral = inner !== undefined && (ts.isObjectLiteralExpression(inner) || ts.isArrayLiteralExpression(inner));
    const isText = initializer !== undefined && declared.kind === "array" && foldString(cx, initializer) !== undefined;
    if (initializer === undefined || isLiteral || isText) {
      if (type.kind === "array" && type.length === 0 && inner !== undefined && ts.isArrayLiteralExpression(inner)) {
        type = { ...type, length: arrayLength(cx, inner) };
      }
      const slot = code.newSlot(sizeOf(type), Math.max(alignOf(type), sizeOf(type) >= 16 ? 8 : 1));
      frame.locals.set(symbol, { k: "slot", slot, type });
      if (initializer !== undefined) {
        fillStack(cx, slot, type, initializer);
      }
      return;
    }
  }
  const wanted = declared === undefined ? undefined : decay(declared);
  let value = initializer === undefined ? undefined : expression({ ...cx, owner: node.name.text }, initializer, wanted);
  if (value !== undefined && wanted !== undefined) value = convertTo(initializer!, value, wanted);
  const type = wanted ?? value?.type;
  if (type === undefined) fail(node, "noWidth");
  if (type.kind === "void") fail(initializer!, "conversion", "void", "a value");
  if (frame.addressed.has(symbol)) {
    const slot = code.newSlot(sizeOf(type), alignOf(type));
    frame.locals.set(symbol, { k: "slot", slot, type });
    if (value !== undefined) {
      selector.effect(assign({ k: "memory", address: slotAddress(slot, pointerTo(type)), type, gs: false }, value));
    }
    return;
  }
  if (value !== undefined && !frame.assigned.has(symbol)) {
    // A name for a constant or an address costs no register.
    const { value: settled, tree } = settle(cx, value);
    if (settled) {
      frame.locals.set(symbol, { k: "value", tree });
      return;
    }
    value = tree;
  }
  const reg = code.newRegister();
  if (value !== undefined) selector.effect(assign({ k: "reg", reg, type }, value));
  frame.locals.set(symbol, { k: "reg", reg, type });
}

/** Runs what a literal on the stack needs first, and says whether the rest is a constant. */
function settle(cx: Context, value: Tree): { value: boolean; tree: Tree } {
  let tree = value;
  if (tree.k === "sequence") {
    for (const part of tree.first) cx.fn!.selector.effect(part);
    tree = { ...tree.last, type: value.type };
  }
  return { value: tree.k === "const" || tree.k === "symbol" || tree.k === "slot", tree };
}

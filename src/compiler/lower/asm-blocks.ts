// asm() blocks: the TypeScript body is read as a list of instructions; constants, loops and conditions are evaluated here, operands
// and instructions are the assembler's (x86/asm-block.ts).

import ts = require("typescript");

import { STT_FUNC } from "../../abi/elf.js";
import { fail } from "../diagnostics.js";
import { VOID } from "../front/c-type.js";
import { AsmBlock, type AsmValue, asmConstructors, asmRegister } from "../x86/asm-block.js";
import type { Context, Frame } from "./context.js";
import { FunctionState } from "./context.js";
import { entityOf, functionAddress, variableAddress } from "./entities.js";
import { condition, expression, foldString } from "./expressions.js";
import type { Unit } from "./unit.js";

const UNROLL_LIMIT = 4096;

/** Assembles one block into its section under the symbol of the variable that names it. */
export function assembleBlock(unit: Unit, symbol: ts.Symbol, node: ts.CallExpression): void {
  const [, body, options] = node.arguments;
  if (body === undefined || !ts.isArrowFunction(body) || !ts.isBlock(body.body))
    fail(node, "asm", "asm() takes a name and a function with a body");
  const { section, align } = blockOptions(unit, options);
  const entity = entityOf(unit, symbol, node);
  const name = entity?.k === "function" ? entity.name : symbol.name;
  const assembler = unit.assembler(section);
  const block = new AsmBlock(assembler);
  const linkSymbol = unit.symbolFor(symbol, name, false);
  assembler.align(align);
  assembler.defineSymbol(linkSymbol, STT_FUNC);
  // A frame only for the loop variables, which are constants.
  const frame: Frame = { locals: new Map(), targets: [], resultType: VOID, addressed: new Set(), assigned: new Set(), declaration: body };
  const cx: Context = { unit, fn: new FunctionState(name, frame, false) };
  for (const statement of body.body.statements) unit.guard(() => asmStatement(cx, block, statement));
  for (const text of block.end()) unit.guard(() => fail(node, "asm", text));
  assembler.endSymbol(linkSymbol);
}

function blockOptions(unit: Unit, options: ts.Expression | undefined): { section: string; align: number } {
  let section = ".text";
  let align = 16;
  if (options !== undefined && ts.isObjectLiteralExpression(options)) {
    for (const property of options.properties) {
      if (!ts.isPropertyAssignment(property)) continue;
      const name = property.name.getText();
      if (name === "section") section = foldString({ unit }, property.initializer) ?? fail(property, "literalText", "section");
      if (name === "align") align = Number(constantOf({ unit }, property.initializer) ?? fail(property, "needsConstant", "align"));
    }
  }
  return { section, align };
}

function constantOf(cx: Context, node: ts.Expression): bigint | undefined {
  const tree = expression(cx, node);
  return tree.k === "const" ? tree.value : undefined;
}

function asmStatement(cx: Context, block: AsmBlock, node: ts.Statement): void {
  if (ts.isBlock(node)) {
    for (const part of node.statements) asmStatement(cx, block, part);
  } else if (ts.isExpressionStatement(node)) {
    const call = node.expression;
    if (!ts.isCallExpression(call) || !ts.isIdentifier(call.expression)) fail(node, "asm", "an instruction is a call, as in mov(rax, rbx)");
    if (expandPart(cx, block, call, call.expression)) return;
    const error = block.statement(
      call.expression.text,
      call.arguments.map((argument) => operand(cx, block, argument)),
    );
    if (error !== undefined) fail(node, "asm", error);
  } else if (ts.isIfStatement(node)) {
    const test = condition(cx, node.expression);
    if (test.k !== "const") fail(node.expression, "needsConstant", "if in an asm() block");
    if (test.value !== 0n) asmStatement(cx, block, node.thenStatement);
    else if (node.elseStatement !== undefined) asmStatement(cx, block, node.elseStatement);
  } else if (ts.isForStatement(node)) {
    unroll(cx, block, node);
  } else if (ts.isVariableStatement(node)) {
    for (const declaration of node.declarationList.declarations) setConstant(cx, declaration);
  } else if (!ts.isEmptyStatement(node)) fail(node, "asm", "only instructions, for and if can stand in an asm() block");
}

/** The inline parts whose bodies are being read. */
const expanding = new Set<ts.Symbol>();

/** A call of a function that is marked inline: its body's instructions stand here, its parameters are constants. */
function expandPart(cx: Context, block: AsmBlock, call: ts.CallExpression, name: ts.Identifier): boolean {
  const symbol = cx.unit.program.resolve(name);
  const entity = symbol === undefined || isAmbient(cx, name) ? undefined : entityOf(cx.unit, symbol, name);
  if (entity?.k !== "function" || !entity.inline || entity.declaration?.body === undefined) return false;
  const { body, parameters } = entity.declaration;
  if (!ts.isBlock(body)) return fail(call, "asm", "an inline part of an asm() block has a body in braces");
  for (const [i, parameter] of parameters.entries()) {
    const argument = call.arguments[i];
    const tree = argument === undefined ? undefined : expression(cx, argument);
    const local = cx.unit.program.checker.getSymbolAtLocation(parameter.name);
    if (local === undefined || tree?.k !== "const") return fail(call, "needsConstant", "an argument of an inline part");
    cx.fn!.frame.locals.set(local, { k: "value", tree });
  }
  if (expanding.has(entity.symbol)) fail(call, "asm", "an inline part of an asm() block cannot stand in itself");
  expanding.add(entity.symbol);
  try {
    for (const statement of body.statements) asmStatement(cx, block, statement);
  } finally {
    expanding.delete(entity.symbol);
  }
  return true;
}

function setConstant(cx: Context, declaration: ts.VariableDeclaration): void {
  const symbol = cx.unit.program.checker.getSymbolAtLocation(declaration.name);
  const tree = declaration.initializer === undefined ? undefined : expression(cx, declaration.initializer);
  if (symbol === undefined || tree?.k !== "const") fail(declaration, "needsConstant", "a variable of an asm() block");
  cx.fn!.frame.locals.set(symbol, { k: "value", tree });
}

/** `for (let i = a; i < b; i++)`, with any constant step. */
function unroll(cx: Context, block: AsmBlock, node: ts.ForStatement): void {
  const { initializer, incrementor } = node;
  if (
    initializer === undefined ||
    !ts.isVariableDeclarationList(initializer) ||
    node.condition === undefined ||
    incrementor === undefined
  ) {
    fail(node, "asm", "a loop in an asm() block counts: for (let i = 0; i < 32; i++)");
  }
  for (const declaration of initializer.declarations) setConstant(cx, declaration);
  for (let turns = 0; ; turns++) {
    const test = condition(cx, node.condition);
    if (test.k !== "const") fail(node.condition, "needsConstant", "a loop in an asm() block");
    if (test.value === 0n) return;
    if (turns >= UNROLL_LIMIT) fail(node, "asm", `more than ${UNROLL_LIMIT} turns`);
    asmStatement(cx, block, node.statement);
    step(cx, incrementor);
  }
}

function step(cx: Context, node: ts.Expression): void {
  let target: ts.Expression;
  let by: bigint | undefined;
  if (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) {
    target = node.operand;
    by = node.operator === ts.SyntaxKind.PlusPlusToken ? 1n : -1n;
  } else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusEqualsToken) {
    target = node.left;
    by = constantOf(cx, node.right);
  } else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.MinusEqualsToken) {
    target = node.left;
    by = constantOf(cx, node.right);
    if (by !== undefined) by = -by;
  } else fail(node, "asm", "a loop in an asm() block counts with ++, --, += or -=");
  const symbol = cx.unit.program.resolve(target);
  const local = symbol === undefined ? undefined : cx.fn!.frame.locals.get(symbol);
  if (symbol === undefined || by === undefined || local?.k !== "value" || local.tree.k !== "const")
    fail(node, "needsConstant", "a loop in an asm() block");
  cx.fn!.frame.locals.set(symbol, { k: "value", tree: { ...local.tree, value: local.tree.value + by } });
}

function operand(cx: Context, block: AsmBlock, node: ts.Expression): AsmValue {
  const inner = ts.isParenthesizedExpression(node) ? node.expression : ts.isAsExpression(node) ? node.expression : node;
  if (inner !== node) return operand(cx, block, inner);
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isStringLiteral(node)) return node.text;
  if (ts.isIdentifier(node)) {
    const named = nameOperand(cx, node);
    if (named !== undefined) return named;
  }
  if (
    ts.isCallExpression(node) &&
    ts.isIdentifier(node.expression) &&
    asmConstructors.includes(node.expression.text) &&
    isAmbient(cx, node.expression)
  ) {
    const args = node.arguments.map((argument) => operand(cx, block, argument));
    const made = block.construct(node.expression.text, args);
    if (typeof made === "object" && made !== null && made.kind === "error") return fail(node, "asm", made.message);
    return made;
  }
  const tree = expression(cx, node);
  if (tree.k === "const") return tree.type.kind === "int" && tree.type.signed ? BigInt.asIntN(64, tree.value) : tree.value;
  if (tree.k === "symbol") return { kind: "symbol", symbol: tree.symbol, addend: tree.offset };
  return fail(node, "needsConstant", "an operand");
}

function isAmbient(cx: Context, node: ts.Identifier): boolean {
  const declaration = cx.unit.program.resolve(node)?.declarations?.[0];
  return declaration?.getSourceFile().isDeclarationFile ?? false;
}

/** Registers, functions, variables and other blocks by name; constants are left to the expression evaluator. */
function nameOperand(cx: Context, node: ts.Identifier): AsmValue | undefined {
  if (isAmbient(cx, node)) {
    const register = asmRegister(node.text);
    if (register !== undefined) return register;
  }
  const symbol = cx.unit.program.resolve(node);
  if (symbol === undefined || cx.fn!.frame.locals.has(symbol)) return undefined;
  const entity = entityOf(cx.unit, symbol, node);
  const address =
    entity?.k === "function"
      ? functionAddress(cx.unit, entity)
      : entity?.k === "variable"
        ? variableAddress(cx.unit, entity, node)
        : undefined;
  return address?.k === "symbol" ? { kind: "symbol", symbol: address.symbol, addend: address.offset } : undefined;
}

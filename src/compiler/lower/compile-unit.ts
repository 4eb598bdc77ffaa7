// Compiles the files of one object: every top-level statement, then what they asked for, then the metadata.

import ts = require("typescript");

import { diagnosticAt } from "../diagnostics.js";
import type { Program } from "../front/program.js";
import { assembleBlock } from "./asm-blocks.js";
import { strip } from "./context.js";
import { type Entity, entityOf, isAsmCall } from "./entities.js";
import { constantInteger, foldString } from "./expressions.js";
import { compileFunction } from "./functions.js";
import { defineStatic } from "./initialisers.js";
import { Metadata } from "./metadata.js";
import { Unit, type UnitOptions } from "./unit.js";

/** The object of the given files. Faults are in its diagnostics. */
export function compileUnit(program: Program, files: readonly ts.SourceFile[], name: string, options: UnitOptions): Unit {
  const unit = new Unit(program, new Set(files), name, options);
  unit.compileFunction = (entity) => unit.guard(() => compileFunction(unit, entity));
  const metadata = new Metadata(unit);
  for (const file of files) for (const statement of file.statements) topLevel(unit, metadata, statement);
  while (unit.pendingFunctions.length > 0) unit.pendingFunctions.shift()!();
  if (options.module !== undefined) {
    metadata.writeModule(options.module, moduleStruct(program), files[0]);
  }
  metadata.writeExports();
  unit.finish();
  metadata.writeAliases();
  if (options.module !== undefined)
    metadata.writeInfo(
      options.module,
      files.map((file) => file.text),
    );
  return unit;
}

/** The kernel's `module`, from linux/module. */
function moduleStruct(program: Program) {
  const file = program.ts.getSourceFiles().find((source) => source.fileName.endsWith("/include/linux/module.ts"));
  const symbol = file === undefined ? undefined : program.checker.getSymbolAtLocation(file);
  const exported = symbol === undefined ? undefined : program.checker.getExportsOfModule(symbol).find((s) => s.name === "module");
  if (exported === undefined || file === undefined) return undefined;
  const type = program.types.map(program.checker.getDeclaredTypeOfSymbol(program.unalias(exported)!), file);
  return type.kind === "pointer" ? type.to : undefined;
}

function topLevel(unit: Unit, metadata: Metadata, node: ts.Statement): void {
  switch (node.kind) {
    case ts.SyntaxKind.ImportDeclaration:
    case ts.SyntaxKind.ExportDeclaration:
    case ts.SyntaxKind.InterfaceDeclaration:
    case ts.SyntaxKind.TypeAliasDeclaration:
    case ts.SyntaxKind.EnumDeclaration:
    case ts.SyntaxKind.EmptyStatement:
      return;
    case ts.SyntaxKind.FunctionDeclaration:
      unit.guard(() => topLevelFunction(unit, node as ts.FunctionDeclaration));
      return;
    case ts.SyntaxKind.VariableStatement:
      for (const declaration of (node as ts.VariableStatement).declarationList.declarations)
        unit.guard(() => topLevelVariable(unit, declaration));
      return;
    case ts.SyntaxKind.ExpressionStatement: {
      const attribute = unit.program
        .attributes(node.getSourceFile())
        .all.find((one) => one.call === (node as ts.ExpressionStatement).expression);
      if (attribute === undefined) unit.diagnostics.push(diagnosticAt(node, "topLevelCode"));
      else unit.guard(() => metadata.attribute(attribute));
      return;
    }
    case ts.SyntaxKind.ClassDeclaration:
      unit.diagnostics.push(diagnosticAt(node, "class"));
      return;
    default:
      unit.diagnostics.push(diagnosticAt(node, "topLevelCode"));
  }
}

function topLevelFunction(unit: Unit, node: ts.FunctionDeclaration): void {
  if (node.name === undefined || node.body === undefined) return;
  const symbol = unit.program.checker.getSymbolAtLocation(node.name)!;
  const entity = entityOf(unit, unit.program.unalias(symbol)!, node);
  if (entity?.k === "function" && !entity.inline) compileFunction(unit, entity);
}

function topLevelVariable(unit: Unit, node: ts.VariableDeclaration): void {
  if (!ts.isIdentifier(node.name)) {
    unit.diagnostics.push(diagnosticAt(node.name, "destructuring"));
    return;
  }
  const symbol = unit.program.checker.getSymbolAtLocation(node.name)!;
  const ambient = (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Ambient) !== 0;
  if (ambient) return;
  const inner = node.initializer === undefined ? undefined : strip(node.initializer);
  if (inner !== undefined && isAsmCall(inner)) {
    assembleBlock(unit, symbol, inner);
    return;
  }
  const entity = entityOf(unit, symbol, node);
  if (entity?.k === "function" && !entity.inline) compileFunction(unit, entity);
  if (entity?.k === "variable") defineVariable(unit, entity, symbol, node);
}

function defineVariable(unit: Unit, entity: Extract<Entity, { k: "variable" }>, symbol: ts.Symbol, node: ts.VariableDeclaration): void {
  const argument = (name: string) => unit.program.attribute(symbol, name)?.call.arguments[1];
  const sectionNode = argument("section");
  const alignNode = argument("aligned");
  const section = sectionNode === undefined ? (entity.perCpu ? ".data..percpu" : undefined) : foldString({ unit }, sectionNode);
  const align = alignNode === undefined ? undefined : Number(constantInteger({ unit }, alignNode) ?? 1n);
  const isConst = ((node.parent as ts.VariableDeclarationList).flags & ts.NodeFlags.Const) !== 0;
  const readOnly = isConst && entity.type.kind === "array" && entity.type.of.kind === "int";
  const options = { ...(section === undefined ? {} : { section }), ...(align === undefined ? {} : { align }), readOnly };
  defineStatic({ unit }, unit.symbolFor(symbol, entity.name, false), entity.type, node.initializer, options);
}

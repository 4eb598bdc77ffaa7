// The checked program: TypeScript's program over kernel or module files, the type mapper, and what each file says about its
// symbols by top-level attribute calls.

import * as nodePath from "node:path";

import ts = require("typescript");

import { type Diagnostic, fromTypeScript } from "../diagnostics.js";
import { TypeMapper } from "./type-mapper.js";

/** TypeScript's "Module … has no exported member …". */
const NO_EXPORTED_MEMBER = 2305;

/** A top-level call of an ambient function: notrace(f), MODULE_LICENSE("GPL"), … */
export interface Attribute {
  readonly name: string;
  readonly call: ts.CallExpression;
}

export interface FileAttributes {
  readonly all: readonly Attribute[];
  /** By the symbol that the first argument names. */
  readonly bySymbol: ReadonlyMap<ts.Symbol, readonly Attribute[]>;
}

export class Program {
  readonly checker: ts.TypeChecker;
  readonly types: TypeMapper;
  readonly #attributes = new Map<ts.SourceFile, FileAttributes>();
  readonly #exports = new Map<ts.SourceFile, Set<ts.Symbol>>();

  constructor(readonly ts: ts.Program) {
    this.checker = this.ts.getTypeChecker();
    this.types = new TypeMapper(this.checker);
  }

  /** The symbol an identifier means, through imports and re-exports. */
  resolve(node: ts.Node): ts.Symbol | undefined {
    let symbol = this.checker.getSymbolAtLocation(node);
    if (symbol !== undefined && ts.isShorthandPropertyAssignment(node.parent) && node.parent.name === node) {
      symbol = this.checker.getShorthandAssignmentValueSymbol(node.parent);
    }
    return this.unalias(symbol);
  }

  unalias(symbol: ts.Symbol | undefined): ts.Symbol | undefined {
    return symbol !== undefined && symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  attributes(file: ts.SourceFile): FileAttributes {
    const known = this.#attributes.get(file);
    if (known !== undefined) return known;
    const all: Attribute[] = [];
    const bySymbol = new Map<ts.Symbol, Attribute[]>();
    for (const statement of file.statements) {
      if (!ts.isExpressionStatement(statement) || !ts.isCallExpression(statement.expression)) continue;
      const call = statement.expression;
      if (!ts.isIdentifier(call.expression)) continue;
      const attribute = { name: call.expression.text, call };
      all.push(attribute);
      const [target] = call.arguments;
      if (target === undefined || !ts.isIdentifier(target)) continue;
      const symbol = this.resolve(target);
      if (symbol === undefined) continue;
      const list = bySymbol.get(symbol);
      if (list === undefined) bySymbol.set(symbol, [attribute]);
      else list.push(attribute);
    }
    const attributes = { all, bySymbol };
    this.#attributes.set(file, attributes);
    return attributes;
  }

  /** The attribute of that name that the defining file gives a symbol. */
  attribute(symbol: ts.Symbol, name: string): Attribute | undefined {
    const file = symbol.declarations?.[0]?.getSourceFile();
    return file === undefined
      ? undefined
      : this.attributes(file)
          .bySymbol.get(symbol)
          ?.find((attribute) => attribute.name === name);
  }

  /** External linkage: exported from the file that defines it, or marked global(). */
  isExported(symbol: ts.Symbol): boolean {
    const file = symbol.declarations?.[0]?.getSourceFile();
    if (file === undefined) return false;
    let exported = this.#exports.get(file);
    if (exported === undefined) {
      const module = this.checker.getSymbolAtLocation(file);
      const symbols = module === undefined ? [] : this.checker.getExportsOfModule(module);
      exported = new Set(symbols.map((s) => this.unalias(s)!));
      this.#exports.set(file, exported);
    }
    return exported.has(symbol) || this.attribute(symbol, "global") !== undefined;
  }

  isAmbient(file: ts.SourceFile): boolean {
    return file.isDeclarationFile;
  }

  diagnostics(files: readonly ts.SourceFile[]): Diagnostic[] {
    const found: ts.Diagnostic[] = [...this.ts.getOptionsDiagnostics(), ...this.ts.getGlobalDiagnostics()];
    for (const file of files) found.push(...this.ts.getSyntacticDiagnostics(file), ...this.ts.getSemanticDiagnostics(file));
    return found.map((diagnostic) => fromTypeScript(ts.flattenDiagnosticMessageText, diagnostic, this.#importHint(diagnostic)));
  }

  /** For who imports, as C includes, what kcc.d.ts declares for every file. */
  #importHint({ code, file, start, length }: ts.Diagnostic): string | undefined {
    if (code !== NO_EXPORTED_MEMBER || file === undefined || start === undefined) return undefined;
    const name = file.text.slice(start, start + (length ?? 0));
    const known = this.checker.getSymbolsInScope(file, ts.SymbolFlags.Value | ts.SymbolFlags.Type).find((symbol) => symbol.name === name);
    return known?.declarations?.every((declaration) => this.isAmbient(declaration.getSourceFile()))
      ? `'${name}' is known in every file: leave it out of the import`
      : undefined;
  }
}

/** Options as in src/kernel/tsconfig.json, which serves editors. */
function options(kernelRoot: string): ts.CompilerOptions {
  return {
    noLib: true,
    types: [],
    strict: true,
    strictNullChecks: false,
    strictPropertyInitialization: false,
    noImplicitReturns: false,
    moduleDetection: ts.ModuleDetectionKind.Force,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    noEmit: true,
    allowUnusedLabels: true,
    allowUnreachableCode: true,
    paths: {
      "linux/*": [nodePath.join(kernelRoot, "include/linux/*")],
      "asm/*": [nodePath.join(kernelRoot, "include/asm/*")],
      // The runtime of user programs.
      "user/*": [nodePath.join(kernelRoot, "../user/lib/*")],
    },
  };
}

/** Parses and binds the files and everything they import. */
export function createProgram(kernelRoot: string, files: readonly string[]): Program {
  const root = nodePath.resolve(kernelRoot);
  const ambient = ["kcc.d.ts", "asm.d.ts"]
    .map((name) => nodePath.join(root, "include/kcc", name))
    .filter((path) => ts.sys.fileExists(path));
  const compilerOptions = options(root);
  const host = ts.createCompilerHost(compilerOptions, true);
  return new Program(ts.createProgram([...ambient, ...files.map((file) => nodePath.resolve(file))], compilerOptions, host));
}

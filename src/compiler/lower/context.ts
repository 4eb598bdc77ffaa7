// What the lowering of expressions and statements carries along: the unit, and inside a function its code, locals and targets
// of break and continue.

import ts = require("typescript");

import { MachineFunction, type Slot } from "../codegen/machine.js";
import { Selector } from "../codegen/select.js";
import type { Tree } from "../codegen/tree.js";
import type { CType } from "../front/c-type.js";
import type { Unit } from "./unit.js";

/** A parameter or local variable. */
export type Local =
  | { readonly k: "reg"; readonly reg: number; readonly type: CType }
  /** In the frame; `type` may be a struct or array in place. */
  | { readonly k: "slot"; readonly slot: Slot; readonly type: CType }
  /** A constant: a number or an address. */
  | { readonly k: "value"; readonly tree: Tree };

export interface JumpTarget {
  readonly label?: string;
  readonly breakTo: number;
  readonly continueTo?: number;
}

/** A function body being expanded: the function itself, or an inline one inside it. */
export interface Frame {
  readonly locals: Map<ts.Symbol, Local>;
  readonly targets: JumpTarget[];
  readonly resultType: CType;
  /** Locals whose address is taken. */
  readonly addressed: ReadonlySet<ts.Symbol>;
  /** Locals and parameters that are assigned to. */
  readonly assigned: ReadonlySet<ts.Symbol>;
  readonly declaration: ts.FunctionLikeDeclaration;
  /** Where an inline body returns to, and with which register. */
  readonly inline?: { readonly end: number; readonly result: number | undefined };
}

export class FunctionState {
  readonly code = new MachineFunction();
  readonly selector = new Selector(this.code);
  frame: Frame;
  /** Inline functions that are being expanded, against recursion. */
  readonly expanding: ts.Symbol[] = [];
  vaList: Slot | undefined;

  constructor(
    readonly name: string,
    frame: Frame,
    readonly tailCalls: boolean,
  ) {
    this.frame = frame;
  }

  /** Runs `work` inside a frame. */
  within<T>(frame: Frame, work: () => T): T {
    const outer = this.frame;
    this.frame = frame;
    try {
      return work();
    } finally {
      this.frame = outer;
    }
  }
}

export interface Context {
  readonly unit: Unit;
  /** Undefined in static initialisers and constants. */
  readonly fn?: FunctionState;
  /** Name of what is being initialised, for names of nested objects. */
  readonly owner?: string;
}

/** Parts of an expression that TypeScript needs and C does not see. */
export function strip(node: ts.Expression): ts.Expression {
  let inner = node;
  while (
    ts.isParenthesizedExpression(inner) ||
    ts.isAsExpression(inner) ||
    ts.isNonNullExpression(inner) ||
    ts.isSatisfiesExpression(inner)
  ) {
    inner = inner.expression;
  }
  return inner;
}

export const isFunctionLike = (node: ts.Node): node is ts.ArrowFunction | ts.FunctionExpression | ts.FunctionDeclaration =>
  ts.isArrowFunction(node) || ts.isFunctionExpression(node) || ts.isFunctionDeclaration(node);

/** A source's path from the kernel's or the module's own folder on, as Linux shows it. */
export function shortPath(path: string): string {
  return path.replace(/^.*\/src\/(kernel|modules)\//, "");
}

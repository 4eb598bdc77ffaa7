// Errors of the compiler in one form: `file:line:col: error: text`, the source line, a caret, a hint. TypeScript's own
// diagnostics are turned into the same form.

import * as nodePath from "node:path";
import type * as TS from "typescript";

export interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
  readonly sourceLine: string;
  /** Columns that the caret line underlines, at least 1. */
  readonly width: number;
  readonly hint?: string;
  /** Set where kcc has a name for the fault; TypeScript's diagnostics have none. */
  readonly name?: MessageName;
}

/** What kcc refuses or cannot do, by name. `$1`, `$2` are filled in. */
export const messages = {
  unsupported: ["$1 is not part of kernel TypeScript", undefined],
  closure: [
    "this function captures '$1' of the function around it",
    "pass it as an argument or keep it in a struct: there are no closures",
  ],
  class: ["classes are not part of kernel TypeScript", "use an interface that extends struct<…> and functions"],
  exception: ["exceptions are not part of kernel TypeScript", "return a negative error number, as in `return -EINVAL;`"],
  generic: ["generics of one's own are not part of kernel TypeScript", "write the function for one type, or take a ptr"],
  accessor: ["getters and setters are not part of kernel TypeScript", "write a function"],
  spread: ["spread is not part of kernel TypeScript", "name the elements one by one"],
  destructuring: ["destructuring is not part of kernel TypeScript", "read the fields one by one"],
  forOf: ["for…of is not part of kernel TypeScript", "use `for (let i = 0; i < n; i++)`"],
  forIn: ["for…in is not part of kernel TypeScript", "a struct's fields cannot be listed at run time"],
  caseString: ["`case` on a string is not part of kernel TypeScript", "compare with strcmp() in an if"],
  stringCompare: [
    "=== on strings would compare addresses",
    "use strcmp(a, b) === 0; compare with null or cast with u64() if you mean addresses",
  ],
  stringAdd: ["`+` on strings works for literals only", "use snprintf() into a buffer"],
  template: ["template literals with substitutions are not part of kernel TypeScript", "use snprintf() into a buffer"],
  fraction: ["fractions are not part of kernel TypeScript", "there is no floating point in the kernel"],
  power: ["** is not part of kernel TypeScript", "shift or multiply"],
  shiftUnsigned: [">>> is not part of kernel TypeScript", "use >> on an unsigned value: u64(x) >> n"],
  regexp: ["regular expressions are not part of kernel TypeScript", undefined],
  async: ["async functions are not part of kernel TypeScript", "use a workqueue or a kthread"],
  generator: ["generators are not part of kernel TypeScript", undefined],
  bigint: ["bigint literals are not part of kernel TypeScript", "leave the n away: literals are exact to 64 bits"],
  looseEquality: ["== and != are not part of kernel TypeScript", "use === and !=="],
  pointerArithmetic: ["'$1' on a pointer is not part of kernel TypeScript", "use add(p, n), or u64(p) for the number"],
  noWidth: ["this type has no width", "use int, u8 … u64, s8 … s64 instead of number"],
  unionType: ["a union of types has no layout", "use ptr and `as`, or an interface that extends union<…>"],
  notStruct: ["'$1' is not a kernel struct", 'write `interface $1 extends struct<"$1"> { … }`'],
  selfEmbed: ["struct '$1' contains itself", "make the field a pointer: without embed<…>"],
  noField: ["'$1' has no field '$2'", undefined],
  assignAggregate: ["cannot assign to an embedded struct or array", "use copy(to, from)"],
  notLvalue: ["this is not something that can be assigned to or has an address", undefined],
  notConstant: ["this is not a constant", "a module-level initialiser must be known at compile time"],
  notCallable: ["this cannot be called", undefined],
  needsConstant: ["$1 needs a constant here", undefined],
  conversion: ["cannot convert $1 to $2", "cast through u64() or `as`"],
  returnType: ["the return type of '$1' has no width", "declare it: `: int`, `: u64`, …"],
  unknownName: ["'$1' has no meaning here", undefined],
  unknownIntrinsic: ["'$1' has no meaning in this place", undefined],
  attributePlace: ["'$1' is a top-level attribute", "call it at the top level of the file that defines the symbol"],
  attributeTarget: ["'$1' needs the name of a symbol of this file", undefined],
  literalText: ["'$1' needs a string literal", undefined],
  topLevelCode: [
    "only declarations and attributes can stand at the top level of a file",
    "move the code into a function that is called at init",
  ],
  moduleOnly: ["'$1' is for modules", "call the function where the kernel initialises its parts"],
  recursion: ["constant '$1' depends on itself", undefined],
  inlineRecursion: ["inline function '$1' calls itself", "remove inline($1)"],
  typeArgument: ["$1 needs a type argument", "write it out: $1<T>(…)"],
  asm: ["$1", undefined],
  divideByZero: ["division by zero", undefined],
  initialiser: ["this cannot initialise $1", undefined],
  tooManyElements: ["more elements than the array has: $1 for $2", undefined],
  unsizedArray: ["a storage array needs a length or elements", "declare it as array<T, N>"],
  switchType: ["switch works on integers", undefined],
  perCpu: ["'$1' is not a per-CPU variable", "mark it at the top level of its file: percpu($1)"],
  paramType: ["module_param type '$1' does not fit variable '$2' of type $3", undefined],
  vaList: ["va_arg needs the variadic parameter or a va_list", undefined],
  dynamicSize: ["the size of this is not known", undefined],
} as const satisfies Record<string, readonly [string, string | undefined]>;

export type MessageName = keyof typeof messages;

/** Thrown by the lowering at a fault and caught at the declaration that contains it: the next declaration is compiled still. */
export class CompileError extends Error {
  constructor(readonly diagnostic: Diagnostic) {
    super(diagnostic.text);
  }
}

function fill(text: string, args: readonly string[]): string {
  return text.replace(/\$(\d)/g, (_, n: string) => args[Number(n) - 1] ?? "");
}

function at(source: TS.SourceFile, start: number, end: number, text: string, hint?: string): Diagnostic {
  const { line, character } = source.getLineAndCharacterOfPosition(start);
  const lineStart = source.getPositionOfLineAndCharacter(line, 0);
  const lineEnd = source.text.indexOf("\n", lineStart);
  const sourceLine = source.text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);
  const width = Math.max(1, Math.min(end, lineStart + sourceLine.length) - start);
  return { file: source.fileName, line: line + 1, column: character + 1, text, sourceLine, width, ...(hint === undefined ? {} : { hint }) };
}

export function diagnosticAt(node: TS.Node, name: MessageName, ...args: string[]): Diagnostic {
  const source = node.getSourceFile();
  const [text, hint] = messages[name] as readonly [string, string | undefined];
  return { ...at(source, node.getStart(source), node.getEnd(), fill(text, args), hint === undefined ? undefined : fill(hint, args)), name };
}

export function fail(node: TS.Node, name: MessageName, ...args: string[]): never {
  throw new CompileError(diagnosticAt(node, name, ...args));
}

/** TypeScript's diagnostic in kcc's form. advice: the hint, unless the text itself calls for one. */
export function fromTypeScript(flatten: typeof TS.flattenDiagnosticMessageText, diagnostic: TS.Diagnostic, advice?: string): Diagnostic {
  let text = flatten(diagnostic.messageText, "\n  ");
  let hint = advice;
  // The brand's details say nothing that the widths' names do not say.
  const width = /^[^\n]*type '(u8|u16|u32|u64|s8|s16|int|s64)'\.\n[\s\S]*\[W\]/.exec(text);
  if (width !== null) {
    text = text.slice(0, text.indexOf("\n"));
    hint = `cast it: ${width[1]}(…)`;
  }
  if (diagnostic.file === undefined || diagnostic.start === undefined) {
    return { file: "", line: 0, column: 0, text, sourceLine: "", width: 1 };
  }
  return at(diagnostic.file, diagnostic.start, diagnostic.start + (diagnostic.length ?? 1), text, hint);
}

/** One diagnostic as printed; paths relative to `base`. */
export function formatDiagnostic(diagnostic: Diagnostic, base: string): string {
  if (diagnostic.file === "") return `error: ${diagnostic.text}\n`;
  const file = nodePath.isAbsolute(diagnostic.file) ? nodePath.relative(base, diagnostic.file) : diagnostic.file;
  const head = `${file}:${diagnostic.line}:${diagnostic.column}: error: ${diagnostic.text}\n`;
  const margin = diagnostic.sourceLine.slice(0, diagnostic.column - 1).replace(/[^\t]/g, " ");
  const caret = `  ${diagnostic.sourceLine}\n  ${margin}^${"~".repeat(diagnostic.width - 1)}\n`;
  return head + caret + (diagnostic.hint === undefined ? "" : `  hint: ${diagnostic.hint}\n`);
}

/** Faults that TypeScript names better. */
const weaker = new Set<MessageName>(["unknownName", "noField", "conversion", "notCallable", "noWidth", "unknownIntrinsic"]);

/** TypeScript's and kcc's diagnostics together: one for a line, the one that says more; in the order of the source. */
export function mergeDiagnostics(typeScript: readonly Diagnostic[], own: readonly Diagnostic[]): Diagnostic[] {
  const place = (diagnostic: Diagnostic) => `${diagnostic.file}:${diagnostic.line}`;
  const checked = new Set(typeScript.map(place));
  const kept = own.filter(({ name, ...rest }) => name === undefined || !weaker.has(name) || !checked.has(place(rest)));
  const named = new Set(kept.map(place));
  const all = [...typeScript.filter((diagnostic) => diagnostic.file === "" || !named.has(place(diagnostic))), ...kept];
  const placed = all.some((diagnostic) => diagnostic.file !== "");
  const seen = new Set<string>();
  const unique = all.filter((diagnostic) => {
    // A missing global type is only the consequence of a refused construct that has a place.
    if (placed && diagnostic.file === "") return false;
    const key = `${place(diagnostic)}:${diagnostic.column}:${diagnostic.text}`;
    return !seen.has(key) && seen.add(key);
  });
  return unique.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column));
}

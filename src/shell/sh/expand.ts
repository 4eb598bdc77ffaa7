// Word expansion: tilde, parameters, command substitution, arithmetic, field splitting, pathnames, quote removal.
import type { Sys } from "../sys/request.js";
import { ArithmeticError, evaluate } from "./arithmetic.js";
import type { Part, Word } from "./ast.js";
import { commandOutput } from "./command-substitution.js";
import { DEFAULT_IFS, type Field, Fields } from "./fields.js";
import { expandParameter } from "./parameter.js";
import { expandPathname } from "./pathname.js";
import type { Shell } from "./shell.js";
import { homeOf } from "./tilde.js";

export interface Context {
  sh: Shell;
  out: Fields;
  /** Inside double quotes, or where no field splitting takes place. */
  quoted: boolean;
  /** One field comes out, whatever is in it: assignments, redirections, patterns. */
  single: boolean;
  /** Plain text is the result of an expansion, too: the word of ${x:-word}. */
  splitText: boolean;
}

/** Words to arguments. */
export function* expandWords(sh: Shell, words: readonly Word[]): Sys<string[]> {
  const args: string[] = [];
  for (const word of words) for (const text of yield* expandWord(sh, word)) args.push(text);
  return args;
}

function* expandWord(sh: Shell, word: Word): Sys<string[]> {
  const only = word.parts[0];
  const plain = word.parts.length === 1 && only?.kind === "text" && (only.quoted || !/[~*?[\\]/.test(only.text)) ? only.text : undefined;
  if (plain !== undefined) return [plain];
  const args: string[] = [];
  for (const field of yield* expandFields(sh, word)) {
    const names = sh.options.has("f") ? undefined : yield* expandPathname(field.pattern);
    if (names) args.push(...names);
    else args.push(field.text);
  }
  return args;
}

function* expandFields(sh: Shell, word: Word): Sys<Field[]> {
  const out = new Fields(sh.variables.get("IFS") ?? DEFAULT_IFS);
  const context: Context = { sh, out, quoted: false, single: false, splitText: false };
  yield* expandParts(context, yield* expandTilde(sh, word.parts, false));
  out.end();
  return out.list;
}

function* expandToField(sh: Shell, parts: readonly Part[], quoted: boolean): Sys<Field> {
  const out = new Fields(sh.variables.get("IFS") ?? DEFAULT_IFS);
  yield* expandParts({ sh, out, quoted, single: true, splitText: false }, parts);
  out.end();
  return out.list[0] ?? { text: "", pattern: "" };
}

/** One text: the value of an assignment (`tilde: "assignment"`, also behind colons), a redirection's target, a case's subject. */
export function* expandToText(sh: Shell, parts: readonly Part[], tilde: "word" | "assignment" | "none" = "word"): Sys<string> {
  const ready = tilde === "none" ? parts : yield* expandTilde(sh, parts, tilde === "assignment");
  return (yield* expandToField(sh, ready, false)).text;
}

/** Text inside double quotes: a here-document, the prompt, the expression of $((…)). */
export function* expandQuoted(sh: Shell, parts: readonly Part[]): Sys<string> {
  return (yield* expandToField(sh, parts, true)).text;
}

/** A pattern: quoted characters stand for themselves. */
export function* expandToPattern(sh: Shell, parts: readonly Part[]): Sys<string> {
  return (yield* expandToField(sh, yield* expandTilde(sh, parts, false), false)).pattern;
}

export function* expandParts(context: Context, parts: readonly Part[]): Sys<void> {
  const { sh, out } = context;
  for (const part of parts) {
    switch (part.kind) {
      case "text":
        if (context.splitText && !part.quoted && !context.quoted) out.split(part.text);
        else out.add(part.text, part.quoted || context.quoted);
        break;
      case "quotes":
        yield* expandQuotes(context, part.parts);
        break;
      case "parameter":
        yield* expandParameter(context, part);
        break;
      case "command":
        addResult(context, yield* commandOutput(sh, part.body));
        break;
      case "arithmetic":
        addResult(context, String(yield* arithmetic(sh, part.parts)));
        break;
    }
  }
}

/** "$@" without parameters is no field at all, anything else in double quotes is at least an empty one. */
function* expandQuotes(context: Context, parts: readonly Part[]): Sys<void> {
  const vanishing = parts.length > 0 && parts.every((part) => part.kind === "parameter" && part.name === "@");
  if (!vanishing) context.out.add("", true);
  yield* expandParts({ ...context, quoted: true }, parts);
}

/** Adds what an expansion gave: split into fields unless quoted. */
export function addResult(context: Context, text: string): void {
  if (context.quoted) context.out.add(text, true);
  else if (context.single) context.out.add(text, false);
  else context.out.split(text);
}

export function* arithmetic(sh: Shell, parts: readonly Part[]): Sys<bigint> {
  return yield* arithmeticText(sh, yield* expandQuoted(sh, parts));
}

export function* arithmeticText(sh: Shell, text: string): Sys<bigint> {
  let refused: string | undefined;
  try {
    const value = evaluate(text, {
      get: (name) => sh.parameter(name),
      set: (name, to) => {
        if (!sh.variables.set(name, to)) refused = name;
      },
    });
    if (refused === undefined) return value;
  } catch (error) {
    if (!(error instanceof ArithmeticError)) throw error;
    return yield* sh.fail(error.message);
  }
  return yield* sh.fail(`${refused}: is read only`);
}

/** Replaces ~ and ~user at the beginning (and behind colons of an assignment) by a quoted text. */
function* expandTilde(sh: Shell, parts: readonly Part[], assignment: boolean): Sys<readonly Part[]> {
  if (!parts.some((part) => part.kind === "text" && !part.quoted && part.text.includes("~"))) return parts;
  const out: Part[] = [];
  for (const [n, part] of parts.entries()) {
    if (part.kind !== "text" || part.quoted) {
      out.push(part);
      continue;
    }
    const pieces = assignment ? part.text.split(":") : [part.text];
    for (const [k, piece] of pieces.entries()) {
      if (k > 0) out.push({ kind: "text", text: ":", quoted: false });
      const prefix = (k > 0 || n === 0) && piece.startsWith("~") ? (/^~[^/]*/.exec(piece)?.[0] ?? "") : "";
      const whole = prefix.length < piece.length || k + 1 < pieces.length || n + 1 === parts.length;
      const home = prefix !== "" && whole ? yield* homeOf(sh, prefix.slice(1)) : undefined;
      if (home === undefined) out.push({ kind: "text", text: piece, quoted: false });
      else {
        out.push({ kind: "text", text: home, quoted: true });
        if (prefix.length < piece.length) out.push({ kind: "text", text: piece.slice(prefix.length), quoted: false });
      }
    }
  }
  return out;
}

// ${…}: parameters and what is done to their values.
import { work } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { compileGlob, matchEnd, prefixLength, suffixLength } from "../text/glob.js";
import type { ParameterPart } from "./ast.js";
import { addResult, arithmetic, type Context, expandParts, expandQuoted, expandToPattern, expandToText } from "./expand.js";
import { NAME } from "./variables.js";

export function* expandParameter(context: Context, part: ParameterPart): Sys<void> {
  const { sh } = context;
  const isList = part.name === "@" || part.name === "*";
  const list = isList ? sh.positional : undefined;
  const value = list ? (list.length > 0 ? joined(context, part.name) : undefined) : sh.parameter(part.name);
  const missing = value === undefined || (part.colon && value === "");
  switch (part.operator) {
    case "-":
      if (missing) yield* expandAlternative(context, part);
      else addValue(context, part.name, value);
      return;
    case "+":
      if (!missing) yield* expandAlternative(context, part);
      return;
    case "=":
      if (missing) {
        if (!NAME.test(part.name)) yield* sh.fail(`${part.name}: bad variable name`);
        const text = context.quoted ? yield* expandQuoted(sh, part.word) : yield* expandToText(sh, part.word);
        yield* sh.setVariable(part.name, text);
        addResult(context, text);
      } else addValue(context, part.name, value);
      return;
    case "?":
      if (missing) {
        const text = yield* expandToText(sh, part.word);
        yield* sh.fail(`${part.name}: ${text || `parameter not set${part.colon ? " or null" : ""}`}`);
      } else addValue(context, part.name, value);
      return;
  }
  if (value === undefined && !isList && sh.options.has("u")) yield* sh.fail(`${part.name}: parameter not set`);
  const text = value ?? "";
  switch (part.operator) {
    case "plain":
      addValue(context, part.name, value);
      return;
    case "length":
      addResult(context, String(list ? list.length : text.length));
      return;
    case "#":
    case "##": {
      const length = prefixLength(yield* expandToPattern(sh, part.word), text, part.operator === "##");
      addResult(context, text.slice(Math.max(0, length)));
      return;
    }
    case "%":
    case "%%": {
      const length = suffixLength(yield* expandToPattern(sh, part.word), text, part.operator === "%%");
      addResult(context, text.slice(0, text.length - Math.max(0, length)));
      return;
    }
    case "substring":
      addResult(context, yield* substring(context, part, text));
      return;
    case "/":
    case "//": {
      const pattern = yield* expandToPattern(sh, part.word);
      const replacement = part.second ? yield* expandToText(sh, part.second) : "";
      addResult(context, yield* replace(text, pattern, replacement, part.operator === "//"));
      return;
    }
    default:
      yield* sh.fail("syntax error: bad substitution");
  }
}

/** $* with the first character of IFS between; in an assignment $@ is joined by blanks. */
function joined(context: Context, name: string): string {
  const separator = name === "@" ? " " : context.out.ifs.slice(0, 1);
  return context.sh.positional.join(separator);
}

function addValue(context: Context, name: string, value: string | undefined): void {
  const { out } = context;
  if (name === "@" || (name === "*" && !context.quoted)) {
    if (!context.single) {
      context.sh.positional.forEach((text, n) => {
        if (n > 0) out.end();
        if (context.quoted) out.add(text, true);
        else out.split(text);
      });
      return;
    }
  }
  if (value !== undefined) addResult(context, value);
}

function* expandAlternative(context: Context, part: ParameterPart): Sys<void> {
  yield* expandParts({ ...context, splitText: !context.quoted && !context.single }, part.word);
}

function* substring(context: Context, part: ParameterPart, text: string): Sys<string> {
  let offset = Number(yield* arithmetic(context.sh, part.word));
  if (offset < 0) offset += text.length;
  if (offset < 0 || offset > text.length) return "";
  if (!part.second) return text.slice(offset);
  const length = Number(yield* arithmetic(context.sh, part.second));
  const end = length < 0 ? text.length + length : offset + length;
  return end > offset ? text.slice(offset, end) : "";
}

/** Characters looked at between two yields. */
const REPLACE_STEP = 65536;

/** Replaces the first or every longest match. A long text yields now and then: each place is tried by itself. */
function* replace(text: string, pattern: string, replacement: string, all: boolean): Sys<string> {
  if (pattern === "") return text;
  const tokens = compileGlob(pattern);
  const starred = tokens.some((token) => token.kind === "star");
  let out = "";
  let budget = REPLACE_STEP;
  for (let at = 0; at < text.length; ) {
    const end = matchEnd(tokens, text, at, true);
    budget -= end > at ? end - at : starred ? text.length - at : 1;
    if (end > at) {
      out += replacement;
      at = end;
      if (!all) return out + text.slice(at);
    } else {
      // A pattern that begins with a star and fails here fails everywhere.
      if (end < 0 && tokens[0]?.kind === "star") return out + text.slice(at);
      out += text[at++];
    }
    if (budget <= 0) {
      yield* work(1000);
      budget = REPLACE_STEP;
    }
  }
  return out;
}

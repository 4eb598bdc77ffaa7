// Whatever is typed: the shell reads it or refuses it, and no host program throws.
import test from "ava";
import fc from "fast-check";
import type { Command } from "../../../src/shell/sh/ast.js";
import { parserFor } from "../../../src/shell/sh/parser.js";
import { commandText } from "../../../src/shell/sh/render.js";
import { IncompleteInput, ShellSyntaxError } from "../../../src/shell/sh/syntax-error.js";
import { sh } from "../fake-kernel/run.js";

const PIECES = (
  "if then elif else fi for in do done case esac { } ( ) ! && || | & ; ;; ; ; a b x=1 $x @{x} @{x:-w} @{x#a*} @{x/a/b} @{x:1:2} @{#x} @{ $( ) ` ' \" \\ " +
  "$(( )) 1 + * ? [ ] ~ # < > >> << <<- <& >& 2> <> >| echo cat [ -n f() eval set -e -u -- $@ \"$@\" $* $? $$ = - % / : , . $'\\n' return break exit trap"
)
  .replaceAll("@{", "\x24{")
  .split(" ");
const token = fc.oneof(fc.constantFrom(...PIECES), fc.constantFrom("\n", "\t", "  ", "\nE\n", "<<E\n"));
const scripts = fc.array(token, { maxLength: 25 }).map((tokens) => tokens.join(" "));
const raw = fc.string({ unit: fc.constantFrom(..."{$}()`'\"\\ \n;&|<>#=ab*?[]~!@1"), maxLength: 40 });
const ALIASES = new Map([
  ["a", "echo a "],
  ["b", "a b"],
  ["x", "{ x"],
]);

/** Reads all of a text; what ended it. */
function readAll(text: string, final: boolean): Command[] | "refused" | "incomplete" {
  const commands: Command[] = [];
  try {
    const parser = parserFor(text, { final, aliases: ALIASES, line: 1 });
    for (let command = parser.next(); command !== undefined; command = parser.next()) if (command) commands.push(command);
    return commands;
  } catch (error) {
    if (error instanceof ShellSyntaxError) return "refused";
    if (error instanceof IncompleteInput) return "incomplete";
    throw error;
  }
}

test("the parser reads or refuses any text", (t) => {
  const property = fc.property(fc.oneof(scripts, raw), (text) => {
    const whole = readAll(text, true);
    if (whole !== "refused" && whole !== "incomplete") for (const command of whole) commandText(command);
    readAll(text, false);
    return whole !== "incomplete";
  });
  t.notThrows(() => fc.assert(property, { numRuns: 4000 }));
});

test("deep nesting is refused or read, never fatal", (t) => {
  for (const [open, close] of [
    ["( ", ")"],
    ["{ ", "; }"],
    ["if a; then ", "; fi"],
    ["$(", ")"],
    ["\x24{x:-", "}"],
    ['"$(', ')"'],
    ["$((", "))"],
    ["case a in a) ", ";; esac"],
    ["! ", ""],
    ["a && ", ""],
  ] as const) {
    for (const depth of [10, 300, 5000])
      t.not(readAll(`${open.repeat(depth)}a${close.repeat(depth)}`, true), "incomplete", `${open} ${depth}`);
  }
});

test("no script makes a host program throw", (t) => {
  const property = fc.property(fc.oneof(scripts, raw), (text) => {
    const { kernel } = sh(text, { stdin: "one\ntwo\n" });
    return kernel.reports.length === 0;
  });
  t.notThrows(() => fc.assert(property, { numRuns: 600 }));
});

test("functions may call each other deeply; without end they end as a C shell does", (t) => {
  t.is(sh("f() { [ $1 = 0 ] && return 5; f $(($1-1)); }; f 800; echo $?").out, "5\n");
  const { status, kernel } = sh("f() { if true; then { f; }; fi; }; f");
  t.is(status, 139);
  t.deepEqual(kernel.reports, []);
});

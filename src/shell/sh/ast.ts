// The syntax tree of the shell language: what the parser makes, what the expander and the executor walk.

/** How ${name…} changes the value. */
export type ParameterOperator =
  | "plain"
  | "length"
  | "-"
  | "+"
  | "="
  | "?"
  | "#"
  | "##"
  | "%"
  | "%%"
  /** ${x:offset:length} */
  | "substring"
  | "/"
  | "//"
  /** What ${…} holds is no parameter: an error when it is expanded, not when it is read. */
  | "bad";

export interface ParameterPart {
  kind: "parameter";
  name: string;
  operator: ParameterOperator;
  /** The ":" of ${x:-w}: an empty value counts as unset. */
  colon: boolean;
  word: Part[];
  /** Second word: ${x:a:b}'s length, ${x/p/r}'s replacement. */
  second: Part[] | undefined;
}

export type Part =
  | { kind: "text"; text: string; quoted: boolean }
  /** Double quotes around parts. */
  | { kind: "quotes"; parts: Part[] }
  | ParameterPart
  | { kind: "command"; body: Command | undefined }
  | { kind: "arithmetic"; parts: Part[] };

export interface Word {
  parts: Part[];
}

export interface Assignment {
  name: string;
  value: Word;
}

export type RedirectOperator = "<" | ">" | ">>" | "<>" | ">|" | "<&" | ">&" | "<<" | "&>";

export interface Redirect {
  operator: RedirectOperator;
  fd: number;
  target: Word;
  /** The body of a here-document (parts: expanded unless its delimiter was quoted). */
  body?: Part[];
}

export interface SimpleCommand {
  kind: "simple";
  line: number;
  assignments: Assignment[];
  words: Word[];
  redirects: Redirect[];
}

export interface Pipeline {
  kind: "pipeline";
  commands: Command[];
}

export interface CaseItem {
  patterns: Word[];
  body: Command | undefined;
}

export type CompoundCommand = { line: number; redirects: Redirect[] } & (
  | { kind: "subshell"; body: Command }
  | { kind: "group"; body: Command }
  | { kind: "if"; test: Command; then: Command; otherwise: Command | undefined }
  | { kind: "loop"; until: boolean; test: Command; body: Command }
  | { kind: "for"; name: string; words: Word[] | undefined; body: Command }
  | { kind: "case"; subject: Word; items: CaseItem[] }
);

export type Command =
  | SimpleCommand
  | CompoundCommand
  | Pipeline
  | { kind: "not"; body: Command }
  | { kind: "and" | "or" | "sequence"; left: Command; right: Command }
  | { kind: "background"; body: Command; line: number }
  | { kind: "function"; name: string; body: Command; line: number };

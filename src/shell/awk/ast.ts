// awk's programs as trees. Made by ./parser.ts, run by ./interpreter.ts.

export type LeftValue =
  | { kind: "variable"; name: string }
  | { kind: "element"; name: string; index: Expr[] }
  | { kind: "field"; index: Expr };

export type Expr =
  | LeftValue
  | { kind: "number"; value: number }
  | { kind: "string"; value: string }
  /** Alone it is a match with $0. */
  | { kind: "regex"; pattern: string }
  | { kind: "binary"; operator: string; left: Expr; right: Expr }
  | { kind: "and" | "or"; left: Expr; right: Expr }
  | { kind: "unary"; operator: "!" | "-" | "+"; item: Expr }
  | { kind: "match"; negate: boolean; left: Expr; right: Expr }
  | { kind: "in"; index: Expr[]; name: string }
  | { kind: "condition"; test: Expr; yes: Expr; no: Expr }
  /** operator "" is plain =. */
  | { kind: "assign"; operator: string; target: LeftValue; value: Expr }
  | { kind: "step"; by: 1 | -1; before: boolean; target: LeftValue }
  | { kind: "call"; name: string; args: Expr[] }
  | { kind: "builtin"; name: string; args: Expr[] }
  | { kind: "getline"; target: LeftValue | undefined; from: "main" | "file" | "command"; source: Expr | undefined }
  | { kind: "group"; item: Expr };

export interface Redirection {
  how: ">" | ">>" | "|";
  target: Expr;
}

export type Statement =
  | { kind: "block"; body: Statement[] }
  | { kind: "expression"; value: Expr }
  | { kind: "print"; args: Expr[]; to: Redirection | undefined }
  | { kind: "printf"; args: Expr[]; to: Redirection | undefined }
  | { kind: "if"; test: Expr; yes: Statement; no: Statement | undefined }
  | { kind: "while"; test: Expr; body: Statement }
  | { kind: "do"; test: Expr; body: Statement }
  | { kind: "for"; first: Statement | undefined; test: Expr | undefined; step: Statement | undefined; body: Statement }
  | { kind: "each"; variable: string; name: string; body: Statement }
  | { kind: "break" | "continue" | "next" | "nextfile" }
  | { kind: "exit" | "return"; value: Expr | undefined }
  | { kind: "delete"; name: string; index: Expr[] | undefined };

export interface FunctionTree {
  parameters: string[];
  body: Statement;
}

export interface Rule {
  pattern: Expr | undefined;
  /** With a range: where it ends. */
  last: Expr | undefined;
  body: Statement | undefined;
}

export interface AwkProgram {
  begin: Statement[];
  end: Statement[];
  rules: Rule[];
  functions: Map<string, FunctionTree>;
  /** "file:line" where a statement begins, for messages. */
  places: Map<Statement, string>;
}

// How a shell leaves what it is doing: thrown through the executor's generators. None of these is a failure of the program.

/** break and continue: `levels` loops more to leave. */
export class LoopExit extends Error {
  constructor(
    readonly kind: "break" | "continue",
    public levels: number,
  ) {
    super(kind);
  }
}

/** return from a function or a sourced file. */
export class FunctionReturn extends Error {
  constructor(readonly status: number) {
    super("return");
  }
}

/** exit, set -e, the end of a subshell: the shell process ends (traps first). */
export class ShellExit extends Error {
  constructor(readonly status: number) {
    super("exit");
  }
}

/**
 * A shell error, its message already printed: an interactive shell goes on with the next line, any other ends with the status.
 */
export class ShellError extends Error {
  constructor(readonly status = 2) {
    super("shell error");
  }
}

/** SIGINT in an interactive shell: back to the prompt. */
export class Interrupted extends Error {}

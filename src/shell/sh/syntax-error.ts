// How reading a command fails: for good, or because the text ends too early and more may come (the next line of a terminal).

export class ShellSyntaxError extends Error {
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message);
  }
}

/** The text ended inside a command and the reader said that more may come. */
export class IncompleteInput extends Error {}

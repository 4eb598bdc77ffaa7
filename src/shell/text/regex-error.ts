// What a regular expression that cannot be compiled throws (./regex.ts); the applets tell its reason.

export class RegexError extends Error {
  /** `reason` is regerror(3)'s text. */
  constructor(
    pattern: string,
    readonly reason = "Invalid regular expression",
  ) {
    super(pattern);
  }
}

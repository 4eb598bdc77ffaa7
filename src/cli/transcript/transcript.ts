// A golden transcript in memory: its lines, the commands that stand in them and the options of its head. Made by cram.ts and
// markdown.ts, run by guest-run.ts, compared and rewritten by compare.ts.

export interface TranscriptCommand {
  /** Number of its first line in the file, from 1. */
  readonly line: number;
  /** Blanks that stand before each of its lines in the file. */
  readonly indent: string;
  /** What is typed: the command's line and its continuations. */
  readonly text: string[];
  /** Keys that are pressed while it runs, in caret notation. */
  readonly keys: string[];
  /** The expected output's lines without indent: file lines [outputAt, outputAt + expected.length), counted from 0. */
  outputAt: number;
  readonly expected: string[];
}

export interface Transcript {
  /** As the file has them, without line ends. */
  readonly lines: readonly string[];
  readonly commands: readonly TranscriptCommand[];
  /** Words of the `kelp:` line: options for the guest. */
  readonly options: readonly string[];
  /** Where they stand, counted from 1. */
  readonly optionsLine: number;
  readonly dialect: Dialect;
}

/** What the two kinds of files differ in when they are compared and rewritten. */
export interface Dialect {
  /** A line `…` stands for any lines. */
  readonly ellipsis: boolean;
  /** Where a command has no `[N]` line its status is not compared. */
  readonly optionalStatus: boolean;
}

/** The file cannot be understood: a line of it and what is wrong. */
export class TranscriptError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

/** Takes one more line of a command, its indent removed; false if it is output that no command has printed. */
export function addLine(commands: TranscriptCommand[], open: boolean, text: string, index: number, indent: string): boolean {
  if (text === "$" || text.startsWith("$ ")) {
    refuseTab(text, index);
    commands.push({ line: index + 1, indent, text: [text.slice(2)], keys: [], outputAt: index + 1, expected: [] });
    return true;
  }
  const command = open ? commands.at(-1) : undefined;
  if (!command) return false;
  const atOutput = command.expected.length > 0;
  if (!atOutput && command.keys.length === 0 && (text === ">" || text.startsWith("> "))) {
    refuseTab(text, index);
    command.text.push(text.slice(2));
  } else if (!atOutput && text.startsWith("< ")) command.keys.push(text.slice(2));
  else {
    if (!atOutput) command.outputAt = index;
    command.expected.push(text);
    return true;
  }
  command.outputAt = index + 1;
  return true;
}

/** Commands are typed, and at a prompt the Tab key completes words. */
function refuseTab(text: string, index: number): void {
  if (text.includes("\t")) throw new TranscriptError(index + 1, "a tab cannot be typed in a command: the shell's line editor takes it");
}

/** `^C` is Ctrl-C, `^M` Enter, `^[` Escape, `^?` DEL; everything else is itself. */
export function keyBytes(text: string): Uint8Array {
  const typed = text.replace(/\^([@A-Z[\]\\^_?])/g, (_, key: string) => String.fromCharCode(key.charCodeAt(0) ^ 0x40));
  return Buffer.from(typed, "utf8");
}

/** Splits the options of a head line at blanks; "…" and '…' keep blanks. */
export function splitWords(text: string, line: number): string[] {
  const words: string[] = [];
  const rest = text.replace(/\s*((?:"[^"]*"|'[^']*'|[^\s"'])+)/gy, (_, word: string) => {
    words.push(word.replace(/"([^"]*)"|'([^']*)'/g, (_quoted, double?: string, single?: string) => double ?? single ?? ""));
    return "";
  });
  if (rest.trim() !== "") throw new TranscriptError(line, "a quote is not closed");
  return words;
}

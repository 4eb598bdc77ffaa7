// What of the guest's console goes to standard output, by the kind of session: a script's output alone, a terminal's bytes as they
// are, or a dialogue whose lines came from a file. Used by run, the console and replay, so that a replay prints the same bytes.

import { RUN_END_MARK, RUN_START_MARK } from "../abi/run-protocol.js";
import { PromptMarks } from "./prompt-marks.js";

export type OutputKind = "script" | "terminal" | "dialogue";

export interface ConsoleOutput {
  write(bytes: Uint8Array): void;
  /** @param complete the guest came to its proper end; after any other the last words matter, wherever they stand. */
  end(complete: boolean): void;
}

export type Print = (bytes: Uint8Array) => void;

/** Holds back the boot log before init's start mark and all that comes behind its end mark; gives lines the host's ends. */
export class ScriptOutput implements ConsoleOutput {
  /** latin1 keeps every byte; the guest's encoding is none of our business. */
  private held = "";
  private started = false;
  private ended = false;

  /** @param onStart the guest's first program has the terminal; what is typed from here on is for it. */
  constructor(
    private readonly print: Print,
    private readonly onStart: () => void = () => undefined,
  ) {}

  write(bytes: Uint8Array): void {
    this.held += Buffer.from(bytes).toString("latin1");
    if (!this.started) {
      const at = this.held.indexOf(RUN_START_MARK);
      if (at < 0) return;
      this.started = true;
      this.held = this.held.slice(at + RUN_START_MARK.length);
      this.onStart();
    }
    // A script may print the mark too: only the last one is init's.
    const mark = this.held.lastIndexOf(RUN_END_MARK);
    if (mark > 0) this.release(mark);
    if (mark >= 0) this.ended = true;
    else if (!this.ended) this.release(this.held.length - this.unfinished());
  }

  end(complete: boolean): void {
    if (!(complete && this.ended)) this.release(this.held.length);
    this.held = "";
  }

  /** Length of what stands at the end and may be the first half of a line end or of the mark. */
  private unfinished(): number {
    if (this.held.endsWith("\r")) return 1;
    for (let length = RUN_END_MARK.length - 1; length > 0; length--) {
      if (this.held.endsWith(RUN_END_MARK.slice(0, length))) return length;
    }
    return 0;
  }

  private release(length: number): void {
    if (length <= 0) return;
    // The guest's terminal turned each \n into \r\n; a \r\n of the script's came as \r\r\n.
    this.print(Buffer.from(this.held.slice(0, length).replaceAll("\r\n", "\n"), "latin1"));
    this.held = this.held.slice(length);
  }
}

/** The dialogue without its prompt marks and carriage returns. */
export class DialogueOutput implements ConsoleOutput {
  readonly marks: PromptMarks;

  constructor(print: Print) {
    this.marks = new PromptMarks((text) => print(Buffer.from(text.replaceAll("\r", ""), "latin1")));
  }

  write(bytes: Uint8Array): void {
    this.marks.write(bytes);
  }

  end(): void {}
}

export function consoleOutput(kind: OutputKind, print: Print): ConsoleOutput {
  if (kind === "script") return new ScriptOutput(print);
  return kind === "dialogue" ? new DialogueOutput(print) : { write: print, end: () => undefined };
}

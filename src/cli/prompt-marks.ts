// Splits an interactive shell's terminal output at its OSC 133 marks (src/abi/run-protocol.ts): which text is prompt, which the
// echo of the typed line, which a command's output, and with what status it ended.

const MARK = /\x1b\]133;([ABCDP])(?:;([^\x07]{0,12}))?\x07/;
const MARK_START = "\x1b]133;";
const LONGEST_MARK = 24;

/** What the text that comes next is. */
type Phase = "boot" | "prompt" | "typed" | "output" | "after";

export class PromptMarks {
  /** Prompts that have been printed to their end. */
  prompts = 0;
  /** Secondary prompts: the shell asks for the rest of a command. */
  continuations = 0;
  /** Exit status of the last command. */
  status: number | undefined;
  /** Keep text that comes at the prompt while nothing is typed (kernel messages, background jobs). */
  listening = false;
  private phase: Phase = "boot";
  private pending = "";
  private output = "";

  /** @param onText told about all text between the marks, prompts and echo too. */
  constructor(private readonly onText: (text: string) => void = () => undefined) {}

  write(bytes: Uint8Array): void {
    this.pending += Buffer.from(bytes).toString("latin1");
    for (;;) {
      const match = MARK.exec(this.pending);
      if (!match) break;
      this.text(this.pending.slice(0, match.index));
      this.pending = this.pending.slice(match.index + match[0].length);
      this.mark(match[1], match[2]);
    }
    // An unfinished mark at the end waits for its rest.
    const partial = this.pending.lastIndexOf("\x1b");
    const keep =
      partial >= 0 && this.pending.length - partial < LONGEST_MARK && startsMark(this.pending.slice(partial))
        ? partial
        : this.pending.length;
    this.text(this.pending.slice(0, keep));
    this.pending = this.pending.slice(keep);
  }

  /** Terminal text since the last call that belongs to a command or came at the prompt on its own, as UTF-8, with \n line ends. */
  take(): string {
    return Buffer.from(this.takeBytes(), "latin1").toString("utf8");
  }

  /** The same with one character a byte. */
  takeBytes(): string {
    const { output } = this;
    this.output = "";
    return output.replaceAll("\r\n", "\n");
  }

  /** A line is about to be typed: what was printed up to its start is not its output. */
  typing(): void {
    this.output = "";
    this.status = undefined;
    this.listening = false;
  }

  private text(text: string): void {
    if (text !== "") this.onText(text);
    if (this.phase === "output" || this.phase === "after" || (this.phase === "typed" && this.listening)) this.output += text;
  }

  private mark(kind: string, status: string | undefined): void {
    switch (kind) {
      case "A":
        this.phase = "prompt";
        break;
      case "B":
        this.phase = "typed";
        this.prompts++;
        break;
      case "P":
        this.continuations++;
        break;
      case "C":
        this.phase = "output";
        break;
      default:
        // Job notices come between D and the next A and are the command's.
        this.phase = "after";
        this.status = Number(status ?? 0);
        break;
    }
  }
}

function startsMark(text: string): boolean {
  return text.length < MARK_START.length ? MARK_START.startsWith(text) : text.startsWith(MARK_START);
}

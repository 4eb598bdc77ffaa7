// What a program that ran behind kelp has switched on at the user's terminal (xterm's ctlseqs), so that it can be switched off where the
// program was cut off: a guest's editor when the user leaves, a recording that ends in the middle.

const SEQUENCE = /\x1b(?:\[\?([\d;]+)([hl])|\[[\d;]*(r)|\[(\d*) q|([=>c])|\((.)|\[(!p))|([\x0e\x0f])/g;
/** Where such a sequence may break off at the end of a piece. */
const UNFINISHED = /\x1b(?:\[[\d;?!]* ?|\()?$/;
/** Modes that are on in a terminal that nobody has touched: wrap around, the cursor. */
const USUALLY_ON: readonly number[] = [7, 25];
/** Leaving the alternate buffer comes last: the rest then holds for the main one. */
const BUFFERS: readonly number[] = [47, 1047, 1049];

export class TerminalModes {
  private readonly unusual = new Set<number>();
  private keypad = false;
  private region = false;
  private charset = false;
  private shifted = false;
  private cursorStyle = false;
  private held = "";

  watch(piece: string): void {
    const text = this.held + piece;
    for (const match of text.matchAll(SEQUENCE)) {
      const [, modes, onOff, region, style, single, charset, soft, shift] = match;
      if (modes !== undefined) for (const mode of modes.split(";").map(Number)) this.set(mode, onOff === "h");
      else if (region !== undefined) this.region = match[0] !== "\x1b[r";
      else if (style !== undefined) this.cursorStyle = style !== "" && style !== "0";
      else if (single === "c" || soft !== undefined) this.forget();
      else if (single !== undefined) this.keypad = single === "=";
      else if (charset !== undefined) this.charset = charset !== "B";
      else this.shifted = shift === "\x0e";
    }
    this.held = UNFINISHED.exec(text)?.[0] ?? "";
  }

  /** What puts the terminal back, attributes and cursor in any case. */
  restore(): string {
    const modes = [...this.unusual].sort((a, b) => Number(BUFFERS.includes(a)) - Number(BUFFERS.includes(b)));
    const back = [
      this.shifted ? "\x0f" : "",
      this.charset ? "\x1b(B" : "",
      this.keypad ? "\x1b>" : "",
      // Setting the region moves the cursor.
      this.region ? "\x1b7\x1b[r\x1b8" : "",
      this.cursorStyle ? "\x1b[0 q" : "",
      ...modes.map((mode) => `\x1b[?${mode}${USUALLY_ON.includes(mode) ? "h" : "l"}`),
      "\x1b[0m\x1b[?25h\x1b[?2004l",
    ].join("");
    this.forget();
    return back;
  }

  private set(mode: number, on: boolean): void {
    if (on === USUALLY_ON.includes(mode)) this.unusual.delete(mode);
    else this.unusual.add(mode);
  }

  private forget(): void {
    this.unusual.clear();
    this.keypad = this.region = this.charset = this.shifted = this.cursorStyle = false;
  }
}

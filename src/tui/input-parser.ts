// Splits what the host's terminal sends into keys that are kelp's own, mouse reports, and bytes for the guest. Everything that is
// not recognised belongs to the guest, byte by byte.

export type KeyName =
  | `F${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11}`
  | "Shift-PageUp"
  | "Shift-PageDown"
  | "Shift-Up"
  | "Shift-Down"
  | "Shift-Left"
  | "Shift-Right";

export type InputEvent =
  | { kind: "bytes"; bytes: Uint8Array }
  | { kind: "key"; name: KeyName }
  | { kind: "mouse"; action: "press" | "wheel-up" | "wheel-down"; column: number; row: number };

/** What xterm, rxvt and the Linux console send. */
const KEYS: Readonly<Record<string, KeyName>> = {
  "\x1bOP": "F1",
  "\x1bOQ": "F2",
  "\x1bOR": "F3",
  "\x1bOS": "F4",
  "\x1b[[A": "F1",
  "\x1b[[B": "F2",
  "\x1b[[C": "F3",
  "\x1b[[D": "F4",
  "\x1b[[E": "F5",
  "\x1b[11~": "F1",
  "\x1b[12~": "F2",
  "\x1b[13~": "F3",
  "\x1b[14~": "F4",
  "\x1b[15~": "F5",
  "\x1b[17~": "F6",
  "\x1b[18~": "F7",
  "\x1b[19~": "F8",
  "\x1b[20~": "F9",
  "\x1b[21~": "F10",
  "\x1b[23~": "F11",
  "\x1b[5;2~": "Shift-PageUp",
  "\x1b[6;2~": "Shift-PageDown",
  "\x1b[1;2A": "Shift-Up",
  "\x1b[1;2B": "Shift-Down",
  "\x1b[1;2D": "Shift-Left",
  "\x1b[1;2C": "Shift-Right",
};

const SGR_MOUSE = /^\x1b\[<(\d{1,5});(\d{1,5});(\d{1,5})([Mm])/;
const MOUSE_PREFIX = /^\x1b(?:\[(?:<[\d;]{0,17})?)?$/;
const WHEEL = 64;
const BUTTON_BITS = 0b11;
/** Motion (32) is not asked for; some terminals report it. */
const MOTION = 32;
/** A sequence comes in one piece but for slow lines; what is still open after this is what the user typed. */
const FLUSH_MS = 25;

export class InputParser {
  private held = "";
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly onEvent: (event: InputEvent) => void) {}

  feed(bytes: Uint8Array): void {
    clearTimeout(this.timer);
    // latin1 keeps every byte.
    let text = this.held + Buffer.from(bytes).toString("latin1");
    this.held = "";
    let forGuest = "";
    const flush = () => {
      if (forGuest !== "") this.onEvent({ kind: "bytes", bytes: Buffer.from(forGuest, "latin1") });
      forGuest = "";
    };
    while (text !== "") {
      const at = text.indexOf("\x1b");
      if (at !== 0) {
        const end = at < 0 ? text.length : at;
        forGuest += text.slice(0, end);
        text = text.slice(end);
        continue;
      }
      const found = recognise(text);
      if (found) {
        flush();
        if (found.event) this.onEvent(found.event);
        text = text.slice(found.length);
      } else if (isPrefix(text)) {
        this.held = text;
        this.timer = setTimeout(() => this.release(), FLUSH_MS);
        break;
      } else {
        forGuest += text[0];
        text = text.slice(1);
      }
    }
    flush();
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private release(): void {
    const bytes = Buffer.from(this.held, "latin1");
    this.held = "";
    if (bytes.length > 0) this.onEvent({ kind: "bytes", bytes });
  }
}

function recognise(text: string): { event?: InputEvent; length: number } | undefined {
  for (const [sequence, name] of Object.entries(KEYS)) {
    if (text.startsWith(sequence)) return { event: { kind: "key", name }, length: sequence.length };
  }
  const mouse = SGR_MOUSE.exec(text);
  if (!mouse) return undefined;
  const [whole, button, column, row, end] = mouse;
  const code = Number(button);
  const position = { column: Number(column) - 1, row: Number(row) - 1 };
  const length = whole.length;
  if (code & WHEEL) return { event: { kind: "mouse", action: code & 1 ? "wheel-down" : "wheel-up", ...position }, length };
  if (end === "m" || code & MOTION || (code & BUTTON_BITS) !== 0) return { length };
  return { event: { kind: "mouse", action: "press", ...position }, length };
}

function isPrefix(text: string): boolean {
  return MOUSE_PREFIX.test(text) || Object.keys(KEYS).some((sequence) => sequence.length > text.length && sequence.startsWith(text));
}

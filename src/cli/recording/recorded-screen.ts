// The screen (src/tui) of a session that is recorded in the guest's own time: its terminal is a recording, its user a script.

import { PassThrough, Writable } from "node:stream";
import { Screen } from "../../tui/screen.js";
import type { Session } from "../session.js";
import type { Onlooker } from "../typist.js";
import type { ScreenSize } from "./script-recording.js";

/** Guest seconds between two looks at the panes: enough for the eye, and fewer pictures than the real screen makes. */
const INTERVAL = 0.25;
const KEYS: Readonly<Record<string, string>> = {
  F1: "\x1bOP",
  F2: "\x1bOQ",
  F3: "\x1bOR",
  F4: "\x1bOS",
  F5: "\x1b[15~",
  F6: "\x1b[17~",
  F7: "\x1b[18~",
  F8: "\x1b[19~",
  F9: "\x1b[20~",
  F10: "\x1b[21~",
  F11: "\x1b[23~",
  Enter: "\r",
  "Shift-Up": "\x1b[1;2A",
  "Shift-Down": "\x1b[1;2B",
  "Shift-Left": "\x1b[1;2D",
  "Shift-Right": "\x1b[1;2C",
};

export class RecordedScreen implements Onlooker {
  readonly interval = INTERVAL;
  private readonly keyboard = new PassThrough();
  private readonly screen: Screen;
  private session: Session | undefined;
  /** What came before the recording begins: its first picture. */
  private before: Uint8Array[] = [];
  private begun = false;

  constructor(
    { columns, rows }: ScreenSize,
    seed: number,
    private readonly record: (bytes: Uint8Array) => void,
  ) {
    const output = Object.assign(new Writable({ write: (chunk: Buffer, _encoding, done) => done(this.write(chunk)) }), {
      columns,
      rows,
      isTTY: true,
    });
    const input = Object.assign(this.keyboard, { isTTY: true, isRaw: false, setRawMode: () => input });
    this.screen = new Screen({
      // A terminal as far as the screen uses one.
      input: input as unknown as NodeJS.ReadStream,
      output: output as unknown as NodeJS.WriteStream,
      seed,
      stepping: true,
      manual: true,
    });
  }

  attach(session: Session): void {
    this.session = session;
    this.screen.attach(session);
  }

  begin(): void {
    this.begun = true;
    for (const bytes of this.before.splice(0)) this.record(bytes);
  }

  print(bytes: Uint8Array): void {
    this.screen.print(bytes);
  }

  look(): Promise<void> {
    return this.screen.update();
  }

  send(bytes: Uint8Array): void {
    this.keyboard.emit("data", Buffer.from(bytes));
    for (const typed of this.screen.take()) this.session?.machine.input(typed);
  }

  async press(key: string): Promise<void> {
    this.send(Buffer.from(KEYS[key] ?? key.replace("Ctrl-A ", "\x01"), "latin1"));
    await this.look();
  }

  close(): void {
    // The player's terminal is to be left as it was found.
    this.screen.close();
  }

  private write(bytes: Uint8Array): null {
    if (this.begun) this.record(bytes);
    else this.before.push(Uint8Array.from(bytes));
    return null;
  }
}

// The prefix Ctrl-A among typed bytes: what follows it is a command of kelp's; Ctrl-A Ctrl-A is one Ctrl-A for the guest, and any
// other pair goes to the guest as it is.

import type { KeyName } from "./input-parser.js";

const PREFIX = 0x01;

export type PrefixCommand = "leave" | "suspend" | "run-to" | "finish" | KeyName;

export class PrefixKeys {
  private prefixed = false;

  /** Bytes for the guest and commands, in their order; nothing behind "leave". */
  *feed(bytes: Uint8Array): Generator<{ bytes: Uint8Array } | { command: PrefixCommand }> {
    let out: number[] = [];
    for (const byte of bytes) {
      if (!this.prefixed) {
        if (byte === PREFIX) this.prefixed = true;
        else out.push(byte);
        continue;
      }
      this.prefixed = false;
      const command = commandOf(String.fromCharCode(byte));
      if (command !== undefined) {
        if (out.length > 0) yield { bytes: Uint8Array.from(out) };
        out = [];
        yield { command };
        if (command === "leave") return;
      } else if (byte === PREFIX) out.push(PREFIX);
      else out.push(PREFIX, byte);
    }
    if (out.length > 0) yield { bytes: Uint8Array.from(out) };
  }
}

function commandOf(letter: string): PrefixCommand | undefined {
  if (letter === "x") return "leave";
  if (letter === "z") return "suspend";
  if (letter === "b") return "run-to";
  if (letter === "f") return "finish";
  if (letter === "s") return "F10";
  if (letter === "n") return "F11";
  return /[0-9]/.test(letter) ? (`F${letter === "0" ? "10" : letter}` as KeyName) : undefined;
}

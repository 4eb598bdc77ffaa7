// The host's standard input as the guest's keyboard where it is a file, a pipe, or a terminal that keeps its own line editing. It is
// read only when the guest waits for it, so `kelp run` in a loop that reads a list does not eat the list.

import type { Machine } from "../vm/machine.js";
import { TICKS_PER_SECOND } from "../vm/machine.js";
import type { Input } from "./drive.js";

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const NEWLINE = 10;
/** A terminal in line mode keeps 4095 bytes of a line and loses the rest. */
const PIECE = 2048;
/** A guest that takes so many ends of input in a row without a word does not read them. */
const SILENT_ENDS = 100;
/** With a timer running, a guest that is silent for so long is taken to wait for input. */
const SILENT_TICKS = 60 * TICKS_PER_SECOND;

export class StandardInput implements Input {
  wake: () => void = () => undefined;
  private text: Buffer = Buffer.alloc(0);
  private listening = false;
  private inputEnded = false;
  private ends = 0;
  private interrupts = 0;
  private foreground = false;
  private lastWordAt = 0;

  constructor(private readonly stream: NodeJS.ReadStream) {}

  /** The host's Ctrl-C: typed into the guest. */
  interrupt(): void {
    this.interrupts++;
    this.wake();
  }

  /** The guest's first program has the terminal: a Ctrl-C typed before would have reached nobody. */
  admitInterrupts(): void {
    this.foreground = true;
  }

  /** The guest has printed something. */
  heard(machine: Machine): void {
    this.ends = 0;
    this.lastWordAt = machine.now;
  }

  get open(): boolean {
    return this.ends < SILENT_ENDS;
  }

  take(): Uint8Array[] {
    return Array.from({ length: this.foreground ? this.interrupts : 0 }, () => {
      this.interrupts--;
      return Uint8Array.of(CTRL_C);
    });
  }

  offer(machine: Machine, nextEvent: number | undefined): boolean {
    if (this.foreground && this.interrupts > 0) return true;
    const waits = nextEvent === undefined || machine.now - this.lastWordAt > SILENT_TICKS;
    if (!waits || machine.inputPending > 0 || !this.open) return false;
    this.listen();
    if (this.text.length > 0) {
      const lineEnd = this.text.subarray(0, PIECE).lastIndexOf(NEWLINE);
      const length = lineEnd >= 0 ? lineEnd + 1 : Math.min(this.text.length, PIECE);
      machine.input(this.text.subarray(0, length));
      this.text = this.text.subarray(length);
      this.ends = 0;
    } else if (this.inputEnded) {
      machine.input(Uint8Array.of(CTRL_D));
      this.ends++;
    } else return false;
    this.lastWordAt = machine.now;
    return true;
  }

  close(): void {
    if (!this.listening) return;
    this.stream.removeAllListeners("data");
    this.stream.pause();
    this.stream.unref?.();
  }

  private listen(): void {
    if (this.listening) return;
    this.listening = true;
    const ended = () => {
      this.inputEnded = true;
      this.wake();
    };
    this.stream.on("data", (data: Buffer) => {
      this.text = this.text.length > 0 ? Buffer.concat([this.text, data]) : data;
      this.wake();
    });
    this.stream.on("end", ended);
    this.stream.on("error", ended);
  }
}

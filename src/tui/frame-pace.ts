// When the screen is painted after output: at once, a flood of it once a frame; the answer to a key without delay.

const FRAME_MS = 16;

export class FramePace {
  private timer: NodeJS.Timeout | undefined;
  private last = 0;
  private answering = false;

  constructor(private readonly paint: () => void) {}

  /** The user has typed: what the guest prints next is the answer. */
  typed(): void {
    this.answering = true;
  }

  /** The guest has printed: soon, after what else it prints just now. */
  printed(): void {
    const due = this.answering ? 0 : this.last + FRAME_MS - performance.now();
    if (due <= 0) this.now();
    else this.timer ??= setTimeout(() => this.now(), due);
  }

  /** The screen is being painted, for whatever reason. */
  painted(): void {
    this.last = performance.now();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private now(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.answering = false;
    this.paint();
  }
}

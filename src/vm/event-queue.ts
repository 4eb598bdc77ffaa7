// Virtual time's alarm clock: what shall happen at which tick (10 ns). Devices arm events; the machine's run loop fires them
// and never lets a CPU run past the next one. Events of the same tick fire in the order in which they were armed.

export interface TimedEvent {
  /** Absolute time in ticks. */
  readonly at: number;
  readonly fire: () => void;
}

/** An event of a saved machine, to be armed again. */
export interface SavedEvent {
  readonly at: number;
  readonly position: number;
}

export class EventQueue {
  /** Sorted by time; a machine has a handful of armed events, so an array is the quickest heap. */
  private readonly events: TimedEvent[] = [];

  /** @param onEarlier told when the next event is now earlier than before: a running CPU's budget must shrink. */
  constructor(private readonly onEarlier: (at: number) => void) {}

  schedule(at: number, fire: () => void): TimedEvent {
    const event: TimedEvent = { at, fire };
    let index = this.events.length;
    while (index > 0 && this.events[index - 1].at > at) index--;
    this.events.splice(index, 0, event);
    if (index === 0) this.onEarlier(at);
    return event;
  }

  cancel(event: TimedEvent): void {
    const index = this.events.indexOf(event);
    if (index >= 0) this.events.splice(index, 1);
  }

  /** Where an armed event stands among all: what fires first if several are due. */
  position(event: TimedEvent): number {
    return this.events.indexOf(event);
  }

  /** Time of the next event, or undefined. */
  next(): number | undefined {
    return this.events.length > 0 ? this.events[0].at : undefined;
  }

  /** Fires everything due at `now`, also what the fired events arm for a time not later than `now`. */
  fireDue(now: number): void {
    while (this.events.length > 0 && this.events[0].at <= now) this.events.shift()?.fire();
  }
}

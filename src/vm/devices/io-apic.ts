// The I/O APIC (Intel 82093AA): 24 pins, each with a redirection entry that says which local APIC gets which vector, by edge or
// by level. Reached through an index register and a data window.

const PINS = 24;
const REG_SELECT = 0x00;
const REG_WINDOW = 0x10;
/** Newer parts have an EOI register; ours announces version 0x20 and has one. */
const REG_EOI = 0x40;
const VERSION = 0x20;

const ENTRY_LEVEL = 0x8000;
const ENTRY_REMOTE_IRR = 0x4000;
const ENTRY_ACTIVE_LOW = 0x2000;
const ENTRY_DELIVERY_STATUS = 0x1000;
const ENTRY_LOGICAL = 0x0800;
const ENTRY_MASKED = 0x10000;

export interface IoApicMessage {
  vector: number;
  deliveryMode: number;
  logical: boolean;
  destination: number;
  level: boolean;
}

export interface IoApicState {
  readonly select: number;
  readonly id: number;
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly asserted: readonly boolean[];
}

export class IoApic {
  private select = 0;
  private id = 0;
  private readonly low = new Uint32Array(PINS).fill(ENTRY_MASKED);
  private readonly high = new Uint32Array(PINS);
  private readonly asserted = new Array<boolean>(PINS).fill(false);

  constructor(private readonly deliver: (message: IoApicMessage) => void) {}

  save(): IoApicState {
    const { select, id, low, high, asserted } = this;
    return { select, id, low: low.slice(), high: high.slice(), asserted: [...asserted] };
  }

  restore({ select, id, low, high, asserted }: IoApicState): void {
    this.select = select;
    this.id = id;
    this.low.set(low);
    this.high.set(high);
    this.asserted.splice(0, PINS, ...asserted);
  }

  read(offset: number): number {
    if (offset === REG_SELECT) return this.select;
    return offset === REG_WINDOW ? this.readRegister(this.select) : 0;
  }

  write(offset: number, value: number): void {
    if (offset === REG_SELECT) this.select = value & 0xff;
    else if (offset === REG_WINDOW) this.writeRegister(this.select, value >>> 0);
    else if (offset === REG_EOI) this.endOfInterrupt(value & 0xff);
  }

  /** A device drives its pin; `asserted` is logical, whatever polarity the entry names. */
  setPin(pin: number, asserted: boolean): void {
    if (pin < 0 || pin >= PINS || this.asserted[pin] === asserted) return;
    this.asserted[pin] = asserted;
    if (asserted) this.service(pin);
  }

  /** A local APIC ended a level-triggered interrupt: a pin that is still asserted interrupts again. */
  endOfInterrupt(vector: number): void {
    for (let pin = 0; pin < PINS; pin++) {
      const entry = this.low[pin];
      if ((entry & 0xff) !== vector || !(entry & ENTRY_LEVEL)) continue;
      this.low[pin] &= ~ENTRY_REMOTE_IRR;
      this.service(pin);
    }
  }

  private service(pin: number): void {
    const entry = this.low[pin];
    if (!this.asserted[pin] || entry & ENTRY_MASKED) return;
    const level = (entry & ENTRY_LEVEL) !== 0;
    if (level) {
      if (entry & ENTRY_REMOTE_IRR) return;
      this.low[pin] |= ENTRY_REMOTE_IRR;
    }
    this.deliver({
      vector: entry & 0xff,
      deliveryMode: (entry >> 8) & 7,
      logical: (entry & ENTRY_LOGICAL) !== 0,
      destination: this.high[pin] >>> 24,
      level,
    });
  }

  private readRegister(index: number): number {
    if (index === 0 || index === 2) return this.id << 24;
    if (index === 1) return ((PINS - 1) << 16) | VERSION;
    const pin = (index - 0x10) >> 1;
    if (index < 0x10 || pin >= PINS) return 0;
    return index & 1 ? this.high[pin] : this.low[pin];
  }

  private writeRegister(index: number, value: number): void {
    if (index === 0) this.id = (value >>> 24) & 0xf;
    const pin = (index - 0x10) >> 1;
    if (index < 0x10 || pin >= PINS) return;
    if (index & 1) {
      this.high[pin] = value & 0xff000000;
      return;
    }
    const readOnly = ENTRY_REMOTE_IRR | ENTRY_DELIVERY_STATUS;
    const before = this.low[pin];
    let entry = (value & 0x1afff & ~readOnly) | (before & readOnly);
    // The remote IRR belongs to level mode; turning to edge mode clears it.
    if (!(entry & ENTRY_LEVEL)) entry &= ~ENTRY_REMOTE_IRR;
    this.low[pin] = entry | (value & ENTRY_ACTIVE_LOW);
    // An edge that came while masked is lost; an asserted level is seen when the mask is lifted.
    if (entry & ENTRY_LEVEL) this.service(pin);
  }
}

// One CPU's local APIC in xAPIC mode (Intel SDM volume 3, "Advanced Programmable Interrupt Controller"): interrupt priorities,
// inter-processor interrupts and the timer. Registers are 32 bits wide on 16-byte boundaries.

import type { EventQueue, SavedEvent, TimedEvent } from "../event-queue.js";

const REG_ID = 0x20;
const REG_VERSION = 0x30;
const REG_TPR = 0x80;
const REG_PPR = 0xa0;
const REG_EOI = 0xb0;
const REG_LDR = 0xd0;
const REG_DFR = 0xe0;
const REG_SVR = 0xf0;
const REG_ISR = 0x100;
const REG_TMR = 0x180;
const REG_IRR = 0x200;
const REG_ESR = 0x280;
const REG_ICR_LOW = 0x300;
const REG_ICR_HIGH = 0x310;
const REG_LVT_TIMER = 0x320;
const REG_LVT_ERROR = 0x370;
const REG_INITIAL_COUNT = 0x380;
const REG_CURRENT_COUNT = 0x390;
const REG_DIVIDE = 0x3e0;

/** Version 0x14 (integrated APIC), six LVT entries. */
const VERSION = 0x00050014;
const LVT_ENTRIES = 6;
const LVT_MASKED = 0x10000;
const LVT_TIMER_PERIODIC = 0x20000;
const SVR_ENABLED = 0x100;
const ESR_SEND_ILLEGAL_VECTOR = 0x20;
const ESR_RECEIVED_ILLEGAL_VECTOR = 0x40;

export const DELIVERY_FIXED = 0;
export const DELIVERY_LOWEST_PRIORITY = 1;
export const DELIVERY_NMI = 4;

const SCALARS = ["tpr", "ldr", "dfr", "svr", "esr", "esrPending", "icrHigh", "icrLow", "divide", "initialCount", "startedAt"] as const;

export interface LocalApicState {
  readonly registers: readonly number[];
  /** IRR, ISR, TMR, LVT. */
  readonly sets: readonly Uint32Array[];
  readonly line: boolean;
  readonly timer: SavedEvent | undefined;
}

export interface IpiMessage {
  vector: number;
  deliveryMode: number;
  logical: boolean;
  /** Destination field; 0: by `destination`, 1: self, 2: all, 3: all but self. */
  shorthand: number;
  destination: number;
}

export interface LocalApicHooks {
  /** Ticks of 10 ns: the timer's input clock. */
  now(): number;
  /** INTR to the CPU changed. */
  interruptLine(pending: boolean): void;
  sendIpi(message: IpiMessage): void;
  /** A level-triggered interrupt was ended: broadcast to the I/O APIC. */
  endOfInterrupt(vector: number): void;
}

/** A 256-bit register: one bit a vector. */
class VectorSet {
  readonly words = new Uint32Array(8);

  has(vector: number): boolean {
    return (this.words[vector >> 5] & (1 << (vector & 31))) !== 0;
  }
  add(vector: number): void {
    this.words[vector >> 5] |= 1 << (vector & 31);
  }
  delete(vector: number): void {
    this.words[vector >> 5] &= ~(1 << (vector & 31));
  }
  /** Highest vector, or −1. */
  highest(): number {
    for (let i = 7; i >= 0; i--) if (this.words[i] !== 0) return i * 32 + 31 - Math.clz32(this.words[i]);
    return -1;
  }
}

export class LocalApic {
  private readonly irr = new VectorSet();
  private readonly isr = new VectorSet();
  private readonly tmr = new VectorSet();
  private tpr = 0;
  private ldr = 0;
  private dfr = 0xffffffff;
  private svr = 0xff;
  private esr = 0;
  private esrPending = 0;
  private icrHigh = 0;
  private icrLow = 0;
  private readonly lvt = new Uint32Array(LVT_ENTRIES).fill(LVT_MASKED);
  private divide = 0;
  private initialCount = 0;
  /** When the running count began, and its event. */
  private startedAt = 0;
  private timer: TimedEvent | undefined;
  private line = false;

  constructor(
    readonly id: number,
    private readonly events: EventQueue,
    private readonly hooks: LocalApicHooks,
  ) {}

  save(): LocalApicState {
    const { irr, isr, tmr, lvt, line, timer } = this;
    return {
      registers: SCALARS.map((name) => this[name]),
      sets: [irr.words.slice(), isr.words.slice(), tmr.words.slice(), lvt.slice()],
      line,
      timer: timer && { at: timer.at, position: this.events.position(timer) },
    };
  }

  /** Without the timer: `armTimer` follows, in the events' order. */
  restore({ registers, sets, line }: LocalApicState): void {
    for (const [i, name] of SCALARS.entries()) this[name] = registers[i];
    for (const [i, words] of [this.irr.words, this.isr.words, this.tmr.words, this.lvt].entries()) words.set(sets[i]);
    this.line = line;
  }

  armTimer(at: number): void {
    this.timer = this.events.schedule(at, () => this.timerExpired());
  }

  read(offset: number): number {
    if (offset & 0xf) return 0;
    if (offset >= REG_ISR && offset < REG_ISR + 0x80) return this.isr.words[(offset - REG_ISR) >> 4];
    if (offset >= REG_TMR && offset < REG_TMR + 0x80) return this.tmr.words[(offset - REG_TMR) >> 4];
    if (offset >= REG_IRR && offset < REG_IRR + 0x80) return this.irr.words[(offset - REG_IRR) >> 4];
    if (offset >= REG_LVT_TIMER && offset <= REG_LVT_ERROR) return this.lvt[(offset - REG_LVT_TIMER) >> 4];
    switch (offset) {
      case REG_ID:
        return (this.id << 24) >>> 0;
      case REG_VERSION:
        return VERSION;
      case REG_TPR:
        return this.tpr;
      case REG_PPR:
        return this.processorPriority();
      case REG_LDR:
        return this.ldr;
      case REG_DFR:
        return this.dfr;
      case REG_SVR:
        return this.svr;
      case REG_ESR:
        return this.esr;
      case REG_ICR_LOW:
        return this.icrLow;
      case REG_ICR_HIGH:
        return this.icrHigh;
      case REG_INITIAL_COUNT:
        return this.initialCount;
      case REG_CURRENT_COUNT:
        return this.currentCount();
      case REG_DIVIDE:
        return this.divide;
      default:
        return 0;
    }
  }

  write(offset: number, value: number): void {
    value >>>= 0;
    if (offset & 0xf) return;
    if (offset >= REG_LVT_TIMER && offset <= REG_LVT_ERROR) {
      this.writeLvt((offset - REG_LVT_TIMER) >> 4, value);
      return;
    }
    switch (offset) {
      case REG_TPR:
        this.tpr = value & 0xff;
        this.update();
        break;
      case REG_EOI:
        this.endOfInterrupt();
        break;
      case REG_LDR:
        this.ldr = value & 0xff000000;
        break;
      case REG_DFR:
        this.dfr = (value | 0x0fffffff) >>> 0;
        break;
      case REG_SVR:
        this.svr = value & 0x1ff;
        // A software-disabled APIC masks every LVT entry.
        if (!(this.svr & SVR_ENABLED)) for (let i = 0; i < LVT_ENTRIES; i++) this.lvt[i] |= LVT_MASKED;
        this.update();
        break;
      case REG_ESR:
        this.esr = this.esrPending;
        this.esrPending = 0;
        break;
      case REG_ICR_LOW:
        this.icrLow = value & 0x000ccfff;
        this.sendIpi();
        break;
      case REG_ICR_HIGH:
        this.icrHigh = value & 0xff000000;
        break;
      case REG_INITIAL_COUNT:
        this.initialCount = value;
        this.startTimer(this.hooks.now());
        break;
      case REG_DIVIDE:
        this.writeDivide(value & 0xb);
        break;
      default: // read-only and reserved registers
        break;
    }
  }

  /** Whether a message to this destination is for this APIC. */
  matches(destination: number, logical: boolean): boolean {
    if (!logical) return destination === 0xff || destination === this.id;
    const own = this.ldr >>> 24;
    if (this.dfr >>> 28 === 0xf) return (own & destination) !== 0; // flat model
    return own >> 4 === destination >> 4 && (own & destination & 0xf) !== 0; // cluster model
  }

  /** Takes an interrupt message. Vectors 0 to 15 are illegal and only recorded. */
  accept(vector: number, level: boolean): void {
    if (!(this.svr & SVR_ENABLED)) return;
    if (vector < 16) {
      this.esrPending |= ESR_RECEIVED_ILLEGAL_VECTOR;
      return;
    }
    this.irr.add(vector);
    if (level) this.tmr.add(vector);
    else this.tmr.delete(vector);
    this.update();
  }

  /** The CPU takes the highest interrupt: its vector, the spurious vector where priorities hide it now, −1 where there is none. */
  acknowledge(): number {
    const vector = this.irr.highest();
    if (vector < 0 || !(this.svr & SVR_ENABLED)) {
      this.update();
      return -1;
    }
    if (vector >> 4 <= this.processorPriority() >> 4) {
      this.update();
      return this.svr & 0xff;
    }
    this.irr.delete(vector);
    this.isr.add(vector);
    this.update();
    return vector;
  }

  private processorPriority(): number {
    const inService = Math.max(this.isr.highest(), 0);
    return this.tpr >> 4 >= inService >> 4 ? this.tpr : inService & 0xf0;
  }

  private update(): void {
    const vector = this.irr.highest();
    const pending = vector >= 0 && (this.svr & SVR_ENABLED) !== 0 && vector >> 4 > this.processorPriority() >> 4;
    if (pending === this.line) return;
    this.line = pending;
    this.hooks.interruptLine(pending);
  }

  private endOfInterrupt(): void {
    const vector = this.isr.highest();
    if (vector < 0) return;
    this.isr.delete(vector);
    if (this.tmr.has(vector)) this.hooks.endOfInterrupt(vector);
    this.update();
  }

  private sendIpi(): void {
    const message: IpiMessage = {
      vector: this.icrLow & 0xff,
      deliveryMode: (this.icrLow >> 8) & 7,
      logical: (this.icrLow & 0x800) !== 0,
      shorthand: (this.icrLow >> 18) & 3,
      destination: this.icrHigh >>> 24,
    };
    const carriesVector = message.deliveryMode === DELIVERY_FIXED || message.deliveryMode === DELIVERY_LOWEST_PRIORITY;
    if (carriesVector && message.vector < 16) this.esrPending |= ESR_SEND_ILLEGAL_VECTOR;
    else this.hooks.sendIpi(message);
  }

  private writeLvt(index: number, value: number): void {
    if (!(this.svr & SVR_ENABLED)) value |= LVT_MASKED;
    const writable = index === 0 ? 0x300ff : index === 3 || index === 4 ? 0x1a7ff : 0x107ff;
    this.lvt[index] = value & writable;
  }

  // The timer counts from the initial count down to 0 in steps of `divider` ticks, fires at 0 and, if periodic, begins again.

  private divider(): number {
    const code = ((this.divide >> 1) & 4) | (this.divide & 3);
    return code === 7 ? 1 : 2 << code;
  }

  private writeDivide(value: number): void {
    const remaining = this.currentCount();
    this.divide = value;
    if (remaining === 0) return;
    const elapsed = (this.initialCount - remaining) * this.divider();
    this.startTimer(this.hooks.now() - elapsed);
  }

  private currentCount(): number {
    if (this.timer === undefined) return 0;
    const counted = Math.floor((this.hooks.now() - this.startedAt) / this.divider());
    return Math.max(this.initialCount - counted, 0);
  }

  private startTimer(startedAt: number): void {
    if (this.timer) this.events.cancel(this.timer);
    this.timer = undefined;
    if (this.initialCount === 0) return;
    this.startedAt = startedAt;
    this.armTimer(startedAt + this.initialCount * this.divider());
  }

  private timerExpired(): void {
    const expiredAt = this.timer?.at ?? 0;
    this.timer = undefined;
    const entry = this.lvt[0];
    if (entry & LVT_TIMER_PERIODIC) this.startTimer(expiredAt);
    if (!(entry & LVT_MASKED)) this.accept(entry & 0xff, false);
  }
}

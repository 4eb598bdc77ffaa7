// A 16550A UART as the data sheet (National PC16550D) describes it: the machine's console. Transmission takes no time; received
// bytes wait in a host queue behind the 16-byte FIFO, so nothing that is typed gets lost.

const RX_FIFO_SIZE = 16;
/** RCVR trigger levels by FCR bits 7:6. */
const TRIGGER_LEVELS = [1, 4, 8, 14];

const IER_RX = 0x01;
const IER_THRE = 0x02;
const IER_LINE_STATUS = 0x04;
const IER_MODEM_STATUS = 0x08;

const IIR_NONE = 0x01;
const IIR_MODEM_STATUS = 0x00;
const IIR_THRE = 0x02;
const IIR_RX = 0x04;
const IIR_LINE_STATUS = 0x06;
const IIR_RX_TIMEOUT = 0x0c;
const IIR_FIFO_ENABLED = 0xc0;

const FCR_ENABLE = 0x01;
const FCR_CLEAR_RX = 0x02;
const LCR_DLAB = 0x80;
const MCR_OUT2 = 0x08;
const MCR_LOOP = 0x10;

const LSR_DATA_READY = 0x01;
const LSR_OVERRUN = 0x02;
const LSR_BREAK = 0x10;
const LSR_THRE = 0x20;
const LSR_TEMT = 0x40;
const LSR_ERRORS = 0x1e;

/** CTS, DSR and DCD asserted: a terminal is always connected. */
const MSR_CONNECTED = 0xb0;

const SCALARS = ["ier", "fcr", "lcr", "mcr", "lsrErrors", "msrDelta", "msr", "scratch", "divisor"] as const;

export interface UartState {
  readonly fifo: readonly number[];
  readonly backlog: readonly number[];
  readonly registers: readonly number[];
  readonly threPending: boolean;
  readonly level: boolean;
}

export interface UartHooks {
  /** A byte left the transmitter. */
  transmit(byte: number): void;
  /** Level of the interrupt output. */
  interrupt(level: boolean): void;
}

export class Uart16550 {
  private readonly fifo: number[] = [];
  private readonly backlog: number[] = [];
  private ier = 0;
  private fcr = 0;
  private lcr = 0;
  private mcr = 0;
  private lsrErrors = 0;
  private msrDelta = 0;
  private msr = MSR_CONNECTED;
  private scratch = 0;
  private divisor = 0x0c;
  /** The THRE interrupt is an event: it is raised when the holding register runs empty and cleared by reading IIR or writing THR. */
  private threPending = false;
  private level = false;

  constructor(private readonly hooks: UartHooks) {}

  save(): UartState {
    const { fifo, backlog, threPending, level } = this;
    return { fifo: [...fifo], backlog: [...backlog], registers: SCALARS.map((name) => this[name]), threPending, level };
  }

  restore({ fifo, backlog, registers, threPending, level }: UartState): void {
    this.fifo.splice(0, this.fifo.length, ...fifo);
    this.backlog.splice(0, this.backlog.length, ...backlog);
    for (const [i, name] of SCALARS.entries()) this[name] = registers[i];
    this.threPending = threPending;
    this.level = level;
  }

  /** Bytes arriving on the line. */
  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.backlog.push(byte);
    this.fill();
    this.update();
  }

  /** Bytes received that the guest has not read. */
  get pending(): number {
    return this.fifo.length + this.backlog.length;
  }

  read(register: number): number {
    switch (register & 7) {
      case 0:
        return this.lcr & LCR_DLAB ? this.divisor & 0xff : this.readData();
      case 1:
        return this.lcr & LCR_DLAB ? this.divisor >> 8 : this.ier;
      case 2: {
        const cause = this.cause();
        if (cause === IIR_THRE) {
          this.threPending = false;
          this.update();
        }
        return cause | (this.fcr & FCR_ENABLE ? IIR_FIFO_ENABLED : 0);
      }
      case 3:
        return this.lcr;
      case 4:
        return this.mcr;
      case 5: {
        const value = this.lineStatus();
        this.lsrErrors = 0;
        this.update();
        return value;
      }
      case 6: {
        const value = this.modemStatus();
        this.msrDelta = 0;
        this.update();
        return value;
      }
      default:
        return this.scratch;
    }
  }

  write(register: number, value: number): void {
    value &= 0xff;
    switch (register & 7) {
      case 0:
        if (this.lcr & LCR_DLAB) this.divisor = (this.divisor & 0xff00) | value;
        else this.writeData(value);
        break;
      case 1:
        if (this.lcr & LCR_DLAB) {
          this.divisor = (this.divisor & 0xff) | (value << 8);
        } else {
          // Enabling the THRE interrupt while the holding register is empty raises it at once.
          if (value & IER_THRE && !(this.ier & IER_THRE)) this.threPending = true;
          this.ier = value & 0x0f;
        }
        break;
      case 2:
        // A change of the enable bit empties both FIFOs, as does the clear bit.
        if (value & FCR_CLEAR_RX || (value ^ this.fcr) & FCR_ENABLE) this.fifo.length = 0;
        this.fcr = value & FCR_ENABLE ? value & 0xc9 : 0;
        this.fill();
        break;
      case 3:
        this.lcr = value;
        break;
      case 4:
        this.writeModemControl(value & 0x1f);
        break;
      case 7:
        this.scratch = value;
        break;
      default: // LSR and MSR are read-only
        break;
    }
    this.update();
  }

  private readData(): number {
    const value = this.fifo.shift() ?? 0;
    this.fill();
    this.update();
    return value;
  }

  private writeData(value: number): void {
    if (this.mcr & MCR_LOOP) {
      if (this.fifo.length < this.fifoSize()) this.fifo.push(value);
      else this.lsrErrors |= LSR_OVERRUN;
    } else {
      this.hooks.transmit(value);
    }
    this.threPending = true;
  }

  private writeModemControl(value: number): void {
    const before = this.modemStatus() & 0xf0;
    this.mcr = value;
    const after = this.modemStatus() & 0xf0;
    const changed = (before ^ after) >> 4;
    // Delta bits: CTS, DSR and DCD on any change, RI only on its trailing edge.
    this.msrDelta |= changed & 0x0b;
    if (before & 0x40 && !(after & 0x40)) this.msrDelta |= 0x04;
    this.fill();
  }

  private fifoSize(): number {
    return this.fcr & FCR_ENABLE ? RX_FIFO_SIZE : 1;
  }

  private fill(): void {
    if (this.mcr & MCR_LOOP) return; // the receiver is disconnected from the line
    const size = this.fifoSize();
    while (this.fifo.length < size && this.backlog.length > 0) this.fifo.push(this.backlog.shift() ?? 0);
  }

  private lineStatus(): number {
    return LSR_THRE | LSR_TEMT | this.lsrErrors | (this.fifo.length > 0 ? LSR_DATA_READY : 0);
  }

  private modemStatus(): number {
    if (!(this.mcr & MCR_LOOP)) return this.msr | this.msrDelta;
    // In loopback RTS, DTR, OUT1 and OUT2 are wired to CTS, DSR, RI and DCD.
    const { mcr } = this;
    return this.msrDelta | ((mcr & 2) << 3) | ((mcr & 1) << 5) | ((mcr & 4) << 4) | ((mcr & 8) << 4);
  }

  /** Highest pending interrupt as IIR shows it: line status, data (or its timeout), THRE, modem status. */
  private cause(): number {
    if (this.ier & IER_LINE_STATUS && this.lsrErrors & (LSR_ERRORS | LSR_BREAK)) return IIR_LINE_STATUS;
    if (this.ier & IER_RX && this.fifo.length > 0) {
      const trigger = this.fcr & FCR_ENABLE ? TRIGGER_LEVELS[this.fcr >> 6] : 1;
      return this.fifo.length >= trigger ? IIR_RX : IIR_RX_TIMEOUT;
    }
    if (this.ier & IER_THRE && this.threPending) return IIR_THRE;
    if (this.ier & IER_MODEM_STATUS && this.msrDelta) return IIR_MODEM_STATUS;
    return IIR_NONE;
  }

  /** On a PC the interrupt output passes a gate that OUT2 opens; in loopback OUT2 is off the pin. */
  private update(): void {
    const level = this.cause() !== IIR_NONE && (this.mcr & (MCR_OUT2 | MCR_LOOP)) === MCR_OUT2;
    if (level === this.level) return;
    this.level = level;
    this.hooks.interrupt(level);
  }
}

// A virtio console (virtio 1.2, section 5.3) with one port and feature SIZE: it tells the guest how many rows and columns the
// terminal has, by its configuration space and the configuration-change interrupt. What is sent to port 0 is printed as what the UART
// sends; typed bytes come by the UART alone, so the receive queue's buffers stay with the device.

import type { VirtioBackend } from "./virtio-mmio.js";

const DEVICE_ID_CONSOLE = 3;
const FEATURE_SIZE = 1n;
const RECEIVE_QUEUE = 0;
const MAX_WRITE = 65536;
const NOTHING = new Uint8Array(0);

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

export class VirtioConsole implements VirtioBackend {
  readonly deviceId = DEVICE_ID_CONSOLE;
  readonly features = FEATURE_SIZE;
  /** receiveq and transmitq of port 0. */
  readonly queues = 2;
  readonly maxRequest = MAX_WRITE;
  /** cols: le16, rows: le16, max_nr_ports: le32, emerg_wr: le32. */
  readonly config = new Uint8Array(12);

  constructor(private readonly transmit: (byte: number) => void) {}

  get size(): TerminalSize {
    const view = new DataView(this.config.buffer);
    return { columns: view.getUint16(0, true), rows: view.getUint16(2, true) };
  }

  set size({ rows, columns }: TerminalSize) {
    const view = new DataView(this.config.buffer);
    view.setUint16(0, columns, true);
    view.setUint16(2, rows, true);
  }

  keeps(queue: number): boolean {
    return queue === RECEIVE_QUEUE;
  }

  serve(_queue: number, request: Uint8Array): Uint8Array {
    for (const byte of request) this.transmit(byte);
    return NOTHING;
  }

  reset(): void {}
}

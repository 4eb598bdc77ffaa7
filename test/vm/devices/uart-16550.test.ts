import test from "ava";
import { Uart16550 } from "../../../src/vm/devices/uart-16550.js";

// Expectations are the PC16550D data sheet's (National Semiconductor, June 1995), register by register.

function makeUart(): { uart: Uart16550; sent: number[]; levels: boolean[] } {
  const sent: number[] = [];
  const levels: boolean[] = [];
  const uart = new Uart16550({ transmit: (byte) => sent.push(byte), interrupt: (level) => levels.push(level) });
  return { uart, sent, levels };
}

const [DATA, IER, IIR, FCR, LCR, MCR, LSR, MSR, SCR] = [0, 1, 2, 2, 3, 4, 5, 6, 7];
const OUT2 = 0x08;

test("a byte written to THR is transmitted and the transmitter stays empty", (t) => {
  const { uart, sent } = makeUart();
  uart.write(DATA, 0x41);
  t.deepEqual(sent, [0x41]);
  t.is(uart.read(LSR), 0x60);
});

test("DLAB turns registers 0 and 1 into the divisor latch", (t) => {
  const { uart, sent } = makeUart();
  uart.write(LCR, 0x83);
  uart.write(DATA, 0x01);
  uart.write(IER, 0x02);
  t.deepEqual([uart.read(DATA), uart.read(IER)], [0x01, 0x02]);
  uart.write(LCR, 0x03);
  t.deepEqual([uart.read(IER), uart.read(LCR), sent.length], [0, 0x03, 0]);
});

test("IIR says FIFO only after FCR enabled it: so an 8250 is told from a 16550A", (t) => {
  const { uart } = makeUart();
  t.is(uart.read(IIR), 0x01);
  uart.write(FCR, 0x01);
  t.is(uart.read(IIR), 0xc1);
});

test("received data sets LSR.DR, and reading RBR clears it", (t) => {
  const { uart } = makeUart();
  uart.receive(Uint8Array.of(0x61));
  t.is(uart.read(LSR) & 1, 1);
  t.is(uart.read(DATA), 0x61);
  t.is(uart.read(LSR) & 1, 0);
});

test("below the trigger level the cause is the character timeout, at it received data", (t) => {
  const { uart } = makeUart();
  uart.write(FCR, 0xc1); // trigger at 14
  uart.write(IER, 0x01);
  uart.receive(new Uint8Array(13));
  t.is(uart.read(IIR), 0xcc);
  uart.receive(new Uint8Array(1));
  t.is(uart.read(IIR), 0xc4);
});

test("nothing typed is lost behind the FIFO", (t) => {
  const { uart } = makeUart();
  uart.write(FCR, 0x01);
  const typed = Uint8Array.from({ length: 100 }, (_, i) => i);
  uart.receive(typed);
  const read: number[] = [];
  while (uart.read(LSR) & 1) read.push(uart.read(DATA));
  t.deepEqual(read, [...typed]);
});

test("the interrupt output needs OUT2, as on a PC", (t) => {
  const { uart, levels } = makeUart();
  uart.write(IER, 0x01);
  uart.receive(Uint8Array.of(1));
  t.deepEqual(levels, []);
  uart.write(MCR, OUT2);
  t.deepEqual(levels, [true]);
  uart.read(DATA);
  t.deepEqual(levels, [true, false]);
});

test("enabling the THRE interrupt raises it; reading IIR clears it; writing THR raises it again", (t) => {
  const { uart, levels } = makeUart();
  uart.write(MCR, OUT2);
  uart.write(IER, 0x02);
  t.is(uart.read(IIR), 0x02);
  t.is(uart.read(IIR), 0x01);
  uart.write(DATA, 0x20);
  t.deepEqual(levels, [true, false, true]);
});

test("received data outranks the empty transmitter", (t) => {
  const { uart } = makeUart();
  uart.write(IER, 0x03);
  uart.receive(Uint8Array.of(7));
  t.is(uart.read(IIR), 0x04);
  uart.read(DATA);
  t.is(uart.read(IIR), 0x02);
});

test("loopback returns the written byte and wires the modem lines", (t) => {
  const { uart, sent } = makeUart();
  uart.write(MCR, 0x1a); // LOOP, OUT2, RTS: the test that drivers do
  t.is(uart.read(MSR) & 0xf0, 0x90);
  uart.write(DATA, 0xae);
  t.is(uart.read(DATA), 0xae);
  t.deepEqual(sent, []);
});

test("the scratch register keeps its byte", (t) => {
  const { uart } = makeUart();
  uart.write(SCR, 0x5a);
  t.is(uart.read(SCR), 0x5a);
});

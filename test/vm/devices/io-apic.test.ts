import test from "ava";
import { IoApic, type IoApicMessage } from "../../../src/vm/devices/io-apic.js";

// Expectations are the Intel 82093AA data sheet's.

function makeIoApic(): { io: IoApic; messages: IoApicMessage[]; set(index: number, value: number): void; get(index: number): number } {
  const messages: IoApicMessage[] = [];
  const io = new IoApic((message) => messages.push(message));
  const set = (index: number, value: number): void => {
    io.write(0x00, index);
    io.write(0x10, value);
  };
  const get = (index: number): number => {
    io.write(0x00, index);
    return io.read(0x10);
  };
  return { io, messages, set, get };
}

test("the version register announces 24 entries, all masked after reset", (t) => {
  const { get } = makeIoApic();
  t.is((get(1) >> 16) & 0xff, 23);
  t.deepEqual(
    Array.from({ length: 24 }, (_, pin) => get(0x10 + 2 * pin)),
    new Array(24).fill(0x10000),
  );
});

test("a rising edge is delivered once to the entry's destination", (t) => {
  const { io, messages, set } = makeIoApic();
  set(0x19, 0x03000000);
  set(0x18, 0x0031);
  io.setPin(4, true);
  io.setPin(4, true);
  io.setPin(4, false);
  t.deepEqual(messages, [{ vector: 0x31, deliveryMode: 0, logical: false, destination: 3, level: false }]);
});

test("an edge on a masked pin is lost, as the data sheet says", (t) => {
  const { io, messages, set } = makeIoApic();
  io.setPin(4, true);
  set(0x18, 0x0031);
  t.deepEqual(messages, []);
});

test("a level is delivered once, sets remote IRR, and again after the EOI while it is still asserted", (t) => {
  const { io, messages, set, get } = makeIoApic();
  set(0x1a, 0x8041);
  io.setPin(5, true);
  t.deepEqual([messages.length, get(0x1a) & 0x4000], [1, 0x4000]);
  io.endOfInterrupt(0x41);
  t.is(messages.length, 2);
  io.setPin(5, false);
  io.endOfInterrupt(0x41);
  t.deepEqual([messages.length, get(0x1a) & 0x4000], [2, 0]);
});

test("unmasking an asserted level delivers it", (t) => {
  const { io, messages, set } = makeIoApic();
  set(0x1a, 0x18041);
  io.setPin(5, true);
  t.is(messages.length, 0);
  set(0x1a, 0x8041);
  t.is(messages.length, 1);
});

test("remote IRR and delivery status cannot be written", (t) => {
  const { set, get } = makeIoApic();
  set(0x1a, 0xf041 | 0x10000);
  t.is(get(0x1a), 0x1a041);
});

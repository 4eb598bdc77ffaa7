import test from "ava";
import { GuestMemory } from "../../../src/vm/devices/guest-memory.js";
import { VirtioConsole } from "../../../src/vm/devices/virtio-console.js";
import { VirtioMmio } from "../../../src/vm/devices/virtio-mmio.js";
import { EventQueue } from "../../../src/vm/event-queue.js";

// Offsets and bits: "Virtual I/O Device (VIRTIO) Version 1.1", sections 4.2.2 and 5.3.

const [DEVICE_ID, DEVICE_FEATURES, DRIVER_FEATURES, DRIVER_FEATURES_SEL] = [0x08, 0x10, 0x20, 0x24];
const [INTERRUPT_STATUS, INTERRUPT_ACK, STATUS, GENERATION, CONFIG] = [0x60, 0x64, 0x70, 0xfc, 0x100];
const [QUEUE_SEL, QUEUE_NUM, QUEUE_READY, QUEUE_NOTIFY] = [0x30, 0x38, 0x44, 0x50];

function bench() {
  const ram = new Uint8Array(0x10000);
  const levels: boolean[] = [];
  let printed = "";
  const console = new VirtioConsole((byte) => {
    printed += String.fromCharCode(byte);
  });
  const device = new VirtioMmio(console, new GuestMemory(ram, () => undefined), new EventQueue(() => undefined), 500, {
    now: () => 0,
    interrupt: (level) => levels.push(level),
    problem: (text) => {
      throw new Error(text);
    },
  });
  device.write(STATUS, 3);
  device.write(DRIVER_FEATURES, 1);
  device.write(DRIVER_FEATURES_SEL, 1);
  device.write(DRIVER_FEATURES, 1);
  device.write(STATUS, 11);
  return { ram: new DataView(ram.buffer), levels, device, console, printed: () => printed };
}

test("a new size is seen in the configuration space, with another generation and an interrupt", (t) => {
  const { device, console, levels } = bench();
  t.deepEqual([device.read(DEVICE_ID, 4), device.read(DEVICE_FEATURES, 4)], [3, 1]);
  console.size = { rows: 24, columns: 80 };
  device.configChanged();
  t.deepEqual(levels, []); // the driver is not ready yet
  device.write(STATUS, 15);
  const before = device.read(GENERATION, 4);
  console.size = { rows: 300, columns: 1000 };
  device.configChanged();
  t.not(device.read(GENERATION, 4), before);
  t.deepEqual([device.read(CONFIG, 2), device.read(CONFIG + 2, 2)], [1000, 300]);
  t.is(device.read(INTERRUPT_STATUS, 4), 2);
  device.write(INTERRUPT_ACK, 2);
  t.deepEqual(levels, [true, false]);
});

test("what is sent to the port is printed, and buffers for input stay with the device", (t) => {
  const { ram, device, printed } = bench();
  for (const queue of [0, 1]) {
    const page = 0x1000 + 0x4000 * queue;
    device.write(QUEUE_SEL, queue);
    device.write(QUEUE_NUM, 8);
    for (const [register, address] of [
      [0x80, page],
      [0x90, page + 0x1000],
      [0xa0, page + 0x2000],
    ])
      device.write(register, address);
    device.write(QUEUE_READY, 1);
    // One buffer of five bytes: for the device to write in queue 0, to read in queue 1.
    ram.setUint32(page, page + 0x3000, true);
    ram.setUint32(page + 8, 5, true);
    ram.setUint16(page + 12, queue === 0 ? 2 : 0, true);
    ram.setUint16(page + 0x1002, 1, true);
  }
  for (const [i, char] of [..."hello"].entries()) ram.setUint8(0x8000 + i, char.charCodeAt(0));
  device.write(STATUS, 15);
  device.write(QUEUE_NOTIFY, 0);
  device.write(QUEUE_NOTIFY, 1);
  t.is(printed(), "hello");
  // The used rings' indices.
  t.deepEqual([ram.getUint16(0x3002, true), ram.getUint16(0x7002, true)], [0, 1]);
});

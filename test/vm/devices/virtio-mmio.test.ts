import test from "ava";
import fc from "fast-check";
import { GuestMemory } from "../../../src/vm/devices/guest-memory.js";
import { VirtioMmio } from "../../../src/vm/devices/virtio-mmio.js";
import { EventQueue } from "../../../src/vm/event-queue.js";

// Register offsets, bits and ring layouts are those of "Virtual I/O Device (VIRTIO) Version 1.1", sections 2.6 and 4.2.

const [DEVICE_FEATURES, DEVICE_FEATURES_SEL, DRIVER_FEATURES, DRIVER_FEATURES_SEL] = [0x10, 0x14, 0x20, 0x24];
const [QUEUE_SEL, QUEUE_NUM_MAX, QUEUE_NUM, QUEUE_READY, QUEUE_NOTIFY] = [0x30, 0x34, 0x38, 0x44, 0x50];
const [INTERRUPT_STATUS, INTERRUPT_ACK, STATUS] = [0x60, 0x64, 0x70];
const [ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK, NEEDS_RESET] = [1, 2, 4, 8, 64];
const [DESC, AVAIL, USED] = [0x1000, 0x2000, 0x3000];
const SIZE = 8;
const DELAY = 500;

class Bench {
  readonly ram = new Uint8Array(0x10000);
  readonly view = new DataView(this.ram.buffer);
  readonly requests: string[] = [];
  readonly levels: boolean[] = [];
  readonly problems: string[] = [];
  now = 0;
  readonly events = new EventQueue(() => undefined);
  readonly device: VirtioMmio;
  private available = 0;

  constructor() {
    const backend = {
      deviceId: 9,
      features: 1n,
      config: Uint8Array.of(3, 0, 0x61, 0x62, 0x63),
      queues: 1,
      maxRequest: 4096,
      serve: (_queue: number, request: Uint8Array) => {
        this.requests.push(Buffer.from(request).toString("latin1"));
        return Buffer.from(request).reverse();
      },
      reset: () => undefined,
    };
    this.device = new VirtioMmio(backend, new GuestMemory(this.ram, () => undefined), this.events, DELAY, {
      now: () => this.now,
      interrupt: (level) => this.levels.push(level),
      problem: (text) => this.problems.push(text),
    });
  }

  set(register: number, value: number): void {
    this.device.write(register, value);
  }
  get(register: number): number {
    return this.device.read(register, 4);
  }

  negotiate(): this {
    this.set(STATUS, ACKNOWLEDGE | DRIVER);
    this.set(DRIVER_FEATURES_SEL, 1);
    this.set(DRIVER_FEATURES, 1);
    this.set(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    this.set(QUEUE_SEL, 0);
    this.set(QUEUE_NUM, SIZE);
    this.set(0x80, DESC);
    this.set(0x90, AVAIL);
    this.set(0xa0, USED);
    this.set(QUEUE_READY, 1);
    this.set(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    return this;
  }

  descriptor(index: number, address: number, length: number, flags: number, next = 0): void {
    this.view.setBigUint64(DESC + 16 * index, BigInt(address), true);
    this.view.setUint32(DESC + 16 * index + 8, length, true);
    this.view.setUint16(DESC + 16 * index + 12, flags, true);
    this.view.setUint16(DESC + 16 * index + 14, next, true);
  }

  offer(head: number): void {
    this.view.setUint16(AVAIL + 4 + 2 * (this.available % SIZE), head, true);
    this.view.setUint16(AVAIL + 2, ++this.available, true);
    this.set(QUEUE_NOTIFY, 0);
  }
}

const [NEXT, WRITE] = [1, 2];

test("identification registers and configuration space", (t) => {
  const bench = new Bench();
  t.deepEqual(
    [0, 4, 8].map((r) => bench.get(r)),
    [0x74726976, 2, 9],
  );
  t.deepEqual(
    [bench.device.read(0x100, 2), bench.device.read(0x102, 1), bench.device.read(0x104, 1), bench.device.read(0x108, 4)],
    [3, 0x61, 0x63, 0],
  );
});

test("features are offered in two words; a driver that refuses VERSION_1 or takes what was not offered never gets FEATURES_OK", (t) => {
  const bench = new Bench();
  bench.set(DEVICE_FEATURES_SEL, 0);
  t.is(bench.get(DEVICE_FEATURES), 1);
  bench.set(DEVICE_FEATURES_SEL, 1);
  t.is(bench.get(DEVICE_FEATURES), 1);
  bench.set(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
  t.is(bench.get(STATUS), ACKNOWLEDGE | DRIVER);
  bench.set(DRIVER_FEATURES_SEL, 1);
  bench.set(DRIVER_FEATURES, 3);
  bench.set(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
  t.is(bench.get(STATUS), ACKNOWLEDGE | DRIVER);
});

test("a chain over several descriptors is gathered, served and scattered; the used ring says how much", (t) => {
  const bench = new Bench().negotiate();
  t.is(bench.get(QUEUE_NUM_MAX), 128);
  bench.ram.set(Buffer.from("abc"), 0x4000);
  bench.ram.set(Buffer.from("def"), 0x5000);
  bench.descriptor(3, 0x4000, 3, NEXT, 1);
  bench.descriptor(1, 0x5000, 3, NEXT, 5);
  bench.descriptor(5, 0x6000, 4, NEXT | WRITE, 2);
  bench.descriptor(2, 0x7000, 100, WRITE);
  bench.offer(3);
  t.deepEqual(bench.requests, ["abcdef"]);
  t.is(Buffer.from(bench.ram.subarray(0x6000, 0x6004)).toString() + Buffer.from(bench.ram.subarray(0x7000, 0x7002)).toString(), "fedcba");
  t.deepEqual(
    [bench.view.getUint16(USED + 2, true), bench.view.getUint32(USED + 4, true), bench.view.getUint32(USED + 8, true)],
    [1, 3, 6],
  );
});

test("the interrupt comes the constant time later and stays until it is acknowledged", (t) => {
  const bench = new Bench().negotiate();
  bench.descriptor(0, 0x4000, 4, NEXT, 1);
  bench.descriptor(1, 0x5000, 4, WRITE);
  bench.offer(0);
  t.deepEqual([bench.events.next(), bench.get(INTERRUPT_STATUS)], [DELAY, 0]);
  bench.events.fireDue(DELAY);
  t.deepEqual([bench.get(INTERRUPT_STATUS), bench.levels.at(-1)], [1, true]);
  bench.set(INTERRUPT_ACK, 1);
  t.deepEqual([bench.get(INTERRUPT_STATUS), bench.levels.at(-1)], [0, false]);
});

test("NO_INTERRUPT in the available ring is honoured", (t) => {
  const bench = new Bench().negotiate();
  bench.view.setUint16(AVAIL, 1, true);
  bench.descriptor(0, 0x4000, 4, WRITE);
  bench.offer(0);
  t.deepEqual([bench.requests.length, bench.events.next()], [1, undefined]);
});

test("a reset calls off an interrupt under way and forgets the queue", (t) => {
  const bench = new Bench().negotiate();
  bench.descriptor(0, 0x4000, 4, WRITE);
  bench.offer(0);
  bench.set(STATUS, 0);
  bench.events.fireDue(DELAY);
  t.deepEqual([bench.get(STATUS), bench.get(INTERRUPT_STATUS), bench.get(QUEUE_READY)], [0, 0, 0]);
});

for (const [name, spoil] of [
  ["an address beyond RAM", (b: Bench) => b.descriptor(0, 0xfff0, 0x100, 0)],
  ["a length that wraps", (b: Bench) => b.descriptor(0, 0x4000, 0xffffffff, 0)],
  ["a loop", (b: Bench) => b.descriptor(0, 0x4000, 4, NEXT, 0)],
  ["a next index outside the table", (b: Bench) => b.descriptor(0, 0x4000, 4, NEXT, 200)],
  ["an indirect table that was not negotiated", (b: Bench) => b.descriptor(0, 0x4000, 4, 4)],
  [
    "a readable descriptor behind a writable one",
    (b: Bench) => {
      b.descriptor(0, 0x4000, 4, NEXT | WRITE, 1);
      b.descriptor(1, 0x5000, 4, 0);
    },
  ],
] as const) {
  test(`${name} sets DEVICE_NEEDS_RESET and is not served`, (t) => {
    const bench = new Bench().negotiate();
    spoil(bench);
    bench.offer(0);
    t.deepEqual(
      [bench.get(STATUS) & NEEDS_RESET, bench.requests.length, bench.get(INTERRUPT_STATUS) & 2, bench.problems.length],
      [NEEDS_RESET, 0, 2, 1],
    );
  });
}

test("rings outside RAM or misaligned are refused when the queue is made ready", (t) => {
  for (const [register, value] of [
    [0x80, 0xfffff000],
    [0x84, 1],
    [0x80, 0x1008],
    [0xa0, 0x3002],
    [QUEUE_NUM, 7],
    [QUEUE_NUM, 0],
    [QUEUE_NUM, 256],
  ]) {
    const bench = new Bench().negotiate();
    bench.set(QUEUE_READY, 0);
    bench.set(register, value);
    bench.set(QUEUE_READY, 1);
    t.deepEqual([bench.get(QUEUE_READY), bench.get(STATUS) & NEEDS_RESET], [0, NEEDS_RESET], `0x${register.toString(16)} = ${value}`);
  }
});

test("no sequence of register writes over any memory is a host error", (t) => {
  const register = fc.oneof(
    fc.constantFrom(0x14, 0x20, 0x24, 0x30, 0x38, 0x44, 0x50, 0x50, 0x64, 0x70, 0x80, 0x84, 0x90, 0xa0),
    fc.nat(0x1ff),
  );
  const value = fc.oneof(fc.nat(16), fc.constantFrom(0x1000, 0x2000, 0x3000, 0xf), fc.integer({ min: 0, max: 0xffffffff }));
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 64, maxLength: 512 }),
      fc.array(fc.tuple(register, value), { maxLength: 60 }),
      (memory, writes) => {
        const bench = new Bench().negotiate();
        for (let at = 0; at < bench.ram.length; at += memory.length)
          bench.ram.set(memory.subarray(0, Math.min(memory.length, bench.ram.length - at)), at);
        for (const [at, data] of writes) {
          bench.set(at, data);
          bench.get(at);
        }
        bench.events.fireDue(1e9);
        return true;
      },
    ),
    { numRuns: 300 },
  );
  t.pass();
});

import test from "ava";
import { type IpiMessage, LocalApic } from "../../../src/vm/devices/local-apic.js";
import { EventQueue } from "../../../src/vm/event-queue.js";

// Expectations are the Intel SDM's, volume 3, chapter "Advanced Programmable Interrupt Controller (APIC)".

interface Bench {
  apic: LocalApic;
  line: boolean[];
  ipis: IpiMessage[];
  ended: number[];
  advance(to: number): void;
}

function makeApic(enabled = true): Bench {
  let now = 0;
  const events = new EventQueue(() => undefined);
  const line: boolean[] = [];
  const ipis: IpiMessage[] = [];
  const ended: number[] = [];
  const apic = new LocalApic(2, events, {
    now: () => now,
    interruptLine: (pending) => line.push(pending),
    sendIpi: (message) => ipis.push(message),
    endOfInterrupt: (vector) => ended.push(vector),
  });
  if (enabled) apic.write(0xf0, 0x1ff);
  const advance = (to: number): void => {
    for (let next = events.next(); next !== undefined && next <= to; next = events.next()) {
      now = next;
      events.fireDue(now);
    }
    now = to;
  };
  return { apic, line, ipis, ended, advance };
}

test("ID and version read as an integrated APIC's with six LVT entries", (t) => {
  const { apic } = makeApic();
  t.deepEqual([apic.read(0x20), apic.read(0x30)], [0x02000000, 0x00050014]);
});

test("after reset the APIC is software-disabled, the spurious vector 0xff, every LVT entry masked", (t) => {
  const { apic } = makeApic(false);
  t.is(apic.read(0xf0), 0xff);
  t.deepEqual(
    [0x320, 0x330, 0x340, 0x350, 0x360, 0x370].map((r) => apic.read(r)),
    new Array(6).fill(0x10000),
  );
  apic.accept(0x40, false);
  t.is(apic.acknowledge(), -1);
});

test("the highest vector is taken first and EOI brings up the next of a lower class", (t) => {
  const { apic, line } = makeApic();
  apic.accept(0x31, false);
  apic.accept(0x52, false);
  t.is(apic.acknowledge(), 0x52);
  t.is(apic.read(0xa0), 0x50);
  t.deepEqual(line, [true, false]);
  apic.write(0xb0, 0);
  t.deepEqual(line, [true, false, true]);
  t.is(apic.acknowledge(), 0x31);
});

test("a vector of the same class waits for the EOI", (t) => {
  const { apic, line } = makeApic();
  apic.accept(0x41, false);
  t.is(apic.acknowledge(), 0x41);
  apic.accept(0x4f, false);
  t.deepEqual(line, [true, false]);
});

test("TPR holds back its own class and those below", (t) => {
  const { apic, line } = makeApic();
  apic.write(0x80, 0x50);
  apic.accept(0x5f, false);
  t.deepEqual(line, []);
  apic.accept(0x60, false);
  t.deepEqual(line, [true]);
});

test("IRR, ISR and TMR show vectors at their bits", (t) => {
  const { apic } = makeApic();
  apic.accept(0x45, true);
  t.deepEqual([apic.read(0x220), apic.read(0x1a0), apic.read(0x120)], [1 << 5, 1 << 5, 0]);
  apic.acknowledge();
  t.deepEqual([apic.read(0x220), apic.read(0x1a0), apic.read(0x120)], [0, 1 << 5, 1 << 5]);
});

test("the end of a level-triggered interrupt is broadcast, of an edge-triggered one not", (t) => {
  const { apic, ended } = makeApic();
  apic.accept(0x45, true);
  apic.accept(0x35, false);
  apic.acknowledge();
  apic.write(0xb0, 0);
  apic.acknowledge();
  apic.write(0xb0, 0);
  t.deepEqual(ended, [0x45]);
});

test("vectors 0 to 15 are illegal: recorded in ESR after the write that latches it", (t) => {
  const { apic } = makeApic();
  apic.accept(0x0f, false);
  t.is(apic.read(0x280), 0);
  apic.write(0x280, 0);
  t.is(apic.read(0x280), 0x40);
});

test("the one-shot timer fires once after count times divider", (t) => {
  const { apic, line, advance } = makeApic();
  apic.write(0x3e0, 0x3); // divide by 16
  apic.write(0x320, 0x60);
  apic.write(0x380, 100);
  advance(1599);
  t.deepEqual([line, apic.read(0x390)], [[], 1]);
  advance(1600);
  t.deepEqual([line, apic.read(0x390)], [[true], 0]);
  t.is(apic.acknowledge(), 0x60);
  advance(1_000_000);
  t.is(apic.acknowledge(), -1);
});

test("the periodic timer reloads and keeps its phase", (t) => {
  const { apic, advance } = makeApic();
  apic.write(0x3e0, 0xb); // divide by 1
  apic.write(0x320, 0x20000 | 0x60);
  apic.write(0x380, 1000);
  const fired: number[] = [];
  for (let now = 500; now <= 3500; now += 500) {
    advance(now);
    if (apic.acknowledge() === 0x60) {
      fired.push(now);
      apic.write(0xb0, 0);
    }
  }
  t.deepEqual([fired, apic.read(0x390)], [[1000, 2000, 3000], 500]);
});

test("a masked timer counts without an interrupt, and an initial count of 0 stops it", (t) => {
  const { apic, advance } = makeApic();
  apic.write(0x3e0, 0xb);
  apic.write(0x380, 1000);
  advance(1000);
  t.is(apic.acknowledge(), -1);
  apic.write(0x320, 0x60);
  apic.write(0x380, 1000);
  apic.write(0x380, 0);
  advance(5000);
  t.deepEqual([apic.acknowledge(), apic.read(0x390)], [-1, 0]);
});

test("all eight dividers", (t) => {
  const dividers = [0x0, 0x1, 0x2, 0x3, 0x8, 0x9, 0xa, 0xb].map((code) => {
    const { apic, advance } = makeApic();
    apic.write(0x3e0, code);
    apic.write(0x380, 100_000);
    advance(12_800);
    return 12_800 / (100_000 - apic.read(0x390));
  });
  t.deepEqual(dividers, [2, 4, 8, 16, 32, 64, 128, 1]);
});

test("a write to ICR low sends; delivery status never reads as pending", (t) => {
  const { apic, ipis } = makeApic();
  apic.write(0x310, 0x01000000);
  apic.write(0x300, 0x000c00fd);
  t.deepEqual(ipis, [{ vector: 0xfd, deliveryMode: 0, logical: false, shorthand: 3, destination: 1 }]);
  t.is(apic.read(0x300) & 0x1000, 0);
});

test("destinations: physical id, broadcast, flat and cluster logical", (t) => {
  const { apic } = makeApic();
  t.deepEqual(
    [2, 3, 0xff].map((id) => apic.matches(id, false)),
    [true, false, true],
  );
  apic.write(0xd0, 0x04000000);
  t.deepEqual(
    [0x04, 0x0c, 0x02].map((mask) => apic.matches(mask, true)),
    [true, true, false],
  );
  apic.write(0xe0, 0x0fffffff);
  apic.write(0xd0, 0x34000000);
  t.deepEqual(
    [0x34, 0x3f, 0x24, 0x33].map((mask) => apic.matches(mask, true)),
    [true, true, false, false],
  );
});

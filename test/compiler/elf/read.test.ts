// The reader against broken files: whatever the bytes are, the answer is an object or an error text, never an exception.

import test from "ava";
import fc from "fast-check";
import { readRelocatable } from "../../../src/compiler/elf/read.js";
import { writeRelocatable } from "../../../src/compiler/elf/write.js";
import { sampleObject } from "./objects.js";

const sample = writeRelocatable(sampleObject());

function answers(bytes: Uint8Array): boolean {
  const result = readRelocatable(bytes, "x.o");
  return "error" in result ? result.error.startsWith("x.o: ") : result.sections.length >= 0;
}

test("a file that is no object is refused with the reason", (t) => {
  const error = (bytes: Uint8Array) => {
    const result = readRelocatable(bytes, "x.o");
    return "error" in result ? result.error : "accepted";
  };
  const changed = (at: number, value: number) => {
    const bytes = sample.slice();
    bytes[at] = value;
    return bytes;
  };
  t.is(error(new Uint8Array(0)), "x.o: not an ELF file");
  t.is(error(new TextEncoder().encode("just a text, long enough to hold a header, which is sixty-four bytes")), "x.o: not an ELF file");
  t.is(error(changed(4, 1)), "x.o: not a 64-bit little-endian ELF file");
  t.is(error(changed(18, 40)), "x.o: not for x86-64");
  t.is(error(changed(16, 2)), "x.o: not a relocatable file");
  t.is(error(sample.subarray(0, sample.length - 10)), "x.o: the section header table lies outside the file");
});

test("every truncation is an answer", (t) => {
  for (let length = 0; length < sample.length; length += 7) t.true(answers(sample.subarray(0, length)));
});

test("garbage and damaged objects are answers", (t) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), answers), { seed: 1, numRuns: 300 });
  const damage = fc.array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 });
  const damaged = (changes: [number, number][]) => {
    const bytes = sample.slice();
    for (const [at, value] of changes) bytes[at] = value;
    return answers(bytes);
  };
  fc.assert(fc.property(damage, damaged), { seed: 2, numRuns: 2000 });
  t.pass();
});

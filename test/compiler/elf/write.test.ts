// Relocatable files: foreign tools must read what we write without a complaint, gcc must link and run it, and our reader must
// give back what went in.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { R_X86_64_64, SHF_RELA_LIVEPATCH, STT_OBJECT } from "../../../src/abi/elf.js";
import { ObjectFile } from "../../../src/compiler/elf/object.js";
import { readRelocatable } from "../../../src/compiler/elf/read.js";
import { writeRelocatable } from "../../../src/compiler/elf/write.js";
import { hex, inFolder } from "../x86/gas.js";
import { sampleObject } from "./objects.js";
import { available, run } from "./programs.js";

/** Sections, symbols and relocations in a form that can be compared. */
function summary(object: ObjectFile): unknown {
  // Locals come before globals in a file.
  const names = object.symbols.filter((symbol) => !symbol.temporary).sort((a, b) => a.binding - b.binding);
  return {
    sections: object.sections.map(({ name, type, flags, align, size, data }) => [name, type, flags, align, size, hex(data.bytes)]),
    symbols: names
      .filter((symbol) => symbol.isDefined)
      .map(({ name, section, value, size, type, binding }) => [name, section?.name, value, size, type, binding]),
    relocations: object.sections.flatMap((section) =>
      section.relocations.map(({ offset, type, symbol, addend }) => [
        section.name,
        offset,
        type,
        symbol.temporary ? symbol.section?.name : symbol.name,
        symbol.temporary ? symbol.value + addend : addend,
      ]),
    ),
  };
}

test("a written object reads back as it was", (t) => {
  const object = sampleObject();
  const again = readRelocatable(writeRelocatable(object), "sample.o");
  if ("error" in again) {
    t.fail(again.error);
    return;
  }
  t.deepEqual(summary(again), summary(object));
  t.false(again.symbols.some((symbol) => symbol.name === "never_used"));
});

test("readelf, objdump and nm read the object without a complaint", (t) => {
  if (!available(t, "readelf", "objdump", "nm")) return;
  inFolder((folder) => {
    writeFileSync(join(folder, "sample.o"), writeRelocatable(sampleObject()));
    const readelf = run(folder, "readelf", "-aW", "sample.o");
    const objdump = run(folder, "objdump", "-dr", "sample.o");
    const nm = run(folder, "nm", "-p", "sample.o");
    t.deepEqual([readelf.stderr, objdump.stderr, nm.stderr], ["", "", ""]);
    t.deepEqual([readelf.status, objdump.status, nm.status], [0, 0, 0]);
    t.deepEqual(
      nm.stdout.split("\n").map((line) => line.trim()),
      [
        "0000000000000000 b scratch",
        "0000000000000000 t helper",
        "0000000000000000 r .LC0",
        "0000000000000000 D total",
        "0000000000000010 T add_to_total",
        "U log_call",
        "0000000000000008 D function_table",
        "",
      ],
    );
    t.regex(objdump.stdout, /<add_to_total>:/);
    t.regex(objdump.stdout, /R_X86_64_PLT32\s+log_call-0x4/);
  });
});

test("gcc links the object, and the program computes what its code says", (t) => {
  if (!available(t, "gcc")) return;
  inFolder((folder) => {
    writeFileSync(join(folder, "sample.o"), writeRelocatable(sampleObject()));
    writeFileSync(
      join(folder, "main.c"),
      `#include <stdio.h>
       int add_to_total(int); extern int (*function_table[2])(int);
       void log_call(const char *what) { printf("%s\\n", what); }
       int main(void) { printf("%d\\n", add_to_total(5)); printf("%d %d\\n", function_table[0] == add_to_total, function_table[1](7)); return 0; }`,
    );
    const gcc = run(folder, "gcc", "-no-pie", "-z", "noexecstack", "-o", "main", "main.c", "sample.o");
    t.is(gcc.stderr, "");
    t.is(run(folder, "./main").stdout, "add\n120\n1 21\n");
  });
});

test("ld -r keeps sections, symbols and relocations", (t) => {
  if (!available(t, "ld")) return;
  inFolder((folder) => {
    writeFileSync(join(folder, "sample.o"), writeRelocatable(sampleObject()));
    const ld = run(folder, "ld", "-r", "-o", "again.o", "sample.o");
    t.is(ld.stderr, "");
    const again = readRelocatable(readFileSync(join(folder, "again.o")), "again.o");
    if ("error" in again) {
      t.fail(again.error);
      return;
    }
    t.is(hex(again.section(".text").data.bytes), hex(sampleObject().section(".text").data.bytes));
    t.is(again.section(".text").relocations.length, sampleObject().section(".text").relocations.length);
  });
});

test("livepatch relocations get a section of their own with Linux's flag", (t) => {
  const object = new ObjectFile("patch.ts");
  const data = object.section(".data");
  object.symbol("hook").define(data, data.reserve(8), STT_OBJECT, 8);
  const target = object.symbol(".klp.sym.vmlinux.cmdline_proc_show,0");
  target.place = "livepatch";
  const relocations = [{ offset: 0, type: R_X86_64_64, symbol: target, addend: 0 }];
  data.livepatchRelocations.push({ name: ".klp.rela.vmlinux..data", relocations });
  const again = readRelocatable(writeRelocatable(object), "patch.o");
  if ("error" in again) {
    t.fail(again.error);
    return;
  }
  const tables = again.section(".data").livepatchRelocations;
  t.deepEqual(
    tables.map(({ name, relocations: list }) => [name, list.map(({ offset, type, symbol }) => [offset, type, symbol.name, symbol.place])]),
    [[".klp.rela.vmlinux..data", [[0, R_X86_64_64, ".klp.sym.vmlinux.cmdline_proc_show,0", "livepatch"]]]],
  );
  if (!available(t, "readelf")) return;
  inFolder((folder) => {
    writeFileSync(join(folder, "patch.o"), writeRelocatable(object));
    const readelf = run(folder, "readelf", "-SW", "patch.o");
    t.is(readelf.stderr, "");
    const line = readelf.stdout.split("\n").find((text) => text.includes(".klp.rela.vmlinux"));
    // Allocated, info link, and an OS-specific flag.
    t.regex(line ?? "", /RELA .* AIo /);
    t.is(SHF_RELA_LIVEPATCH, 0x100000);
  });
});

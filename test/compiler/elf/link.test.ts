// The kernel linker: program headers and sections that readelf accepts, symbols that nm confirms, kallsyms tables equal to nm's
// list, sorted tables, gcc's objects, and its errors.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { R_X86_64_32, R_X86_64_64, R_X86_64_PC32, STB_WEAK, STT_FUNC, STT_OBJECT } from "../../../src/abi/elf.js";
import { linkKernel } from "../../../src/compiler/elf/link.js";
import { ObjectFile } from "../../../src/compiler/elf/object.js";
import { readRelocatable } from "../../../src/compiler/elf/read.js";
import { inFolder } from "../x86/gas.js";
import { sampleObject, startObject } from "./objects.js";
import { available, run } from "./programs.js";

/** log_call, which the sample calls: a single ret, weak or not. */
function logObject(fileName: string, binding?: number): ObjectFile {
  const object = new ObjectFile(fileName);
  const text = object.section(".text");
  const symbol = object.symbol("log_call").define(text, text.size, STT_FUNC, 1);
  if (binding !== undefined) symbol.binding = binding;
  text.data.u8(0xc3);
  return object;
}

/** A loaded view of the image: reads at virtual addresses through the program headers. */
class Image {
  readonly #view: DataView;
  readonly symbols = new Map<string, bigint>();

  constructor(
    readonly file: Uint8Array,
    map: string,
  ) {
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    for (const line of map.split("\n")) {
      const [address, , name] = line.split(" ");
      if (name !== undefined) this.symbols.set(name, BigInt(`0x${address}`));
    }
  }

  get entry(): bigint {
    return this.#view.getBigUint64(24, true);
  }

  programHeaders(): { flags: number; offset: number; virtual: bigint; physical: bigint; fileSize: number; memorySize: number }[] {
    const count = this.#view.getUint16(56, true);
    return Array.from({ length: count }, (_, index) => {
      const at = 64 + index * 56;
      const u64 = (offset: number) => this.#view.getBigUint64(at + offset, true);
      return {
        flags: this.#view.getUint32(at + 4, true),
        offset: Number(u64(8)),
        virtual: u64(16),
        physical: u64(24),
        fileSize: Number(u64(32)),
        memorySize: Number(u64(40)),
      };
    });
  }

  sections(): { address: bigint; align: bigint }[] {
    const start = Number(this.#view.getBigUint64(40, true));
    const count = this.#view.getUint16(60, true);
    return Array.from({ length: count }, (_, index) => {
      const at = start + index * 64;
      return { address: this.#view.getBigUint64(at + 16, true), align: this.#view.getBigUint64(at + 48, true) };
    });
  }

  offsetOf(address: bigint): number {
    const header = this.programHeaders().find(({ virtual, fileSize }) => address >= virtual && address < virtual + BigInt(fileSize));
    if (header === undefined) throw new Error(`0x${address.toString(16)} is not in the image`);
    return header.offset + Number(address - header.virtual);
  }

  u64(address: bigint): bigint {
    return this.#view.getBigUint64(this.offsetOf(address), true);
  }

  u32(address: bigint): number {
    return this.#view.getUint32(this.offsetOf(address), true);
  }

  s32(address: bigint): number {
    return this.#view.getInt32(this.offsetOf(address), true);
  }

  text(address: bigint): string {
    const start = this.offsetOf(address);
    return new TextDecoder().decode(this.file.subarray(start, this.file.indexOf(0, start)));
  }

  at(name: string): bigint {
    const address = this.symbols.get(name);
    if (address === undefined) throw new Error(`no symbol ${name}`);
    return address;
  }

  /** The decoded kallsyms tables as lines of nm. */
  kallsyms(): string[] {
    const count = Number(this.u64(this.at("kallsyms_num_syms")));
    return Array.from({ length: count }, (_, index) => {
      const address = this.u64(this.at("kallsyms_addresses") + BigInt(index * 8));
      const text = this.text(this.at("kallsyms_names") + BigInt(this.u32(this.at("kallsyms_names_offset") + BigInt(index * 4))));
      return `${address.toString(16).padStart(16, "0")} ${text[0]} ${text.slice(1)}`;
    });
  }
}

function link(t: ExecutionContext, objects: ObjectFile[]): Image {
  const { vmlinux, systemMap, errors } = linkKernel(objects);
  t.deepEqual(errors, []);
  return new Image(vmlinux, systemMap);
}

const kernel = () => [startObject("add_to_total"), sampleObject(), logObject("log.ts")];

test("segments are page-aligned, never writable and executable, and physical = virtual − 0xffffffff80000000", (t) => {
  const image = link(t, kernel());
  const headers = image.programHeaders();
  t.deepEqual(
    headers.map(({ flags }) => flags),
    [5, 4, 6, 6],
  );
  for (const { offset, virtual, physical } of headers) {
    t.is(virtual % 4096n, 0n);
    t.is(BigInt(offset) % 4096n, 0n);
    t.is(physical, virtual - 0xffffffff80000000n);
  }
  t.is(image.at("_text"), 0xffffffff81000000n);
  t.is(image.entry, image.at("startup_64") - 0xffffffff80000000n);
});

test("bounds of text, data, bss and tables stand where the architecture says", (t) => {
  const image = link(t, kernel());
  const order = [
    "_text",
    "_etext",
    "__start_rodata",
    "__end_rodata",
    "_sdata",
    "_edata",
    "__init_begin",
    "__init_end",
    "__bss_start",
    "__bss_stop",
    "_end",
  ].map((name) => image.at(name));
  t.deepEqual(
    order,
    [...order].sort((a, b) => (a < b ? -1 : 1)),
  );
  const pairs = [
    ["__start_mcount_loc", "__stop_mcount_loc", 8n],
    ["__start___ksymtab", "__stop___ksymtab", 0n],
    ["__start___ksymtab_gpl", "__stop___ksymtab_gpl", 0n],
    ["__start___param", "__stop___param", 0n],
    ["__start___dyndbg", "__stop___dyndbg", 0n],
    ["__start___ex_table", "__stop___ex_table", 0n],
    ["__per_cpu_start", "__per_cpu_end", 0n],
    ["__entry_text_start", "__entry_text_end", 0n],
    ["__kprobes_text_start", "__kprobes_text_end", 0n],
  ] as const;
  for (const [start, stop, size] of pairs) t.is(image.at(stop) - image.at(start), size, start);
  t.is(image.u64(image.at("__start_mcount_loc")), image.at("add_to_total"));
  t.is(image.u64(image.at("function_table") + 8n), image.at("helper"));
});

test("an object's alignment is kept, however large", (t) => {
  const object = new ObjectFile("stack.ts");
  for (const name of [".bss", ".data", ".data..percpu"]) {
    const section = object.section(name);
    section.reserve(8);
    const at = section.alignTo(16384);
    object.symbol(`stack${name.replaceAll(".", "_")}`).define(section, at, STT_OBJECT, 16384);
    section.reserve(16384);
  }
  const image = link(t, [...kernel(), object]);
  for (const name of ["stack_bss", "stack_data", "stack_data__percpu"]) t.is(image.at(name) % 16384n, 0n, name);
  for (const { address, align } of image.sections()) if (align > 0n) t.is(address % align, 0n);
});

/** Order among equal addresses is not nm's. */
const sorted = (lines: string[]) => [...lines].sort();
const own = /kallsyms_(num_syms|addresses|names_offset|names)$/;

test("the kallsyms tables are nm's list", (t) => {
  const image = link(t, kernel());
  const lines = image.kallsyms();
  const addresses = lines.map((line) => BigInt(`0x${line.slice(0, 16)}`));
  t.deepEqual(
    addresses,
    [...addresses].sort((a, b) => (a < b ? -1 : 1)),
  );
  t.true(lines.some((line) => line.endsWith(" t helper")));
  t.true(lines.some((line) => line.endsWith(" T add_to_total")));
  if (!available(t, "nm")) return;
  inFolder((folder) => {
    writeFileSync(join(folder, "vmlinux"), image.file);
    const nm = run(folder, "nm", "-n", "vmlinux");
    t.is(nm.stderr, "");
    const theirs = nm.stdout.trimEnd().split("\n");
    t.deepEqual(sorted(lines), sorted(theirs.filter((line) => !own.test(line))));
  });
});

test("readelf and objdump read vmlinux without a complaint", (t) => {
  if (!available(t, "readelf", "objdump")) return;
  const image = link(t, kernel());
  inFolder((folder) => {
    writeFileSync(join(folder, "vmlinux"), image.file);
    const readelf = run(folder, "readelf", "-aW", "vmlinux");
    t.deepEqual([readelf.status, readelf.stderr], [0, ""]);
    const objdump = run(folder, "objdump", "-d", "vmlinux");
    t.deepEqual([objdump.status, objdump.stderr], [0, ""]);
    t.regex(objdump.stdout, /mov +\$0xffffffff81000000,%rdi/);
    t.regex(objdump.stdout, /call +[0-9a-f]+ <add_to_total>/);
    t.notRegex(objdump.stdout, /\(bad\)/);
  });
});

test("a linked table of exports is sorted by name, fixups and entry sites by address", (t) => {
  const exporter = (fileName: string, names: string[]) => {
    const object = new ObjectFile(fileName);
    const text = object.section(".text");
    const table = object.section("__ksymtab");
    const fixups = object.section("__ex_table");
    const sites = object.section("__mcount_loc");
    for (const name of names) {
      const symbol = object.symbol(name).define(text, text.size, STT_FUNC, 4);
      text.data.append([0x90, 0x90, 0x90, 0xc3]);
      const at = table.reserve(12);
      object.localSymbol(`__ksymtab_${name}`).define(table, at, STT_OBJECT, 12);
      table.relocate(at, R_X86_64_PC32, symbol);
      // Later places first, so that sorting has something to do.
      sites.data.append(new Uint8Array(8));
    }
    for (const [index, name] of [...names].reverse().entries()) {
      sites.relocate(index * 8, R_X86_64_64, object.symbol(name));
      const at = fixups.reserve(8);
      fixups.relocate(at, R_X86_64_PC32, object.symbol(name), 1);
      fixups.relocate(at + 4, R_X86_64_PC32, object.symbol(name), 3);
    }
    return object;
  };
  const image = link(t, [startObject("walrus"), exporter("b.ts", ["walrus", "bear"]), exporter("a.ts", ["zebra", "ant", "_under"])]);
  const start = image.at("__start___ksymtab");
  const exported = Array.from({ length: 5 }, (_, index) => {
    const at = start + BigInt(index * 12);
    const address = at + BigInt(image.s32(at));
    return [...image.symbols].find(([name, value]) => value === address && !name.startsWith("__"))![0];
  });
  t.deepEqual(exported, ["_under", "ant", "bear", "walrus", "zebra"]);
  t.is(image.at("__ksymtab_ant"), start + 12n);
  const sites = Array.from({ length: 5 }, (_, index) => image.u64(image.at("__start_mcount_loc") + BigInt(index * 8)));
  t.deepEqual(
    sites,
    [...sites].sort((a, b) => (a < b ? -1 : 1)),
  );
  const table = image.at("__start___ex_table");
  const fixups = Array.from({ length: 5 }, (_, index) => {
    const at = table + BigInt(index * 8);
    return [at + BigInt(image.s32(at)), at + 4n + BigInt(image.s32(at + 4n))] as const;
  });
  t.deepEqual(
    fixups,
    sites.map((site) => [site + 1n, site + 3n] as const),
  );
});

test("a strong definition replaces a weak one", (t) => {
  const image = link(t, [startObject("add_to_total"), logObject("weak.ts", STB_WEAK), sampleObject(), logObject("strong.ts")]);
  t.is(image.kallsyms().filter((line) => line.endsWith(" T log_call")).length, 1);
  t.is(image.kallsyms().filter((line) => line.endsWith(" W log_call")).length, 0);
});

test("what does not link is an error text", (t) => {
  const errors = (objects: ObjectFile[]) => linkKernel(objects).errors;
  t.deepEqual(errors([startObject("add_to_total"), sampleObject()]), ["undefined symbol log_call, referenced by sample.ts: add_to_total"]);
  t.deepEqual(errors([...kernel(), logObject("twice.ts")]), ["log_call is defined in log.ts and in twice.ts"]);
  t.deepEqual(errors([sampleObject(), logObject("log.ts")]), ["undefined symbol startup_64, the kernel's entry"]);
  const narrow = new ObjectFile("narrow.ts");
  const data = narrow.section(".data");
  narrow.symbol("small").define(data, data.reserve(4), STT_OBJECT, 4);
  data.relocate(0, R_X86_64_32, narrow.symbol("_text"));
  t.deepEqual(errors([...kernel(), narrow]), ["narrow.ts: small: R_X86_64_32 against _text does not fit in 32 bits (0xffffffff81000000)"]);
  const odd = new ObjectFile("odd.ts");
  odd.section(".data").reserve(8);
  odd.section(".data").relocate(0, 9, odd.symbol("_text"));
  t.deepEqual(errors([...kernel(), odd]), ["odd.ts: .data+0x0: relocation type 9 is not supported"]);
});

test("the same objects give the same bytes, and linking changes none of them", (t) => {
  const objects = kernel();
  const first = linkKernel(objects);
  t.deepEqual(linkKernel(objects).vmlinux, first.vmlinux);
  t.deepEqual(linkKernel(kernel()).vmlinux, first.vmlinux);
});

test("gcc's objects link with ours as ld links them", (t) => {
  if (!available(t, "gcc", "nm", "readelf")) return;
  inFolder((folder) => {
    writeFileSync(
      join(folder, "k.c"),
      `extern char _text[], _end[]; extern unsigned long kallsyms_num_syms; int add_to_total(int);
       int counter = 3; static int zeros[100]; static const char *const names[] = {"a", "b"};
       __attribute__((section(".init.text"))) int start_kernel(int x) {
         zeros[x & 63] = add_to_total(x); return counter + zeros[1] + names[x & 1][0] + (int)(_end - _text) + (int)kallsyms_num_syms; }
       void log_call(const char *what) { zeros[0] += what[0]; }`,
    );
    const flags = ["-O2", "-g", "-mcmodel=kernel", "-fno-pic", "-fno-pie", "-mno-red-zone", "-fno-asynchronous-unwind-tables"];
    const gcc = run(folder, "gcc", ...flags, "-c", "k.c");
    t.is(gcc.stderr, "");
    const object = readRelocatable(readFileSync(join(folder, "k.o")), "k.c");
    if ("error" in object) {
      t.fail(object.error);
      return;
    }
    const image = link(t, [startObject("start_kernel"), object, sampleObject()]);
    writeFileSync(join(folder, "vmlinux"), image.file);
    t.is(run(folder, "readelf", "-aW", "vmlinux").stderr, "");
    // Debug information is kept and relocated: addr2line finds the function's line.
    const line = run(folder, "addr2line", "-e", "vmlinux", `0x${image.at("start_kernel").toString(16)}`);
    t.regex(line.stdout, /k\.c:[34]/);
    t.true(image.at("start_kernel") >= image.at("__init_begin") && image.at("start_kernel") < image.at("__init_end"));
    const nm = run(folder, "nm", "-n", "vmlinux").stdout.trimEnd().split("\n");
    t.deepEqual(sorted(image.kallsyms()), sorted(nm.filter((text) => !own.test(text))));
  });
});

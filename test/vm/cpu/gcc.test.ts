// Code from gcc, at several levels of optimisation, gives in the core what the same objects give on the processor.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import test from "ava";
import { Stop } from "../../../src/vm/cpu/cpu-api.js";
import { Decoder } from "../../../src/vm/cpu/decoder.js";
import { H_SYSTEM } from "../../../src/vm/cpu/handlers.js";
import * as L from "../../../src/vm/cpu/layout.js";
import { SystemOp } from "../../../src/vm/cpu/system-ops.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { CODE, makeFixture, STACK_TOP } from "./fixture.js";

const CASES = "test/vm/cpu/cases";
const SOURCES = ["mixed", "wide", "builtins", "atomics", "control"];
const EXTENSIONS = "-mbmi -mbmi2 -mlzcnt -mpopcnt -madx -mcrc32 -mmovbe -mcx16";
const LEVELS = [
  "-O0",
  "-O2",
  "-Os -mpopcnt",
  "-O3 -funroll-loops -march=core2 -mcx16",
  "-O2 -mtune=atom -mstringop-strategy=rep_8byte",
  `-O2 ${EXTENSIONS}`,
  `-O3 -fno-jump-tables ${EXTENSIONS}`,
];
const KERNEL = ["-fno-pie", "-mgeneral-regs-only", "-ffreestanding", "-fno-stack-protector", "-mno-red-zone", "-c"];
const HALT = 0x90000;

function hasGcc(): boolean {
  try {
    execFileSync("gcc", ["--version"], { stdio: "ignore" });
    return arch() === "x64";
  } catch {
    return false;
  }
}

/** The processor here may lack what the options ask for: then there is nothing to compare with. */
function hasExtensions(): boolean {
  if (!existsSync("/proc/cpuinfo")) return false;
  const flags = / flags\s*:(.*)/.exec(` ${readFileSync("/proc/cpuinfo", "utf8").replaceAll("\n", " \n ")}`)?.[1]?.split(" ") ?? [];
  return ["bmi1", "bmi2", "abm", "popcnt", "adx", "sse4_2", "movbe", "cx16"].every((f) => flags.includes(f));
}

const gcc = (...args: string[]): string => execFileSync("gcc", args, { encoding: "utf8" });

for (const level of LEVELS)
  test(`gcc ${level} computes the same in the core as on the processor`, (t) => {
    if (!hasGcc() || (level.includes(EXTENSIONS) && !hasExtensions())) {
      t.log("skipped: no gcc for x86-64 here, or a processor without these extensions");
      t.pass();
      return;
    }
    const folder = temporaryFolder("kelp-core");
    const at = (name: string): string => join(folder, name);
    gcc("-O1", "-fno-tree-loop-distribute-patterns", ...KERNEL, "-o", at("library.o"), `${CASES}/library.c`);
    for (const source of SOURCES) {
      gcc(...level.split(" "), ...KERNEL, "-o", at("case.o"), `${CASES}/${source}.c`);
      const bare = ["-no-pie", "-static", "-nostdlib", `-Wl,-Ttext=0x${CODE.toString(16)}`, "-Wl,--build-id=none", "-Wl,-e,run"];
      gcc(...bare, "-o", at("bare"), at("case.o"), at("library.o"), "-lgcc");
      execFileSync("objcopy", ["-O", "binary", at("bare"), at("bare.bin")]);
      gcc("-no-pie", "-o", at("native"), `${CASES}/native-main.c`, at("case.o"));
      const entry = readFileSync(at("bare")).readBigUInt64LE(24);
      const f = makeFixture();
      f.poke(CODE, readFileSync(at("bare.bin")));
      f.poke(HALT, [0xf4]);
      f.poke64(STACK_TOP - 8, BigInt(HALT));
      const r = f.cores.registers[0]!;
      r.rip = entry;
      r.setGpr(4, BigInt(STACK_TOP - 8));
      r.setGpr(7, 12345n);
      // A pause ends the turn.
      let stop = f.cores.run(0, 200_000_000);
      while (stop === Stop.Pause) stop = f.cores.run(0, 200_000_000);
      t.is(stop, Stop.Halted, source);
      t.is(r.gpr(0).toString(16), execFileSync(at("native"), { encoding: "utf8" }).trim(), source);
      t.deepEqual(f.log, [], source);
    }
  });

/** Every instruction of an object's code as objdump lists it: bytes → text. */
function disassemble(object: string): Map<string, string> {
  const lines = execFileSync("objdump", ["-d", "-w", object], { encoding: "utf8", maxBuffer: 1 << 28 }).split("\n");
  return new Map(
    lines.flatMap((line) => {
      const [, bytes, text] = line.split("\t");
      return bytes && text ? [[bytes.replaceAll(" ", ""), text.trim()] as const] : [];
    }),
  );
}

test("every instruction that gcc emits for general registers has a row, with its right length", (t) => {
  if (!hasGcc()) {
    t.log("skipped: no gcc for x86-64 here");
    t.pass();
    return;
  }
  const memory = new WebAssembly.Memory({ initial: L.RAM_BASE / 65536 + 1 });
  const u8 = new Uint8Array(memory.buffer);
  const view = new DataView(memory.buffer);
  const decoder = new Decoder(
    memory,
    () => {},
    () => {},
  );
  const folder = temporaryFolder("kelp-forms");
  const instructions = new Map<string, string>();
  const tunings = ["-march=x86-64", "-march=haswell", "-march=znver3", "-mtune=bonnell", "-mtune=k8", "-fcf-protection=full -fPIC"];
  for (const source of SOURCES)
    for (const level of [...LEVELS, ...tunings.flatMap((m) => [`-O2 ${m}`, `-O3 ${m}`, `-Os ${m}`])]) {
      gcc(
        ...level.split(" "),
        ...KERNEL.filter((k) => !(level.includes("PIC") && k === "-fno-pie")),
        "-w",
        "-o",
        join(folder, "x.o"),
        `${CASES}/${source}.c`,
      );
      for (const [bytes, text] of disassemble(join(folder, "x.o"))) instructions.set(bytes, text);
    }
  t.true(instructions.size > 5000);
  const wrong = [...instructions].flatMap(([hex, text]) => {
    u8.fill(0x90, L.RAM_BASE, L.RAM_BASE + 32);
    u8.set(Buffer.from(hex, "hex"), L.RAM_BASE);
    u8.fill(0, L.PAGE_MAPS, L.PAGE_MAPS + 8);
    const record = decoder.decode(decoder.pageMap(0), 0);
    const isSystem = view.getInt32(record, true) === H_SYSTEM;
    const unknown = isSystem && (view.getInt32(record + L.REC_IMM, true) & 0xff) === SystemOp.Undefined;
    return unknown || view.getUint16(record + L.REC_END, true) !== hex.length / 2 ? [`${hex} ${text}`] : [];
  });
  t.deepEqual(wrong, []);
});

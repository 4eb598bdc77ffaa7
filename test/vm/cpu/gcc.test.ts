// Code from gcc, at several levels of optimisation, gives in the core what the same objects give on the processor.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { Stop } from "../../../src/vm/cpu/cpu-api.js";
import { CODE, makeFixture, STACK_TOP } from "./fixture.js";

const CASES = "test/vm/cpu/cases";
const LEVELS = ["-O0", "-O2", "-Os -mpopcnt", "-O3 -funroll-loops -march=core2", "-O2 -mtune=atom -mstringop-strategy=rep_8byte"];
const HALT = 0x90000;

function hasGcc(): boolean {
  try {
    execFileSync("gcc", ["--version"], { stdio: "ignore" });
    return arch() === "x64";
  } catch {
    return false;
  }
}

for (const level of LEVELS)
  test(`gcc ${level} computes the same in the core as on the processor`, (t) => {
    if (!hasGcc()) {
      t.log("skipped: no gcc for x86-64 here");
      t.pass();
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), "core-"));
    const at = (name: string): string => join(folder, name);
    const gcc = (...args: string[]): string => execFileSync("gcc", args, { encoding: "utf8" });
    const kernel = ["-fno-pie", "-mgeneral-regs-only", "-ffreestanding", "-fno-stack-protector", "-mno-red-zone", "-c"];
    gcc(...level.split(" "), ...kernel, "-o", at("mixed.o"), `${CASES}/mixed.c`);
    gcc("-O1", "-fno-tree-loop-distribute-patterns", ...kernel, "-o", at("library.o"), `${CASES}/library.c`);
    const bare = ["-no-pie", "-static", "-nostdlib", `-Wl,-Ttext=0x${CODE.toString(16)}`, "-Wl,--build-id=none", "-Wl,-e,run"];
    gcc(...bare, "-o", at("bare"), at("mixed.o"), at("library.o"), "-lgcc");
    execFileSync("objcopy", ["-O", "binary", at("bare"), at("bare.bin")]);
    gcc("-no-pie", "-o", at("native"), `${CASES}/native-main.c`, at("mixed.o"));
    const entry = readFileSync(at("bare")).readBigUInt64LE(24);

    const f = makeFixture();
    f.poke(CODE, readFileSync(at("bare.bin")));
    f.poke(HALT, [0xf4]);
    f.poke64(STACK_TOP - 8, BigInt(HALT));
    const r = f.cores.registers[0]!;
    r.rip = entry;
    r.setGpr(4, BigInt(STACK_TOP - 8));
    r.setGpr(7, 12345n);
    t.is(f.cores.run(0, 100_000_000), Stop.Halted);
    t.is(r.gpr(0).toString(16), execFileSync(at("native"), { encoding: "utf8" }).trim());
  });

import test from "ava";
import { Volume } from "memfs";
import { buildKernel } from "../../src/compiler/driver.js";
import { createCores } from "../../src/vm/cpu/cores.js";
import { Machine } from "../../src/vm/machine.js";

test("a kernel in kernel TypeScript, compiled and linked by kcc, runs at its link address and prints on the UART", (t) => {
  const { vmlinux, diagnostics } = buildKernel({ root: "src/kernel", files: ["test/vm/cases/hello-kernel.ts"] });
  t.deepEqual(diagnostics, []);
  let console = "";
  const machine = new Machine({
    memoryMiB: 32,
    cpus: 1,
    seed: 0,
    image: vmlinux,
    commandLine: "console=ttyS0",
    volume: new Volume(),
    createCores,
    onConsole: (bytes) => {
      console += Buffer.from(bytes).toString("latin1");
    },
    onHostLine: (line) => t.log(line),
  });
  t.deepEqual(machine.run({ instructions: 1_000_000 }), { kind: "exit", value: 0 });
  // 40 + 2; the start info's address; the command line that it points to.
  t.is(console, "hello from kcc\n000000000000002a 0000000000002000\nconsole=ttyS0\n");
});

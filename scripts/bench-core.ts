// Speed of the processor core on kernel-like integer code: arithmetic, loads, stores, calls, branches, in one hand-assembled
// loop of 26 instructions. Prints M instructions/s. Run: node dist/scripts/bench-core.js; also part of `npm run bench`.

import { pathToFileURL } from "node:url";
import { createCores } from "../src/vm/cpu/cores.js";
import type { Bus } from "../src/vm/cpu/cpu-api.js";

const CODE = 0x100000;
const TABLES = 0x10000;

/**
 * ```
 *    1: mov rax, [rbx]; add rax, rdx; mov [rbx], rax; lea rcx, [rax + rdx*4 + 8]; and ecx, 0xff8; mov rsi, [rbx + rcx]
 *       test rsi, rsi; jz 2f; inc r8
 *    2: push rdx; call f; pop rdx; inc rdx; cmp rdx, r15; jne 1b; hlt
 *    f: push rbp; mov rbp, rsp; sub rsp, 16; mov [rbp - 8], rdx; movzx eax, byte ptr [rbp - 8]; xor eax, 0x55; leave; ret
 * ```
 */
const LOOP =
  "488b034801d0488903488d4c900881e1f80f0000488b340b4885f6740349ffc052e80a0000005a48ffc24c39fa75d1f4" +
  "554889e54883ec10488955f80fb645f883f055c9c3";

const never: Bus = {
  portIn: () => 0,
  portOut: () => {},
  mmioRead: () => 0n,
  mmioWrite: () => {},
  acknowledgeInterrupt: () => -1,
  tsc: () => 0n,
  cpuid: () => undefined,
  readMsr: () => undefined,
  writeMsr: () => false,
  gate: () => ({ kind: "kill" }),
  undefinedInstruction: () => {},
};

/** Million guest instructions a second, over about `seconds` of wall clock after warming up. */
export function benchCore(seconds = 1): number {
  const cores = createCores({ cpus: 1, memoryBytes: 4 << 20 }, never);
  const view = new DataView(cores.ram.buffer, cores.ram.byteOffset);
  view.setBigUint64(TABLES, BigInt(TABLES + 0x1000) | 3n, true);
  view.setBigUint64(TABLES + 0x1000, 0x83n, true); // the first GiB in one page
  cores.ram.set(Buffer.from(LOOP, "hex"), CODE);
  cores.startLongMode(0, { rip: BigInt(CODE), cr3: BigInt(TABLES), rsp: 0x300000n, rbx: 0x200000n });
  cores.registers[0]!.setGpr(15, 1n << 62n);
  const slice = 5_000_000;
  cores.run(0, slice);
  const start = performance.now();
  let done = 0;
  while (performance.now() - start < seconds * 1000) {
    cores.run(0, slice);
    done += slice;
  }
  return done / (performance.now() - start) / 1000;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.log(`core: ${benchCore().toFixed(1)} M instructions/s`);

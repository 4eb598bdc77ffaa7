// What kelp itself has to say while a guest runs: one line each, on standard error, with the guest's symbols.

import { ElfFile } from "../debug/elf-file.js";
import { SymbolTable } from "../debug/symbols.js";
import type { CpuRegisters } from "../vm/cpu/cpu-api.js";

/** The kernel's link addresses begin here; below, an address is a user's or a physical one. */
const KERNEL_START = 0xffff800000000000n;

export function hostLine(text: string): void {
  process.stderr.write(`kelp: ${text}\n`);
}

function place(image: Uint8Array, address: bigint): string {
  const where = `0x${address.toString(16)}`;
  if (address < KERNEL_START) return where;
  const name = new SymbolTable(new ElfFile(image)).describe(address);
  return name ? `${where} (${name})` : where;
}

/** Address, bytes and disassembly; the disassembler is loaded at the first one. */
export async function undefinedInstruction(image: Uint8Array, cpu: number, rip: bigint, bytes: Uint8Array): Promise<void> {
  const copy = Uint8Array.from(bytes);
  const { disassemble } = await import("../debug/disassemble.js");
  const [first] = disassemble(copy, rip, () => undefined);
  const hex = Buffer.from(first?.bytes ?? copy)
    .toString("hex")
    .replace(/(..)(?=.)/g, "$1 ");
  hostLine(`CPU ${cpu}: instruction not implemented at ${place(image, rip)}: ${hex}  ${first?.text ?? ""}`);
}

export function tripleFault(image: Uint8Array, cpu: number, registers: CpuRegisters): string {
  const { rip, cr2 } = registers;
  return `CPU ${cpu} triple-faulted at ${place(image, rip)}, stack 0x${registers.gpr(4).toString(16)}, cr2 0x${cr2.toString(16)}`;
}

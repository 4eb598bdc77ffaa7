// Power-on: the kernel's ELF image in RAM, the PVH start info, memory map and command line in low memory, and page tables that
// map the low 1 GiB one to one (docs/architecture.md, "The machine's contract with the kernel").

import { EHDR_SIZE, ELF_MAGIC, EM_X86_64, ET_EXEC, PHDR_SIZE, PT_LOAD } from "../abi/elf.js";
import { IOAPIC_BASE, LAPIC_BASE, MAILBOX } from "../abi/machine.js";

const START_INFO = 0x2000;
const MEMORY_MAP = 0x2100;
const COMMAND_LINE = 0x3000;
const COMMAND_LINE_MAX = 4095;
const PML4 = 0x5000;
const PDPT = 0x6000;
const PAGE_DIRECTORY = 0x7000;
const STACK_TOP = 0x9000;
/** Everything above lies below here; the memory map calls it reserved. */
const BOOT_DATA_END = 0x10000;

const START_INFO_MAGIC = 0x336ec578;
const E820_RAM = 1;
const E820_RESERVED = 2;
const HIGH_MEMORY = 0x100000;
const EBDA = 0x9fc00;

const PAGE_PRESENT_WRITE = 3n;
const PAGE_LARGE = 0x80n;
const LARGE_PAGE_SIZE = 0x200000n;

export interface BootState {
  rip: bigint;
  cr3: bigint;
  rsp: bigint;
  rbx: bigint;
}

/** The image or an option does not fit the machine: the host's user gets this message. */
export class BootError extends Error {}

export function loadMachine(ram: Uint8Array, image: Uint8Array, commandLine: string): BootState {
  const view = new DataView(ram.buffer, ram.byteOffset, ram.byteLength);
  const entry = loadElf(ram, image);
  writeStartInfo(ram, view, commandLine);
  writePageTables(view);
  ram.fill(0, MAILBOX, MAILBOX + 0x100);
  return { rip: entry, cr3: BigInt(PML4), rsp: BigInt(STACK_TOP), rbx: BigInt(START_INFO) };
}

/** Copies the PT_LOAD segments to their physical addresses; the entry point is physical too. */
function loadElf(ram: Uint8Array, image: Uint8Array): bigint {
  const elf = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (image.length < EHDR_SIZE || elf.getUint32(0, true) !== ELF_MAGIC) throw new BootError("the kernel image is not an ELF file");
  if (elf.getUint16(16, true) !== ET_EXEC || elf.getUint16(18, true) !== EM_X86_64) {
    throw new BootError("the kernel image is not an x86-64 executable");
  }
  const headers = Number(elf.getBigUint64(32, true));
  const count = elf.getUint16(56, true);
  if (headers + count * PHDR_SIZE > image.length) throw new BootError("the kernel image is truncated");
  for (let i = 0; i < count; i++) {
    const at = headers + i * PHDR_SIZE;
    if (elf.getUint32(at, true) !== PT_LOAD) continue;
    const offset = Number(elf.getBigUint64(at + 8, true));
    const paddr = Number(elf.getBigUint64(at + 24, true));
    const fileSize = Number(elf.getBigUint64(at + 32, true));
    const memorySize = Number(elf.getBigUint64(at + 40, true));
    if (offset + fileSize > image.length || fileSize > memorySize) throw new BootError("the kernel image is truncated");
    if (paddr < BOOT_DATA_END)
      throw new BootError(`the kernel image wants physical address 0x${paddr.toString(16)}, which is the machine's`);
    if (paddr + memorySize > ram.length) {
      throw new BootError(`the kernel image ends at ${Math.ceil((paddr + memorySize) / 2 ** 20)} MiB, beyond the machine's memory`);
    }
    ram.set(image.subarray(offset, offset + fileSize), paddr);
    ram.fill(0, paddr + fileSize, paddr + memorySize);
  }
  return elf.getBigUint64(24, true);
}

function writeStartInfo(ram: Uint8Array, view: DataView, commandLine: string): void {
  const text = new TextEncoder().encode(commandLine);
  if (text.length > COMMAND_LINE_MAX) throw new BootError(`the kernel command line is longer than ${COMMAND_LINE_MAX} bytes`);
  ram.set(text, COMMAND_LINE);
  ram[COMMAND_LINE + text.length] = 0;

  const map: [start: number, end: number, type: number][] = [
    [0, BOOT_DATA_END, E820_RESERVED],
    [BOOT_DATA_END, EBDA, E820_RAM],
    [EBDA, HIGH_MEMORY, E820_RESERVED],
    [HIGH_MEMORY, ram.length, E820_RAM],
    [IOAPIC_BASE, IOAPIC_BASE + 0x1000, E820_RESERVED],
    [LAPIC_BASE, LAPIC_BASE + 0x1000, E820_RESERVED],
  ];
  map.forEach(([start, end, type], i) => {
    const at = MEMORY_MAP + 24 * i;
    view.setBigUint64(at, BigInt(start), true);
    view.setBigUint64(at + 8, BigInt(end - start), true);
    view.setUint32(at + 16, type, true);
    view.setUint32(at + 20, 0, true);
  });

  ram.fill(0, START_INFO, START_INFO + 56);
  view.setUint32(START_INFO, START_INFO_MAGIC, true);
  view.setUint32(START_INFO + 4, 1, true); // version: 1 has the memory map
  view.setBigUint64(START_INFO + 24, BigInt(COMMAND_LINE), true);
  view.setBigUint64(START_INFO + 40, BigInt(MEMORY_MAP), true);
  view.setUint32(START_INFO + 48, map.length, true);
}

function writePageTables(view: DataView): void {
  for (const table of [PML4, PDPT]) for (let i = 0; i < 512; i++) view.setBigUint64(table + 8 * i, 0n, true);
  view.setBigUint64(PML4, BigInt(PDPT) | PAGE_PRESENT_WRITE, true);
  view.setBigUint64(PDPT, BigInt(PAGE_DIRECTORY) | PAGE_PRESENT_WRITE, true);
  for (let i = 0; i < 512; i++) {
    view.setBigUint64(PAGE_DIRECTORY + 8 * i, (BigInt(i) * LARGE_PAGE_SIZE) | PAGE_LARGE | PAGE_PRESENT_WRITE, true);
  }
}

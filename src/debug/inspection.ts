// A short look at a machine that stands still: each CPU's place, instruction, task and registers, as lines of text. Used by
// `kelp replay --until`.

import type { CpuRegisters } from "../vm/cpu/cpu-api.js";
import type { Machine } from "../vm/machine.js";
import { disassemble } from "./disassemble.js";
import { shortName } from "./inspect/names.js";
import { currentTask } from "./inspect/tasks.js";
import { KernelView } from "./kernel-view.js";

const GPR_NAMES = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];
/** Linux's order in a register dump. */
const ROWS = [
  ["rax", "rbx", "rcx"],
  ["rdx", "rsi", "rdi"],
  ["rbp", "rsp", "r8"],
  ["r9", "r10", "r11"],
  ["r12", "r13", "r14"],
];
const LONGEST_INSTRUCTION = 15;
const PAGE = 4096n;
const KERNEL_START = 0xffff800000000000n;

export function* inspection(image: Uint8Array, machine: Machine): Generator<string> {
  const view = new KernelView(machine.cores, image);
  const { retired } = machine.stamp;
  yield `instruction ${retired}, ${(machine.now / 1e8).toFixed(8)} s`;
  for (const [cpu, registers] of machine.cores.registers.entries()) {
    const task = currentTask(view, cpu);
    const state = machine.cpuState(cpu);
    yield `CPU ${cpu}: ${state}, ring ${registers.cpl}${task ? `, ${task.name}[${task.pid}]` : ""}, ${registers.retired} instructions`;
    yield `  rip ${place(view, registers.rip)}: ${instruction(machine, cpu, registers)}`;
    yield* registerLines(registers);
  }
}

function place(view: KernelView, address: bigint): string {
  const where = `0x${address.toString(16)}`;
  const name = address >= KERNEL_START ? shortName(view, address) : where;
  return name === where ? where : `${where} (${name})`;
}

function instruction(machine: Machine, cpu: number, { rip, cpl }: CpuRegisters): string {
  const code: number[] = [];
  for (let at = rip; at < rip + BigInt(LONGEST_INSTRUCTION); ) {
    const paddr = machine.cores.translate(cpu, at, "execute", cpl === 3 ? 3 : 0);
    const inPage = Math.min(Number(PAGE - (at % PAGE)), Number(rip + BigInt(LONGEST_INSTRUCTION) - at));
    if (paddr < 0 || paddr + inPage > machine.cores.ram.length) break;
    code.push(...machine.cores.ram.subarray(paddr, paddr + inPage));
    at += BigInt(inPage);
  }
  const [first] = disassemble(Uint8Array.from(code), rip, () => undefined);
  return first?.text ?? "(not mapped)";
}

function* registerLines(registers: CpuRegisters): Generator<string> {
  const hex = (value: bigint): string => BigInt.asUintN(64, value).toString(16).padStart(16, "0");
  const value = (name: string): string => `${name.padStart(4)} ${hex(registers.gpr(GPR_NAMES.indexOf(name)))}`;
  for (const row of ROWS) yield `  ${row.map(value).join(" ")}`;
  yield `  ${value("r15")}  rfl ${hex(registers.rflags)}  cr2 ${hex(registers.cr2)}`;
  yield `   cr3 ${hex(registers.cr3)}   gs ${hex(registers.gsBase)}  kgs ${hex(registers.kernelGsBase)}`;
}

// A CPU's registers by name, in Linux's order of a register dump.

import type { CpuRegisters } from "../../vm/cpu/cpu-api.js";

const ENCODED = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];
const SHOWN = ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];

/** Name and value; rip and the flags (`flg`) last. */
export function registerValues(registers: CpuRegisters): Map<string, bigint> {
  const values = new Map(SHOWN.map((name) => [name, BigInt.asUintN(64, registers.gpr(ENCODED.indexOf(name)))]));
  return values.set("rip", BigInt.asUintN(64, registers.rip)).set("flg", registers.rflags);
}

/** Names of those that differ. */
export function changedRegisters(before: ReadonlyMap<string, bigint>, after: ReadonlyMap<string, bigint>): Set<string> {
  return new Set([...after].filter(([name, value]) => before.get(name) !== value).map(([name]) => name));
}

// Objects made with the assembler and the object model, for the tests of writer, reader and linker.

import { STT_FUNC, STT_OBJECT } from "../../../src/abi/elf.js";
import { ObjectFile } from "../../../src/compiler/elf/object.js";
import { Assembler } from "../../../src/compiler/x86/assembler.js";
import { gp, imm, mem, memRip, symbolRef } from "../../../src/compiler/x86/operands.js";

/**
 * int add_to_total(int n) { total += n; log_call("add"); return total + helper(n); } static int helper(int n) { return n * 3; }
 * with a string, a zeroed array, a table of pointers and a site list: every kind of section and relocation that kcc makes.
 */
export function sampleObject(): ObjectFile {
  const object = new ObjectFile("sample.ts");
  const strings = object.section(".rodata.str1.1");
  const text = object.temporarySymbol(".LC0").define(strings, 0);
  strings.data.cstring("add");
  const data = object.section(".data");
  const total = object.symbol("total").define(data, data.alignTo(4), STT_OBJECT, 4);
  data.data.u32(100);
  const bss = object.section(".bss");
  object.localSymbol("scratch").define(bss, bss.alignTo(32), STT_OBJECT, 64);
  bss.reserve(64);

  const asm = new Assembler(object, object.section(".text"));
  const helper = object.localSymbol("helper");
  const main = object.symbol("add_to_total");
  asm.align(16);
  asm.defineSymbol(helper, STT_FUNC);
  asm.emit("imul", gp(0, 4), gp(7, 4), imm(3));
  asm.emit("ret");
  asm.endSymbol(helper);
  asm.align(16);
  asm.defineSymbol(main, STT_FUNC);
  const site = asm.symbolAt(asm.here());
  asm.emit("push", gp(3));
  asm.emit("mov", gp(3, 4), gp(7, 4));
  asm.emit("add", memRip(4, total), gp(7, 4));
  asm.emit("lea", gp(7), memRip(0, text));
  asm.emit("call", symbolRef(object.symbol("log_call")));
  asm.emit("mov", gp(7, 4), gp(3, 4));
  asm.emit("call", symbolRef(helper));
  asm.emit("add", gp(0, 4), memRip(4, total));
  asm.emit("pop", gp(3));
  asm.emit("ret");
  asm.endSymbol(main);
  asm.finish();

  const table = object.symbol("function_table").define(data, data.alignTo(8), STT_OBJECT, 16);
  data.data.u64(0);
  data.data.u64(0);
  data.relocate(table.value, 1, main);
  data.relocate(table.value + 8, 1, helper);
  const sites = object.section("__mcount_loc");
  sites.relocate(sites.reserve(8), 1, site);
  object.symbol("never_used");
  return object;
}

/** A kernel of one function: startup_64 calls `callee` for ever. */
export function startObject(callee: string): ObjectFile {
  const object = new ObjectFile("head.ts");
  const asm = new Assembler(object, object.section(".head.text"));
  const start = object.symbol("startup_64");
  asm.defineSymbol(start, STT_FUNC);
  const again = asm.here();
  asm.emit("mov", gp(7), symbolRef(object.symbol("_text")));
  asm.emit("call", symbolRef(object.symbol(callee)));
  asm.emit("mov", mem(8, gp(4), 8), gp(0));
  asm.emit("jmp", again);
  asm.endSymbol(start);
  asm.finish();
  return object;
}

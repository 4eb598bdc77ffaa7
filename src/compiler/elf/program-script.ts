// The link script of user programs: a static ET_EXEC at the usual address, code, constants and data in segments of their own.

import { SHF_EXECINSTR, SHF_WRITE, SHT_NOBITS } from "../../abi/elf.js";
import type { Layout, Matcher } from "./layout.js";
import { names, PAGE_SIZE, segmentFlags } from "./layout.js";

/** The first segment: one page above 0x400000, where other linkers put the headers. */
export const PROGRAM_ADDRESS = 0x401000;

const isCode: Matcher = (_, section) => (section.flags & SHF_EXECINSTR) !== 0;
const isBss: Matcher = (_, section) => section.type === SHT_NOBITS;
const isConstant: Matcher = (_, section) => (section.flags & (SHF_EXECINSTR | SHF_WRITE)) === 0;
const isData: Matcher = (name, section) => !isCode(name, section) && !isBss(name, section);

/** Places everything; what only the kernel has a use for is left out. */
export function programScript(layout: Layout): void {
  layout.discard(
    names(".modinfo", ".comment", ".note.*", ".eh_frame", ".rela.*", ".llvm_addrsig", ".discard.*", "__dyndbg", "__bug_table"),
  );
  layout.segment(segmentFlags.code);
  layout.output(".text");
  layout.align(16);
  layout.input(isCode);
  layout.symbol("_etext");
  layout.segment(segmentFlags.constants);
  layout.output(".rodata");
  layout.align(16);
  layout.input(isConstant);
  layout.segment(segmentFlags.data);
  layout.output(".data");
  layout.align(16);
  layout.input(isData);
  layout.symbol("_edata");
  layout.output(".bss", SHT_NOBITS);
  layout.align(16);
  layout.symbol("__bss_start");
  layout.input(isBss);
  layout.symbol("_end");
  layout.alignAddress(PAGE_SIZE);
  layout.unloaded();
}

// The kernel's link script: which section lies where in vmlinux, and the symbols that mark the bounds (docs/architecture.md).

import { SHF_EXECINSTR, SHF_WRITE, SHT_NOBITS } from "../../abi/elf.js";
import type { Layout, Matcher } from "./layout.js";
import { names, PAGE_SIZE, segmentFlags } from "./layout.js";
import { splitEntries } from "./tables.js";

const isCode: Matcher = (_, section) => (section.flags & SHF_EXECINSTR) !== 0;
const isConstant: Matcher = (_, section) => (section.flags & (SHF_EXECINSTR | SHF_WRITE)) === 0;
const isBss: Matcher = (_, section) => section.type === SHT_NOBITS;
const both =
  (...matchers: Matcher[]): Matcher =>
  (name, section) =>
    matchers.every((matcher) => matcher(name, section));

/** Tables of constants between __start_ and __stop_ symbols, in this order. */
const constantTables = ["__ksymtab", "__ksymtab_gpl", "__ksymtab_strings", "__param", "__ex_table"];
/** Tables that the kernel writes to. */
const dataTables = ["__dyndbg", "__jump_table", "__bug_table"];

function text(layout: Layout): void {
  layout.segment(segmentFlags.code);
  layout.output(".text");
  layout.align(PAGE_SIZE);
  layout.symbol("_text");
  layout.input(names(".head.text"));
  layout.symbol("_stext");
  const special = names(".init.*", ".exit.*", ".entry.text", ".kprobes.text");
  layout.input((name, section) => isCode(name, section) && !special(name, section));
  layout.align(16);
  layout.symbol("__entry_text_start");
  layout.input(names(".entry.text"));
  layout.symbol("__entry_text_end");
  layout.align(16);
  layout.symbol("__kprobes_text_start");
  layout.input(names(".kprobes.text"));
  layout.symbol("__kprobes_text_end");
  layout.symbol("_etext");
}

function constants(layout: Layout): void {
  layout.segment(segmentFlags.constants);
  layout.output(".rodata");
  layout.align(PAGE_SIZE);
  layout.symbol("__start_rodata");
  layout.input(both(names(".rodata", ".rodata.*"), isConstant));
  for (const table of constantTables) {
    layout.output(table);
    layout.align(8);
    layout.bounded(table, () => {
      if (table === "__ksymtab" || table === "__ksymtab_gpl") splitEntries(layout, table);
      else layout.input(names(table));
    });
  }
  layout.output(".BTF");
  layout.align(4);
  layout.symbol("__start_BTF");
  layout.input(names(".BTF"));
  layout.symbol("__stop_BTF");
  layout.orphans(both(isConstant, (name) => !name.startsWith(".init.")));
  layout.alignAddress(PAGE_SIZE);
  layout.symbol("__end_rodata");
}

function data(layout: Layout): void {
  layout.segment(segmentFlags.data);
  layout.output(".data");
  layout.align(PAGE_SIZE);
  layout.symbol("_sdata");
  layout.input(names(".data..page_aligned"));
  layout.symbol("__start_once");
  layout.input(names(".data.once"));
  layout.symbol("__end_once");
  const elsewhere = names(".data.once", ".data..percpu*", ".init.*", ".exit.*", "__mcount_loc", ...dataTables);
  const isData: Matcher = (name, section) => !isCode(name, section) && !isBss(name, section) && !elsewhere(name, section);
  layout.input(both(names(".data", ".data.*", ".rodata", ".rodata.*"), isData));
  for (const table of dataTables) {
    layout.output(table);
    layout.align(8);
    layout.bounded(table, () => layout.input(names(table)));
  }
  layout.orphans(isData);
  layout.output(".data..percpu");
  layout.align(PAGE_SIZE);
  layout.symbol("__per_cpu_start");
  layout.input(names(".data..percpu*"));
  // Whole pages, so that a CPU's copy shares none with other data.
  layout.align(PAGE_SIZE);
  layout.symbol("__per_cpu_end");
  layout.symbol("_edata");
}

function initial(layout: Layout): void {
  layout.segment(segmentFlags.code);
  layout.output(".init.text");
  layout.align(PAGE_SIZE);
  layout.symbol("__init_begin");
  layout.symbol("_sinittext");
  layout.input(isCode);
  layout.symbol("_einittext");
  layout.segment(segmentFlags.data);
  layout.output(".init.data");
  layout.align(PAGE_SIZE);
  layout.input(both(names(".init.*", ".exit.*"), (name, section) => !isBss(name, section)));
  layout.output("__mcount_loc");
  layout.align(8);
  layout.symbol("__start_mcount_loc");
  layout.input(names("__mcount_loc"));
  layout.symbol("__stop_mcount_loc");
  layout.alignAddress(PAGE_SIZE);
  layout.symbol("__init_end");
}

function zero(layout: Layout): void {
  layout.output(".bss", SHT_NOBITS);
  layout.align(PAGE_SIZE);
  layout.symbol("__bss_start");
  layout.input(names(".bss..page_aligned"));
  layout.input(isBss);
  layout.align(PAGE_SIZE);
  layout.symbol("__bss_stop");
  layout.symbol("_end");
}

/** Places everything. */
export function kernelScript(layout: Layout): void {
  layout.discard(
    names(".modinfo", ".comment", ".note.*", ".eh_frame", ".gnu.linkonce.this_module", ".rela.*", ".llvm_addrsig", ".discard.*"),
  );
  text(layout);
  constants(layout);
  data(layout);
  initial(layout);
  zero(layout);
  layout.unloaded();
}

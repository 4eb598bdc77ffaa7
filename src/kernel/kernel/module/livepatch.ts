// Livepatch modules keep their ELF headers, section names and symbol table: late relocations need them.

import type { Elf64_Shdr } from "linux/elf";
import { ENOMEM } from "linux/errno";
import type { klp_modinfo, module } from "linux/module";
import { GFP_KERNEL, kfree, kmalloc, kzalloc } from "linux/slab";
import { memcpy } from "linux/string";
import type { load_info } from "./internal";

export function copy_module_elf(mod: module, info: load_info): int {
  const klp = kzalloc(sizeof<klp_modinfo>(), GFP_KERNEL) as klp_modinfo;
  if (klp === null) return -ENOMEM;
  const headers = u64(info.hdr.e_shnum) * sizeof<Elf64_Shdr>();
  const names = info.sechdrs[info.hdr.e_shstrndx].sh_size;
  const sechdrs = kmalloc(headers, GFP_KERNEL);
  const secstrings = kmalloc(names, GFP_KERNEL);
  if (sechdrs === null || secstrings === null) {
    kfree(sechdrs);
    kfree(secstrings);
    kfree(klp);
    return -ENOMEM;
  }
  copy(klp.hdr, info.hdr);
  memcpy(sechdrs, info.sechdrs, headers);
  memcpy(secstrings, info.secstrings, names);
  klp.sechdrs = sechdrs as Elf64_Shdr[];
  klp.secstrings = secstrings as u8[];
  klp.symndx = info.symndx;
  // All symbols are core symbols in a livepatch module: the copy in core memory outlives init.
  klp.sechdrs[klp.symndx].sh_addr = u64(mod.core_kallsyms.symtab);
  mod.klp_info = klp;
  return 0;
}

export function free_module_elf(mod: module): void {
  if (mod.klp_info === null) return;
  kfree(mod.klp_info.sechdrs);
  kfree(mod.klp_info.secstrings);
  kfree(mod.klp_info);
  mod.klp_info = null;
}

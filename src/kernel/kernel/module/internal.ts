// What the steps of loading a module hand to each other.

import type { Elf64_Ehdr, Elf64_Shdr } from "linux/elf";
import type { module } from "linux/module";

export interface load_info extends struct<"load_info"> {
  name?: cstr; // from .modinfo or .gnu.linkonce.this_module
  mod?: module;
  hdr?: Elf64_Ehdr; // the file's bytes, in vmalloc memory
  len?: u64;
  sechdrs?: Elf64_Shdr[]; // sh_addr is rewritten as sections move
  secstrings?: u8[];
  strtab?: u8[];
  sig_ok?: bool;
  // where the symbol tables go, as offsets in the core and init areas
  symoffs?: u32;
  stroffs?: u32;
  core_typeoffs?: u32;
  init_symoffs?: u32;
  init_stroffs?: u32;
  init_typeoffs?: u32;
  // section indexes; 0: absent
  symndx?: u32;
  strndx?: u32;
  modndx?: u32;
  infondx?: u32;
  versndx?: u32;
}

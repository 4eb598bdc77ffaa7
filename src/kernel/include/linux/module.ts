// struct module and the module loader's interface. kcc lays out .gnu.linkonce.this_module after `module` (fields name, init, exit).
// Functions live in src/kernel/kernel/module/*.

import type { completion } from "linux/completion";
import type { Elf64_Ehdr, Elf64_Shdr, Elf64_Sym } from "linux/elf";
import type { kobj_attribute, kobject } from "linux/kobject";
import type { list_head } from "linux/list";
import type { kernel_param } from "linux/moduleparam";
import type { notifier_block } from "linux/notifier";
import type { attribute, attribute_group, bin_attribute } from "linux/sysfs";
import type { atomic_t } from "linux/types";

export const MODULE_NAME_LEN = 56;

export const MODULE_STATE_LIVE = 0; // normal state
export const MODULE_STATE_COMING = 1; // full formed, running module_init
export const MODULE_STATE_GOING = 2; // going away
export const MODULE_STATE_UNFORMED = 3; // still setting it up

export const MODULE_UNLOAD_PROVING = 1; // exit has run or runs, or nobody has tried
export const MODULE_UNLOAD_REFUSED = 2; // exit has run, but something still leads into the module's memory

/** One exported symbol: `__ksymtab` entries as kcc writes them (psABI 32-bit distances from the field itself, as Linux on x86-64). */
export interface kernel_symbol extends struct<"kernel_symbol"> {
  value_offset?: int;
  name_offset?: int;
  namespace_offset?: int;
}

/** Text, then read-only data, then (ro after init), then writable data; sizes are offsets of the ends, in bytes. */
export interface module_layout extends struct<"module_layout"> {
  base?: u64;
  size?: u32;
  text_size?: u32;
  ro_size?: u32;
  ro_after_init_size?: u32;
}

export interface mod_kallsyms extends struct<"mod_kallsyms"> {
  symtab?: Elf64_Sym[];
  num_symtab?: u32;
  strtab?: u8[];
  typetab?: u8[];
}

/** Kept for the whole life of a livepatch module: late relocations need the ELF headers. */
export interface klp_modinfo extends struct<"klp_modinfo"> {
  hdr?: embed<Elf64_Ehdr>;
  sechdrs?: Elf64_Shdr[];
  secstrings?: u8[];
  symndx?: u32;
}

export interface module_param_attrs extends struct<"module_param_attrs"> {
  num?: u32;
  grp?: embed<attribute_group>;
}

export interface module_kobject extends struct<"module_kobject"> {
  kobj?: embed<kobject>;
  mod?: module;
  drivers_dir?: kobject;
  mp?: module_param_attrs;
  kobj_completion?: completion;
}

export interface module_attribute extends struct<"module_attribute"> {
  attr?: embed<attribute>;
  show?: (attr: module_attribute, mk: module_kobject, buf: u8[]) => s64;
  store?: (attr: module_attribute, mk: module_kobject, buf: u8[], count: u64) => s64;
}

export interface module_sect_attr extends struct<"module_sect_attr"> {
  battr?: embed<bin_attribute>;
  address?: u64;
}

export interface module_sect_attrs extends struct<"module_sect_attrs"> {
  grp?: embed<attribute_group>;
  nsections?: u32;
  attrs?: module_sect_attr[];
}

export interface module_notes_attrs extends struct<"module_notes_attrs"> {
  dir?: kobject;
  notes?: u32;
  attrs?: bin_attribute[];
}

export interface module extends struct<"module"> {
  state?: int;
  list?: embed<list_head>; // in `modules`, newest first; module_mutex, readers under RCU
  name?: array<u8, 56>;
  mkobj?: embed<module_kobject>;
  modinfo_attrs?: module_attribute[];
  version?: cstr;
  srcversion?: cstr;
  holders_dir?: kobject;
  syms?: kernel_symbol[];
  num_syms?: u32;
  kp?: kernel_param[];
  num_kp?: u32;
  num_gpl_syms?: u32;
  gpl_syms?: kernel_symbol[];
  using_gplonly_symbols?: bool;
  async_probe_requested?: bool;
  init?: () => int;
  core_layout?: embed<module_layout>;
  init_layout?: embed<module_layout>;
  taints?: u64; // same bits as kernel: taint_flags
  kallsyms?: mod_kallsyms; // full table while init runs, then core_kallsyms
  core_kallsyms?: embed<mod_kallsyms>;
  init_kallsyms?: embed<mod_kallsyms>;
  sect_attrs?: module_sect_attrs;
  notes_attrs?: module_notes_attrs;
  args?: u8[];
  percpu?: ptr;
  percpu_size?: u32;
  num_ftrace_callsites?: u32;
  ftrace_callsites?: u64[];
  kprobes_text_start?: u64;
  kprobes_text_size?: u32;
  /** In lib/bug.ts's list of tables of traps. */
  num_bugs?: u32;
  bug_list?: embed<list_head>;
  bug_table?: u64;
  num_exentries?: u32;
  extable?: ptr;
  /** Descriptors of pr_debug() calls. */
  dyndbg_start?: u64;
  dyndbg_num?: u32;
  klp?: bool; // is this a livepatch module?
  klp_alive?: bool;
  klp_info?: klp_modinfo;
  source_list?: embed<list_head>; // what modules depend on me?
  target_list?: embed<list_head>; // what modules do I depend on?
  exit?: () => void;
  /** MODULE_UNLOAD_*, under module_mutex. */
  unload_state?: int;
  refcnt?: embed<atomic_t>;
}

/** A module uses another: source depends on target. */
export interface module_use extends struct<"module_use"> {
  source_list?: embed<list_head>;
  target_list?: embed<list_head>;
  source?: module;
  target?: module;
}

/** What kallsyms and `find_symbol` fill in. */
export interface find_symbol_arg extends struct<"find_symbol_arg"> {
  name?: cstr;
  gplok?: bool;
  warn?: bool;
  owner?: module;
  sym?: kernel_symbol;
  license?: int;
}

export const GPL_ONLY = 1;
export const NOT_GPL_ONLY = 0;

function within_layout(address: u64, layout: module_layout): bool {
  return address - layout.base < u64(layout.size);
}
inline(within_layout);

export function within_module_core(address: u64, mod: module): bool {
  return within_layout(address, mod.core_layout);
}
inline(within_module_core);

export function within_module_init(address: u64, mod: module): bool {
  return within_layout(address, mod.init_layout);
}
inline(within_module_init);

export function within_module(address: u64, mod: module): bool {
  return within_layout(address, mod.core_layout) || within_layout(address, mod.init_layout);
}
inline(within_module);

export {
  __module_address,
  __module_text_address,
  find_module,
  find_module_all,
  is_module_address,
  is_module_text_address,
  module_exists,
  module_mutex,
  modules,
} from "../../kernel/module/lookup";
export { register_module_notifier, unregister_module_notifier } from "../../kernel/module/notify";
export { module_flags_taint, print_modules } from "../../kernel/module/print";
export { __module_get, module_put, module_refcount, try_module_get } from "../../kernel/module/refcount";
export { find_symbol, kernel_symbol_name, kernel_symbol_value } from "../../kernel/module/symbols";

export type module_notifier = notifier_block;
export type module_kobj_attribute = kobj_attribute;

// Symbol lookup by name and address, over the linker's tables and the modules' symbol tables.

import type { module } from "linux/module";

export const KSYM_NAME_LEN = 512;
export const KSYM_SYMBOL_LEN = 640;

/** fn returns non-zero to stop; its value is returned. `name` is valid only during the call. */
export type kallsyms_fn = (data: ptr, name: cstr, mod: module, addr: u64) => int;

export {
  is_ksym_addr,
  kallsyms_lookup,
  kallsyms_lookup_name,
  kallsyms_lookup_size_offset,
  kallsyms_on_each_match_symbol,
  kallsyms_on_each_symbol,
  lookup_symbol_name,
  sprint_backtrace,
  sprint_symbol,
  sprint_symbol_no_offset,
} from "../../kernel/kallsyms";
export { module_address_lookup, module_kallsyms_lookup_name, module_kallsyms_on_each_symbol } from "../../kernel/module/kallsyms";

// Symbol tables of modules: what is kept of them after loading, and lookups in them.

import type { Elf64_Shdr, Elf64_Sym } from "linux/elf";
import { SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHN_ABS, SHN_COMMON, SHN_LORESERVE, SHN_UNDEF, SHT_NOBITS, STB_WEAK } from "linux/elf";
import type { kallsyms_fn } from "linux/kallsyms";
import { MODULE_STATE_UNFORMED, type mod_kallsyms, type module, within_module_init } from "linux/module";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { memcpy, strcmp, strlen, strncmp } from "linux/string";
import type { load_info } from "./internal";
import { page_align } from "./layout";
import { __module_address, find_module_all, module_mutex, modules } from "./lookup";
import { kernel_symbol_name } from "./symbols";

export function kallsyms_symbol_name(kallsyms: mod_kallsyms, i: u32): u8[] {
  return add(kallsyms.strtab, kallsyms.symtab[i].st_name);
}

function is_init_section(info: load_info, shdr: Elf64_Shdr): bool {
  return strncmp(add(info.secstrings, shdr.sh_name), ".init", 5) === 0;
}

/** Is this symbol kept when init is over? Those of the init sections are not, nor undefined ones. */
function is_core_symbol(info: load_info, src: Elf64_Sym): bool {
  const ndx = u32(src.st_shndx);
  if (ndx === SHN_ABS) return true;
  if (ndx === SHN_UNDEF || ndx >= info.hdr.e_shnum || src.st_name === 0) return false;
  const sec = info.sechdrs[ndx];
  if ((sec.sh_flags & u64(SHF_ALLOC)) === 0 || is_init_section(info, sec)) return false;
  return true;
}

/**
 * Room for the tables: the whole symbol table in init memory, the core's part behind the writable data in core memory.
 * Runs while the layout is computed; offsets go into info.
 */
export function layout_symtab(mod: module, info: load_info): void {
  const symsect = info.sechdrs[info.symndx];
  const strsect = info.sechdrs[info.strndx];
  const src: Elf64_Sym[] = at<Elf64_Sym[]>(u64(info.hdr) + symsect.sh_offset);
  const strtab: u8[] = at<u8[]>(u64(info.hdr) + strsect.sh_offset);
  const nsrc = u32(symsect.sh_size / sizeof<Elf64_Sym>());

  symsect.sh_flags |= u64(SHF_ALLOC);
  strsect.sh_flags |= u64(SHF_ALLOC);

  let ndst: u32 = 0;
  let strtab_size: u64 = 1;
  for (let i: u32 = 0; i < nsrc; i++) {
    if (i === 0 || mod.klp || is_core_symbol(info, src[i])) {
      strtab_size += strlen(add(strtab, src[i].st_name)) + u64(1);
      ndst++;
    }
  }
  const core = mod.core_layout;
  info.symoffs = u32((core.size + 7) & ~7);
  info.stroffs = u32(info.symoffs + ndst * u32(sizeof<Elf64_Sym>()));
  info.core_typeoffs = u32(info.stroffs + strtab_size);
  core.size = page_align(u32(info.core_typeoffs + ndst));

  const init = mod.init_layout;
  info.init_symoffs = u32((init.size + 7) & ~7);
  info.init_stroffs = u32(info.init_symoffs + u32(symsect.sh_size));
  info.init_typeoffs = u32(info.init_stroffs + u32(strsect.sh_size));
  init.size = page_align(u32(info.init_typeoffs + nsrc));
}

function is_exported(name: u8[], mod: module): bool {
  for (let i: u32 = 0; i < mod.num_syms; i++) {
    if (strcmp(kernel_symbol_name(mod.syms[i]), name) === 0) return true;
  }
  for (let i: u32 = 0; i < mod.num_gpl_syms; i++) {
    if (strcmp(kernel_symbol_name(mod.gpl_syms[i]), name) === 0) return true;
  }
  return false;
}

/** nm's letter for a symbol, lower case. */
function elf_type(sym: Elf64_Sym, info: load_info): u8 {
  const sechdrs = info.sechdrs;
  const shndx = u32(sym.st_shndx);
  if (sym.st_info >> 4 === STB_WEAK) return (sym.st_info & 15) === 1 ? 0x76 : 0x77; // v w
  if (shndx === SHN_UNDEF) return 0x55; // U
  if (shndx === SHN_ABS) return 0x61; // a
  if (shndx >= SHN_LORESERVE || shndx >= info.hdr.e_shnum) return 0x3f; // ?
  const sec = sechdrs[shndx];
  if (sec.sh_flags & u64(SHF_EXECINSTR)) return 0x74; // t
  if (sec.sh_flags & u64(SHF_ALLOC) && sec.sh_type !== SHT_NOBITS) {
    return sec.sh_flags & u64(SHF_WRITE) ? 0x64 : 0x72; // d r
  }
  if (sec.sh_type === SHT_NOBITS) return 0x62; // b
  if (strncmp(add(info.secstrings, sec.sh_name), ".debug", 6) === 0) return 0x6e; // n
  return 0x3f;
}

/** Fills the tables after the sections were moved: mod.kallsyms (all, until init is over) and mod.core_kallsyms. */
export function add_kallsyms(mod: module, info: load_info): void {
  const symsec = info.sechdrs[info.symndx];
  const strsec = info.sechdrs[info.strndx];
  const init_base = mod.init_layout.base;
  const core_base = mod.core_layout.base;
  const nsrc = u32(symsec.sh_size / sizeof<Elf64_Sym>());

  // The init copy is where the symbols were relocated.
  mod.kallsyms = mod.init_kallsyms;
  mod.kallsyms.symtab = at<Elf64_Sym[]>(symsec.sh_addr);
  mod.kallsyms.num_symtab = nsrc;
  mod.kallsyms.strtab = at<u8[]>(strsec.sh_addr);
  mod.kallsyms.typetab = at<u8[]>(init_base + info.init_typeoffs);

  const dst: Elf64_Sym[] = at<Elf64_Sym[]>(core_base + info.symoffs);
  let s: u64 = core_base + info.stroffs;
  const types: u8[] = at<u8[]>(core_base + info.core_typeoffs);
  mod.core_kallsyms.symtab = dst;
  mod.core_kallsyms.strtab = at<u8[]>(s);
  mod.core_kallsyms.typetab = types;
  at<u8[]>(s)[0] = 0;
  s += 1;
  let ndst: u32 = 0;
  const src = mod.kallsyms.symtab;
  for (let i: u32 = 0; i < nsrc; i++) {
    const type = elf_type(src[i], info);
    mod.kallsyms.typetab[i] = type;
    if (i !== 0 && !mod.klp && !is_core_symbol(info, src[i])) continue;
    types[ndst] = type;
    copy(dst[ndst], src[i]);
    const name = add(mod.kallsyms.strtab, src[i].st_name);
    const len = strlen(name) + u64(1);
    dst[ndst].st_name = u32(s - u64(mod.core_kallsyms.strtab));
    memcpy(at<u8[]>(s), name, len);
    s += len;
    ndst++;
  }
  mod.core_kallsyms.num_symtab = ndst;
}

/** nm's letter of symbol i: upper case for exported ones. */
export function module_symbol_type(mod: module, i: u32): u8 {
  const k = mod.kallsyms;
  const type = k.typetab[i];
  const exported = is_exported(kallsyms_symbol_name(k, i), mod);
  // Capital letters say "exported" of a module's symbols: also an undefined one is a "u".
  if (exported && type >= 0x61 && type <= 0x7a) return u8(type - 0x20);
  if (!exported && type >= 0x41 && type <= 0x5a) return u8(type + 0x20);
  return type;
}

/** Best symbol for an address within the module: the highest not above it; ends at the next one or at the text's or module's end. */
function find_kallsyms_symbol(mod: module, address: u64, size: u64[], offset: u64[]): u8[] {
  const k = mod.kallsyms;
  if (k === null) return null;
  let best: u32 = 0;
  let best_value: u64 = 0;
  let next_value: u64;
  const layout = within_module_init(address, mod) ? mod.init_layout : mod.core_layout;
  const text_end = layout.base + layout.text_size;
  next_value = address < text_end ? text_end : layout.base + layout.size;
  for (let i: u32 = 1; i < k.num_symtab; i++) {
    const sym = k.symtab[i];
    if (sym.st_shndx === SHN_UNDEF) continue;
    const name = kallsyms_symbol_name(k, i);
    if (name[0] === 0 || name[0] === 0x2e) continue; // section symbols and .L labels name nothing
    const value = sym.st_value;
    if (value <= address && value > best_value) {
      best = i;
      best_value = value;
    }
    if (value > address && value < next_value) next_value = value;
  }
  if (best === 0 || best_value < layout.base) return null;
  if (size !== null) size[0] = next_value - best_value;
  if (offset !== null) offset[0] = address - best_value;
  return kallsyms_symbol_name(k, best);
}

/** As kallsyms_lookup, for addresses in modules. */
export function module_address_lookup(address: u64, size: u64[], offset: u64[], modname: ref<module>[]): u8[] {
  const mod = __module_address(address);
  if (mod === null) return null;
  if (modname !== null) modname[0] = mod;
  return find_kallsyms_symbol(mod, address, size, offset);
}
notrace(module_address_lookup);
notrace(find_kallsyms_symbol);

function find_kallsyms_symbol_value(mod: module, name: cstr): u64 {
  const k = mod.kallsyms;
  if (k === null) return 0;
  for (let i: u32 = 1; i < k.num_symtab; i++) {
    if (k.symtab[i].st_shndx !== SHN_UNDEF && strcmp(kallsyms_symbol_name(k, i), name) === 0) return k.symtab[i].st_value;
  }
  return 0;
}

function find_in_modules(name: cstr): u64 {
  let colon: u64 = 0;
  while (name[colon] !== 0 && name[colon] !== 0x3a) colon++;
  if (name[colon] === 0x3a) {
    const mod = find_module_all(name as u8[], colon, false);
    return mod === null ? 0 : find_kallsyms_symbol_value(mod, add(name as u8[], colon + u64(1)));
  }
  for (let p = modules.next; p !== modules; p = p.next) {
    const mod = container_of<module>(p, "list");
    if (mod.state === MODULE_STATE_UNFORMED) continue;
    const value = find_kallsyms_symbol_value(mod, name);
    if (value !== 0) return value;
  }
  return 0;
}

/** Address of a symbol in any module, or in one ("mod:name"); 0 if there is none. */
export function module_kallsyms_lookup_name(name: cstr): u64 {
  rcu_read_lock();
  const value = find_in_modules(name);
  rcu_read_unlock();
  return value;
}

/** Every defined symbol of one module (null: of all), in the order of its table. fn runs under module_mutex. */
export function module_kallsyms_on_each_symbol(modname: cstr, fn: kallsyms_fn, data: ptr): int {
  let ret: int = 0;
  mutex_lock(module_mutex);
  for (let p = modules.next; p !== modules && ret === 0; p = p.next) {
    const mod = container_of<module>(p, "list");
    if (mod.state === MODULE_STATE_UNFORMED) continue;
    if (modname !== null && strcmp(modname, mod.name) !== 0) continue;
    const k = mod.kallsyms;
    for (let i: u32 = 0; i < k.num_symtab && ret === 0; i++) {
      if (k.symtab[i].st_shndx !== SHN_UNDEF) ret = fn(data, kallsyms_symbol_name(k, i), mod, k.symtab[i].st_value);
    }
  }
  mutex_unlock(module_mutex);
  return ret;
}

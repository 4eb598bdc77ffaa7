// Livepatch's own symbol resolution: old functions by object, name and position, and late relocations against any symbol.

import { type Elf64_Rela, type Elf64_Shdr, type Elf64_Sym, SHN_LIVEPATCH } from "linux/elf";
import { EINVAL, ENOEXEC } from "linux/errno";
import { kallsyms_on_each_match_symbol, module_kallsyms_on_each_symbol } from "linux/kallsyms";
import { kstrtoul } from "linux/kernel";
import { MODULE_NAME_LEN, type module } from "linux/module";
import { strcmp, strncmp } from "linux/string";
import { apply_relocate_add } from "../../arch/x86/kernel/module";

const pr_fmt = "livepatch: ";

interface klp_find_arg extends struct<"klp_find_arg"> {
  name?: cstr;
  address?: u64;
  count?: u64;
  pos?: u64;
}

/** Counts occurrences; stops when the answer is known. */
function klp_match_callback(data: ptr, address: u64): int {
  const args = data as klp_find_arg;
  args.address = address;
  args.count++;
  if ((args.pos !== u64(0) && args.count === args.pos) || (args.pos === u64(0) && args.count > u64(1))) return 1;
  return 0;
}

function klp_find_callback(data: ptr, name: cstr, _mod: module, address: u64): int {
  const args = data as klp_find_arg;
  return strcmp(args.name, name) === 0 ? klp_match_callback(data, address) : 0;
}

/** sympos 0: the name must be unique in its object. objname null: vmlinux. */
export function klp_find_object_symbol(objname: cstr, name: cstr, sympos: u64, address: u64[]): int {
  const args: klp_find_arg = { name, pos: sympos };
  if (objname !== null) module_kallsyms_on_each_symbol(objname, klp_find_callback, args);
  else kallsyms_on_each_match_symbol(klp_match_callback, name, args);
  const vmlinux: cstr = "vmlinux";
  if (args.address === u64(0)) {
    pr_err("symbol '%s' not found in symbol table\n", name);
  } else if (args.count > u64(1) && sympos === u64(0)) {
    pr_err("unresolvable ambiguity for symbol '%s' in object '%s'\n", name, objname);
  } else if (sympos !== args.count && sympos > u64(0)) {
    pr_err("symbol position %lu for symbol '%s' in object '%s' not found\n", sympos, name, objname !== null ? objname : vmlinux);
  } else {
    address[0] = args.address;
    return 0;
  }
  address[0] = 0;
  return -EINVAL;
}

/** Copies text up to a delimiter into buf (size bytes); the length, or -1 if the delimiter does not come or the part is empty or too long. */
function cut(text: u8[], delimiter: u8, buf: u8[], size: int): int {
  for (let i: int = 0; i < size; i++) {
    if (text[i] === delimiter) {
      buf[i] = 0;
      return i === 0 ? -1 : i;
    }
    if (text[i] === 0) return -1;
    buf[i] = text[i];
  }
  return -1;
}

let sym_objname: array<u8, 56>;
let sym_name: array<u8, 512>;
let sec_objname: array<u8, 56>;

/** `.klp.sym.<object>.<symbol>,<sympos>` */
function klp_resolve_symbol(sym: Elf64_Sym, name: u8[], sec_object: u8[]): int {
  let sympos: u64 = 0;
  let address: u64 = 0;
  if (sym.st_shndx !== SHN_LIVEPATCH) {
    pr_err("symbol %s is not marked as a livepatch symbol\n", name);
    return -EINVAL;
  }
  let good = strncmp(name, ".klp.sym.", 9) === 0;
  if (good) {
    const n = cut(add(name, 9), 0x2e, sym_objname, MODULE_NAME_LEN);
    const m: int = n < 0 ? -1 : cut(add(name, 10 + n), 0x2c, sym_name, 512);
    good = m >= 0 && kstrtoul(add(name, 11 + n + m), 10, addr(sympos)) === 0;
  }
  if (!good) {
    pr_err("symbol %s has an incorrectly formatted name\n", name);
    return -EINVAL;
  }
  const of_vmlinux = strcmp(sym_objname, "vmlinux") === 0;
  if (of_vmlinux && strcmp(sec_object, "vmlinux") !== 0) {
    pr_err("invalid access to vmlinux symbol '%s' from module-specific livepatch relocation section\n", sym_name);
    return -EINVAL;
  }
  const object: u8[] = of_vmlinux ? null : sym_objname;
  const ret = klp_find_object_symbol(object, sym_name, sympos, addr(address));
  if (ret === 0) sym.st_value = address;
  return ret;
}

function klp_resolve_symbols(sechdrs: Elf64_Shdr[], strtab: u8[], symndx: u32, relasec: Elf64_Shdr, sec_object: u8[]): int {
  const relas: Elf64_Rela[] = at<Elf64_Rela[]>(relasec.sh_addr);
  const count = relasec.sh_size / sizeof<Elf64_Rela>();
  const syms: Elf64_Sym[] = at<Elf64_Sym[]>(sechdrs[symndx].sh_addr);
  const num_syms = sechdrs[symndx].sh_size / sizeof<Elf64_Sym>();
  for (let i: u64 = 0; i < count; i++) {
    if (relas[i].r_info >> 32 >= num_syms) return -ENOEXEC;
    const sym = syms[relas[i].r_info >> 32];
    const ret = klp_resolve_symbol(sym, add(strtab, sym.st_name), sec_object);
    if (ret !== 0) return ret;
  }
  return 0;
}

/** One `.klp.rela.<object>.<section>`, if it belongs to the object (null: vmlinux). */
export function klp_apply_section_relocs(
  pmod: module,
  sechdrs: Elf64_Shdr[],
  shstrtab: u8[],
  strtab: u8[],
  symndx: u32,
  secndx: u32,
  objname: cstr,
): int {
  const sec = sechdrs[secndx];
  const name = add(shstrtab, sec.sh_name);
  if (strncmp(name, ".klp.rela.", 10) !== 0 || cut(add(name, 10), 0x2e, sec_objname, MODULE_NAME_LEN) < 0) {
    pr_err("section %s has an incorrectly formatted name\n", name);
    return -EINVAL;
  }
  const vmlinux: cstr = "vmlinux";
  if (strcmp(objname !== null ? objname : vmlinux, sec_objname) !== 0) return 0;
  const ret = klp_resolve_symbols(sechdrs, strtab, symndx, sec, sec_objname);
  return ret !== 0 ? ret : apply_relocate_add(sechdrs, strtab, symndx, secndx, pmod);
}

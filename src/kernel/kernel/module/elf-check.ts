// Is this file a module at all? All that is read later is checked here first: a damaged file must not lead anywhere.

import {
  type Elf64_Ehdr,
  type Elf64_Shdr,
  EM_X86_64,
  ET_REL,
  SHF_ALLOC,
  SHF_WRITE,
  SHT_NOBITS,
  SHT_NULL,
  SHT_STRTAB,
  SHT_SYMTAB,
} from "linux/elf";
import { ENOEXEC } from "linux/errno";
import type { module } from "linux/module";
import { memcmp, memcpy, memset, strcmp, strlen, strncmp } from "linux/string";
import type { load_info } from "./internal";

/** Does a section's range lie in the file? */
function section_fits(info: load_info, shdr: Elf64_Shdr): bool {
  const end: u64 = shdr.sh_offset + shdr.sh_size;
  return end >= shdr.sh_offset && end <= info.len;
}

export function find_sec(info: load_info, name: cstr): u32 {
  for (let i: u32 = 1; i < info.hdr.e_shnum; i++) {
    const shdr = info.sechdrs[i];
    if (shdr.sh_flags & u64(SHF_ALLOC) && strcmp(add(info.secstrings, shdr.sh_name), name) === 0) return i;
  }
  return 0;
}

export function find_any_sec(info: load_info, name: cstr): u32 {
  for (let i: u32 = 1; i < info.hdr.e_shnum; i++) {
    if (strcmp(add(info.secstrings, info.sechdrs[i].sh_name), name) === 0) return i;
  }
  return 0;
}

/** The address of a section's contents and how many objects of that size it holds. */
export function section_objs(info: load_info, name: cstr, object_size: u64, num: u32[]): u64 {
  const i = find_sec(info, name);
  num[0] = i === 0 ? u32(0) : u32(info.sechdrs[i].sh_size / object_size);
  return i === 0 ? u64(0) : info.sechdrs[i].sh_addr;
}

function check_header(info: load_info): int {
  const hdr = info.hdr;
  if (info.len < sizeof<Elf64_Ehdr>()) {
    pr_err("Invalid ELF header len %lu\n", info.len);
    return -ENOEXEC;
  }
  if (memcmp(hdr.e_ident, "\x7fELF", 4) !== 0) {
    pr_err("Invalid ELF header magic: != %s\n", "\x7fELF");
    return -ENOEXEC;
  }
  if (hdr.e_type !== ET_REL) {
    pr_err("Invalid ELF header type: %u != %u\n", hdr.e_type, ET_REL);
    return -ENOEXEC;
  }
  if (hdr.e_machine !== EM_X86_64) {
    pr_err("Invalid architecture in ELF header: %u\n", hdr.e_machine);
    return -ENOEXEC;
  }
  if (u64(hdr.e_shentsize) !== sizeof<Elf64_Shdr>()) {
    pr_err("Invalid ELF section header size\n");
    return -ENOEXEC;
  }
  if (hdr.e_shoff >= info.len || u64(hdr.e_shnum) * sizeof<Elf64_Shdr>() > info.len - hdr.e_shoff) {
    pr_err("Invalid ELF section header overflow\n");
    return -ENOEXEC;
  }
  return 0;
}

/** Linux's limit is what module_alloc() gives; an alignment is a power of two and at most a page, or no address could keep it. */
const ALIGN_MAX = 4096;

/** Section name table: present, in the file, ends in NUL. */
function check_names(info: load_info): int {
  const hdr = info.hdr;
  if (hdr.e_shstrndx === 0 || hdr.e_shstrndx >= hdr.e_shnum) {
    pr_err("Invalid ELF section name index: %u || e_shstrndx (%u) >= e_shnum (%u)\n", hdr.e_shstrndx, hdr.e_shstrndx, hdr.e_shnum);
    return -ENOEXEC;
  }
  const strhdr = info.sechdrs[hdr.e_shstrndx];
  if (!section_fits(info, strhdr)) {
    pr_err("Invalid ELF section hdr(type %u)\n", strhdr.sh_type);
    return -ENOEXEC;
  }
  info.secstrings = at<u8[]>(u64(hdr) + strhdr.sh_offset);
  if (strhdr.sh_size === u64(0)) {
    pr_err("empty section name table\n");
    return -ENOEXEC;
  }
  if (info.secstrings[strhdr.sh_size - u64(1)] !== 0) {
    pr_err("ELF Spec violation: section name table isn't null terminated\n");
    return -ENOEXEC;
  }
  if (info.sechdrs[0].sh_type !== SHT_NULL || info.sechdrs[0].sh_size !== u64(0) || info.sechdrs[0].sh_addr !== u64(0)) {
    pr_err("ELF Spec violation: section 0 type(%d)!=SH_NULL or non-zero len or addr\n", info.sechdrs[0].sh_type);
    return -ENOEXEC;
  }
  return 0;
}

function check_sections(info: load_info): int {
  const hdr = info.hdr;
  const names_size = info.sechdrs[hdr.e_shstrndx].sh_size;
  for (let i: u32 = 1; i < hdr.e_shnum; i++) {
    const shdr = info.sechdrs[i];
    if (
      (shdr.sh_flags & u64(SHF_ALLOC)) !== u64(0) &&
      (shdr.sh_addralign > ALIGN_MAX || (shdr.sh_addralign & (shdr.sh_addralign - 1)) !== u64(0))
    ) {
      pr_err("Invalid ELF section alignment in module (section %u type %u)\n", i, shdr.sh_type);
      return -ENOEXEC;
    }
    if (shdr.sh_type === SHT_NULL || shdr.sh_type === SHT_NOBITS) {
      if (u64(shdr.sh_name) >= names_size) return -ENOEXEC;
      continue;
    }
    if (shdr.sh_type === SHT_SYMTAB && (shdr.sh_link === 0 || shdr.sh_link >= hdr.e_shnum)) {
      pr_err("Invalid ELF sh_link!=SHN_UNDEF(%d) or (sh_link(%d) >= hdr->e_shnum(%d)\n", shdr.sh_link, shdr.sh_link, hdr.e_shnum);
      return -ENOEXEC;
    }
    if (!section_fits(info, shdr)) {
      pr_err("Invalid ELF section in module (section %u type %u)\n", i, shdr.sh_type);
      return -ENOEXEC;
    }
    if (shdr.sh_flags & u64(SHF_ALLOC) && u64(shdr.sh_name) >= names_size) {
      pr_err("Invalid ELF section name in module (section %u type %u)\n", i, shdr.sh_type);
      return -ENOEXEC;
    }
    if (shdr.sh_name >= names_size) return -ENOEXEC;
  }
  return 0;
}

/** Every name that a symbol or a relocation will be asked for stays within the tables. */
function check_symtab(info: load_info): int {
  const symsec = info.sechdrs[info.symndx];
  if (symsec.sh_link >= info.hdr.e_shnum || symsec.sh_entsize !== 24) return -ENOEXEC;
  info.strndx = symsec.sh_link;
  const strsec = info.sechdrs[info.strndx];
  if (strsec.sh_type !== SHT_STRTAB || strsec.sh_size === u64(0)) return -ENOEXEC;
  info.strtab = at<u8[]>(u64(info.hdr) + strsec.sh_offset);
  if (info.strtab[strsec.sh_size - u64(1)] !== 0) return -ENOEXEC;
  const count = symsec.sh_size / u64(24);
  const names: u32[] = at<u32[]>(u64(info.hdr) + symsec.sh_offset);
  for (let i: u64 = 0; i < count; i++) {
    if (u64(names[i * u64(6)]) >= strsec.sh_size) return -ENOEXEC;
  }
  return 0;
}

export function elf_validity_check(info: load_info): int {
  let err = check_header(info);
  if (err !== 0) return err;
  info.sechdrs = at<Elf64_Shdr[]>(u64(info.hdr) + info.hdr.e_shoff);
  if (info.hdr.e_shnum === 0) {
    pr_err("Invalid ELF section header overflow\n");
    return -ENOEXEC;
  }
  err = check_names(info);
  return err !== 0 ? err : check_sections(info);
}

/** Finds the sections that every module has, points their headers into the file's copy and learns the module's name. */
export function setup_load_info(info: load_info): int {
  for (let i: u32 = 0; i < info.hdr.e_shnum; i++) {
    const shdr = info.sechdrs[i];
    shdr.sh_addr = i === 0 ? u64(0) : u64(info.hdr) + shdr.sh_offset;
    if (shdr.sh_type === SHT_SYMTAB && info.symndx === 0) info.symndx = i;
  }
  info.infondx = find_any_sec(info, ".modinfo");
  info.versndx = find_any_sec(info, "__versions");
  if (info.infondx !== 0 && info.sechdrs[info.infondx].sh_type === SHT_NOBITS) info.infondx = 0;
  if (info.infondx !== 0) {
    const sec = info.sechdrs[info.infondx];
    sec.sh_flags &= ~u64(SHF_ALLOC);
    const text: u8[] = at<u8[]>(sec.sh_addr);
    if (sec.sh_size !== u64(0) && text[sec.sh_size - u64(1)] !== 0) return -ENOEXEC;
    info.name = get_modinfo(info, "name");
  }
  if (info.versndx !== 0) info.sechdrs[info.versndx].sh_flags &= ~u64(SHF_ALLOC);
  if (info.symndx === 0) {
    const missing: cstr = "(missing .modinfo section or name field)";
    pr_warn("%s: module has no symbols (stripped?)\n", info.name === null ? missing : info.name);
    return -ENOEXEC;
  }
  if (check_symtab(info) !== 0) {
    pr_err("Invalid ELF symbol table\n");
    return -ENOEXEC;
  }
  info.modndx = find_sec(info, ".gnu.linkonce.this_module");
  const writable = u64(SHF_ALLOC | SHF_WRITE);
  const modsec = info.sechdrs[info.modndx];
  if (info.modndx === 0 || modsec.sh_type === SHT_NOBITS || (modsec.sh_flags & writable) !== writable) {
    const missing: cstr = "(missing .modinfo section or name field)";
    pr_warn("%s: No module found in object\n", info.name === null ? missing : info.name);
    return -ENOEXEC;
  }
  if (info.sechdrs[info.modndx].sh_size < sizeof<module>()) {
    pr_err("%s: .gnu.linkonce.this_module section is too small\n", info.name);
    return -ENOEXEC;
  }
  info.mod = at<module>(info.sechdrs[info.modndx].sh_addr);
  // The file gives the name; init and exit come by relocation, and everything else is the kernel's.
  let name: array<u8, 56>;
  memcpy(name, info.mod.name, 56);
  memset(info.mod, 0, sizeof<module>());
  memcpy(info.mod.name, name, 55);
  if (info.name === null) info.name = info.mod.name;
  return 0;
}

/** The value of the next "tag=value" after `prev` (null: of the first), or null. */
export function get_next_modinfo(info: load_info, tag: cstr, prev: cstr): cstr {
  if (info.infondx === 0) return null;
  const sec = info.sechdrs[info.infondx];
  const end: u64 = sec.sh_addr + sec.sh_size;
  const taglen = strlen(tag);
  let p: u64 = sec.sh_addr;
  if (prev !== null) p = u64(prev) + strlen(prev) + u64(1);
  while (p < end) {
    const text: u8[] = at<u8[]>(p);
    if (text[0] === 0) {
      p += 1;
      continue;
    }
    if (strncmp(text, tag, taglen) === 0 && text[taglen] === 0x3d) return add(text, taglen + u64(1));
    p += strlen(text) + u64(1);
  }
  return null;
}

export function get_modinfo(info: load_info, tag: cstr): cstr {
  return get_next_modinfo(info, tag, null);
}

// x86-64 relocations of modules, applied while the module's memory is still writable, or by text_poke later (livepatch).

import {
  type Elf64_Rela,
  type Elf64_Shdr,
  type Elf64_Sym,
  R_X86_64_32,
  R_X86_64_32S,
  R_X86_64_64,
  R_X86_64_NONE,
  R_X86_64_PC32,
  R_X86_64_PC64,
  R_X86_64_PLT32,
} from "linux/elf";
import { ENOEXEC } from "linux/errno";
import { MODULE_STATE_UNFORMED, type module } from "linux/module";
import { memcpy } from "linux/string";
import { text_poke } from "./alternative";

function overflow(me: module, type: u32, value: u64): int {
  pr_err("overflow in relocation type %d val %Lx\n", type, value);
  pr_err("`%s' likely not compiled with -mcmodel=kernel\n", me.name);
  return -ENOEXEC;
}

function not_zero(me: module, type: u32, loc: u64, value: u64): int {
  pr_err("x86/modules: Invalid relocation target, existing value is nonzero for type %d, loc %px, val %Lx\n", type, at<ptr>(loc), value);
  return -ENOEXEC;
}

/** Writes n bytes of value at loc. */
function write_reloc(me: module, loc: u64, value: u64, n: u64): void {
  let bytes: u64 = value;
  if (me.state === MODULE_STATE_UNFORMED) memcpy(at<ptr>(loc), addr(bytes), n);
  else text_poke(loc, addr(bytes), n);
}

export function apply_relocate_add(sechdrs: Elf64_Shdr[], strtab: u8[], symindex: u32, relsec: u32, me: module): int {
  const relhdr = sechdrs[relsec];
  const target = sechdrs[relhdr.sh_info];
  const rel: Elf64_Rela[] = at<Elf64_Rela[]>(relhdr.sh_addr);
  const count = relhdr.sh_size / sizeof<Elf64_Rela>();
  const num_syms = sechdrs[symindex].sh_size / sizeof<Elf64_Sym>();
  const syms: Elf64_Sym[] = at<Elf64_Sym[]>(sechdrs[symindex].sh_addr);
  for (let i: u64 = 0; i < count; i++) {
    const r = rel[i];
    const type = u32(r.r_info);
    const symno: u64 = r.r_info >> 32;
    const width: u64 = type === R_X86_64_64 || type === R_X86_64_PC64 ? 8 : type === R_X86_64_NONE ? 0 : 4;
    if (symno >= num_syms || target.sh_size < width || r.r_offset > target.sh_size - width) {
      pr_err("%s: Invalid relocation entry %lu in section %u\n", me.name, i, relsec);
      return -ENOEXEC;
    }
    const loc: u64 = target.sh_addr + r.r_offset;
    const value: u64 = syms[symno].st_value + u64(r.r_addend);
    switch (type) {
      case R_X86_64_NONE:
        break;
      case R_X86_64_64:
        if (at<u64[]>(loc)[0] !== u64(0)) return not_zero(me, type, loc, value);
        write_reloc(me, loc, value, 8);
        break;
      case R_X86_64_32:
        if (at<u32[]>(loc)[0] !== 0) return not_zero(me, type, loc, value);
        if (value !== u64(u32(value))) return overflow(me, type, value);
        write_reloc(me, loc, value, 4);
        break;
      case R_X86_64_32S:
        if (at<u32[]>(loc)[0] !== 0) return not_zero(me, type, loc, value);
        if (s64(value) !== s64(int(value))) return overflow(me, type, value);
        write_reloc(me, loc, value, 4);
        break;
      case R_X86_64_PC32:
      case R_X86_64_PLT32: {
        if (at<u32[]>(loc)[0] !== 0) return not_zero(me, type, loc, value);
        const distance: u64 = value - loc;
        if (s64(distance) !== s64(int(distance))) return overflow(me, type, distance);
        write_reloc(me, loc, distance, 4);
        break;
      }
      case R_X86_64_PC64:
        if (at<u64[]>(loc)[0] !== u64(0)) return not_zero(me, type, loc, value);
        write_reloc(me, loc, value - loc, 8);
        break;
      default:
        pr_err("%s: Unknown rela relocation: %d\n", me.name, type);
        return -ENOEXEC;
    }
  }
  return 0;
}

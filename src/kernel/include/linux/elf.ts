// ELF structures and constants (System V gABI, x86-64 psABI) for the module loader and binfmt_elf.

export interface Elf64_Ehdr extends struct<"Elf64_Ehdr"> {
  e_ident?: array<u8, 16>;
  e_type?: u16;
  e_machine?: u16;
  e_version?: u32;
  e_entry?: u64;
  e_phoff?: u64;
  e_shoff?: u64;
  e_flags?: u32;
  e_ehsize?: u16;
  e_phentsize?: u16;
  e_phnum?: u16;
  e_shentsize?: u16;
  e_shnum?: u16;
  e_shstrndx?: u16;
}

export interface Elf64_Phdr extends struct<"Elf64_Phdr"> {
  p_type?: u32;
  p_flags?: u32;
  p_offset?: u64;
  p_vaddr?: u64;
  p_paddr?: u64;
  p_filesz?: u64;
  p_memsz?: u64;
  p_align?: u64;
}

export interface Elf64_Shdr extends struct<"Elf64_Shdr"> {
  sh_name?: u32;
  sh_type?: u32;
  sh_flags?: u64;
  sh_addr?: u64;
  sh_offset?: u64;
  sh_size?: u64;
  sh_link?: u32;
  sh_info?: u32;
  sh_addralign?: u64;
  sh_entsize?: u64;
}

export interface Elf64_Sym extends struct<"Elf64_Sym"> {
  st_name?: u32;
  st_info?: u8;
  st_other?: u8;
  st_shndx?: u16;
  st_value?: u64;
  st_size?: u64;
}

export interface Elf64_Rela extends struct<"Elf64_Rela"> {
  r_offset?: u64;
  r_info?: u64; // symbol index << 32 | type
  r_addend?: s64;
}

export const ET_REL = 1;
export const ET_EXEC = 2;
export const ET_DYN = 3;
export const EM_X86_64 = 62;

export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_GNU_STACK = 0x6474e551;
export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

export const SHT_NULL = 0;
export const SHT_PROGBITS = 1;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_RELA = 4;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;
export const SHT_REL = 9;

export const SHF_WRITE = 1;
export const SHF_ALLOC = 2;
export const SHF_EXECINSTR = 4;
export const SHF_RO_AFTER_INIT = 0x00200000;
export const SHF_RELA_LIVEPATCH = 0x00100000;

export const SHN_UNDEF = 0;
export const SHN_LORESERVE = 0xff00;
export const SHN_LIVEPATCH = 0xff20;
export const SHN_ABS = 0xfff1;
export const SHN_COMMON = 0xfff2;

export const STB_LOCAL = 0;
export const STB_GLOBAL = 1;
export const STB_WEAK = 2;
export const STT_FUNC = 2;
export const STT_SECTION = 3;

export const R_X86_64_NONE = 0;
export const R_X86_64_64 = 1;
export const R_X86_64_PC32 = 2;
export const R_X86_64_PLT32 = 4;
export const R_X86_64_32 = 10;
export const R_X86_64_32S = 11;
export const R_X86_64_PC64 = 24;

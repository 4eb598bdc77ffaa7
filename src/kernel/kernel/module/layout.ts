// Where each section of a module goes: core and init memory, each as text, read-only data, data read-only after init, writable data,
// every part on its own pages so that no page is both writable and executable.

import { MODULES_END, MODULES_VADDR, PAGE_SIZE } from "asm/page";
import { type Elf64_Shdr, SHF_ALLOC, SHF_EXECINSTR, SHF_RO_AFTER_INIT, SHF_WRITE } from "linux/elf";
import { ENOMEM } from "linux/errno";
import type { module, module_layout } from "linux/module";
import { set_memory_nx, set_memory_ro, set_memory_x } from "linux/set_memory";
import { strncmp } from "linux/string";
import type { load_info } from "./internal";

export function page_align(n: u32): u32 {
  return (n + u32(PAGE_SIZE - 1)) & ~u32(PAGE_SIZE - 1);
}

/** sh_entsize keeps a section's offset until it is moved; this bit says: in init memory. */
export const INIT_OFFSET_MASK = 0x8000000000000000;
const NOT_PLACED = 0xffffffffffffffff;
const MODULES_LEN = MODULES_END - MODULES_VADDR;

/** Parts in order; a section belongs to the first whose bits it has and whose forbidden bits it lacks. */
const PART_WANT: array<u64, 4> = [SHF_EXECINSTR | SHF_ALLOC, SHF_ALLOC, SHF_RO_AFTER_INIT | SHF_ALLOC, SHF_WRITE | SHF_ALLOC];
const PART_NOT: array<u64, 4> = [0, SHF_WRITE | SHF_RO_AFTER_INIT, 0, 0];

export function section_name(info: load_info, shdr: Elf64_Shdr): u8[] {
  return add(info.secstrings, shdr.sh_name);
}

export function module_init_section(name: cstr): bool {
  return strncmp(name, ".init", 5) === 0;
}

/** The section's offset; all ones if modules' memory could never hold it. */
function place(layout: module_layout, shdr: Elf64_Shdr): u64 {
  const align = shdr.sh_addralign === u64(0) ? u64(1) : shdr.sh_addralign;
  const offset = (u64(layout.size) + align - u64(1)) & ~(align - u64(1));
  if (shdr.sh_size > MODULES_LEN || offset + shdr.sh_size > MODULES_LEN) return NOT_PLACED;
  layout.size = u32(offset + shdr.sh_size);
  return offset;
}

function layout_area(info: load_info, layout: module_layout, init_area: bool): bool {
  for (let part = 0; part < 4; part++) {
    for (let i: u32 = 1; i < info.hdr.e_shnum; i++) {
      const shdr = info.sechdrs[i];
      if ((shdr.sh_flags & PART_WANT[part]) !== PART_WANT[part] || (shdr.sh_flags & PART_NOT[part]) !== u64(0)) continue;
      if (shdr.sh_entsize !== NOT_PLACED || module_init_section(section_name(info, shdr)) !== init_area) continue;
      const offset = place(layout, shdr);
      if (offset === NOT_PLACED) return false;
      shdr.sh_entsize = offset | (init_area ? INIT_OFFSET_MASK : u64(0));
    }
    layout.size = page_align(layout.size);
    if (part === 0) layout.text_size = layout.size;
    else if (part === 1) layout.ro_size = layout.size;
    else if (part === 2) layout.ro_after_init_size = layout.size;
  }
  return true;
}

/** -ENOMEM if it is too much for modules' memory. */
export function layout_sections(mod: module, info: load_info): int {
  for (let i: u32 = 0; i < info.hdr.e_shnum; i++) info.sechdrs[i].sh_entsize = NOT_PLACED;
  return layout_area(info, mod.core_layout, false) && layout_area(info, mod.init_layout, true) ? 0 : -ENOMEM;
}

function pages(bytes: u64): u64 {
  return bytes / u64(PAGE_SIZE);
}

function protect_text(layout: module_layout): void {
  if (layout.text_size !== 0) set_memory_x(layout.base, pages(u64(layout.text_size)));
}

function protect_ro(layout: module_layout): void {
  if (layout.text_size !== 0) set_memory_ro(layout.base, pages(u64(layout.text_size)));
  if (layout.ro_size > layout.text_size) set_memory_ro(layout.base + layout.text_size, pages(u64(layout.ro_size - layout.text_size)));
}

function protect_nx(layout: module_layout): void {
  if (layout.size > layout.text_size) set_memory_nx(layout.base + layout.text_size, pages(u64(layout.size - layout.text_size)));
}

/** W^X: read-only first, executable last. */
export function module_enable_protection(mod: module): void {
  protect_ro(mod.core_layout);
  protect_ro(mod.init_layout);
  protect_nx(mod.core_layout);
  protect_nx(mod.init_layout);
  protect_text(mod.core_layout);
  protect_text(mod.init_layout);
}

export function module_enable_ro_after_init(mod: module): void {
  const l = mod.core_layout;
  if (l.ro_after_init_size > l.ro_size) set_memory_ro(l.base + l.ro_size, pages(u64(l.ro_after_init_size - l.ro_size)));
}

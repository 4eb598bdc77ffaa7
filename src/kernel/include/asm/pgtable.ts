// Page-table entries: four levels of 512, bits as the processor defines them.

export const _PAGE_PRESENT = 0x1;
export const _PAGE_RW = 0x2;
export const _PAGE_USER = 0x4;
export const _PAGE_PWT = 0x8;
export const _PAGE_PCD = 0x10;
export const _PAGE_ACCESSED = 0x20;
export const _PAGE_DIRTY = 0x40;
export const _PAGE_PSE = 0x80;
export const _PAGE_GLOBAL = 0x100;
/** Of an entry that is not present: the page is there, but user mode may not touch it (PROT_NONE). */
export const _PAGE_PROTNONE = 0x100;
/** Software: a private page that is shared until somebody writes to it. */
export const _PAGE_COW = 0x200;
/** Software: no page frame of ours behind it (a device's, or the shared gate text). */
export const _PAGE_SPECIAL = 0x400;
export const _PAGE_NX = 0x8000000000000000;
export const PTE_PFN_MASK = 0x000ffffffffff000;

export const PAGE_KERNEL = 0x8000000000000163;
export const PAGE_KERNEL_RO = 0x8000000000000161;
export const PAGE_KERNEL_EXEC = 0x163;
export const PAGE_KERNEL_ROX = 0x161;
export const PAGE_KERNEL_NOCACHE = 0x800000000000017b;
export const _PAGE_TABLE = 0x67;
export const _KERNPG_TABLE = 0x63;

export const PMD_SIZE = 0x200000;
export const PUD_SIZE = 0x40000000;
export const PGDIR_SIZE = 0x8000000000;

export function pgd_index(a: u64): u64 {
  return (a >> 39) & 511;
}
inline(pgd_index);
export function pud_index(a: u64): u64 {
  return (a >> 30) & 511;
}
inline(pud_index);
export function pmd_index(a: u64): u64 {
  return (a >> 21) & 511;
}
inline(pmd_index);
export function pte_index(a: u64): u64 {
  return (a >> 12) & 511;
}
inline(pte_index);

/** The table that a table entry points to, through the direct map. */
export function table_of(entry: u64): u64[] {
  return at<u64[]>((entry & PTE_PFN_MASK) + 0xffff888000000000);
}
inline(table_of);

export {
  clear_fixmap,
  FIX_APIC,
  FIX_IOAPIC,
  FIX_TEXT_POKE0,
  FIX_TEXT_POKE1,
  fix_to_virt,
  kernel_pte_alloc,
  lookup_address,
  set_fixmap,
  swapper_pg_dir,
} from "../../arch/x86/mm/init_64";
export {
  __flush_tlb_all,
  flush_tlb_all,
  flush_tlb_kernel_range,
  flush_tlb_mm,
  flush_tlb_one_kernel,
  flush_tlb_page,
} from "../../arch/x86/mm/tlb";

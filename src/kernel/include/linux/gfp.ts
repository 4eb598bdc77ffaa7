// Page allocation: flags and entry points (mm/page_alloc.ts). The machine has one zone.

export const __GFP_MOVABLE = 0x8;
export const __GFP_ZERO = 0x100;
/** The caller may sleep until memory has been made free. */
export const __GFP_DIRECT_RECLAIM = 0x400;
export const __GFP_NOFAIL = 0x8000;
export const __GFP_NOWARN = 0x2000;
export const GFP_KERNEL = 0xcc0;
export const GFP_ATOMIC = 0xa20;
export const GFP_NOWAIT = 0x800;
export const GFP_USER = 0xcc0;
export const GFP_HIGHUSER = 0xcc0;
export const GFP_HIGHUSER_MOVABLE = 0x100cca;

export {
  __free_page,
  __free_pages,
  __get_free_page,
  __get_free_pages,
  alloc_page,
  alloc_pages,
  free_page,
  free_pages,
  get_zeroed_page,
  nr_free_pages,
  totalram_pages,
} from "../../mm/page_alloc";

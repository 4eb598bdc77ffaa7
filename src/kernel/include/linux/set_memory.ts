// Page protection of kernel mappings: (address, number of pages).

export { set_memory_nx, set_memory_ro, set_memory_rw, set_memory_x } from "../../arch/x86/mm/pat/set_memory";

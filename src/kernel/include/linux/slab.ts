// Kernel heap by size classes (mm/slab.ts). kmalloc's memory is not cleared.

export * from "linux/gfp";
export { kmalloc, kzalloc, kcalloc, kmalloc_array, kfree, ksize, krealloc } from "../../mm/slab";
export { kvmalloc, kvzalloc, kvfree } from "../../mm/util";

// Kernel heap by size classes (mm/slab.ts). kmalloc's memory is not cleared.

export * from "linux/gfp";
export { kcalloc, kfree, kmalloc, kmalloc_array, krealloc, ksize, kzalloc } from "../../mm/slab";
export { kvfree, kvmalloc, kvzalloc } from "../../mm/util";

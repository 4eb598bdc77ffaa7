// Per-CPU objects made at run time: one copy per possible CPU, side by side.

import { NR_CPUS } from "linux/smp";
import { kfree, kzalloc } from "./slab";

/** Base of an array of NR_CPUS objects of `size` bytes (multiple of 8). */
export function alloc_percpu(size: u64): u64 {
  return u64(kzalloc(size * NR_CPUS, 0));
}

export function free_percpu(p: u64): void {
  kfree(at<ptr>(p));
}
EXPORT_SYMBOL(alloc_percpu);
EXPORT_SYMBOL(free_percpu);

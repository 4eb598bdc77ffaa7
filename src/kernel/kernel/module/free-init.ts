// What only a module's init needed goes after a grace period, in a worker: insmod does not wait for it.

import { synchronize_rcu } from "linux/rcupdate";
import { kfree } from "linux/slab";
import { module_memfree } from "linux/vmalloc";
import { schedule_work, type work_struct } from "linux/workqueue";

/** Allocated before init runs, so that giving back cannot fail. */
export interface mod_initfree extends struct<"mod_initfree"> {
  next?: mod_initfree;
  module_init?: u64;
}

/** Lock-free: pushed to by loaders, taken whole by the work. */
let init_free_list: mod_initfree = null;
const init_free_wq: work_struct = { func: do_free_init };

/** The work is queued by whoever finds the list empty. */
export function queue_free_init(initfree: mod_initfree): void {
  let first: mod_initfree;
  do {
    first = READ_ONCE(init_free_list);
    initfree.next = first;
  } while (cmpxchg(addr(init_free_list), first, initfree) !== first);
  if (first === null) schedule_work(init_free_wq);
}

function do_free_init(_w: work_struct): void {
  let initfree = xchg(addr(init_free_list), null);
  // kallsyms and stack walks look at a module's init area without a lock.
  synchronize_rcu();
  while (initfree !== null) {
    const next = initfree.next;
    if (initfree.module_init !== u64(0)) module_memfree(at<ptr>(initfree.module_init));
    kfree(initfree);
    initfree = next;
  }
}

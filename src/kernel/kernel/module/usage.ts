// Which module uses which: dependency records, and the links in holders/.
//
// Both lists change under module_mutex. Of a module's own target_list that is only while it loads and as it goes, so its loader may walk it
// without: add_usage_links and del_usage_links do, for sysfs sleeps.

import { EBUSY, ENOENT, ENOMEM } from "linux/errno";
import { list_add, list_del } from "linux/list";
import type { module, module_use } from "linux/module";
import { MODULE_STATE_COMING } from "linux/module";
import { GFP_ATOMIC, kfree, kmalloc } from "linux/slab";
import { sysfs_create_link, sysfs_remove_link } from "linux/sysfs";
import { module_put, try_module_get } from "./refcount";

export function already_uses(a: module, b: module): bool {
  for (let p = b.source_list.next; p !== b.source_list; p = p.next) {
    if (container_of<module_use>(p, "source_list").source === a) return true;
  }
  return false;
}

/** a uses b from now on: one reference on b, however many symbols. -EBUSY while b loads, for its init may fail. The caller holds module_mutex. */
export function ref_module(a: module, b: module): int {
  if (b === null || already_uses(a, b)) return 0;
  if (b.state === MODULE_STATE_COMING) return -EBUSY;
  if (!try_module_get(b)) return -ENOENT;
  const use = kmalloc(sizeof<module_use>(), GFP_ATOMIC) as module_use;
  if (use === null) {
    module_put(b);
    return -ENOMEM;
  }
  use.source = a;
  use.target = b;
  list_add(use.source_list, b.source_list);
  list_add(use.target_list, a.target_list);
  return 0;
}

/** Drops all that mod uses. The caller holds module_mutex. */
export function module_unload_free(mod: module): void {
  for (let p = mod.target_list.next; p !== mod.target_list; ) {
    const use = container_of<module_use>(p, "target_list");
    p = p.next;
    module_put(use.target);
    list_del(use.source_list);
    list_del(use.target_list);
    kfree(use);
  }
}

/** holders/<user> in each module that mod uses. */
export function add_usage_links(mod: module): int {
  for (let p = mod.target_list.next; p !== mod.target_list; p = p.next) {
    const use = container_of<module_use>(p, "target_list");
    const ret = sysfs_create_link(use.target.holders_dir, mod.mkobj.kobj, mod.name);
    if (ret !== 0) return ret;
  }
  return 0;
}

export function del_usage_links(mod: module): void {
  for (let p = mod.target_list.next; p !== mod.target_list; p = p.next) {
    const use = container_of<module_use>(p, "target_list");
    if (use.target.holders_dir !== null) sysfs_remove_link(use.target.holders_dir, mod.name);
  }
}

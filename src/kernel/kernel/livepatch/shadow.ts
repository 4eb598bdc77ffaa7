// Shadow variables: data attached to an object from outside, found by the object's address and an id. Not removed when a patch goes.

import { WARN } from "linux/bug";
import { hlist_add_head, hlist_del } from "linux/list";
import { synchronize_rcu } from "linux/rcupdate";
import { kfree, kzalloc } from "linux/slab";
import { spin_lock_irqsave, spin_unlock_irqrestore, type spinlock_t } from "linux/spinlock";
import type { hlist_head, hlist_node } from "linux/types";

const HASH_BITS = 8;

interface klp_shadow extends struct<"klp_shadow"> {
  node?: embed<hlist_node>;
  obj?: ptr;
  id?: u64;
  data?: array<u8, 8>; // as many bytes as asked for
}

let klp_shadow_hash: array<hlist_head, 256>;
let klp_shadow_lock: embed<spinlock_t>;

function bucket(obj: ptr): hlist_head {
  return klp_shadow_hash[(u64(obj) * u64(0x61c8864680b583eb)) >> (64 - HASH_BITS)];
}

function find(obj: ptr, id: u64): klp_shadow {
  for (let n = bucket(obj).first; n !== null; n = n.next) {
    const shadow = container_of<klp_shadow>(n, "node");
    if (shadow.obj === obj && shadow.id === id) return shadow;
  }
  return null;
}

export function klp_shadow_get(obj: ptr, id: u64): ptr {
  const shadow = find(obj, id);
  return shadow === null ? null : shadow.data;
}
EXPORT_SYMBOL_GPL(klp_shadow_get);

/** ctor runs under the lock. */
function klp_shadow_get_or_add(
  obj: ptr,
  id: u64,
  size: u64,
  gfp: u32,
  ctor: (obj: ptr, shadow_data: ptr, ctor_data: ptr) => int,
  ctor_data: ptr,
  warn_on_exist: bool,
): ptr {
  if (find(obj, id) === null) {
    const fresh = kzalloc(sizeof<klp_shadow>() + size, gfp) as klp_shadow;
    if (fresh === null) return null;
    const flags = spin_lock_irqsave(klp_shadow_lock);
    if (find(obj, id) === null) {
      fresh.obj = obj;
      fresh.id = id;
      const err: int = ctor === null ? 0 : ctor(obj, fresh.data, ctor_data);
      if (err === 0) hlist_add_head(fresh.node, bucket(obj));
      spin_unlock_irqrestore(klp_shadow_lock, flags);
      if (err === 0) return fresh.data;
      kfree(fresh);
      pr_err("Failed to construct shadow variable <%p, %lx> (%d)\n", obj, id, err);
      return null;
    }
    spin_unlock_irqrestore(klp_shadow_lock, flags);
    kfree(fresh);
  }
  if (warn_on_exist) {
    WARN(true, "Duplicate shadow variable <%p, %lx>\n", obj, id);
    return null;
  }
  return klp_shadow_get(obj, id);
}

export function klp_shadow_alloc(
  obj: ptr,
  id: u64,
  size: u64,
  gfp: u32,
  ctor: (obj: ptr, shadow_data: ptr, ctor_data: ptr) => int,
  ctor_data: ptr,
): ptr {
  return klp_shadow_get_or_add(obj, id, size, gfp, ctor, ctor_data, true);
}
EXPORT_SYMBOL_GPL(klp_shadow_alloc);

export function klp_shadow_get_or_alloc(
  obj: ptr,
  id: u64,
  size: u64,
  gfp: u32,
  ctor: (obj: ptr, shadow_data: ptr, ctor_data: ptr) => int,
  ctor_data: ptr,
): ptr {
  return klp_shadow_get_or_add(obj, id, size, gfp, ctor, ctor_data, false);
}
EXPORT_SYMBOL_GPL(klp_shadow_get_or_alloc);

/** dtor runs under the lock, the memory goes after a grace period. */
export function klp_shadow_free(obj: ptr, id: u64, dtor: (obj: ptr, shadow_data: ptr) => void): void {
  const flags = spin_lock_irqsave(klp_shadow_lock);
  const shadow = find(obj, id);
  if (shadow !== null) {
    hlist_del(shadow.node);
    if (dtor !== null) dtor(shadow.obj, shadow.data);
  }
  spin_unlock_irqrestore(klp_shadow_lock, flags);
  if (shadow === null) return;
  synchronize_rcu();
  kfree(shadow);
}
EXPORT_SYMBOL_GPL(klp_shadow_free);

/** The variables of that id of all objects. */
export function klp_shadow_free_all(id: u64, dtor: (obj: ptr, shadow_data: ptr) => void): void {
  for (let i = 0; i < 1 << HASH_BITS; i++) {
    for (let n = klp_shadow_hash[i].first; n !== null; ) {
      const shadow = container_of<klp_shadow>(n, "node");
      n = n.next;
      if (shadow.id === id) klp_shadow_free(shadow.obj, id, dtor);
    }
  }
}
EXPORT_SYMBOL_GPL(klp_shadow_free_all);

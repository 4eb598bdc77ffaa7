// Shadow variables: data attached to an object from outside, found by the object's address and an id. Not removed when a patch goes.
// Readers need no lock; a variable's memory goes after a grace period, so that it may be freed where nobody may sleep.

import { WARN } from "linux/bug";
import { hlist_add_head, hlist_del } from "linux/list";
import { call_rcu, rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { kfree, kzalloc } from "linux/slab";
import { spin_lock_irqsave, spin_unlock_irqrestore, type spinlock_t } from "linux/spinlock";
import type { callback_head, hlist_head, hlist_node } from "linux/types";

const pr_fmt = "livepatch: ";

const HASH_BITS = 8;

interface klp_shadow extends struct<"klp_shadow"> {
  node?: embed<hlist_node>;
  rcu_head?: embed<callback_head>;
  obj?: ptr;
  id?: u64;
  data?: array<u8, 8>; // as many bytes as asked for
}

/** Changed under klp_shadow_lock. */
let klp_shadow_hash: array<hlist_head, 256>;
let klp_shadow_lock: embed<spinlock_t>;

function bucket(obj: ptr): hlist_head {
  return klp_shadow_hash[(u64(obj) * u64(0x61c8864680b583eb)) >> (64 - HASH_BITS)];
}

/** Under the lock or rcu_read_lock. */
function find(obj: ptr, id: u64): klp_shadow {
  for (let n = READ_ONCE(bucket(obj).first); n !== null; n = READ_ONCE(n.next)) {
    const shadow = container_of<klp_shadow>(n, "node");
    if (shadow.obj === obj && shadow.id === id) return shadow;
  }
  return null;
}

export function klp_shadow_get(obj: ptr, id: u64): ptr {
  rcu_read_lock();
  const shadow = find(obj, id);
  rcu_read_unlock();
  return shadow === null ? null : shadow.data;
}
EXPORT_SYMBOL_GPL(klp_shadow_get);

/** ctor runs under the lock. */
function __klp_shadow_get_or_alloc(
  obj: ptr,
  id: u64,
  size: u64,
  gfp: u32,
  ctor: (obj: ptr, shadow_data: ptr, ctor_data: ptr) => int,
  ctor_data: ptr,
  warn_on_exist: bool,
): ptr {
  let data = klp_shadow_get(obj, id);
  if (data === null) {
    const fresh = kzalloc(sizeof<klp_shadow>() + size, gfp) as klp_shadow;
    if (fresh === null) return null;
    let err: int = 0;
    const flags = spin_lock_irqsave(klp_shadow_lock);
    const other = find(obj, id);
    if (other === null) {
      fresh.obj = obj;
      fresh.id = id;
      if (ctor !== null) err = ctor(obj, fresh.data, ctor_data);
      if (err === 0) hlist_add_head(fresh.node, bucket(obj));
    }
    spin_unlock_irqrestore(klp_shadow_lock, flags);
    if (other === null && err === 0) return fresh.data;
    kfree(fresh);
    if (err !== 0) {
      pr_err("Failed to construct shadow variable <%p, %lx> (%d)\n", obj, id, err);
      return null;
    }
    data = other.data;
  }
  if (warn_on_exist) {
    WARN(true, "Duplicate shadow variable <%p, %lx>\n", obj, id);
    return null;
  }
  return data;
}

export function klp_shadow_alloc(
  obj: ptr,
  id: u64,
  size: u64,
  gfp: u32,
  ctor: (obj: ptr, shadow_data: ptr, ctor_data: ptr) => int,
  ctor_data: ptr,
): ptr {
  return __klp_shadow_get_or_alloc(obj, id, size, gfp, ctor, ctor_data, true);
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
  return __klp_shadow_get_or_alloc(obj, id, size, gfp, ctor, ctor_data, false);
}
EXPORT_SYMBOL_GPL(klp_shadow_get_or_alloc);

function klp_shadow_free_rcu(head: callback_head): void {
  kfree(container_of<klp_shadow>(head, "rcu_head"));
}

/** dtor runs under the lock, which the caller holds. */
function klp_shadow_free_struct(shadow: klp_shadow, dtor: (obj: ptr, shadow_data: ptr) => void): void {
  hlist_del(shadow.node);
  if (dtor !== null) dtor(shadow.obj, shadow.data);
  call_rcu(shadow.rcu_head, klp_shadow_free_rcu);
}

export function klp_shadow_free(obj: ptr, id: u64, dtor: (obj: ptr, shadow_data: ptr) => void): void {
  const flags = spin_lock_irqsave(klp_shadow_lock);
  const shadow = find(obj, id);
  if (shadow !== null) klp_shadow_free_struct(shadow, dtor);
  spin_unlock_irqrestore(klp_shadow_lock, flags);
}
EXPORT_SYMBOL_GPL(klp_shadow_free);

/** The variables of that id of all objects. */
export function klp_shadow_free_all(id: u64, dtor: (obj: ptr, shadow_data: ptr) => void): void {
  const flags = spin_lock_irqsave(klp_shadow_lock);
  for (let i = 0; i < 1 << HASH_BITS; i++) {
    for (let n = klp_shadow_hash[i].first; n !== null; ) {
      const shadow = container_of<klp_shadow>(n, "node");
      n = n.next;
      if (shadow.id === id) klp_shadow_free_struct(shadow, dtor);
    }
  }
  spin_unlock_irqrestore(klp_shadow_lock, flags);
}
EXPORT_SYMBOL_GPL(klp_shadow_free_all);

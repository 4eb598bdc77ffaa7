// The registered algorithms. kelp's kernel has none of its own; a module may register one.

import type { crypto_alg } from "linux/crypto";
import { EEXIST, EINVAL } from "linux/errno";
import { list_add_tail, list_del } from "linux/list";
import { refcount_set } from "linux/refcount";
import { down_write, type rw_semaphore, up_write } from "linux/rwsem";
import { strcmp, strscpy } from "linux/string";
import type { list_head } from "linux/types";

/** Under crypto_alg_sem. */
export let crypto_alg_list: embed<list_head>;
export let crypto_alg_sem: embed<rw_semaphore>;

export function crypto_register_alg(alg: crypto_alg): int {
  if (alg.cra_name[0] === 0) return -EINVAL;
  if (alg.cra_driver_name[0] === 0) strscpy(alg.cra_driver_name, alg.cra_name, 128);
  let err: int = 0;
  down_write(crypto_alg_sem);
  for (let p = crypto_alg_list.next; p !== crypto_alg_list; p = p.next) {
    const q = container_of<crypto_alg>(p, "cra_list");
    if (q === alg || strcmp(q.cra_driver_name, alg.cra_driver_name) === 0) err = -EEXIST;
  }
  if (err === 0) {
    refcount_set(alg.cra_refcnt, 1);
    list_add_tail(alg.cra_list, crypto_alg_list);
  }
  up_write(crypto_alg_sem);
  return err;
}
EXPORT_SYMBOL_GPL(crypto_register_alg);

export function crypto_unregister_alg(alg: crypto_alg): void {
  down_write(crypto_alg_sem);
  list_del(alg.cra_list);
  up_write(crypto_alg_sem);
}
EXPORT_SYMBOL_GPL(crypto_unregister_alg);

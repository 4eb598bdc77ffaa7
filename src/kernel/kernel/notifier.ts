// Notifier chains: registration by priority, and the call that stops at the first NOTIFY_STOP_MASK.

import { EEXIST, ENOENT } from "linux/errno";
import { type module, within_module } from "linux/module";
import { type atomic_notifier_head, type blocking_notifier_head, NOTIFY_DONE, NOTIFY_STOP_MASK, type notifier_block } from "linux/notifier";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { down_read, down_write, up_read, up_write } from "linux/rwsem";

/** `link` is the address of the head's or a predecessor's next pointer. */
function notifier_chain_register(link: ref<notifier_block>[], n: notifier_block): int {
  let at_link = link;
  while (at_link[0] !== null) {
    if (at_link[0] === n) return -EEXIST;
    if (n.priority > at_link[0].priority) break;
    at_link = addr(at_link[0].next);
  }
  n.next = at_link[0];
  WRITE_ONCE(at_link[0], n);
  return 0;
}

function notifier_chain_unregister(link: ref<notifier_block>[], n: notifier_block): int {
  let at_link = link;
  while (at_link[0] !== null) {
    if (at_link[0] === n) {
      WRITE_ONCE(at_link[0], n.next);
      return 0;
    }
    at_link = addr(at_link[0].next);
  }
  return -ENOENT;
}

function notifier_call_chain(first: notifier_block, action: u64, data: ptr): int {
  let ret: int = NOTIFY_DONE;
  let nb = first;
  while (nb !== null) {
    const next = nb.next;
    ret = nb.notifier_call(nb, action, data);
    if (ret & NOTIFY_STOP_MASK) break;
    nb = next;
  }
  return ret;
}

/** For unload: the function of a block in the chain that lies in the module; 0 if none. */
export function notifier_in_module(first: notifier_block, mod: module): u64 {
  for (let nb = first; nb !== null; nb = nb.next) {
    if (within_module(u64(nb), mod) || within_module(u64(nb.notifier_call), mod)) return u64(nb.notifier_call);
  }
  return 0;
}

export function blocking_notifier_chain_register(nh: blocking_notifier_head, n: notifier_block): int {
  down_write(nh.rwsem);
  const ret = notifier_chain_register(addr(nh.head), n);
  up_write(nh.rwsem);
  return ret;
}

export function blocking_notifier_chain_unregister(nh: blocking_notifier_head, n: notifier_block): int {
  down_write(nh.rwsem);
  const ret = notifier_chain_unregister(addr(nh.head), n);
  up_write(nh.rwsem);
  return ret;
}

export function blocking_notifier_call_chain(nh: blocking_notifier_head, action: u64, data: ptr): int {
  if (nh.head === null) return NOTIFY_DONE;
  down_read(nh.rwsem);
  const ret = notifier_call_chain(nh.head, action, data);
  up_read(nh.rwsem);
  return ret;
}

export function atomic_notifier_chain_register(nh: atomic_notifier_head, n: notifier_block): int {
  return notifier_chain_register(addr(nh.head), n);
}

export function atomic_notifier_chain_unregister(nh: atomic_notifier_head, n: notifier_block): int {
  return notifier_chain_unregister(addr(nh.head), n);
}

export function atomic_notifier_call_chain(nh: atomic_notifier_head, action: u64, data: ptr): int {
  rcu_read_lock();
  const ret = notifier_call_chain(nh.head, action, data);
  rcu_read_unlock();
  return ret;
}

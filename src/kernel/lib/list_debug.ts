// CONFIG_DEBUG_LIST: a list's links are checked before they change. Damage is told in Linux's words and ends the task by a BUG.
// The functions are here in every image: modules, which are built once for all, call them.

import { BUG } from "linux/bug";
import { LIST_POISON1, LIST_POISON2 } from "linux/list";
import type { list_head } from "linux/types";

/** May `node` go between prev and next? */
export function __list_add_valid(node: list_head, prev: list_head, next: list_head): bool {
  if (CONFIG_DEBUG_LIST === 0) return true;
  if (next === null) {
    pr_err("list_add corruption. next is NULL.\n");
  } else if (prev === null) {
    pr_err("list_add corruption. prev is NULL.\n");
  } else if (next.prev !== prev) {
    pr_err("list_add corruption. next->prev should be prev (%px), but was %px. (next=%px).\n", prev, next.prev, next);
  } else if (prev.next !== next) {
    pr_err("list_add corruption. prev->next should be next (%px), but was %px. (prev=%px).\n", next, prev.next, prev);
  } else if (node === prev || node === next) {
    pr_err("list_add double add: new=%px, prev=%px, next=%px.\n", node, prev, next);
  } else {
    return true;
  }
  BUG();
}
notrace(__list_add_valid);

export function __list_del_entry_valid(entry: list_head): bool {
  if (CONFIG_DEBUG_LIST === 0) return true;
  const prev = entry.prev;
  const next = entry.next;
  if (next === null) {
    pr_err("list_del corruption, %px->next is NULL\n", entry);
  } else if (prev === null) {
    pr_err("list_del corruption, %px->prev is NULL\n", entry);
  } else if (u64(next) === LIST_POISON1) {
    pr_err("list_del corruption, %px->next is LIST_POISON1 (%px)\n", entry, at<ptr>(LIST_POISON1));
  } else if (u64(prev) === LIST_POISON2) {
    pr_err("list_del corruption, %px->prev is LIST_POISON2 (%px)\n", entry, at<ptr>(LIST_POISON2));
  } else if (prev.next !== entry) {
    pr_err("list_del corruption. prev->next should be %px, but was %px. (prev=%px)\n", entry, prev.next, prev);
  } else if (next.prev !== entry) {
    pr_err("list_del corruption. next->prev should be %px, but was %px. (next=%px)\n", entry, next.prev, next);
  } else {
    return true;
  }
  BUG();
}
notrace(__list_del_entry_valid);
EXPORT_SYMBOL(__list_add_valid);
EXPORT_SYMBOL(__list_del_entry_valid);

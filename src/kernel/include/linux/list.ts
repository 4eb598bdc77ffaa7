// Circular doubly linked lists and hash-bucket lists, as inline functions. A head must be initialised (INIT_LIST_HEAD) before use.
// To walk: for (let p = head.next; p !== head; p = p.next) { const x = container_of<T>(p, "field"); … }

import type { hlist_head, hlist_node, list_head } from "linux/types";
import { __list_add_valid, __list_del_entry_valid } from "../../lib/list_debug";

export type { hlist_head, hlist_node, list_head } from "linux/types";

export const LIST_POISON1 = 0xdead000000000100;
export const LIST_POISON2 = 0xdead000000000122;

export function INIT_LIST_HEAD(list: list_head): void {
  list.next = list;
  list.prev = list;
}
inline(INIT_LIST_HEAD);

export function __list_add(node: list_head, prev: list_head, next: list_head): void {
  if ((CONFIG_DEBUG_LIST | MODULE) !== 0) __list_add_valid(node, prev, next);
  next.prev = node;
  node.next = next;
  node.prev = prev;
  prev.next = node;
}
inline(__list_add);

export function list_add(node: list_head, head: list_head): void {
  __list_add(node, head, head.next);
}
inline(list_add);

export function list_add_tail(node: list_head, head: list_head): void {
  __list_add(node, head.prev, head);
}
inline(list_add_tail);

export function __list_del_entry(entry: list_head): void {
  if ((CONFIG_DEBUG_LIST | MODULE) !== 0) __list_del_entry_valid(entry);
  const prev = entry.prev;
  const next = entry.next;
  next.prev = prev;
  prev.next = next;
}
inline(__list_del_entry);

export function list_del(entry: list_head): void {
  __list_del_entry(entry);
  entry.next = at<list_head>(LIST_POISON1);
  entry.prev = at<list_head>(LIST_POISON2);
}
inline(list_del);

export function list_del_init(entry: list_head): void {
  __list_del_entry(entry);
  INIT_LIST_HEAD(entry);
}
inline(list_del_init);

export function list_del_rcu(entry: list_head): void {
  __list_del_entry(entry);
  entry.prev = at<list_head>(LIST_POISON2);
}
inline(list_del_rcu);

export function list_add_rcu(node: list_head, head: list_head): void {
  list_add(node, head);
}
inline(list_add_rcu);

export function list_add_tail_rcu(node: list_head, head: list_head): void {
  list_add_tail(node, head);
}
inline(list_add_tail_rcu);

export function list_move(entry: list_head, head: list_head): void {
  __list_del_entry(entry);
  list_add(entry, head);
}
inline(list_move);

export function list_move_tail(entry: list_head, head: list_head): void {
  __list_del_entry(entry);
  list_add_tail(entry, head);
}
inline(list_move_tail);

export function list_empty(head: list_head): bool {
  return head.next === head;
}
inline(list_empty);

export function list_is_last(entry: list_head, head: list_head): bool {
  return entry.next === head;
}
inline(list_is_last);

export function list_is_first(entry: list_head, head: list_head): bool {
  return entry.prev === head;
}
inline(list_is_first);

export function list_is_singular(head: list_head): bool {
  return head.next !== head && head.next === head.prev;
}
inline(list_is_singular);

/** Puts all of list (not its head) behind head. */
export function list_splice(list: list_head, head: list_head): void {
  if (!list_empty(list)) {
    const first = list.next;
    const last = list.prev;
    const next = head.next;
    first.prev = head;
    head.next = first;
    last.next = next;
    next.prev = last;
  }
}
inline(list_splice);

export function list_splice_init(list: list_head, head: list_head): void {
  list_splice(list, head);
  INIT_LIST_HEAD(list);
}
inline(list_splice_init);

export function INIT_HLIST_NODE(h: hlist_node): void {
  h.next = null;
  h.pprev = null;
}
inline(INIT_HLIST_NODE);

export function hlist_unhashed(h: hlist_node): bool {
  return h.pprev === null;
}
inline(hlist_unhashed);

export function hlist_empty(h: hlist_head): bool {
  return h.first === null;
}
inline(hlist_empty);

export function hlist_add_head(n: hlist_node, h: hlist_head): void {
  const first = h.first;
  n.next = first;
  if (first !== null) first.pprev = addr(n.next);
  h.first = n;
  n.pprev = addr(h.first);
}
inline(hlist_add_head);

export function hlist_del(n: hlist_node): void {
  const next = n.next;
  const pprev = n.pprev;
  pprev[0] = next;
  if (next !== null) next.pprev = n.pprev;
}
inline(hlist_del);

export function hlist_del_init(n: hlist_node): void {
  if (n.pprev !== null) {
    hlist_del(n);
    INIT_HLIST_NODE(n);
  }
}
inline(hlist_del_init);

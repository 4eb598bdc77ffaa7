// Chains of functions to call on an event.

import type { rw_semaphore } from "linux/rwsem";

export interface notifier_block extends struct<"notifier_block"> {
  notifier_call?: (nb: notifier_block, action: u64, data: ptr) => int;
  next?: notifier_block;
  priority?: int;
}

/** A head of zero is an empty chain. */
export interface notifier_head extends struct<"notifier_head"> {
  head?: notifier_block;
  /** Of blocking chains. */
  rwsem?: embed<rw_semaphore>;
}
export type atomic_notifier_head = notifier_head;
export type blocking_notifier_head = notifier_head;

export const NOTIFY_DONE = 0;
export const NOTIFY_OK = 1;
export const NOTIFY_STOP_MASK = 0x8000;
export const NOTIFY_BAD = 0x8002;
export const NOTIFY_STOP = 0x8001;

/** What a callback returns to stop the chain with an errno, and the errno of a chain's result. */
export function notifier_from_errno(err: int): int {
  return err ? int(NOTIFY_STOP_MASK | (NOTIFY_OK - err)) : NOTIFY_OK;
}
inline(notifier_from_errno);

export function notifier_to_errno(ret: int): int {
  const r = int(ret & ~NOTIFY_STOP_MASK);
  return r > NOTIFY_OK ? int(NOTIFY_OK - r) : 0;
}
inline(notifier_to_errno);

export {
  atomic_notifier_call_chain,
  atomic_notifier_chain_register,
  atomic_notifier_chain_unregister,
  blocking_notifier_call_chain,
  blocking_notifier_chain_register,
  blocking_notifier_chain_unregister,
} from "../../kernel/notifier";

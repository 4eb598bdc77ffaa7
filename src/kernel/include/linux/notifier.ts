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

export { atomic_notifier_chain_register, atomic_notifier_chain_unregister, atomic_notifier_call_chain, blocking_notifier_chain_register, blocking_notifier_chain_unregister, blocking_notifier_call_chain } from "../../kernel/notifier";

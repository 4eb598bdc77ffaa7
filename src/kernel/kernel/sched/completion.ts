// Completions.

import type { completion } from "linux/completion";
import { get_current } from "linux/current";
import { ERESTARTSYS } from "linux/errno";
import { signal_pending_state, TASK_INTERRUPTIBLE, TASK_KILLABLE, TASK_NORMAL, TASK_UNINTERRUPTIBLE } from "linux/sched";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import type { wait_queue_entry } from "linux/wait";
import { schedule_timeout } from "../time/timer";
import { schedule } from "./core";
import { __might_sleep } from "./debug-checks";
import { __wake_up_locked, finish_wait, init_wait, init_waitqueue_head, prepare_to_wait_exclusive } from "./wait";

const UINT_MAX_HALF = 0x7fffffff;
const LONG_MAX = 0x7fffffffffffffff;

export function init_completion(x: completion): void {
  x.done = 0;
  init_waitqueue_head(x.wait);
}

export function reinit_completion(x: completion): void {
  x.done = 0;
}

export function complete(x: completion): void {
  const flags = spin_lock_irqsave(x.wait.lock);
  if (x.done !== UINT_MAX_HALF) x.done++;
  // Under the lock, which the waiter takes last: from then on the completion, often on its stack, may be gone.
  __wake_up_locked(x.wait, TASK_NORMAL, 1, null);
  spin_unlock_irqrestore(x.wait.lock, flags);
}

export function complete_all(x: completion): void {
  const flags = spin_lock_irqsave(x.wait.lock);
  x.done = UINT_MAX_HALF;
  __wake_up_locked(x.wait, TASK_NORMAL, 0, null);
  spin_unlock_irqrestore(x.wait.lock, flags);
}

/** Takes one completion if there is one. */
export function try_wait_for_completion(x: completion): bool {
  const flags = spin_lock_irqsave(x.wait.lock);
  const done = x.done !== 0;
  if (done && x.done !== UINT_MAX_HALF) x.done--;
  spin_unlock_irqrestore(x.wait.lock, flags);
  return done;
}

function wait_common(x: completion, state: u32, timeout: s64): s64 {
  if (CONFIG_DEBUG_ATOMIC_SLEEP !== 0) __might_sleep(__FILE__, __LINE__);
  let w: embed<wait_queue_entry>;
  let left = timeout;
  if (try_wait_for_completion(x)) return left;
  init_wait(w);
  for (;;) {
    prepare_to_wait_exclusive(x.wait, w, state);
    if (try_wait_for_completion(x)) {
      if (left === 0) left = 1;
      break;
    }
    if (signal_pending_state(state, get_current())) {
      left = -ERESTARTSYS;
      break;
    }
    if (left === 0) break;
    if (left === LONG_MAX) schedule();
    else left = schedule_timeout(left);
  }
  finish_wait(x.wait, w);
  return left;
}

export function wait_for_completion(x: completion): void {
  wait_common(x, TASK_UNINTERRUPTIBLE, LONG_MAX);
}

export function wait_for_completion_interruptible(x: completion): int {
  return wait_common(x, TASK_INTERRUPTIBLE, LONG_MAX) < 0 ? -ERESTARTSYS : 0;
}

export function wait_for_completion_killable(x: completion): int {
  return wait_common(x, TASK_KILLABLE, LONG_MAX) < 0 ? -ERESTARTSYS : 0;
}

export function wait_for_completion_timeout(x: completion, timeout: u64): u64 {
  return u64(wait_common(x, TASK_UNINTERRUPTIBLE, s64(timeout)));
}

export function completion_done(x: completion): bool {
  return READ_ONCE(x.done) !== 0;
}
EXPORT_SYMBOL(complete);
EXPORT_SYMBOL(complete_all);
EXPORT_SYMBOL(wait_for_completion);
EXPORT_SYMBOL(wait_for_completion_timeout);
EXPORT_SYMBOL(init_completion);
EXPORT_SYMBOL(reinit_completion);
EXPORT_SYMBOL(try_wait_for_completion);
EXPORT_SYMBOL(wait_for_completion_interruptible);
EXPORT_SYMBOL(wait_for_completion_killable);
EXPORT_SYMBOL(completion_done);

// The chain that is told when modules come, live and go.

import type { module } from "linux/module";
import type { blocking_notifier_head, notifier_block } from "linux/notifier";
import { blocking_notifier_call_chain, blocking_notifier_chain_register, blocking_notifier_chain_unregister } from "linux/notifier";

export let module_notify_list: embed<blocking_notifier_head>;

export function register_module_notifier(nb: notifier_block): int {
  return blocking_notifier_chain_register(module_notify_list, nb);
}
EXPORT_SYMBOL(register_module_notifier);

export function unregister_module_notifier(nb: notifier_block): int {
  return blocking_notifier_chain_unregister(module_notify_list, nb);
}
EXPORT_SYMBOL(unregister_module_notifier);

export function module_notify(state: int, mod: module): int {
  return blocking_notifier_call_chain(module_notify_list, u64(state), mod);
}

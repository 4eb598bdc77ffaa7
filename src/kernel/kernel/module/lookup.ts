// The list of modules, and who owns an address. Address lookups run in any context, also in traps: they take no lock.
//
// A module that was found without module_mutex stays until preemption is enabled again: what tells only yes or no disables it here, who
// gets a module or a name within one brings rcu_read_lock, module_mutex or a reference.

import { INIT_LIST_HEAD } from "linux/list";
import { MODULE_STATE_UNFORMED, type module, within_module } from "linux/module";
import { type mutex, mutex_init } from "linux/mutex";
import { preempt_disable_notrace, preempt_enable_notrace } from "linux/preempt";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { memcmp, strlen } from "linux/string";
import type { list_head } from "linux/types";
import type { wait_queue_head } from "linux/wait";

/** Newest first. Changed under module_mutex; entries are unlinked before a grace period and freed after it. */
export let modules: embed<list_head>;
export let module_mutex: embed<mutex>;
/** Who waits for a module to be live, or gone. */
export let module_wq: embed<wait_queue_head>;

/** Early boot, before anybody can ask for an address or load a module. */
export function modules_init(): void {
  INIT_LIST_HEAD(modules);
  mutex_init(module_mutex);
}
init(modules_init);

/** The module whose core or init memory holds an address, or null. */
export function __module_address(address: u64): module {
  if (modules.next === null) return null;
  for (let p = modules.next; p !== modules; p = p.next) {
    const mod = container_of<module>(p, "list");
    if (within_module(address, mod)) return mod.state === MODULE_STATE_UNFORMED ? null : mod;
  }
  return null;
}
notrace(__module_address);

export function __module_text_address(address: u64): module {
  const mod = __module_address(address);
  if (mod === null) return null;
  if (address - mod.core_layout.base < u64(mod.core_layout.text_size)) return mod;
  if (address - mod.init_layout.base < u64(mod.init_layout.text_size)) return mod;
  return null;
}
notrace(__module_text_address);

export function is_module_address(address: u64): bool {
  preempt_disable_notrace();
  const found = __module_address(address) !== null;
  preempt_enable_notrace();
  return found;
}
notrace(is_module_address);

export function is_module_text_address(address: u64): bool {
  preempt_disable_notrace();
  const found = __module_text_address(address) !== null;
  preempt_enable_notrace();
  return found;
}
notrace(is_module_text_address);

/** By the first len bytes of name. The caller holds module_mutex, or RCU. */
export function find_module_all(name: cstr, len: u64, even_unformed: bool): module {
  for (let p = modules.next; p !== modules; p = p.next) {
    const mod = container_of<module>(p, "list");
    if (!even_unformed && mod.state === MODULE_STATE_UNFORMED) continue;
    if (strlen(mod.name) === len && memcmp(mod.name, name, len) === 0) return mod;
  }
  return null;
}

/** The caller holds module_mutex, or RCU. */
export function find_module(name: cstr): module {
  return find_module_all(name, strlen(name), false);
}

/** Is a module of that name there now? */
export function module_exists(name: cstr): bool {
  rcu_read_lock();
  const found = find_module(name) !== null;
  rcu_read_unlock();
  return found;
}

// The list of modules, and who owns an address. Address lookups run in any context, also in traps: they take no lock.

import { INIT_LIST_HEAD } from "linux/list";
import { MODULE_STATE_UNFORMED, type module, within_module } from "linux/module";
import { type mutex, mutex_init } from "linux/mutex";
import { memcmp, strlen } from "linux/string";
import type { list_head } from "linux/types";

/** Newest first. Changed under module_mutex; entries are unlinked before a grace period and freed after it. */
export let modules: embed<list_head>;
export let module_mutex: embed<mutex>;

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
  return __module_address(address) !== null;
}
notrace(is_module_address);

export function is_module_text_address(address: u64): bool {
  return __module_text_address(address) !== null;
}
notrace(is_module_text_address);

/** By the first len bytes of name; module_mutex or preemption off. */
export function find_module_all(name: cstr, len: u64, even_unformed: bool): module {
  for (let p = modules.next; p !== modules; p = p.next) {
    const mod = container_of<module>(p, "list");
    if (!even_unformed && mod.state === MODULE_STATE_UNFORMED) continue;
    if (strlen(mod.name) === len && memcmp(mod.name, name, len) === 0) return mod;
  }
  return null;
}

export function find_module(name: cstr): module {
  return find_module_all(name, strlen(name), false);
}

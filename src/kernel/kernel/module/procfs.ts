// /proc/modules: one line a module, newest first.

import { CAP_SYSLOG, capable } from "linux/cred";
import { MODULE_STATE_COMING, MODULE_STATE_GOING, MODULE_STATE_UNFORMED, type module, type module_use } from "linux/module";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { proc_create_seq } from "linux/proc_fs";
import { type seq_file, seq_list_next, seq_list_start, type seq_operations, seq_printf, seq_putc, seq_puts } from "linux/seq_file";
import type { list_head } from "linux/types";
import { module_mutex, modules } from "./lookup";
import { module_flags } from "./print";
import { module_refcount } from "./refcount";

function m_start(_m: seq_file, pos: s64[]): ptr {
  mutex_lock(module_mutex);
  return seq_list_start(modules, pos[0]);
}

function m_next(_m: seq_file, p: ptr, pos: s64[]): ptr {
  return seq_list_next(p as list_head, modules, pos);
}

function m_stop(_m: seq_file, _p: ptr): void {
  mutex_unlock(module_mutex);
}

/** " refcount user,user," with "-" for no users and "[permanent]," for a module without an exit function. */
function print_unload_info(m: seq_file, mod: module): void {
  let printed_something = false;
  seq_printf(m, " %i ", module_refcount(mod));
  for (let p = mod.source_list.next; p !== mod.source_list; p = p.next) {
    seq_printf(m, "%s,", container_of<module_use>(p, "source_list").source.name);
    printed_something = true;
  }
  if (mod.init !== null && mod.exit === null) {
    seq_puts(m, "[permanent],");
    printed_something = true;
  }
  if (!printed_something) seq_puts(m, "-");
}

function m_show(m: seq_file, p: ptr): int {
  const mod = container_of<module>(p, "list");
  let buf: array<u8, 16>;
  if (mod.state === MODULE_STATE_UNFORMED) return 0;
  seq_printf(m, "%s %u", mod.name, mod.init_layout.size + mod.core_layout.size);
  print_unload_info(m, mod);
  let state: cstr = "Live";
  if (mod.state === MODULE_STATE_GOING) state = "Unloading";
  else if (mod.state === MODULE_STATE_COMING) state = "Loading";
  seq_printf(m, " %s", state);
  seq_printf(m, " 0x%016lx", capable(CAP_SYSLOG) ? mod.core_layout.base : u64(0));
  if (mod.taints !== u64(0)) seq_printf(m, " %s", module_flags(mod, buf, true));
  seq_putc(m, 0x0a);
  return 0;
}

const modules_op: seq_operations = { start: m_start, next: m_next, stop: m_stop, show: m_show };

export function proc_modules_init(): int {
  proc_create_seq("modules", 0o444, null, modules_op);
  return 0;
}
init(proc_modules_init);

// How modules appear in text: taint letters, and the "Modules linked in:" line of an oops.

import { MODULE_NAME_LEN, MODULE_STATE_COMING, MODULE_STATE_GOING, MODULE_STATE_UNFORMED, type module } from "linux/module";
import { printk } from "linux/printk";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { strscpy } from "linux/string";
import { modules } from "./lookup";

/** Taints that a module can carry, in bit order: P F C O E K X T N. */
const TAINT_LETTERS: array<u8, 9> = [0x50, 0x46, 0x43, 0x4f, 0x45, 0x4b, 0x58, 0x54, 0x4e];
const TAINT_BITS: array<u8, 9> = [0, 1, 10, 12, 13, 15, 16, 17, 18];

let last_unloaded_name: array<u8, 56>;
let last_unloaded_taints: array<u8, 16>;

/** Letters without a terminator; returns their number. */
export function module_flags_taint(taints: u64, buf: u8[]): u64 {
  let n: u64 = 0;
  for (let i = 0; i < 9; i++) {
    if ((taints >> TAINT_BITS[i]) & u64(1)) buf[n++] = TAINT_LETTERS[i];
  }
  return n;
}

/** "(OEK+)" or nothing, into buf (at least 16 bytes). */
export function module_flags(mod: module, buf: u8[], show_state: bool): u8[] {
  let n: u64 = 0;
  const coming = show_state && mod.state === MODULE_STATE_COMING;
  const going = show_state && mod.state === MODULE_STATE_GOING;
  if (mod.taints !== u64(0) || coming || going) {
    buf[n++] = 0x28;
    n += module_flags_taint(mod.taints, add(buf, n));
    if (going) buf[n++] = 0x2d;
    if (coming) buf[n++] = 0x2b;
    buf[n++] = 0x29;
  }
  buf[n] = 0;
  return buf;
}

export function note_last_unloaded(mod: module): void {
  strscpy(last_unloaded_name, mod.name, MODULE_NAME_LEN);
  module_flags(mod, last_unloaded_taints, false);
}

export function print_modules(): void {
  let buf: array<u8, 16>;
  printk("\x014Modules linked in:");
  rcu_read_lock();
  if (modules.next !== null) {
    for (let p = modules.next; p !== modules; p = p.next) {
      const mod = container_of<module>(p, "list");
      if (mod.state === MODULE_STATE_UNFORMED) continue;
      pr_cont(" %s%s", mod.name, module_flags(mod, buf, true));
    }
  }
  rcu_read_unlock();
  if (last_unloaded_name[0] !== 0) pr_cont(" [last unloaded: %s%s]", last_unloaded_name, last_unloaded_taints);
  pr_cont("\n");
}

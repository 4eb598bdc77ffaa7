// /proc/kallsyms: all symbols, the kernel's by address, then the modules', newest module first, each in its table's order.

import { CAP_SYSLOG, capable } from "linux/cred";
import type { ftrace_ops } from "linux/ftrace";
import { MODULE_STATE_UNFORMED, type module } from "linux/module";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { proc_create_seq } from "linux/proc_fs";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { type seq_file, type seq_operations, seq_printf } from "linux/seq_file";
import { ftrace_ops_trampolines } from "../arch/x86/kernel/ftrace";
import { insn_page } from "../arch/x86/kernel/kprobes/core";
import { kallsyms_count, kallsyms_sym_address, kallsyms_sym_name, kallsyms_sym_type } from "./kallsyms";
import { kprobe_detour } from "./kprobes-sites";
import { kallsyms_symbol_name, module_symbol_type } from "./module/kallsyms";
import { module_mutex, modules } from "./module/lookup";

/** Where the walk stands: position pos in all, being symbol `index` of `mod` (null: vmlinux). */
interface kallsym_iter extends struct<"kallsym_iter"> {
  pos?: u64;
  mod?: module;
  index?: u64;
}

/** One reader at a time holds module_mutex from start to stop. */
let iter: embed<kallsym_iter>;

/** Goes to a position; false behind the end. Sequential readers take one step. */
function update_iter(pos: u64): bool {
  const vmlinux = kallsyms_count();
  if (pos < vmlinux) {
    iter.mod = null;
    iter.index = pos;
    iter.pos = pos;
    return true;
  }
  let left: u64 = pos - vmlinux;
  for (let p = modules.next; p !== modules; p = p.next) {
    const mod = container_of<module>(p, "list");
    if (mod.state === MODULE_STATE_UNFORMED) continue;
    // Entry 0 of a symbol table is empty.
    const count: u64 = u64(mod.kallsyms.num_symtab) - u64(1);
    if (left < count) {
      iter.mod = mod;
      iter.index = left + u64(1);
      iter.pos = pos;
      return true;
    }
    left -= count;
  }
  iter.mod = null;
  iter.index = left + vmlinux;
  iter.pos = pos;
  return generated_symbol(left) !== null;
}

/** The n-th piece of text that the kernel has made itself, behind all modules; null behind the last. */
interface generated_text extends struct<"generated_text"> {
  address?: u64;
  name?: cstr;
  mod?: cstr;
}
const generated: generated_text = {};

function generated_symbol(n: u64): generated_text {
  let left = n;
  generated.name = "ftrace_trampoline";
  generated.mod = "__builtin__ftrace";
  rcu_read_lock();
  for (let p = ftrace_ops_trampolines.next; p !== ftrace_ops_trampolines; p = p.next) {
    if (left === u64(0)) {
      generated.address = container_of<ftrace_ops>(p, "list").trampoline;
      rcu_read_unlock();
      return generated;
    }
    left--;
  }
  rcu_read_unlock();
  generated.mod = "__builtin__kprobes";
  if (insn_page !== u64(0)) {
    generated.name = "kprobe_insn_page";
    generated.address = insn_page;
    if (left === u64(0)) return generated;
    left--;
  }
  generated.name = "kprobe_optinsn_page";
  generated.address = kprobe_detour(left);
  return generated.address !== u64(0) ? generated : null;
}

function s_start(_m: seq_file, pos: s64[]): ptr {
  mutex_lock(module_mutex);
  return update_iter(u64(pos[0])) ? iter : null;
}

function s_next(_m: seq_file, _p: ptr, pos: s64[]): ptr {
  pos[0]++;
  return update_iter(u64(pos[0])) ? iter : null;
}

function s_stop(_m: seq_file, _p: ptr): void {
  mutex_unlock(module_mutex);
}

function s_show(m: seq_file, _p: ptr): int {
  const show = capable(CAP_SYSLOG);
  const mod = iter.mod;
  if (mod === null && iter.index >= kallsyms_count()) {
    const g = generated_symbol(iter.index - kallsyms_count());
    if (g !== null) seq_printf(m, "%016lx t %s\t[%s]\n", show ? g.address : u64(0), g.name, g.mod);
    return 0;
  }
  if (mod === null) {
    const value = show ? kallsyms_sym_address(iter.index) : u64(0);
    seq_printf(m, "%016lx %c %s\n", value, int(kallsyms_sym_type(iter.index)), kallsyms_sym_name(iter.index));
    return 0;
  }
  const i = u32(iter.index);
  const name = kallsyms_symbol_name(mod.kallsyms, i);
  if (name[0] === 0) return 0;
  const value = show ? mod.kallsyms.symtab[i].st_value : u64(0);
  seq_printf(m, "%016lx %c %s\t[%s]\n", value, int(module_symbol_type(mod, i)), name, mod.name);
  return 0;
}

const kallsyms_op: seq_operations = { start: s_start, next: s_next, stop: s_stop, show: s_show };

export function kallsyms_init(): int {
  proc_create_seq("kallsyms", 0o444, null, kallsyms_op);
  return 0;
}
init(kallsyms_init);

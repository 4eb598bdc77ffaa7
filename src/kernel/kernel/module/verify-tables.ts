// What a module's relocated tables point to, before anybody follows them: parameters, exported symbols, init and exit. A file whose
// relocations are damaged is refused; Linux would follow it.

import { ENOEXEC } from "linux/errno";
import { type kernel_symbol, type module, within_module } from "linux/module";
import { type kernel_param, type kparam_array, param_array_ops } from "linux/moduleparam";
import { core_kernel_text } from "../extable";
import { is_module_address, is_module_text_address } from "./lookup";
import { kernel_symbol_name } from "./symbols";

declare const _text: u8[];
declare const _end: u8[];

/** The kernel's own, or some module's: this one's, which lookups do not find yet, or one that it uses. */
function is_data(p: u64, mod: module): bool {
  return (p >= u64(_text) && p < u64(_end)) || within_module(p, mod) || is_module_address(p);
}

function own_function(p: u64, mod: module): bool {
  const core = mod.core_layout;
  const init = mod.init_layout;
  return p === 0 || p - core.base < u64(core.text_size) || p - init.base < u64(init.text_size);
}

function is_function(p: u64, mod: module): bool {
  return own_function(p, mod) || core_kernel_text(p) || is_module_text_address(p);
}

function valid_param(kp: kernel_param, mod: module): bool {
  if (!within_module(u64(kp.name), mod) || !is_data(u64(kp.ops), mod) || !is_data(u64(kp.ops) + 31, mod)) return false;
  if (kp.arg !== null && !is_data(u64(kp.arg), mod)) return false;
  return u64(kp.ops.set) !== 0
    ? is_function(u64(kp.ops.set), mod) && is_function(u64(kp.ops.get), mod) && is_function(u64(kp.ops.free), mod)
    : true;
}

function valid_array(kp: kernel_param, mod: module): bool {
  if (kp.ops !== param_array_ops) return true;
  const arr = kp.arg as kparam_array;
  return (
    is_data(u64(arr), mod) && is_data(u64(arr.ops), mod) && is_data(u64(arr.elem), mod) && (arr.num === null || is_data(u64(arr.num), mod))
  );
}

function valid_exports(syms: kernel_symbol[], count: u32, mod: module): bool {
  for (let i: u32 = 0; i < count; i++) {
    if (!within_module(u64(kernel_symbol_name(syms[i])), mod)) return false;
  }
  return true;
}

/** Before the module is in state coming. */
export function verify_tables(mod: module): int {
  let good = own_function(u64(mod.init), mod) && own_function(u64(mod.exit), mod);
  for (let i: u32 = 0; i < mod.num_kp; i++) good = good && valid_param(mod.kp[i], mod) && valid_array(mod.kp[i], mod);
  good = good && valid_exports(mod.syms, mod.num_syms, mod) && valid_exports(mod.gpl_syms, mod.num_gpl_syms, mod);
  if (good) return 0;
  pr_err("%s: a table of the module points outside of it\n", mod.name);
  return -ENOEXEC;
}

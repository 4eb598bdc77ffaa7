// Patches the function of parameter sym, at position pos: for names that are not unique, or not functions.

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import type { seq_file } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

let sym: cstr = "m_show";
let pos: int = 0;
module_param(sym, "charp", 0o444);
module_param(pos, "int", 0o444);

function new_func(_m: seq_file, _v: ptr): int {
  return 0;
}

const funcs: klp_func[] = [{ new_func }, {}];
const objs: klp_object[] = [{ funcs }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function lp_amb_init(): int {
  funcs[0].old_name = sym;
  funcs[0].old_sympos = u64(pos);
  return klp_enable_patch(patch);
}
function lp_amb_exit(): void {}
init(lp_amb_init);
exit(lp_amb_exit);
module_init(lp_amb_init);
module_exit(lp_amb_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

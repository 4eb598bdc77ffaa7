// Names a function that does not exist: refused.

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import type { seq_file } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

function new_func(_m: seq_file, _v: ptr): int {
  return 0;
}

const funcs: klp_func[] = [{ old_name: "no_such_function_here", new_func }, {}];
const objs: klp_object[] = [{ funcs }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function lp_nosym_init(): int {
  return klp_enable_patch(patch);
}
function lp_nosym_exit(): void {}
init(lp_nosym_init);
exit(lp_nosym_exit);
module_init(lp_nosym_init);
module_exit(lp_nosym_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

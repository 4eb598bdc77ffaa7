// Names a function that module "hello" does not have: hello cannot be loaded while this is.

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import type { seq_file } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

function new_func(_m: seq_file, _v: ptr): int {
  return 0;
}

const funcs: klp_func[] = [{ old_name: "hello_missing_function", new_func }, {}];
const objs: klp_object[] = [{ name: "hello", funcs }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function lp_hello_badfn_init(): int {
  return klp_enable_patch(patch);
}
function lp_hello_badfn_exit(): void {}
init(lp_hello_badfn_init);
exit(lp_hello_badfn_exit);
module_init(lp_hello_badfn_init);
module_exit(lp_hello_badfn_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

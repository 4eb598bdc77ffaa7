// A function without its replacement: refused.

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";

const funcs: klp_func[] = [{ old_name: "cmdline_proc_show" }, {}];
const objs: klp_object[] = [{ funcs }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function lp_nonew_init(): int {
  return klp_enable_patch(patch);
}
function lp_nonew_exit(): void {}
init(lp_nonew_init);
exit(lp_nonew_exit);
module_init(lp_nonew_init);
module_exit(lp_nonew_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

// An object with an empty function list.

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";

const funcs: klp_func[] = [{}];
const objs: klp_object[] = [{ funcs }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function lp_nofuncs_init(): int {
  return klp_enable_patch(patch);
}
function lp_nofuncs_exit(): void {}
init(lp_nofuncs_init);
exit(lp_nofuncs_exit);
module_init(lp_nofuncs_init);
module_exit(lp_nofuncs_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

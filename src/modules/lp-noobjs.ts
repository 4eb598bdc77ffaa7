// A patch without objects: refused.

import { klp_enable_patch, type klp_patch } from "linux/livepatch";

const patch: klp_patch = { mod: THIS_MODULE };

function lp_noobjs_init(): int {
  return klp_enable_patch(patch);
}
function lp_noobjs_exit(): void {}
init(lp_noobjs_init);
exit(lp_noobjs_exit);
module_init(lp_noobjs_init);
module_exit(lp_noobjs_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

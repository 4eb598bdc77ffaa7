// A patch without MODULE_INFO("livepatch", "Y"): refused.

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import type { seq_file } from "linux/seq_file";

function new_func(_m: seq_file, _v: ptr): int {
  return 0;
}

const funcs: klp_func[] = [{ old_name: "cmdline_proc_show", new_func }, {}];
const objs: klp_object[] = [{ funcs }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function noinfo_init(): int {
  return klp_enable_patch(patch);
}
function noinfo_exit(): void {}
init(noinfo_init);
exit(noinfo_exit);
module_init(noinfo_init);
module_exit(noinfo_exit);
MODULE_LICENSE("GPL");

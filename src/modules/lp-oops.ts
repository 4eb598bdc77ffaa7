// The replacement of cmdline_proc_show() writes to address 0x20.

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import type { seq_file } from "linux/seq_file";

function lp_oops_cmdline_show(_m: seq_file, _v: ptr): int {
  at<u32[]>(0x20)[0] = 1;
  return 0;
}

const funcs: klp_func[] = [{ old_name: "cmdline_proc_show", new_func: lp_oops_cmdline_show }, {}];
const objs: klp_object[] = [{ funcs }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function lp_oops_init(): int {
  return klp_enable_patch(patch);
}
function lp_oops_exit(): void {}
init(lp_oops_init);
exit(lp_oops_exit);
module_init(lp_oops_init);
module_exit(lp_oops_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

// Replaces cmdline_proc_show(), to be stacked with its sisters.

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import { type seq_file, seq_printf } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

function lp_one_cmdline_show(m: seq_file, _v: ptr): int {
  seq_printf(m, "%s\n", "this has been live patched by one");
  return 0;
}

const funcs: klp_func[] = [{ old_name: "cmdline_proc_show", new_func: lp_one_cmdline_show }, {}];
const objs: klp_object[] = [{ funcs }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function lp_one_init(): int {
  return klp_enable_patch(patch);
}
function lp_one_exit(): void {}
init(lp_one_init);
exit(lp_one_exit);
module_init(lp_one_init);
module_exit(lp_one_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

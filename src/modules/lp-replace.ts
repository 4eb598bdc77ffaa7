// Replaces cmdline_proc_show(), and all older patches.

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import { type seq_file, seq_printf } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

function lp_replace_cmdline_show(m: seq_file, _v: ptr): int {
  seq_printf(m, "%s\n", "this has been live patched by the replacing patch");
  return 0;
}

const funcs: klp_func[] = [{ old_name: "cmdline_proc_show", new_func: lp_replace_cmdline_show }, {}];
const objs: klp_object[] = [{ funcs }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs, replace: true };

function lp_replace_init(): int {
  return klp_enable_patch(patch);
}
function lp_replace_exit(): void {}
init(lp_replace_init);
exit(lp_replace_exit);
module_init(lp_replace_init);
module_exit(lp_replace_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

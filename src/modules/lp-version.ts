// Replaces an independent function: version_proc_show().

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import { type seq_file, seq_puts } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

function lp_version_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "Linux version live-patched\n");
  return 0;
}

const funcs: klp_func[] = [{ old_name: "version_proc_show", new_func: lp_version_show }, {}];
const objs: klp_object[] = [{ funcs }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function lp_version_init(): int {
  return klp_enable_patch(patch);
}
function lp_version_exit(): void {}
init(lp_version_init);
exit(lp_version_exit);
module_init(lp_version_init);
module_exit(lp_version_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

// Replaces cmdline_proc_show(): /proc/cmdline prints "this has been live patched".

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import { type seq_file, seq_printf } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

function livepatch_cmdline_proc_show(m: seq_file, _v: ptr): int {
  seq_printf(m, "%s\n", "this has been live patched");
  return 0;
}

const funcs: klp_func[] = [{ old_name: "cmdline_proc_show", new_func: livepatch_cmdline_proc_show }, {}];
// No name: vmlinux.
const objs: klp_object[] = [{ funcs }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function livepatch_init(): int {
  return klp_enable_patch(patch);
}

function livepatch_exit(): void {}

module_init(livepatch_init);
module_exit(livepatch_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

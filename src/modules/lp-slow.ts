// The replacement of cmdline_proc_show() sleeps: disabling stalls while a task is in the new function.

import { msleep } from "linux/delay";
import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import { type seq_file, seq_puts } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

let secs: int = 12;
module_param(secs, "int", 0o644);

function lp_slow_cmdline_show(m: seq_file, _v: ptr): int {
  for (let i: int = 0; i < secs * 10; i++) msleep(100);
  seq_puts(m, "this has been live patched, slowly\n");
  return 0;
}
noinline(lp_slow_cmdline_show);

const funcs: klp_func[] = [{ old_name: "cmdline_proc_show", new_func: lp_slow_cmdline_show }, {}];
const objs: klp_object[] = [{ funcs }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function lp_slow_init(): int {
  return klp_enable_patch(patch);
}
function lp_slow_exit(): void {}
init(lp_slow_init);
exit(lp_slow_exit);
module_init(lp_slow_init);
module_exit(lp_slow_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

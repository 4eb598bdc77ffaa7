// Replaces cmdline_proc_show() and says what it changes: state 1 in version 1. Cumulative patches that do not know the state are refused.

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch, type klp_state } from "linux/livepatch";
import { type seq_file, seq_puts } from "linux/seq_file";

function lp_cmdline_proc_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "this has been live patched with a state\n");
  return 0;
}

const funcs: klp_func[] = [{ old_name: "cmdline_proc_show", new_func: lp_cmdline_proc_show }, {}];
const objs: klp_object[] = [{ funcs }, {}];
const states: klp_state[] = [{ id: 1, version: 1 }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs, states };

function lp_state_init(): int {
  return klp_enable_patch(patch);
}
function lp_state_exit(): void {}
init(lp_state_init);
exit(lp_state_exit);
module_init(lp_state_init);
module_exit(lp_state_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

// Replaces sleeper_show(), sleeper_wait() and sleeper_kwait() of module "sleeper": a task asleep in there stalls the transition.

import { HZ } from "linux/jiffies";
import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import { __set_current_state, schedule_timeout, TASK_IDLE } from "linux/sched";
import { type seq_file, seq_puts } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

function lp_sleeper_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "sleeper: this has been live patched\n");
  return 0;
}
function lp_wait(_s: int): int {
  return 0;
}
function lp_kwait(_s: int): int {
  __set_current_state(TASK_IDLE);
  schedule_timeout(HZ);
  return 0;
}

const funcs: klp_func[] = [
  { old_name: "sleeper_show", new_func: lp_sleeper_show },
  { old_name: "sleeper_wait", new_func: lp_wait },
  { old_name: "sleeper_kwait", new_func: lp_kwait },
  {},
];
const objs: klp_object[] = [{ name: "sleeper", funcs }, {}];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function lp_sleeper_init(): int {
  return klp_enable_patch(patch);
}
function lp_sleeper_exit(): void {}
init(lp_sleeper_init);
exit(lp_sleeper_exit);
module_init(lp_sleeper_init);
module_exit(lp_sleeper_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

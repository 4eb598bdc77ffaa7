// /proc/klp: every livepatched function's (patched, transition); and the same in the log at the steps of a transition, by kprobes.

import type { pt_regs } from "asm/ptrace";
import { ENOENT } from "linux/errno";
import { type kprobe, register_kprobe, unregister_kprobe } from "linux/kprobes";
import type { list_head } from "linux/list";
import type { klp_func, klp_object, klp_patch } from "linux/livepatch";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { proc_create_single, remove_proc_entry } from "linux/proc_fs";
import { type seq_file, seq_printf } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

let patches: list_head;
let lock: mutex;

/** To m, or, if that is null, to the log. The caller holds klp_mutex. */
function print_functions(m: seq_file, step: cstr): void {
  for (let p = patches.next; p !== patches; p = p.next) {
    const patch = container_of<klp_patch>(p, "list");
    for (let o = patch.obj_list.next; o !== patch.obj_list; o = o.next) {
      const object = container_of<klp_object>(o, "node");
      for (let f = object.func_list.next; f !== object.func_list; f = f.next) {
        const func = container_of<klp_func>(f, "node");
        const patched: int = func.patched ? 1 : 0;
        const transition: int = func.transition ? 1 : 0;
        if (m === null) pr_info("%s: %s %d,%d\n", step, func.old_name, patched, transition);
        else seq_printf(m, "%s %s %s %d,%d\n", patch.mod.name, object.name || "vmlinux", func.old_name, patched, transition);
      }
    }
  }
}

/** All steps are called under klp_mutex. */
function pre_handler(p: kprobe, _regs: pt_regs): int {
  print_functions(null, p.symbol_name);
  return 0;
}

const steps: kprobe[] = [
  { symbol_name: "klp_init_transition", pre_handler },
  { symbol_name: "klp_patch_object", pre_handler },
  { symbol_name: "klp_start_transition", pre_handler },
  { symbol_name: "klp_reverse_transition", pre_handler },
  { symbol_name: "klp_complete_transition", pre_handler },
  { symbol_name: "klp_synchronize_transition", pre_handler },
  { symbol_name: "klp_free_patch_async", pre_handler },
];
const STEPS = 7;

function show(m: seq_file, _v: ptr): int {
  mutex_lock(lock);
  print_functions(m, null);
  mutex_unlock(lock);
  return 0;
}

function klp_states_init(): int {
  // kallsyms_lookup_name is not exported, but a kprobe finds it.
  const kp: kprobe = { symbol_name: "kallsyms_lookup_name" };
  let ret = register_kprobe(kp);
  if (ret < 0) return ret;
  const lookup = at<(name: cstr) => u64>(kp.addr);
  unregister_kprobe(kp);
  patches = at<list_head>(lookup("klp_patches"));
  lock = at<mutex>(lookup("klp_mutex"));
  if (patches === null || lock === null) return -ENOENT;
  for (let i: int = 0; i < STEPS; i++) {
    ret = register_kprobe(steps[i]);
    if (ret === 0) continue;
    pr_err("%s: %d\n", steps[i].symbol_name, ret);
    while (i > 0) unregister_kprobe(steps[--i]);
    return ret;
  }
  proc_create_single("klp", 0o444, null, show);
  return 0;
}
init(klp_states_init);

function klp_states_exit(): void {
  remove_proc_entry("klp", null);
  for (let i: int = 0; i < STEPS; i++) unregister_kprobe(steps[i]);
}
exit(klp_states_exit);

module_init(klp_states_init);
module_exit(klp_states_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("The states of livepatched functions");

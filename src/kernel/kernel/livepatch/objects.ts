// Walks over a patch's objects and functions, and over tasks: shared by the parts of the livepatch core.

import type { klp_func, klp_object, klp_patch } from "linux/livepatch";
import { init_task, next_task, next_thread, type task_struct } from "linux/sched";
import { strcmp } from "linux/string";

/** The static arrays end at an entry without name and functions (without names, functions and position). */
export function klp_is_object_end(obj: klp_object): bool {
  return obj.funcs === null && obj.name === null;
}

export function klp_is_func_end(func: klp_func): bool {
  return func.old_name === null && func.new_func === null && func.old_sympos === u64(0);
}

/** Null after the last. for (let o = klp_first_object(p); o !== null; o = klp_next_object(p, o)) */
export function klp_first_object(patch: klp_patch): klp_object {
  return patch.obj_list.next === patch.obj_list ? null : container_of<klp_object>(patch.obj_list.next, "node");
}

export function klp_next_object(patch: klp_patch, obj: klp_object): klp_object {
  return obj.node.next === patch.obj_list ? null : container_of<klp_object>(obj.node.next, "node");
}

export function klp_first_func(obj: klp_object): klp_func {
  return obj.func_list.next === obj.func_list ? null : container_of<klp_func>(obj.func_list.next, "node");
}

export function klp_next_func(obj: klp_object, func: klp_func): klp_func {
  return func.node.next === obj.func_list ? null : container_of<klp_func>(func.node.next, "node");
}

export function klp_is_module(obj: klp_object): bool {
  return obj.name !== null;
}

export function klp_is_object_loaded(obj: klp_object): bool {
  return obj.name === null || obj.mod !== null;
}

/** The object's name for directories and messages. */
export function klp_object_name(obj: klp_object): cstr {
  const vmlinux: cstr = "vmlinux";
  return obj.name !== null ? obj.name : vmlinux;
}

export function klp_same_object(a: klp_object, b: klp_object): bool {
  if (klp_is_module(a) !== klp_is_module(b)) return false;
  return !klp_is_module(a) || strcmp(a.name, b.name) === 0;
}

/** Every thread but the idle ones, in turn; null after the last. Under tasklist_lock. */
export function first_process_thread(): task_struct {
  const t = next_task(init_task);
  return t === init_task ? null : t;
}

export function next_process_thread(t: task_struct): task_struct {
  const thread = next_thread(t);
  if (thread !== t.group_leader) return thread;
  const process = next_task(t.group_leader);
  return process === init_task ? null : process;
}

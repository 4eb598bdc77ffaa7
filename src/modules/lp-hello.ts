// Replaces hello_proc_show() of module "hello", loaded or not yet loaded, with all callbacks printing.

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import { MODULE_STATE_COMING, MODULE_STATE_GOING, MODULE_STATE_LIVE } from "linux/module";
import { type seq_file, seq_puts } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

function lp_hello_proc_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "hello: this has been live patched\n");
  return 0;
}

function object_name(o: klp_object): cstr {
  const vmlinux: cstr = "vmlinux";
  return o.name !== null ? o.name : vmlinux;
}

function state_name(o: klp_object): cstr {
  if (o.mod === null) return "vmlinux";
  switch (o.mod.state) {
    case MODULE_STATE_LIVE:
      return "LIVE";
    case MODULE_STATE_COMING:
      return "COMING";
    case MODULE_STATE_GOING:
      return "GOING";
    default:
      return "?";
  }
}

function pre_p(o: klp_object): int {
  pr_info("pre_patch_callback: %s (%s)\n", object_name(o), state_name(o));
  return 0;
}
function post_p(o: klp_object): void {
  pr_info("post_patch_callback: %s (%s)\n", object_name(o), state_name(o));
}
function pre_u(o: klp_object): void {
  pr_info("pre_unpatch_callback: %s (%s)\n", object_name(o), state_name(o));
}
function post_u(o: klp_object): void {
  pr_info("post_unpatch_callback: %s (%s)\n", object_name(o), state_name(o));
}

const funcs: klp_func[] = [{ old_name: "hello_proc_show", new_func: lp_hello_proc_show }, {}];
const objs: klp_object[] = [
  {
    name: "hello",
    funcs,
    callbacks: { pre_patch: pre_p, post_patch: post_p, pre_unpatch: pre_u, post_unpatch: post_u },
  },
  {},
];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function lp_hello_init(): int {
  return klp_enable_patch(patch);
}
function lp_hello_exit(): void {}
init(lp_hello_init);
exit(lp_hello_exit);
module_init(lp_hello_init);
module_exit(lp_hello_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

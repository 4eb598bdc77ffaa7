// Objects vmlinux and hello with callbacks; pre_patch's result can be set (default -ENODEV).

import { klp_enable_patch, type klp_func, type klp_object, type klp_patch } from "linux/livepatch";
import { type seq_file, seq_puts } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

let pre_patch_ret: int = -19;
module_param(pre_patch_ret, "int", 0o644);

function lpcb_cmdline_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "this has been live patched with callbacks\n");
  return 0;
}

function object_name(o: klp_object): cstr {
  const vmlinux: cstr = "vmlinux";
  return o.name !== null ? o.name : vmlinux;
}

function pre_p(o: klp_object): int {
  pr_info("pre_patch_callback: %s -> %d\n", object_name(o), pre_patch_ret);
  return pre_patch_ret;
}
function post_p(o: klp_object): void {
  pr_info("post_patch_callback: %s\n", object_name(o));
}
function pre_u(o: klp_object): void {
  pr_info("pre_unpatch_callback: %s\n", object_name(o));
}
function post_u(o: klp_object): void {
  pr_info("post_unpatch_callback: %s\n", object_name(o));
}

const nofuncs: klp_func[] = [{}];
const funcs: klp_func[] = [{ old_name: "cmdline_proc_show", new_func: lpcb_cmdline_show }, {}];
const objs: klp_object[] = [
  {
    funcs,
    callbacks: { pre_patch: pre_p, post_patch: post_p, pre_unpatch: pre_u, post_unpatch: post_u },
  },
  {
    name: "hello",
    funcs: nofuncs,
    callbacks: { pre_patch: pre_p, post_patch: post_p, pre_unpatch: pre_u, post_unpatch: post_u },
  },
  {},
];
const patch: klp_patch = { mod: THIS_MODULE, objs };

function lp_callbacks_init(): int {
  return klp_enable_patch(patch);
}
function lp_callbacks_exit(): void {}
init(lp_callbacks_init);
exit(lp_callbacks_exit);
module_init(lp_callbacks_init);
module_exit(lp_callbacks_exit);
MODULE_LICENSE("GPL");
MODULE_INFO("livepatch", "Y");

// Shadow variables: each call of their interface on two objects of its own, told in the log.

import { EINVAL } from "linux/errno";
import { klp_shadow_alloc, klp_shadow_free, klp_shadow_free_all, klp_shadow_get, klp_shadow_get_or_alloc } from "linux/livepatch";
import { GFP_KERNEL } from "linux/slab";

const pr_fmt = KBUILD_MODNAME + ": ";

let x: array<s64, 2>;
let count: int = 0;

function ctor(_obj: ptr, data: ptr, arg: ptr): int {
  const d = data as s64[];
  const a = arg as s64[];
  d[0] = a[0];
  pr_info("ctor %ld\n", d[0]);
  return 0;
}
function bad(_obj: ptr, _data: ptr, _arg: ptr): int {
  return -EINVAL;
}
function dtor(_obj: ptr, data: ptr): void {
  count++;
  pr_info("dtor of a %ld\n", (data as s64[])[0]);
}
function tell(what: cstr, p: ptr): void {
  if (p !== null) pr_info("%s: %ld\n", what, (p as s64[])[0]);
  else pr_info("%s: none\n", what);
}

function shadow_init(): int {
  let a: s64 = 1;
  let b: s64 = 2;
  const x0 = addr(x[0]);
  const x1 = addr(x[1]);
  tell("get", klp_shadow_get(x0, 1));
  tell("alloc", klp_shadow_alloc(x0, 1, 8, GFP_KERNEL, ctor, addr(a)));
  tell("get", klp_shadow_get(x0, 1));
  tell("alloc again", klp_shadow_alloc(x0, 1, 8, GFP_KERNEL, ctor, addr(b)));
  tell("get_or_alloc", klp_shadow_get_or_alloc(x0, 1, 8, GFP_KERNEL, ctor, addr(b)));
  tell("get_or_alloc other id", klp_shadow_get_or_alloc(x0, 2, 8, GFP_KERNEL, ctor, addr(b)));
  tell("bad ctor", klp_shadow_alloc(x1, 1, 8, GFP_KERNEL, bad, addr(b)));
  tell("bad ctor left", klp_shadow_get(x1, 1));
  tell("no ctor", klp_shadow_alloc(x1, 1, 8, GFP_KERNEL, null, null));
  klp_shadow_free(x0, 2, dtor);
  tell("freed", klp_shadow_get(x0, 2));
  klp_shadow_free(x0, 2, dtor);
  klp_shadow_free(x1, 1, dtor);
  klp_shadow_get_or_alloc(x1, 1, 8, GFP_KERNEL, ctor, addr(a));
  klp_shadow_get_or_alloc(x1, 3, 8, GFP_KERNEL, ctor, addr(b));
  klp_shadow_free_all(1, dtor);
  pr_info("%d freed\n", count);
  tell("other id", klp_shadow_get(x1, 3));
  klp_shadow_free_all(3, null);
  tell("other id", klp_shadow_get(x1, 3));
  return 0;
}
init(shadow_init);
function shadow_exit(): void {}
exit(shadow_exit);
module_init(shadow_init);
module_exit(shadow_exit);
MODULE_LICENSE("GPL");

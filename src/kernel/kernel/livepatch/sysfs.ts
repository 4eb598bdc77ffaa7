// /sys/kernel/livepatch/<patch>/{enabled,transition,force,<object>/{patched,<function>,<sympos>/}}

import { EINVAL } from "linux/errno";
import { kstrtobool, sprintf } from "linux/kernel";
import { type kobj_attribute, kobj_sysfs_ops, type kobj_type, type kobject } from "linux/kobject";
import type { klp_func, klp_object, klp_patch } from "linux/livepatch";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import type { attribute, attribute_group } from "linux/sysfs";
import { __klp_disable_patch, klp_mutex } from "./core";
import { klp_func_released, klp_object_released, klp_patch_released } from "./free";
import { klp_force_transition, klp_reverse_transition, klp_transition_patch } from "./transition";

function enabled_store(kobj: kobject, _attr: kobj_attribute, buf: u8[], count: u64): s64 {
  let enabled = false;
  let ret = kstrtobool(buf, addr(enabled));
  if (ret !== 0) return s64(ret);
  const patch = container_of<klp_patch>(kobj, "kobj");
  mutex_lock(klp_mutex);
  if (patch.enabled === enabled) {
    // Already there.
    ret = -EINVAL;
  } else if (patch === klp_transition_patch) {
    klp_reverse_transition();
  } else if (!enabled) {
    ret = __klp_disable_patch(patch);
  } else {
    // A disabled patch is never enabled again.
    ret = -EINVAL;
  }
  mutex_unlock(klp_mutex);
  return ret !== 0 ? s64(ret) : s64(count);
}

function enabled_show(kobj: kobject, _attr: kobj_attribute, buf: u8[]): s64 {
  const enabled: int = container_of<klp_patch>(kobj, "kobj").enabled ? 1 : 0;
  return s64(sprintf(buf, "%d\n", enabled));
}

function transition_show(kobj: kobject, _attr: kobj_attribute, buf: u8[]): s64 {
  const running: int = container_of<klp_patch>(kobj, "kobj") === klp_transition_patch ? 1 : 0;
  return s64(sprintf(buf, "%d\n", running));
}

function force_store(kobj: kobject, _attr: kobj_attribute, buf: u8[], count: u64): s64 {
  let val = false;
  const ret = kstrtobool(buf, addr(val));
  if (ret !== 0) return s64(ret);
  if (!val) return s64(count);
  mutex_lock(klp_mutex);
  if (container_of<klp_patch>(kobj, "kobj") !== klp_transition_patch) {
    mutex_unlock(klp_mutex);
    return -EINVAL;
  }
  klp_force_transition();
  mutex_unlock(klp_mutex);
  return s64(count);
}

function patched_show(kobj: kobject, _attr: kobj_attribute, buf: u8[]): s64 {
  const patched: int = container_of<klp_object>(kobj, "kobj").patched ? 1 : 0;
  return s64(sprintf(buf, "%d\n", patched));
}

const enabled_attr: kobj_attribute = { attr: { name: "enabled", mode: 0o644 }, show: enabled_show, store: enabled_store };
const transition_attr: kobj_attribute = { attr: { name: "transition", mode: 0o444 }, show: transition_show };
const force_attr: kobj_attribute = { attr: { name: "force", mode: 0o200 }, store: force_store };
const patched_attr: kobj_attribute = { attr: { name: "patched", mode: 0o444 }, show: patched_show };

let klp_patch_attrs: array<ref<attribute>, 4>;
let klp_object_attrs: array<ref<attribute>, 2>;
const klp_patch_group: attribute_group = { attrs: klp_patch_attrs };
const klp_object_group: attribute_group = { attrs: klp_object_attrs };
const klp_patch_groups: ref<attribute_group>[] = [klp_patch_group, null];
const klp_object_groups: ref<attribute_group>[] = [klp_object_group, null];

function klp_kobj_release_patch(kobj: kobject): void {
  klp_patch_released(container_of<klp_patch>(kobj, "kobj"));
}

function klp_kobj_release_object(kobj: kobject): void {
  klp_object_released(container_of<klp_object>(kobj, "kobj"));
}

function klp_kobj_release_func(kobj: kobject): void {
  klp_func_released(container_of<klp_func>(kobj, "kobj"));
}

export const klp_ktype_patch: kobj_type = {
  release: klp_kobj_release_patch,
  sysfs_ops: kobj_sysfs_ops,
  default_groups: klp_patch_groups,
};
export const klp_ktype_object: kobj_type = {
  release: klp_kobj_release_object,
  sysfs_ops: kobj_sysfs_ops,
  default_groups: klp_object_groups,
};
export const klp_ktype_func: kobj_type = { release: klp_kobj_release_func, sysfs_ops: kobj_sysfs_ops };

/** The lists of attributes end in null. */
export function klp_sysfs_init(): void {
  let a: attribute = enabled_attr.attr;
  klp_patch_attrs[0] = a;
  a = transition_attr.attr;
  klp_patch_attrs[1] = a;
  a = force_attr.attr;
  klp_patch_attrs[2] = a;
  a = patched_attr.attr;
  klp_object_attrs[0] = a;
}
init(klp_sysfs_init);

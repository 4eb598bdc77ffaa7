// /sys/module/*/parameters: one file for each parameter that has a mode.

import { ENOMEM, EPERM } from "linux/errno";
import { type module, type module_attribute, type module_kobject, type module_param_attrs } from "linux/module";
import { type kernel_param } from "linux/moduleparam";
import { GFP_KERNEL, kcalloc, kfree, kzalloc } from "linux/slab";
import { type attribute, sysfs_create_group, sysfs_remove_group } from "linux/sysfs";
import { kernel_param_lock, kernel_param_unlock } from "./params";

interface param_attribute extends struct<"param_attribute"> {
  mattr?: embed<module_attribute>;
  param?: kernel_param;
}

function param_attr_show(mattr: module_attribute, _mk: module_kobject, buf: u8[]): s64 {
  const attribute = container_of<param_attribute>(mattr, "mattr");
  if (attribute.param.ops.get === null) return -EPERM;
  kernel_param_lock();
  const count = attribute.param.ops.get(buf, attribute.param);
  kernel_param_unlock();
  return s64(count);
}

function param_attr_store(mattr: module_attribute, _mk: module_kobject, buf: u8[], len: u64): s64 {
  const attribute = container_of<param_attribute>(mattr, "mattr");
  if (attribute.param.ops.set === null) return -EPERM;
  // The value ends at the newline that echo adds, for those types that do not skip it.
  if (len > u64(0) && buf[len - u64(1)] === 0x0a) buf[len - u64(1)] = 0;
  kernel_param_lock();
  const err = attribute.param.ops.set(buf, attribute.param);
  kernel_param_unlock();
  return err === 0 ? s64(len) : s64(err);
}

/** Makes parameters/ below a module's directory for those parameters that have a mode. */
export function module_param_sysfs_setup(mk: module_kobject, kparam: kernel_param[], num_params: u32): int {
  let visible: u32 = 0;
  for (let i: u32 = 0; i < num_params; i++) {
    if (kparam[i].perm !== 0) visible++;
  }
  if (visible === 0) return 0;
  const mp = kzalloc(sizeof<module_param_attrs>(), GFP_KERNEL) as module_param_attrs;
  const attrs = kcalloc(u64(visible), sizeof<param_attribute>(), GFP_KERNEL) as param_attribute[];
  const list = kcalloc(u64(visible + 1), 8, GFP_KERNEL) as ref<attribute>[];
  if (mp === null || attrs === null || list === null) {
    kfree(mp);
    kfree(attrs);
    kfree(list);
    return -ENOMEM;
  }
  let n: u32 = 0;
  for (let i: u32 = 0; i < num_params; i++) {
    const kp = kparam[i];
    if (kp.perm === 0) continue;
    const a = attrs[n];
    a.param = kp;
    a.mattr.show = param_attr_show;
    if (kp.perm & 0o222) a.mattr.store = param_attr_store;
    a.mattr.attr.name = kp.name;
    a.mattr.attr.mode = kp.perm;
    const attr: attribute = a.mattr.attr;
    list[n] = attr;
    n++;
  }
  mp.num = n;
  mp.grp.name = "parameters";
  mp.grp.attrs = list;
  mk.mp = mp;
  const err = sysfs_create_group(mk.kobj, mp.grp);
  if (err !== 0) module_param_free(mk);
  return err;
}

function module_param_free(mk: module_kobject): void {
  const mp = mk.mp;
  kfree(container_of<param_attribute>(mp.grp.attrs[0], "mattr"));
  kfree(mp.grp.attrs);
  kfree(mp);
  mk.mp = null;
}

export function module_param_sysfs_remove(mod: module): void {
  const mp = mod.mkobj.mp;
  if (mp === null) return;
  sysfs_remove_group(mod.mkobj.kobj, mp.grp);
  module_param_free(mod.mkobj);
}

// kobjects: the named, counted objects that make up /sys.
import type { kernfs_node } from "linux/kernfs";
import type { kref } from "linux/kref";
import type { list_head } from "linux/list";
import type { spinlock_t } from "linux/spinlock";
import type { attribute, attribute_group, sysfs_ops } from "linux/sysfs";

export interface kobject extends struct<"kobject"> {
  name?: u8[];
  entry?: embed<list_head>;
  parent?: kobject;
  kset?: kset;
  ktype?: kobj_type;
  sd?: kernfs_node;
  kref?: embed<kref>;
  state_initialized?: bool;
  state_in_sysfs?: bool;
}

export interface kobj_type extends struct<"kobj_type"> {
  release?: (kobj: kobject) => void;
  sysfs_ops?: sysfs_ops;
  /** Ends in null. */
  default_groups?: ref<attribute_group>[];
}

export interface kset_uevent_ops extends struct<"kset_uevent_ops"> {
  filter?: (kobj: kobject) => int;
}

export interface kset extends struct<"kset"> {
  list?: embed<list_head>;
  list_lock?: embed<spinlock_t>;
  kobj?: embed<kobject>;
  uevent_ops?: kset_uevent_ops;
}

export interface kobj_attribute extends struct<"kobj_attribute"> {
  attr?: embed<attribute>;
  show?: (kobj: kobject, attr: kobj_attribute, buf: u8[]) => s64;
  store?: (kobj: kobject, attr: kobj_attribute, buf: u8[], count: u64) => s64;
}

export const KOBJ_ADD = 0;
export const KOBJ_REMOVE = 1;
export const KOBJ_CHANGE = 2;
export {
  devices_kset,
  fs_kobj,
  kernel_kobj,
  kobj_sysfs_ops,
  kobject_add,
  kobject_create_and_add,
  kobject_del,
  kobject_get,
  kobject_get_path,
  kobject_init,
  kobject_init_and_add,
  kobject_name,
  kobject_put,
  kobject_set_name,
  kobject_synth_uevent,
  kobject_uevent,
  kset_create_and_add,
  kset_find_obj,
  kset_register,
  kset_unregister,
} from "../../lib/kobject";

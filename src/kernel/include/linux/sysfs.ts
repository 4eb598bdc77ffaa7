// sysfs: attributes of kobjects as files.
import type { file } from "linux/fs";
import type { kobject } from "linux/kobject";

export interface attribute extends struct<"attribute"> {
  name?: cstr;
  mode?: u16;
}

export interface bin_attribute extends struct<"bin_attribute"> {
  attr?: embed<attribute>;
  size?: u64;
  private?: ptr;
  read?: (filp: file, kobj: kobject, attr: bin_attribute, buf: u8[], off: s64, count: u64) => s64;
  write?: (filp: file, kobj: kobject, attr: bin_attribute, buf: u8[], off: s64, count: u64) => s64;
}

export interface attribute_group extends struct<"attribute_group"> {
  name?: cstr;
  is_visible?: (kobj: kobject, attr: attribute, n: int) => u16;
  /** Ends in null. */
  attrs?: ref<attribute>[];
  bin_attrs?: ref<bin_attribute>[];
}

export interface sysfs_ops extends struct<"sysfs_ops"> {
  show?: (kobj: kobject, attr: attribute, buf: u8[]) => s64;
  store?: (kobj: kobject, attr: attribute, buf: u8[], count: u64) => s64;
}
export {
  sysfs_add_file_to_group,
  sysfs_create_bin_file,
  sysfs_create_dir_ns,
  sysfs_create_file,
  sysfs_create_files,
  sysfs_create_group,
  sysfs_create_groups,
  sysfs_create_link,
  sysfs_create_mount_point,
  sysfs_emit,
  sysfs_emit_at,
  sysfs_notify,
  sysfs_remove_bin_file,
  sysfs_remove_dir,
  sysfs_remove_file,
  sysfs_remove_files,
  sysfs_remove_group,
  sysfs_remove_groups,
  sysfs_remove_link,
} from "../../fs/sysfs/file";

// kernfs: the tree behind sysfs. A node's removal waits until nobody is inside its methods.

import type { list_head } from "linux/list";
import type { mutex } from "linux/mutex";
import type { attribute, bin_attribute } from "linux/sysfs";

export const KERNFS_DIR = 1;
export const KERNFS_FILE = 2;
export const KERNFS_LINK = 4;

/** Added to `active` when the node is being removed: no new users get in. */
export const KN_DEACTIVATED_BIAS = -0x40000000;

export interface kernfs_node extends struct<"kernfs_node"> {
  /** References; users of its methods (negative once its removal has begun). Atomic. */
  count?: int;
  active?: int;
  /** parent, name, hash, children, sibling, subdirs and target: under kernfs_rwsem. */
  parent?: kernfs_node;
  name?: u8[];
  /** Of the name: children stand in its order, and a directory's position is the next one's. */
  hash?: u32;
  type?: int;
  mode?: u16;
  uid?: u32;
  gid?: u32;
  ino?: u64;
  size?: s64;
  subdirs?: u32;
  /** Set once, under kernfs_rwsem; read without it to tell that a dentry is stale. */
  removed?: bool;
  children?: embed<list_head>;
  sibling?: embed<list_head>;
  /** KERNFS_LINK: where to. attr, bin_attr and priv do not change; they are valid while `active` is held. */
  target?: kernfs_node;
  attr?: attribute;
  bin_attr?: bin_attribute;
  /** The kobject (sysfs). */
  priv?: ptr;
  notify?: u32;
}

export interface kernfs_open_file extends struct<"kernfs_open_file"> {
  kn?: kernfs_node;
  mutex?: embed<mutex>;
  buf?: u8[];
  len?: s64;
  event?: u32;
}
export {
  kernfs_create_dir,
  kernfs_create_file,
  kernfs_create_link,
  kernfs_find_and_get,
  kernfs_get,
  kernfs_get_active,
  kernfs_path,
  kernfs_put,
  kernfs_put_active,
  kernfs_remove,
  kernfs_remove_by_name,
  kernfs_rename,
} from "../../fs/kernfs/dir";

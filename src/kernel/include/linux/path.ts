// A place in the name space: a dentry seen through a mount.
import type { dentry } from "linux/dcache";
import type { vfsmount } from "linux/mount";

export interface path extends struct<"path"> {
  mnt?: vfsmount;
  dentry?: dentry;
}
export { path_get, path_put } from "../../fs/namei";

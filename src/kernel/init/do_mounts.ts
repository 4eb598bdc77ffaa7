// The root file system: 9p from the virtio device with tag "rootfs", unless root= and rootfstype= say otherwise; and /dev on it.

import { IS_ERR, PTR_ERR } from "linux/err";
import { get_fs_type } from "../fs/filesystems";
import { init_mount, set_root_mount, vfs_kern_mount } from "../fs/namespace";
import { panic } from "../kernel/panic";
import { root_device_name, root_fs_names, root_mount_data } from "./params";

export function prepare_namespace(): void {
  const fstype: cstr = root_fs_names !== null ? root_fs_names : "9p";
  const source: cstr = root_device_name !== null ? root_device_name : "rootfs";
  const type = get_fs_type(fstype);
  if (type === null) panic('VFS: Unable to mount root fs "%s": no such file system "%s"', source, fstype);
  const mnt = vfs_kern_mount(type, 0, source, root_mount_data !== null ? root_mount_data : "trans=virtio,version=9p2000.L");
  if (IS_ERR(mnt)) panic('VFS: Unable to mount root fs on "%s" (error %d)', source, int(PTR_ERR(mnt)));
  set_root_mount(mnt);
  pr_info("VFS: Mounted root (%s filesystem) on device 0:%u.\n", fstype, mnt.mnt_sb.s_dev & 0xff);
  const err = init_mount("devtmpfs", "/dev", "devtmpfs", 0);
  if (err !== 0) pr_warn("devtmpfs: error mounting %d\n", err);
  else pr_info("devtmpfs: mounted\n");
}

// The root file system. Runs in kernel_init's thread, before init.
import { IS_ERR, PTR_ERR } from "linux/err";
import { get_fs_type, put_filesystem } from "linux/fs";
import { saved_command_line } from "linux/init";
import { panic } from "linux/kernel";
import { MS_RDONLY } from "linux/mount";
import { strlen, strncmp } from "linux/string";
import { init_mount, set_root_mount, vfs_kern_mount } from "../fs/namespace";

/** From `root=`, `rootfstype=`, `rootflags=`; the volume of the first virtio-9p device where nothing is said. */
let root_device_name: array<u8, 64> = "/dev/root";
let root_fs_names: array<u8, 32> = "9p";
let root_mount_data: array<u8, 128> = "trans=virtio,version=9p2000.L";
let root_mountflags: int = 0;

/** The value of `name=` on the command line into `to`, if it is there. */
function boot_option(name: cstr, to: u8[], size: u64): bool {
  const line = saved_command_line as u8[];
  const n = strlen(name);
  for (let i: u64 = 0; line[i] !== 0; i++) {
    if (i !== 0 && line[i - 1] !== 32) continue;
    if (strncmp(add(line, i), name, n) !== 0) continue;
    let len: u64 = 0;
    while (line[i + n + len] !== 0 && line[i + n + len] !== 32 && len + 1 < size) {
      to[len] = line[i + n + len];
      len += 1;
    }
    to[len] = 0;
    return true;
  }
  return false;
}

function mount_root(): void {
  boot_option("root=", root_device_name, 64);
  boot_option("rootfstype=", root_fs_names, 32);
  boot_option("rootflags=", root_mount_data, 128);
  let word: array<u8, 4>;
  if (boot_option("ro", word, 4) && word[0] === 0) root_mountflags = MS_RDONLY;
  const type = get_fs_type(root_fs_names);
  if (type === null) panic("VFS: Unable to mount root fs: no file system type %s", root_fs_names);
  const mnt = vfs_kern_mount(type, root_mountflags, root_device_name, root_mount_data);
  put_filesystem(type);
  if (IS_ERR(mnt)) panic('VFS: Unable to mount root fs via 9p "%s": error %d', root_device_name, int(PTR_ERR(mnt)));
  set_root_mount(mnt);
  pr_info(
    "VFS: Mounted root (%s filesystem)%s on device %u:%u.\n",
    root_fs_names,
    root_mountflags !== 0 ? " readonly" : "",
    mnt.mnt_sb.s_dev >> 20,
    mnt.mnt_sb.s_dev & 0xfffff,
  );
}

/** Root, and /dev over it. */
export function prepare_namespace(): void {
  mount_root();
  const err = init_mount("devtmpfs", "/dev", "devtmpfs", 0);
  if (err !== 0) pr_warn("devtmpfs: error mounting %d\n", err);
  else pr_info("devtmpfs: mounted\n");
}

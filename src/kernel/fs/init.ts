// Bringing up the file side of the kernel, in order. init/main calls the three stages.
import { devtmpfs_init } from "../drivers/base/devtmpfs";
import { misc_init } from "../drivers/char/misc";
import { chr_dev_init } from "../drivers/char/mem";
import { serial8250_init } from "../drivers/tty/serial/8250";
import { tty_init } from "../drivers/tty/tty_io";
import { virtio_mmio_init } from "../drivers/virtio/virtio_mmio";
import { kobjects_init } from "../lib/kobject";
import { p9_virtio_init } from "../net/9p/trans_virtio";
import { v9fs_init } from "./9p/vfs";
import { init_elf_binfmt } from "./binfmt_elf";
import { init_gate_binfmt } from "./binfmt_gate";
import { init_script_binfmt } from "./binfmt_script";
import { files_init } from "./file";
import { sysfs_init } from "./kernfs/inode";
import { mnt_init } from "./namespace";
import { init_pipe_fs } from "./pipe";
import { proc_root_init } from "./proc/root";
import { ramfs_init } from "./ramfs";

/** As soon as kmalloc works: the objects that others register with (sysfs, /proc). */
export function vfs_caches_init(): void {
  files_init();
  mnt_init();
  ramfs_init();
  sysfs_init();
  kobjects_init();
  proc_root_init();
}

/** With the scheduler running: file systems, formats, devices. */
export function fs_initcalls(): void {
  init_pipe_fs();
  init_script_binfmt();
  init_gate_binfmt();
  init_elf_binfmt();
  devtmpfs_init();
  chr_dev_init();
  misc_init();
  tty_init();
  serial8250_init();
  v9fs_init();
  p9_virtio_init();
  virtio_mmio_init();
}

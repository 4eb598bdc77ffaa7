// Files in /sys/kernel/debug.

export { debugfs_create_dir, debugfs_create_file, debugfs_remove } from "../../fs/debugfs/inode";

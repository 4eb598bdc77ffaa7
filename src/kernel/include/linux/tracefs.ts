// Files in /sys/kernel/tracing.

export {
  tracefs_create_dir,
  tracefs_create_file,
  tracefs_create_instance_dir,
  tracefs_create_lazy_dir,
  tracefs_release_dir,
  tracefs_remove,
} from "../../fs/tracefs/inode";

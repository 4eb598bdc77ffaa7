// A task's root, working directory and umask.
import type { path } from "linux/path";
import type { spinlock_t } from "linux/spinlock";

export interface fs_struct extends struct<"fs_struct"> {
  users?: int;
  lock?: embed<spinlock_t>;
  umask?: int;
  root?: embed<path>;
  pwd?: embed<path>;
}
export { copy_fs_struct, exit_fs, get_fs_pwd, get_fs_root, get_task_path, init_fs, set_fs_pwd, set_fs_root } from "../../fs/fs_struct";

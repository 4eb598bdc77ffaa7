// A task's table of open files.
import type { file } from "linux/fs";
import type { spinlock_t } from "linux/spinlock";

export const NR_OPEN_DEFAULT = 64;

export interface files_struct extends struct<"files_struct"> {
  count?: int;
  /** Guards all that follows. */
  file_lock?: embed<spinlock_t>;
  next_fd?: u32;
  max_fds?: u32;
  fd?: ref<file>[];
  /** Bit maps of max_fds bits: numbers taken, and those that exec closes. */
  open_fds?: u64[];
  close_on_exec?: u64[];
  open_fds_init?: u64;
  close_on_exec_init?: u64;
  fd_array?: array<ref<file>, 64>;
}
export { dup_fd, exit_files, init_files, put_files_struct } from "../../fs/fdtable";
export { do_close_on_exec } from "../../fs/file";

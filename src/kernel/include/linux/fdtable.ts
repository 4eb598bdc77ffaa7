// A task's table of open files.
import type { file } from "linux/fs";
import type { spinlock_t } from "linux/spinlock";

export const NR_OPEN_DEFAULT = 64;
/** RLIMIT_NOFILE's default; the table never grows beyond it. */
export const NR_OPEN_MAX = 1024;

export interface files_struct extends struct<"files_struct"> {
  count?: int;
  file_lock?: embed<spinlock_t>;
  next_fd?: u32;
  max_fds?: u32;
  fd?: ref<file>[];
  open_fds?: array<u64, 16>;
  close_on_exec?: array<u64, 16>;
  fd_array?: array<ref<file>, 64>;
}
export { do_close_on_exec, dup_fd, exit_files, init_files, put_files_struct } from "../../fs/file";

// Advisory locks on files: flock(2), POSIX record locks and open-file-description locks of fcntl(2).

import type { file, inode } from "linux/fs";
import type { list_head } from "linux/types";

export const F_RDLCK = 0;
export const F_WRLCK = 1;
export const F_UNLCK = 2;

export const FL_POSIX = 1;
export const FL_FLOCK = 2;
export const FL_OFDLCK = 4;

/** One lock that is held, or the wish of a task that waits. Under file_lock_lock. */
export interface file_lock extends struct<"file_lock"> {
  /** Node in the list of all locks, or of all waiters. */
  fl_link?: embed<list_head>;
  fl_inode?: inode;
  /** Whose: the file table for POSIX locks, else the open file. */
  fl_owner?: u64;
  fl_flags?: u32;
  fl_type?: u32;
  fl_pid?: int;
  /** First and last byte. */
  fl_start?: s64;
  fl_end?: s64;
  /** A waiter's: the lock in its way. */
  fl_blocker?: file_lock;
}

/** The user's struct flock. */
export interface flock extends struct<"flock"> {
  l_type?: s16;
  l_whence?: s16;
  l_start?: s64;
  l_len?: s64;
  l_pid?: int;
}

export { locks_remove_file, locks_remove_posix, locks_show } from "../../fs/locks";

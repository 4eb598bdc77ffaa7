// Terminals: tty_struct, its driver, and the line discipline's buffer.
import type { file } from "linux/fs";
import type { mutex } from "linux/mutex";
import type { pid } from "linux/pid";
import type { spinlock_t } from "linux/spinlock";
import type { ktermios, winsize } from "linux/termios";
import type { wait_queue_head } from "linux/wait";

export const N_TTY_BUF_SIZE = 4096;

export interface tty_operations extends struct<"tty_operations"> {
  open?: (tty: tty_struct, filp: file) => int;
  close?: (tty: tty_struct, filp: file) => void;
  /** Puts out bytes of kernel memory; returns how many. */
  write?: (tty: tty_struct, buf: u8[], count: int) => int;
  write_room?: (tty: tty_struct) => u32;
  chars_in_buffer?: (tty: tty_struct) => u32;
  set_termios?: (tty: tty_struct, old: ktermios) => void;
  /** The line discipline has room again. */
  unthrottle?: (tty: tty_struct) => void;
}

export interface tty_driver extends struct<"tty_driver"> {
  /** Of the device nodes. */
  name?: cstr;
  driver_name?: cstr;
  major?: int;
  minor_start?: int;
  num?: int;
  ops?: tty_operations;
  ttys?: ref<tty_struct>[];
  next?: tty_driver;
  driver_state?: ptr;
}

export interface tty_file_private extends struct<"tty_file_private"> {
  tty?: tty_struct;
  generation?: u32;
}

export interface tty_struct extends struct<"tty_struct"> {
  name?: array<u8, 16>;
  driver?: tty_driver;
  ops?: tty_operations;
  index?: int;
  dev?: u32;
  count?: int;
  /** Changed under termios_rwsem and output_lock. */
  termios?: embed<ktermios>;
  winsize?: embed<winsize>;
  winsize_mutex?: embed<mutex>;
  /** Session and foreground process group, or null: under ctrl_lock. Whose terminal it becomes is decided under tty_mutex (tty_jobctrl.ts). */
  ctrl_lock?: embed<spinlock_t>;
  session?: pid;
  pgrp?: pid;
  /** ^S: set and cleared under output_lock; who waits for it looks again behind the wait queue. */
  flow_stopped?: bool;
  termios_rwsem?: embed<mutex>;
  atomic_write_lock?: embed<mutex>;
  atomic_read_lock?: embed<mutex>;
  read_wait?: embed<wait_queue_head>;
  write_wait?: embed<wait_queue_head>;
  /** Line discipline (n_tty.ts says which lock is whose): a ring of input; [tail, canon_head) can be read in canonical mode, [canon_head, head) is the line being edited. */
  read_lock?: embed<spinlock_t>;
  read_buf?: u8[];
  read_flags?: u64[];
  read_head?: u64;
  canon_head?: u64;
  read_tail?: u64;
  column?: u32;
  canon_column?: u32;
  lnext?: bool;
  push?: bool;
  /** Whoever writes to the driver, so that echoes and output do not mix within a character. */
  output_lock?: embed<mutex>;
  /** Echoes that came while the output was stopped; under output_lock. */
  echo_buf?: u8[];
  echo_len?: u32;
  /** Counted up by a hangup: files opened before it are dead. */
  generation?: u32;
  driver_data?: ptr;
}
export { n_tty_receive_buf, n_tty_receive_room } from "../../drivers/tty/n_tty";
export { tty_console, tty_devnum, tty_driver_lookup, tty_hangup, tty_name, tty_register_driver } from "../../drivers/tty/tty_io";
export { tty_do_resize } from "../../drivers/tty/tty_ioctl";
export {
  disassociate_ctty,
  get_current_tty,
  no_tty,
  proc_clear_tty,
  tty_check_change,
  tty_get_pgrp,
  tty_jobctrl_ioctl,
} from "../../drivers/tty/tty_jobctrl";

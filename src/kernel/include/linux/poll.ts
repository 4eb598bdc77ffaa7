// poll masks and the table that a file's poll method puts its wait queues into.
import type { file } from "linux/fs";
import type { task_struct } from "linux/sched";
import type { wait_queue_entry, wait_queue_head } from "linux/wait";

export const POLLIN = 0x0001;
export const POLLPRI = 0x0002;
export const POLLOUT = 0x0004;
export const POLLERR = 0x0008;
export const POLLHUP = 0x0010;
export const POLLNVAL = 0x0020;
export const POLLRDNORM = 0x0040;
export const POLLRDBAND = 0x0080;
export const POLLWRNORM = 0x0100;
export const POLLWRBAND = 0x0200;
export const EPOLLIN = POLLIN;
export const EPOLLOUT = POLLOUT;
export const EPOLLERR = POLLERR;
export const EPOLLHUP = POLLHUP;
export const EPOLLRDNORM = POLLRDNORM;
export const EPOLLWRNORM = POLLWRNORM;
export const DEFAULT_POLLMASK = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

export interface pollfd extends struct<"pollfd"> {
  fd?: int;
  events?: s16;
  revents?: s16;
}

export interface poll_table_entry extends struct<"poll_table_entry"> {
  table?: poll_table_struct;
  wait_address?: wait_queue_head;
  wait?: embed<wait_queue_entry>;
}

export const N_POLL_ENTRIES = 32;

/** Queues beyond N_POLL_ENTRIES end the wait at once (error): the caller polls again. */
export interface poll_table_struct extends struct<"poll_table_struct"> {
  /** False once something is ready: nothing more needs to be queued. */
  waiting?: bool;
  error?: bool;
  /** A queue woke us since the last look. */
  triggered?: bool;
  polling_task?: task_struct;
  nr?: int;
  entries?: poll_table_entry[];
}
export { poll_wait } from "../../fs/select";
export type { file };

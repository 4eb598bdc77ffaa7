// Pipes: a ring of 64 KiB between readers and writers.
import type { mutex } from "linux/mutex";
import type { wait_queue_head } from "linux/wait";

export const PIPE_BUF = 4096;
export const PIPE_SIZE = 65536;

export interface pipe_inode_info extends struct<"pipe_inode_info"> {
  mutex?: embed<mutex>;
  rd_wait?: embed<wait_queue_head>;
  wr_wait?: embed<wait_queue_head>;
  /** Bytes ever read and written; their difference is what the ring holds. */
  tail?: u64;
  head?: u64;
  ring_size?: u64;
  readers?: u32;
  writers?: u32;
  /** Opens so far, for the two sides of a fifo to meet. */
  r_counter?: u32;
  w_counter?: u32;
  files?: u32;
  bufs?: u8[];
}
export { do_pipe_flags } from "../../fs/pipefs";

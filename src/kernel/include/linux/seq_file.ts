// seq_file: text files made record by record. Used by proc, debugfs, tracefs.
import type { file } from "linux/fs";
import type { mutex } from "linux/mutex";

export const SEQ_SKIP = 1;

export interface seq_file extends struct<"seq_file"> {
  buf?: u8[];
  size?: u64;
  from?: u64;
  count?: u64;
  pad_until?: u64;
  index?: s64;
  read_pos?: s64;
  lock?: embed<mutex>;
  op?: seq_operations;
  poll_event?: int;
  file?: file;
  private?: ptr;
}

export interface seq_operations extends struct<"seq_operations"> {
  start?: (m: seq_file, pos: s64[]) => ptr;
  stop?: (m: seq_file, v: ptr) => void;
  next?: (m: seq_file, v: ptr, pos: s64[]) => ptr;
  show?: (m: seq_file, v: ptr) => int;
}

/** What start returns for a header line, and single_open's only record: the address 1. */
export function SEQ_START_TOKEN(): ptr {
  return at<ptr>(1);
}
inline(SEQ_START_TOKEN);

export {
  __seq_open_private,
  seq_escape,
  seq_has_overflowed,
  seq_list_next,
  seq_list_start,
  seq_lseek,
  seq_open,
  seq_open_private,
  seq_path,
  seq_printf,
  seq_put_decimal_ull,
  seq_putc,
  seq_puts,
  seq_read,
  seq_read_iter,
  seq_release,
  seq_release_private,
  seq_vprintf,
  seq_write,
} from "../../fs/seq_file";
export { single_open, single_open_size, single_release } from "../../fs/seq-single";

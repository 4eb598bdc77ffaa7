// iov_iter: one description of "the caller's memory", user or kernel, for read_iter and write_iter.
export interface iovec extends struct<"iovec"> {
  iov_base?: u8[];
  iov_len?: u64;
}

export const READ = 0;
export const WRITE = 1;
export const UIO_MAXIOV = 1024;

export interface iov_iter extends struct<"iov_iter"> {
  /** Kernel memory (kvec) instead of the user's. */
  kernel?: bool;
  data_source?: bool;
  /** Segment that is being used, and the place in it; iov is in kernel memory. */
  iov?: iovec[];
  nr_segs?: u64;
  iov_offset?: u64;
  /** Bytes left. */
  count?: u64;
  /** The one segment of import_single_range and iov_iter_kvec_single. */
  single?: embed<iovec>;
}

export function iov_iter_count(i: iov_iter): u64 {
  return i.count;
}
inline(iov_iter_count);

export {
  copy_from_iter,
  copy_to_iter,
  import_iovec,
  import_single_range,
  iov_iter_advance,
  iov_iter_kvec_single,
  iov_iter_truncate,
  iov_iter_zero,
} from "../../lib/iov_iter";

// Pages of a mapped file come from the server and go back to it.

import { type file } from "linux/fs";
import { type iov_iter, iov_iter_kvec_single, READ, WRITE } from "linux/uio";
import { type p9_fid } from "../../net/9p/client";
import { p9_client_read, p9_client_write } from "../../net/9p/requests";

export function v9fs_read_page(f: file, index: u64, address: u64): s64 {
  let kvec: embed<iov_iter>;
  iov_iter_kvec_single(kvec, READ, at<ptr>(address), 4096);
  return p9_client_read(f.private_data as p9_fid, s64(index << 12), kvec);
}

export function v9fs_write_page(f: file, index: u64, address: u64, n: u64): s64 {
  let kvec: embed<iov_iter>;
  iov_iter_kvec_single(kvec, WRITE, at<ptr>(address), n);
  return p9_client_write(f.private_data as p9_fid, s64(index << 12), kvec);
}

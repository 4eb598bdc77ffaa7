// The fid that a dentry holds.

import { type dentry } from "linux/dcache";
import { type p9_fid } from "../../net/9p/client";

export function fid_of(d: dentry): p9_fid {
  return d.d_fsdata as p9_fid;
}

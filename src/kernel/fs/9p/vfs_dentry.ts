// Names of a 9p file system in the dentry cache: directories stay and are asked for on use; files leave it with their last user.

import { type dentry, type dentry_operations } from "linux/dcache";
import { IS_ERR, PTR_ERR } from "linux/err";
import { ENOMEM } from "linux/errno";
import { jiffies } from "linux/jiffies";
import { S_ISDIR } from "linux/stat";
import { p9_client_clunk, p9_client_walk } from "../../net/9p/client";
import { fid_of } from "./fid";

/** Still the same object under this name? */
function v9fs_revalidate(dentry: dentry, flags: u32): int {
  if (dentry.d_inode === null) return 0;
  // Asked once per jiffy: a path walk passes the same directories again and again, and nothing outside changes within a tick's time.
  if (dentry.d_time === jiffies) return 1;
  const fid = p9_client_walk(fid_of(dentry.d_parent), dentry.d_name.name, dentry.d_name.len);
  if (IS_ERR(fid)) return PTR_ERR(fid) === -ENOMEM ? -ENOMEM : 0;
  const same = fid.qid.path === dentry.d_inode.i_ino && fid.qid.type === fid_of(dentry).qid.type;
  p9_client_clunk(fid);
  dentry.d_time = jiffies;
  return same ? 1 : 0;
}

function v9fs_dentry_delete(dentry: dentry): int {
  return dentry.d_inode === null || !S_ISDIR(dentry.d_inode.i_mode) ? 1 : 0;
}

function v9fs_dentry_release(dentry: dentry): void {
  const fid = fid_of(dentry);
  dentry.d_fsdata = null;
  if (fid !== null) p9_client_clunk(fid);
}

export const v9fs_dentry_operations: dentry_operations = {
  d_revalidate: v9fs_revalidate,
  d_delete: v9fs_dentry_delete,
  d_release: v9fs_dentry_release,
};

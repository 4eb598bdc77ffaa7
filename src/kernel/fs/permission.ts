// May the task do this to the inode? Mode bits and capabilities.

import { CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH } from "linux/capability";
import { capable, current_fsgid, current_fsuid } from "linux/cred";
import { EACCES, EROFS } from "linux/errno";
import { type inode, MAY_EXEC, MAY_READ, MAY_WRITE } from "linux/fs";
import { MS_RDONLY } from "linux/mount";
import { S_ISDIR, S_ISLNK, S_ISREG, S_IXUGO } from "linux/stat";

export function generic_permission(inode: inode, mask: int): int {
  const mode = int(inode.i_mode);
  let bits = mode & 7;
  if (current_fsuid() === inode.i_uid) bits = (mode >> 6) & 7;
  else if (current_fsgid() === inode.i_gid) bits = (mode >> 3) & 7;
  const want = mask & (MAY_READ | MAY_WRITE | MAY_EXEC);
  if ((want & ~bits) === 0) return 0;
  if (S_ISDIR(inode.i_mode)) {
    if ((want & MAY_WRITE) === 0 && capable(CAP_DAC_READ_SEARCH)) return 0;
    return capable(CAP_DAC_OVERRIDE) ? 0 : -EACCES;
  }
  // Root may read and write everything, but execute only what somebody may execute.
  if ((want & MAY_EXEC) === 0 || (mode & S_IXUGO) !== 0) {
    if (capable(CAP_DAC_OVERRIDE)) return 0;
  }
  if (want === MAY_READ && capable(CAP_DAC_READ_SEARCH)) return 0;
  return -EACCES;
}

export function inode_permission(inode: inode, mask: int): int {
  if (
    (mask & MAY_WRITE) !== 0 &&
    (inode.i_sb.s_flags & MS_RDONLY) !== 0 &&
    (S_ISREG(inode.i_mode) || S_ISDIR(inode.i_mode) || S_ISLNK(inode.i_mode))
  )
    return -EROFS;
  if (inode.i_op !== null && inode.i_op.permission !== null) return inode.i_op.permission(inode, mask);
  return generic_permission(inode, mask);
}

// Changing an inode's attributes: who may, and doing it.
import { CAP_CHOWN, CAP_FOWNER, CAP_FSETID } from "linux/capability";
import { capable, current_fsgid, current_fsuid } from "linux/cred";
import type { dentry } from "linux/dcache";
import { EFBIG, EINVAL, EPERM, EROFS } from "linux/errno";
import {
  ATTR_ATIME,
  ATTR_ATIME_SET,
  ATTR_CTIME,
  ATTR_GID,
  ATTR_MODE,
  ATTR_MTIME,
  ATTR_MTIME_SET,
  ATTR_SIZE,
  ATTR_UID,
  type iattr,
  type inode,
  inode_permission,
  MAY_WRITE,
} from "linux/fs";
import { ktime_get_real_ts64 } from "linux/ktime";
import { MS_RDONLY } from "linux/mount";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { S_IALLUGO, S_ISGID } from "linux/stat";
import type { timespec64 } from "linux/types";

export function current_time(ts: timespec64): void {
  ktime_get_real_ts64(ts);
}

function owner_or_capable(inode: inode): bool {
  return current_fsuid() === inode.i_uid || capable(CAP_FOWNER);
}

export function setattr_prepare(dentry: dentry, attr: iattr): int {
  const inode = dentry.d_inode;
  const valid = attr.ia_valid;
  if ((valid & ATTR_SIZE) !== 0) {
    if (attr.ia_size < 0) return -EINVAL;
    if (inode.i_sb.s_maxbytes !== 0 && attr.ia_size > inode.i_sb.s_maxbytes) return -EFBIG;
  }
  if ((valid & ATTR_UID) !== 0 && !(current_fsuid() === inode.i_uid && attr.ia_uid === inode.i_uid) && !capable(CAP_CHOWN)) return -EPERM;
  if ((valid & ATTR_GID) !== 0 && !(current_fsuid() === inode.i_uid && current_fsgid() === attr.ia_gid) && !capable(CAP_CHOWN))
    return -EPERM;
  if ((valid & ATTR_MODE) !== 0) {
    if (!owner_or_capable(inode)) return -EPERM;
    if (current_fsgid() !== inode.i_gid && !capable(CAP_FSETID)) attr.ia_mode &= ~S_ISGID;
  }
  if ((valid & (ATTR_MTIME_SET | ATTR_ATIME_SET)) !== 0 && !owner_or_capable(inode)) return -EPERM;
  return 0;
}

export function setattr_copy(inode: inode, attr: iattr): void {
  const valid = attr.ia_valid;
  if ((valid & ATTR_UID) !== 0) inode.i_uid = attr.ia_uid;
  if ((valid & ATTR_GID) !== 0) inode.i_gid = attr.ia_gid;
  if ((valid & ATTR_ATIME) !== 0) copy(inode.i_atime, attr.ia_atime);
  if ((valid & ATTR_MTIME) !== 0) copy(inode.i_mtime, attr.ia_mtime);
  if ((valid & ATTR_CTIME) !== 0) copy(inode.i_ctime, attr.ia_ctime);
  if ((valid & ATTR_MODE) !== 0) inode.i_mode = u16((inode.i_mode & ~S_IALLUGO) | (attr.ia_mode & S_IALLUGO));
}

/** The one way attributes change: permission, times, and the file system's setattr. */
export function notify_change(dentry: dentry, attr: iattr): int {
  const inode = dentry.d_inode;
  if ((inode.i_sb.s_flags & MS_RDONLY) !== 0) return -EROFS;
  let now: embed<timespec64>;
  current_time(now);
  const valid = attr.ia_valid;
  if ((valid & (ATTR_ATIME | ATTR_MTIME)) !== 0 && (valid & (ATTR_ATIME_SET | ATTR_MTIME_SET)) === 0 && (valid & ATTR_SIZE) === 0) {
    if (!owner_or_capable(inode)) {
      const err = inode_permission(inode, MAY_WRITE);
      if (err !== 0) return err;
    }
  }
  copy(attr.ia_ctime, now);
  if ((valid & ATTR_ATIME_SET) === 0) copy(attr.ia_atime, now);
  if ((valid & ATTR_MTIME_SET) === 0) copy(attr.ia_mtime, now);
  attr.ia_valid = valid | ATTR_CTIME;
  mutex_lock(inode.i_rwsem);
  let err: int = 0;
  if (inode.i_op !== null && inode.i_op.setattr !== null) {
    err = inode.i_op.setattr(dentry, attr);
  } else {
    err = setattr_prepare(dentry, attr);
    if (err === 0 && (attr.ia_valid & ATTR_SIZE) === 0) setattr_copy(inode, attr);
  }
  mutex_unlock(inode.i_rwsem);
  return err;
}

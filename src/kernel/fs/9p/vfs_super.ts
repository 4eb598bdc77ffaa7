// Mounting a 9p file system, and what it says of itself.

import { d_make_root, type dentry, dget } from "linux/dcache";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err";
import { ENOMEM } from "linux/errno";
import {
  type file_system_type,
  type inode,
  kill_anon_super,
  register_filesystem,
  sget_new,
  type super_block,
  type super_operations,
} from "linux/fs";
import { type seq_file, seq_printf, seq_puts } from "linux/seq_file";
import { type kstatfs } from "linux/stat";
import {
  type p9_client,
  p9_client_attach,
  p9_client_clunk,
  p9_client_create,
  p9_client_destroy,
  type p9_stat_dotl,
} from "../../net/9p/client";
import { p9_client_getattr, p9_client_statfs } from "../../net/9p/requests";
import { fid_of } from "./fid";
import { v9fs_dentry_operations } from "./vfs_dentry";
import { v9fs_make_inode } from "./vfs_inode";

const V9FS_MAGIC = 0x01021997;

function v9fs_put_super(sb: super_block): void {
  const c = sb.s_fs_info as p9_client;
  if (c !== null) p9_client_destroy(c);
}

function v9fs_statfs(dentry: dentry, buf: kstatfs): int {
  return p9_client_statfs(fid_of(dentry), buf);
}

function v9fs_show_options(m: seq_file, root: dentry): int {
  seq_puts(m, ",access=client");
  seq_printf(m, ",msize=%u,trans=virtio", (root.d_sb.s_fs_info as p9_client).msize);
  return 0;
}

const v9fs_super_ops: super_operations = { put_super: v9fs_put_super, statfs: v9fs_statfs, show_options: v9fs_show_options };

/** dev_name is the device's tag. The options that exist here have one value each, so `data` changes nothing. */
function v9fs_mount(type: file_system_type, flags: int, dev_name: cstr, data: cstr): dentry {
  const c = p9_client_create(dev_name);
  if (IS_ERR(c)) return ERR_PTR(PTR_ERR(c)) as dentry;
  const fid = p9_client_attach(c, "root", "");
  if (IS_ERR(fid)) {
    p9_client_destroy(c);
    return ERR_PTR(PTR_ERR(fid)) as dentry;
  }
  let st: embed<p9_stat_dotl>;
  const err = p9_client_getattr(fid, st);
  const sb = err === 0 ? sget_new(type, flags) : null;
  const inode = sb === null ? null : v9fs_make_inode(sb, st);
  const root = inode === null ? null : d_make_root(inode);
  if (root === null) {
    p9_client_clunk(fid);
    p9_client_destroy(c);
    return ERR_PTR(err !== 0 ? s64(err) : -ENOMEM) as dentry;
  }
  sb.s_magic = V9FS_MAGIC;
  sb.s_op = v9fs_super_ops;
  sb.s_fs_info = c;
  sb.s_d_op = v9fs_dentry_operations;
  sb.s_root = root;
  root.d_op = v9fs_dentry_operations;
  root.d_fsdata = fid;
  // One reference is the super block's, one the mount's.
  return dget(root);
}

const v9fs_fs_type: file_system_type = { name: "9p", mount: v9fs_mount, kill_sb: kill_anon_super };

export function v9fs_init(): int {
  return register_filesystem(v9fs_fs_type);
}

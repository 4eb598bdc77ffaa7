// Directory entries: the names of the tree, cached by (parent, name).
import type { inode, super_block } from "linux/fs";
import type { list_head } from "linux/list";
import type { path } from "linux/path";

export interface qstr extends struct<"qstr"> {
  name?: u8[];
  len?: u32;
  hash?: u32;
}

export const DNAME_INLINE_LEN = 40;

export const DCACHE_MOUNTED = 0x00010000;
export const DCACHE_UNHASHED = 0x00020000;

export interface dentry_operations extends struct<"dentry_operations"> {
  /** 1: still right, 0: look it up again, negative: error. */
  d_revalidate?: (dentry: dentry, flags: u32) => int;
  /** Asked at the last dput: 1 means do not keep the entry. */
  d_delete?: (dentry: dentry) => int;
  d_release?: (dentry: dentry) => void;
  /** Text of a name that is no path, for example "pipe:[12]". */
  d_dname?: (dentry: dentry, buffer: u8[], buflen: int) => u8[];
}

export interface dentry extends struct<"dentry"> {
  /** Hash chain; protected by dcache_lock, as d_subdirs, d_child and d_flags are. */
  d_hash_next?: dentry;
  d_parent?: dentry;
  d_name?: embed<qstr>;
  d_inode?: inode;
  d_sb?: super_block;
  d_op?: dentry_operations;
  d_fsdata?: ptr;
  /** For d_revalidate: the jiffy in which the entry was last seen to be right. */
  d_time?: u64;
  d_count?: int;
  d_flags?: u32;
  d_child?: embed<list_head>;
  d_subdirs?: embed<list_head>;
  d_iname?: array<u8, 40>;
}

export function d_is_negative(dentry: dentry): bool {
  return dentry.d_inode === null;
}
inline(d_is_negative);

export {
  d_add,
  d_alloc,
  d_alloc_name,
  d_alloc_pseudo,
  d_delete,
  d_drop,
  d_genocide,
  d_instantiate,
  d_invalidate,
  d_lookup,
  d_make_root,
  d_move,
  d_path,
  d_unhashed,
  dentry_path_raw,
  dget,
  dput,
  full_name_hash,
  is_subdir,
  shrink_dcache_sb,
} from "../../fs/dcache";
export type { path };

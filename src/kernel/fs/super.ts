// Super blocks: one mounted file system each, and its way to the end.
import type { dentry } from "linux/dcache";
import { d_genocide, dget, dput, shrink_dcache_sb } from "linux/dcache";
import { ERR_PTR } from "linux/err";
import { ENOMEM } from "linux/errno";
import { type file_system_type, MKDEV, type super_block } from "linux/fs";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, type list_head } from "linux/list";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";

let super_blocks: embed<list_head>;
let sb_lock: embed<spinlock_t>;
/** Minor numbers of file systems without a device; never used again. */
let next_anon_dev: u32 = 0;

/** A new super block; s_count counts its mounts. */
export function sget_new(type: file_system_type, flags: int): super_block {
  const sb = kzalloc(sizeof<super_block>(), GFP_KERNEL) as super_block;
  if (sb === null) return null;
  sb.s_type = type;
  sb.s_flags = u64(flags);
  sb.s_count = 1;
  sb.s_blocksize = 4096;
  sb.s_maxbytes = 0x7fffffffffffffff;
  spin_lock(sb_lock);
  if (super_blocks.next === null) INIT_LIST_HEAD(super_blocks);
  next_anon_dev += 1;
  sb.s_dev = MKDEV(0, next_anon_dev);
  list_add_tail(sb.s_list, super_blocks);
  spin_unlock(sb_lock);
  return sb;
}

/** Frees a super block whose root (if any) nobody uses. */
export function kill_anon_super(sb: super_block): void {
  const root = sb.s_root;
  sb.s_root = null;
  if (root !== null) {
    shrink_dcache_sb(sb);
    dput(root);
    // The root is hashed nowhere, so the last dput freed it; what is left of the tree is still open somewhere and goes with its last user.
  }
  if (sb.s_op !== null && sb.s_op.put_super !== null) sb.s_op.put_super(sb);
  spin_lock(sb_lock);
  list_del_init(sb.s_list);
  spin_unlock(sb_lock);
  kfree(sb);
}

/** For file systems whose entries are pinned in memory. */
export function kill_litter_super(sb: super_block): void {
  if (sb.s_root !== null) d_genocide(sb.s_root);
  kill_anon_super(sb);
}

export function deactivate_super(sb: super_block): void {
  if (fetch_add(addr(sb.s_count), -1) !== 1) return;
  sb.s_type.kill_sb(sb);
}

export function mount_nodev(type: file_system_type, flags: int, data: cstr, fill_super: (sb: super_block, data: cstr) => int): dentry {
  const sb = sget_new(type, flags);
  if (sb === null) return ERR_PTR(-ENOMEM) as dentry;
  const err = fill_super(sb, data);
  if (err !== 0) {
    type.kill_sb(sb);
    return ERR_PTR(s64(err)) as dentry;
  }
  return dget(sb.s_root);
}

/** A file system that exists once, however often it is mounted. */
export function mount_single(type: file_system_type, flags: int, data: cstr, fill_super: (sb: super_block, data: cstr) => int): dentry {
  spin_lock(sb_lock);
  if (super_blocks.next !== null) {
    for (let p = super_blocks.next; p !== super_blocks; p = p.next) {
      const sb = container_of<super_block>(p, "s_list");
      if (sb.s_type === type && sb.s_root !== null) {
        fetch_add(addr(sb.s_count), 1);
        spin_unlock(sb_lock);
        return dget(sb.s_root);
      }
    }
  }
  spin_unlock(sb_lock);
  return mount_nodev(type, flags, data, fill_super);
}

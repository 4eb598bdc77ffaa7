// What a mounted tmpfs may hold: blocks and inodes, counted; its options; what statfs and /proc/mounts say of it.

import { PAGE_SIZE } from "asm/page";
import type { dentry } from "linux/dcache";
import { EINVAL, ENOMEM, ENOSPC } from "linux/errno";
import { type inode, NAME_MAX, type super_block, TMPFS_MAGIC } from "linux/fs";
import { totalram_pages } from "linux/gfp";
import { kstrtouint } from "linux/kernel";
import { type seq_file, seq_printf, seq_puts } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import type { kstatfs } from "linux/stat";
import { strchr, strcmp, strlen } from "linux/string";
import { get_random_u64 } from "../drivers/char/mem";

const pr_fmt = "tmpfs: ";

const DEFAULT_MODE = 0o1777;
/** What an entry adds to its directory's size. */
export const BOGO_DIRENT_SIZE = 20;

interface shmem_sb_info extends struct<"shmem_sb_info"> {
  /** Guards the counters and limits: they are compared and changed together. */
  stat_lock?: embed<spinlock_t>;
  /** In pages; 0: no limit. */
  max_blocks?: u64;
  used_blocks?: u64;
  /** 0: no limit. */
  max_inodes?: u64;
  free_inodes?: u64;
  mode?: u32;
  uid?: u32;
  gid?: u32;
  fsid?: u64;
}

/** Options as mount or remount gives them, and which were given. */
interface shmem_options extends struct<"shmem_options"> {
  blocks?: u64;
  inodes?: u64;
  mode?: u32;
  uid?: u32;
  gid?: u32;
  seen?: int;
}
const SEEN_BLOCKS = 1;
const SEEN_INODES = 2;

function default_blocks(): u64 {
  return totalram_pages() / 2;
}

function sbinfo_of(sb: super_block): shmem_sb_info {
  return sb.s_fs_info as shmem_sb_info;
}

/** A number with k, m, g or t behind it, up to the end of the text. */
function memparse_whole(text: u8[], out: u64[]): bool {
  let n: u64 = 0;
  let i: u64 = 0;
  for (; text[i] >= 48 && text[i] <= 57; i++) n = n * 10 + u64(text[i] - 48);
  if (i === u64(0)) return false;
  const suffix = strchr("kKmMgGtT", int(text[i]));
  if (text[i] !== 0 && suffix !== null) {
    n <<= 10 * ((u64(suffix) - u64("kKmMgGtT" as ptr)) / 2 + 1);
    i++;
  }
  // Of all memory.
  if (text[i] === 0x25) {
    n = ((n << 12) * totalram_pages()) / 100;
    i++;
  }
  out[0] = n;
  return text[i] === 0;
}

function octal(text: u8[], out: u32[]): bool {
  let n: u32 = 0;
  if (text[0] === 0) return false;
  for (let i = 0; text[i] !== 0; i++) {
    if (text[i] < 48 || text[i] > 55) return false;
    n = n * 8 + u32(text[i] - 48);
  }
  out[0] = n & 0o7777;
  return true;
}

function parse_one(name: u8[], value: u8[], o: shmem_options): int {
  let n: u64 = 0;
  let good = value !== null;
  if (strcmp(name, "inode64") === 0) {
    good = value === null;
  } else if (strcmp(name, "size") === 0 || strcmp(name, "nr_blocks") === 0) {
    good = good && memparse_whole(value, addr(n));
    o.blocks = name[0] === 115 ? (n + PAGE_SIZE - 1) >> 12 : n;
    o.seen |= SEEN_BLOCKS;
  } else if (strcmp(name, "nr_inodes") === 0) {
    good = good && memparse_whole(value, addr(n));
    o.inodes = n;
    o.seen |= SEEN_INODES;
  } else if (strcmp(name, "mode") === 0) {
    good = good && octal(value, addr(o.mode));
  } else if (strcmp(name, "uid") === 0) {
    good = good && kstrtouint(value, 0, addr(o.uid)) === 0;
  } else if (strcmp(name, "gid") === 0) {
    good = good && kstrtouint(value, 0, addr(o.gid)) === 0;
  } else {
    pr_err("Unknown parameter '%s'\n", name);
    return -EINVAL;
  }
  if (!good) pr_err("Bad value for '%s'\n", name);
  return good ? 0 : -EINVAL;
}

/** "size=1m,mode=700"; the text is cut up. */
function parse_options(data: u8[], o: shmem_options): int {
  let at_ = data;
  while (at_ !== null && at_[0] !== 0) {
    const comma = strchr(at_, 44) as u8[];
    if (comma !== null) comma[0] = 0;
    const equals = strchr(at_, 61) as u8[];
    if (equals !== null) equals[0] = 0;
    if (at_[0] !== 0) {
      const err = parse_one(at_, equals === null ? null : add(equals, 1), o);
      if (err !== 0) return err;
    }
    at_ = comma === null ? null : add(comma, 1);
  }
  return 0;
}

/** Limits and owner of a new tmpfs from its options (which may be null). */
export function shmem_init_super(sb: super_block, data: cstr, mode: u32): int {
  const o: shmem_options = { blocks: default_blocks(), inodes: default_blocks(), mode };
  const err = parse_options(data as u8[], o);
  if (err !== 0) return err;
  const sbi = kzalloc(sizeof<shmem_sb_info>(), GFP_KERNEL) as shmem_sb_info;
  if (sbi === null) return -ENOMEM;
  sbi.max_blocks = o.blocks;
  sbi.max_inodes = o.inodes;
  sbi.free_inodes = o.inodes;
  sbi.mode = o.mode;
  sbi.uid = o.uid;
  sbi.gid = o.gid;
  sbi.fsid = get_random_u64();
  sb.s_magic = TMPFS_MAGIC;
  sb.s_fs_info = sbi;
  return 0;
}

/** Mode and owner of the root are the mount's. */
export function shmem_own_root(sb: super_block, root: inode): void {
  const sbi = sbinfo_of(sb);
  root.i_mode = u16((root.i_mode & 0o170000) | sbi.mode);
  root.i_uid = sbi.uid;
  root.i_gid = sbi.gid;
}

export function shmem_put_super(sb: super_block): void {
  kfree(sb.s_fs_info);
  sb.s_fs_info = null;
}

/** Other limits for a mounted tmpfs: not below what it holds, and no limit where there was none to count by. */
export function shmem_remount(sb: super_block, _flags: int, data: cstr): int {
  const sbi = sbinfo_of(sb);
  const o: shmem_options = { mode: sbi.mode, uid: sbi.uid, gid: sbi.gid };
  const err = parse_options(data as u8[], o);
  if (err !== 0) return err;
  let refusal: cstr = null;
  spin_lock(sbi.stat_lock);
  const used_inodes = sbi.max_inodes - sbi.free_inodes;
  if ((o.seen & SEEN_BLOCKS) !== 0 && o.blocks !== 0) {
    if (sbi.max_blocks === 0) refusal = "Cannot retroactively limit size";
    else if (sbi.used_blocks > o.blocks) refusal = "Too small a size for current use";
  }
  if (refusal === null && (o.seen & SEEN_INODES) !== 0 && o.inodes !== 0) {
    if (sbi.max_inodes === 0) refusal = "Cannot retroactively limit inodes";
    else if (used_inodes > o.inodes) refusal = "Too few inodes for current use";
  }
  if (refusal === null) {
    if ((o.seen & SEEN_BLOCKS) !== 0) sbi.max_blocks = o.blocks;
    if ((o.seen & SEEN_INODES) !== 0) {
      sbi.max_inodes = o.inodes;
      sbi.free_inodes = o.inodes === 0 ? u64(0) : o.inodes - used_inodes;
    }
  }
  spin_unlock(sbi.stat_lock);
  if (refusal === null) return 0;
  pr_err("%s\n", refusal);
  return -EINVAL;
}

/** One page more for a file: -ENOSPC where the file system is full. Memory file systems without limits have no shmem_sb_info. */
export function shmem_acct_block(sb: super_block): int {
  const sbi = sbinfo_of(sb);
  if (sbi === null) return 0;
  spin_lock(sbi.stat_lock);
  const full = sbi.max_blocks !== 0 && sbi.used_blocks >= sbi.max_blocks;
  if (!full) sbi.used_blocks++;
  spin_unlock(sbi.stat_lock);
  return full ? -ENOSPC : 0;
}

export function shmem_unacct_blocks(sb: super_block, pages: u64): void {
  const sbi = sbinfo_of(sb);
  if (sbi === null) return;
  spin_lock(sbi.stat_lock);
  sbi.used_blocks -= pages;
  spin_unlock(sbi.stat_lock);
}

export function shmem_reserve_inode(sb: super_block): int {
  const sbi = sbinfo_of(sb);
  if (sbi === null) return 0;
  spin_lock(sbi.stat_lock);
  const full = sbi.max_inodes !== 0 && sbi.free_inodes === 0;
  if (!full && sbi.max_inodes !== 0) sbi.free_inodes--;
  spin_unlock(sbi.stat_lock);
  return full ? -ENOSPC : 0;
}

export function shmem_free_inode(sb: super_block): void {
  const sbi = sbinfo_of(sb);
  if (sbi === null) return;
  spin_lock(sbi.stat_lock);
  if (sbi.max_inodes !== 0) sbi.free_inodes++;
  spin_unlock(sbi.stat_lock);
}

export function shmem_statfs(dentry: dentry, buf: kstatfs): int {
  const sbi = sbinfo_of(dentry.d_sb);
  buf.f_type = TMPFS_MAGIC;
  buf.f_bsize = PAGE_SIZE;
  buf.f_namelen = NAME_MAX;
  spin_lock(sbi.stat_lock);
  if (sbi.max_blocks !== 0) {
    buf.f_blocks = sbi.max_blocks;
    buf.f_bfree = sbi.max_blocks - sbi.used_blocks;
    buf.f_bavail = buf.f_bfree;
  }
  if (sbi.max_inodes !== 0) {
    buf.f_files = sbi.max_inodes;
    buf.f_ffree = sbi.free_inodes;
  }
  spin_unlock(sbi.stat_lock);
  buf.f_fsid = sbi.fsid;
  return 0;
}

/** What is not as it would be without options. */
export function shmem_show_options(m: seq_file, root: dentry): int {
  const sbi = sbinfo_of(root.d_sb);
  if (sbi.max_blocks !== default_blocks()) seq_printf(m, ",size=%luk", sbi.max_blocks << 2);
  if (sbi.max_inodes !== default_blocks()) seq_printf(m, ",nr_inodes=%lu", sbi.max_inodes);
  if (sbi.mode !== DEFAULT_MODE) seq_printf(m, ",mode=%03o", sbi.mode);
  if (sbi.uid !== 0) seq_printf(m, ",uid=%u", sbi.uid);
  if (sbi.gid !== 0) seq_printf(m, ",gid=%u", sbi.gid);
  seq_puts(m, ",inode64");
  return 0;
}

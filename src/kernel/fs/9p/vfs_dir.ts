// Directories of a 9p file system, read in the server's order.

import { ENOMEM } from "linux/errno";
import { type dir_context, type file, type file_operations } from "linux/fs";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { type p9_fid } from "../../net/9p/client";
import { p9_client_readdir } from "../../net/9p/requests";
import { generic_read_dir } from "../libfs";
import { generic_file_llseek } from "../read_write";
import { v9fs_open, v9fs_release } from "./vfs_file";

const READDIR_SIZE = 8192;

function get64(buf: u8[], off: u64): u64 {
  return at<u64[]>(u64(buf) + off)[0];
}

/** The position is the server's cookie of the next entry. */
function v9fs_readdir(f: file, ctx: dir_context): int {
  const fid = f.private_data as p9_fid;
  const buf = kmalloc(READDIR_SIZE, GFP_KERNEL) as u8[];
  if (buf === null) return -ENOMEM;
  let err: int = 0;
  for (;;) {
    const n = p9_client_readdir(fid, u64(ctx.pos), buf, READDIR_SIZE);
    if (n <= 0) {
      err = n;
      break;
    }
    let full = false;
    let o: u64 = 0;
    // qid[13] offset[8] type[1] name[s]
    while (o + 24 <= u64(n)) {
      const ino = get64(buf, o + 5);
      const next = get64(buf, o + 13);
      const type = u32(buf[o + 21]);
      const len = u64(at<u16[]>(u64(buf) + o + 22)[0]);
      if (o + 24 + len > u64(n)) break;
      if (!ctx.actor(ctx, add(buf, o + 24), int(len), ctx.pos, ino, type)) {
        full = true;
        break;
      }
      ctx.pos = s64(next);
      o += 24 + len;
    }
    if (full || o === 0) break;
  }
  kfree(buf);
  return err;
}
export const v9fs_dir_fops: file_operations = {
  llseek: generic_file_llseek,
  open: v9fs_open,
  release: v9fs_release,
  read: generic_read_dir,
  iterate_shared: v9fs_readdir,
};

// /proc/self and /proc/thread-self: links that lead each reader to its own directory.

import { get_current } from "linux/current";
import { type dentry } from "linux/dcache";
import { ERR_PTR } from "linux/err";
import { ENOMEM } from "linux/errno";
import { type inode, type inode_operations } from "linux/fs";
import { kasprintf } from "linux/kernel";
import { GFP_KERNEL } from "linux/slab";
import { S_IFLNK } from "linux/stat";
import { proc_create_special } from "./generic";

function proc_self_get_link(dentry: dentry, inode: inode): u8[] {
  const text = kasprintf(GFP_KERNEL, "%d", get_current().tgid) as u8[];
  return text === null ? (ERR_PTR(-ENOMEM) as u8[]) : text;
}

function proc_thread_self_get_link(dentry: dentry, inode: inode): u8[] {
  const t = get_current();
  const text = kasprintf(GFP_KERNEL, "%d/task/%d", t.tgid, t.pid) as u8[];
  return text === null ? (ERR_PTR(-ENOMEM) as u8[]) : text;
}

const proc_self_iops: inode_operations = { get_link: proc_self_get_link };
const proc_thread_self_iops: inode_operations = { get_link: proc_thread_self_get_link };

export function proc_setup_self(): void {
  proc_create_special("self", S_IFLNK | 0o777, null, proc_self_iops, null, null);
  proc_create_special("thread-self", S_IFLNK | 0o777, null, proc_thread_self_iops, null, null);
}

// /sys/kernel/debug/clear_warn_once: any number written lets every WARN_ONCE, WARN_ON_ONCE and printk_once tell of itself once more.

import { debugfs_create_file } from "linux/debugfs";
import { EFAULT, EINVAL } from "linux/errno";
import type { file, file_operations } from "linux/fs";
import { kstrtoull } from "linux/kernel";
import { memset } from "linux/string";
import { copy_from_user } from "linux/uaccess";
import { generic_bug_clear_once } from "../lib/bug";

declare const __start_once: u8[];
declare const __end_once: u8[];

function clear_warn_once_write(_file: file, buf: u8[], count: u64, ppos: s64[]): s64 {
  let text: array<u8, 24>;
  let v: u64 = 0;
  const n: u64 = count < u64(23) ? count : u64(23);
  if (copy_from_user(text, buf, n) !== u64(0)) return -EFAULT;
  text[n] = 0;
  if (kstrtoull(text, 0, addr(v)) !== 0) return -EINVAL;
  generic_bug_clear_once();
  memset(__start_once, 0, u64(__end_once) - u64(__start_once));
  ppos[0] += s64(count);
  return s64(count);
}

const clear_warn_once_fops: file_operations = { write: clear_warn_once_write };

export function register_warn_debugfs(): void {
  debugfs_create_file("clear_warn_once", 0o200, null, null, clear_warn_once_fops);
}
init(register_warn_debugfs);

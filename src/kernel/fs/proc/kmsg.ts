// /proc/kmsg: the log as syslog(2) gives it, read once: what one reader has taken no other gets.

import { EAGAIN } from "linux/errno";
import type { file, inode } from "linux/fs";
import { type poll_table_struct, poll_wait } from "linux/poll";
import { proc_create, type proc_ops } from "linux/proc_fs";
import { do_syslog, syslog_unread } from "../../kernel/printk/devkmsg";
import { log_wait } from "../../kernel/printk/printk";
import { generic_file_llseek } from "../read_write";

const SYSLOG_ACTION_READ = 2;
const O_NONBLOCK = 0x800;
const EPOLLIN_RDNORM = 0x41;

function kmsg_open(_inode: inode, _f: file): int {
  return 0;
}

function kmsg_read(f: file, buf: u8[], count: u64, _pos: s64[]): s64 {
  if ((f.f_flags & O_NONBLOCK) !== 0 && !syslog_unread()) return -EAGAIN;
  return do_syslog(SYSLOG_ACTION_READ, buf, int(count));
}

function kmsg_poll(f: file, wait: poll_table_struct): u32 {
  poll_wait(f, log_wait, wait);
  return syslog_unread() ? u32(EPOLLIN_RDNORM) : u32(0);
}

const kmsg_proc_ops: proc_ops = { proc_open: kmsg_open, proc_read: kmsg_read, proc_poll: kmsg_poll, proc_lseek: generic_file_llseek };

export function proc_kmsg_init(): void {
  proc_create("kmsg", 0o400, null, kmsg_proc_ops);
}

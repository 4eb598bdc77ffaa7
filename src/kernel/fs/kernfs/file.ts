// sysfs files: one open reads the text that `show` makes into a page; a write hands over at most a page.
import { EACCES, EFAULT, EFBIG, EIO, ENODEV, ENOMEM } from "linux/errno";
import { FMODE_READ, FMODE_WRITE, type file, type file_operations, type inode, type kiocb } from "linux/fs";
import type { kernfs_node, kernfs_open_file } from "linux/kernfs";
import type { kobject } from "linux/kobject";
import { mutex_init, mutex_lock, mutex_unlock } from "linux/mutex";
import { DEFAULT_POLLMASK, EPOLLERR, POLLPRI, type poll_table_struct, poll_wait } from "linux/poll";
import { GFP_KERNEL, kfree, kmalloc, kzalloc } from "linux/slab";
import { memset } from "linux/string";
import { copy_from_iter, copy_to_iter, type iov_iter, iov_iter_count } from "linux/uio";
import { type wait_queue_head, wake_up_all } from "linux/wait";
import { generic_file_llseek } from "../read_write";
import { kernfs_get_active, kernfs_put_active } from "./dir";

const PAGE_SIZE = 4096;
/** One queue for all attributes that poll: sysfs_notify is rare. */
let notify_waitq: embed<wait_queue_head>;

function node_of(f: file): kernfs_node {
  return f.f_inode.i_private as kernfs_node;
}

function can_read(kn: kernfs_node): bool {
  if (kn.bin_attr !== null) return kn.bin_attr.read !== null;
  const ops = (kn.priv as kobject).ktype.sysfs_ops;
  return ops !== null && ops.show !== null;
}

function can_write(kn: kernfs_node): bool {
  if (kn.bin_attr !== null) return kn.bin_attr.write !== null;
  const ops = (kn.priv as kobject).ktype.sysfs_ops;
  return ops !== null && ops.store !== null;
}

/** Also root needs the mode's bit: a file without it has no such method. */
function kernfs_fop_open(inode: inode, f: file): int {
  const kn = node_of(f);
  if (kernfs_get_active(kn) === null) return -ENODEV;
  let err: int = 0;
  if ((f.f_mode & FMODE_WRITE) !== 0 && ((inode.i_mode & 0o222) === 0 || !can_write(kn))) err = -EACCES;
  if ((f.f_mode & FMODE_READ) !== 0 && ((inode.i_mode & 0o444) === 0 || !can_read(kn))) err = -EACCES;
  if (err === 0) {
    const of_ = kzalloc(sizeof<kernfs_open_file>(), GFP_KERNEL) as kernfs_open_file;
    if (of_ === null) {
      err = -ENOMEM;
    } else {
      mutex_init(of_.mutex);
      of_.kn = kn;
      of_.event = kn.notify;
      f.private_data = of_;
    }
  }
  kernfs_put_active(kn);
  return err;
}

function kernfs_fop_release(inode: inode, f: file): int {
  const of_ = f.private_data as kernfs_open_file;
  kfree(of_.buf);
  kfree(of_);
  return 0;
}

/** Fresh text into of.buf. of.mutex held. */
function sysfs_kf_seq_show(of_: kernfs_open_file): int {
  const kn = of_.kn;
  if (of_.buf === null) of_.buf = kmalloc(PAGE_SIZE + 1, GFP_KERNEL) as u8[];
  if (of_.buf === null) return -ENOMEM;
  if (kernfs_get_active(kn) === null) return -ENODEV;
  of_.event = kn.notify;
  memset(of_.buf, 0, PAGE_SIZE);
  const kobj = kn.priv as kobject;
  let count = kobj.ktype.sysfs_ops.show(kobj, kn.attr, of_.buf);
  kernfs_put_active(kn);
  if (count < 0) return int(count);
  if (count >= PAGE_SIZE) {
    pr_err("fill_read_buffer: %pS returned bad count\n", kobj.ktype.sysfs_ops.show);
    count = PAGE_SIZE - 1;
  }
  of_.len = count;
  return 0;
}

function bin_read(of_: kernfs_open_file, f: file, iocb: kiocb, iter: iov_iter): s64 {
  const kn = of_.kn;
  const battr = kn.bin_attr;
  let len: u64 = iov_iter_count(iter);
  if (len > PAGE_SIZE) len = PAGE_SIZE;
  if (battr.size !== 0) {
    if (iocb.ki_pos >= s64(battr.size)) return 0;
    if (u64(iocb.ki_pos) + len > battr.size) len = battr.size - u64(iocb.ki_pos);
  }
  const buf = kmalloc(len + 1, GFP_KERNEL) as u8[];
  if (buf === null) return -ENOMEM;
  let ret: s64 = -ENODEV;
  if (kernfs_get_active(kn) !== null) {
    ret = battr.read === null ? -EIO : battr.read(f, kn.priv as kobject, battr, buf, iocb.ki_pos, len);
    kernfs_put_active(kn);
  }
  if (ret > 0) {
    if (copy_to_iter(buf, u64(ret), iter) !== u64(ret)) ret = -EFAULT;
    else iocb.ki_pos += ret;
  }
  kfree(buf);
  return ret;
}

function kernfs_fop_read_iter(iocb: kiocb, iter: iov_iter): s64 {
  const f = iocb.ki_filp;
  const of_ = f.private_data as kernfs_open_file;
  mutex_lock(of_.mutex);
  let ret: s64 = 0;
  if (of_.kn.bin_attr !== null) {
    ret = bin_read(of_, f, iocb, iter);
  } else {
    if (iocb.ki_pos === 0 || of_.buf === null) ret = s64(sysfs_kf_seq_show(of_));
    if (ret === 0 && iocb.ki_pos < of_.len) {
      const n = copy_to_iter(add(of_.buf, iocb.ki_pos), u64(of_.len - iocb.ki_pos), iter);
      ret = n === 0 ? -EFAULT : s64(n);
      iocb.ki_pos += s64(n);
    }
  }
  mutex_unlock(of_.mutex);
  return ret;
}

function kernfs_fop_write_iter(iocb: kiocb, iter: iov_iter): s64 {
  const f = iocb.ki_filp;
  const of_ = f.private_data as kernfs_open_file;
  const kn = of_.kn;
  let len: u64 = iov_iter_count(iter);
  if (len > PAGE_SIZE) len = PAGE_SIZE;
  if (kn.bin_attr !== null && kn.bin_attr.size !== 0) {
    if (iocb.ki_pos >= s64(kn.bin_attr.size)) return len === 0 ? 0 : -EFBIG;
    if (u64(iocb.ki_pos) + len > kn.bin_attr.size) len = kn.bin_attr.size - u64(iocb.ki_pos);
  }
  const buf = kmalloc(len + 1, GFP_KERNEL) as u8[];
  if (buf === null) return -ENOMEM;
  let ret: s64 = 0;
  if (copy_from_iter(buf, len, iter) !== len) {
    ret = -EFAULT;
  } else {
    buf[len] = 0;
    mutex_lock(of_.mutex);
    const kobj = kn.priv as kobject;
    if (kernfs_get_active(kn) === null) {
      ret = -ENODEV;
    } else {
      if (len === 0) ret = 0;
      else if (kn.bin_attr !== null) ret = kn.bin_attr.write(f, kobj, kn.bin_attr, buf, iocb.ki_pos, len);
      else ret = kobj.ktype.sysfs_ops.store(kobj, kn.attr, buf, len);
      kernfs_put_active(kn);
    }
    mutex_unlock(of_.mutex);
    if (ret > 0) iocb.ki_pos += ret;
  }
  kfree(buf);
  return ret;
}

function kernfs_fop_poll(f: file, wait: poll_table_struct): u32 {
  const of_ = f.private_data as kernfs_open_file;
  poll_wait(f, notify_waitq, wait);
  if (of_.kn.notify !== of_.event) return DEFAULT_POLLMASK | EPOLLERR | POLLPRI;
  return DEFAULT_POLLMASK;
}

export function kernfs_notify(kn: kernfs_node): void {
  fetch_add(addr(kn.notify), u32(1));
  wake_up_all(notify_waitq);
}

export const kernfs_file_fops: file_operations = {
  llseek: generic_file_llseek,
  open: kernfs_fop_open,
  release: kernfs_fop_release,
  read_iter: kernfs_fop_read_iter,
  write_iter: kernfs_fop_write_iter,
  poll: kernfs_fop_poll,
};

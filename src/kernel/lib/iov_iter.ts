// iov_iter: copies between kernel memory and the memory that a read or write was given, user's or kernel's.
import { EFAULT, EINVAL, ENOMEM } from "linux/errno";
import { MAX_RW_COUNT } from "linux/fs";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { memcpy, memset } from "linux/string";
import { access_ok, clear_user, copy_from_user, copy_to_user } from "linux/uaccess";
import { type iov_iter, type iovec, UIO_MAXIOV, WRITE } from "linux/uio";

export function import_single_range(rw: int, buf: u8[], len: u64, i: iov_iter): int {
  if (len > MAX_RW_COUNT) len = MAX_RW_COUNT;
  if (!access_ok(buf, len)) return -EFAULT;
  i.kernel = false;
  i.data_source = rw === WRITE;
  i.single.iov_base = buf;
  i.single.iov_len = len;
  i.iov = at<iovec[]>(u64(i.single));
  i.nr_segs = 1;
  i.iov_offset = 0;
  i.count = len;
  return 0;
}

/** A kernel buffer as an iterator: for reads and writes that the kernel does for itself. */
export function iov_iter_kvec_single(i: iov_iter, rw: int, buf: ptr, len: u64): void {
  i.kernel = true;
  i.data_source = rw === WRITE;
  i.single.iov_base = buf as u8[];
  i.single.iov_len = len;
  i.iov = at<iovec[]>(u64(i.single));
  i.nr_segs = 1;
  i.iov_offset = 0;
  i.count = len;
}

/** Fetches a user's iovec array into a fresh kernel copy at *copy (the caller frees it). Returns the byte count or an error. */
export function import_iovec(rw: int, uvec: ptr, nr_segs: u64, copy_out: ref<iovec[]>[], i: iov_iter): s64 {
  copy_out[0] = null;
  if (nr_segs > UIO_MAXIOV) return -EINVAL;
  const bytes: u64 = nr_segs * sizeof<iovec>();
  const iov = kmalloc(bytes + 16, GFP_KERNEL) as iovec[];
  if (iov === null) return -ENOMEM;
  if (copy_from_user(iov, uvec, bytes) !== 0) {
    kfree(iov);
    return -EFAULT;
  }
  let total: u64 = 0;
  for (let n: u64 = 0; n < nr_segs; n++) {
    const v = iov[n];
    if (s64(v.iov_len) < 0) {
      kfree(iov);
      return -EINVAL;
    }
    if (!access_ok(v.iov_base, v.iov_len)) {
      kfree(iov);
      return -EFAULT;
    }
    if (v.iov_len > MAX_RW_COUNT - total) v.iov_len = MAX_RW_COUNT - total;
    total += v.iov_len;
  }
  i.kernel = false;
  i.data_source = rw === WRITE;
  i.iov = iov;
  i.nr_segs = nr_segs;
  i.iov_offset = 0;
  i.count = total;
  copy_out[0] = iov;
  return s64(total);
}

/** Bytes that the present segment still has; steps over empty and used-up segments. */
function segment_left(i: iov_iter): u64 {
  for (;;) {
    const v = i.iov[0];
    const left: u64 = v.iov_len - i.iov_offset;
    if (left !== 0 || i.nr_segs <= 1) return left < i.count ? left : i.count;
    i.iov = add(i.iov, 1);
    i.nr_segs -= 1;
    i.iov_offset = 0;
  }
}

/** Copies to the iterator; returns how many bytes went (fewer on a bad user address or when it is full). */
export function copy_to_iter(from: ptr, bytes: u64, i: iov_iter): u64 {
  let done: u64 = 0;
  while (done < bytes && i.count !== 0) {
    let n = segment_left(i);
    if (n > bytes - done) n = bytes - done;
    if (n === 0) break;
    const to = add(i.iov[0].iov_base, i.iov_offset);
    let left: u64 = 0;
    if (i.kernel) memcpy(to, add(from as u8[], done), n);
    else left = copy_to_user(to, add(from as u8[], done), n);
    const moved: u64 = n - left;
    i.iov_offset += moved;
    i.count -= moved;
    done += moved;
    if (left !== 0) break;
  }
  return done;
}

export function copy_from_iter(to: ptr, bytes: u64, i: iov_iter): u64 {
  let done: u64 = 0;
  while (done < bytes && i.count !== 0) {
    let n = segment_left(i);
    if (n > bytes - done) n = bytes - done;
    if (n === 0) break;
    const from = add(i.iov[0].iov_base, i.iov_offset);
    let left: u64 = 0;
    if (i.kernel) memcpy(add(to as u8[], done), from, n);
    else left = copy_from_user(add(to as u8[], done), from, n);
    const moved: u64 = n - left;
    i.iov_offset += moved;
    i.count -= moved;
    done += moved;
    if (left !== 0) break;
  }
  return done;
}

export function iov_iter_zero(bytes: u64, i: iov_iter): u64 {
  let done: u64 = 0;
  while (done < bytes && i.count !== 0) {
    let n = segment_left(i);
    if (n > bytes - done) n = bytes - done;
    if (n === 0) break;
    const to = add(i.iov[0].iov_base, i.iov_offset);
    let left: u64 = 0;
    if (i.kernel) memset(to, 0, n);
    else left = clear_user(to, n);
    const moved: u64 = n - left;
    i.iov_offset += moved;
    i.count -= moved;
    done += moved;
    if (left !== 0) break;
  }
  return done;
}

export function iov_iter_advance(i: iov_iter, bytes: u64): void {
  while (bytes !== 0 && i.count !== 0) {
    let n = segment_left(i);
    if (n > bytes) n = bytes;
    i.iov_offset += n;
    i.count -= n;
    bytes -= n;
  }
}

export function iov_iter_truncate(i: iov_iter, count: u64): void {
  if (i.count > count) i.count = count;
}

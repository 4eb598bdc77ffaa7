// Whole files into kernel memory: modules, programs.

import { IS_ERR, PTR_ERR } from "linux/err";
import { EBADF, EFBIG, EINVAL, EIO, ENOMEM } from "linux/errno";
import { fget, fput } from "linux/file";
import { FMODE_READ, type file, filp_open, kernel_read, vfs_getattr } from "linux/fs";
import { type kstat, S_ISREG } from "linux/stat";
import { vfree, vmalloc } from "linux/vmalloc";
import { allow_write_access, deny_write_access } from "./file_table";

export const READING_UNKNOWN = 0;
export const READING_FIRMWARE = 1;
export const READING_MODULE = 2;

/**
 * Reads from `offset` at most buf_size bytes into buf[0] (null: a vmalloc'ed buffer is made and is the caller's). Returns how many; *file_size (if not null) is the file's whole size.
 */
function read_whole(f: file, offset: s64, buf: ptr[], buf_size: u64, file_size: u64[], id: int): s64 {
  if (offset !== 0 && (buf[0] === null || file_size === null)) return -EINVAL;
  if (!S_ISREG(f.f_inode.i_mode)) return -EINVAL;
  let st: embed<kstat>;
  const err = vfs_getattr(f.f_path, st);
  if (err !== 0) return s64(err);
  const size = st.size;
  if (size <= 0) return -EINVAL;
  if (size > s64(0x7fffffff)) return -EFBIG;
  if (file_size !== null) file_size[0] = u64(size);
  const whole = buf[0] === null;
  if (whole && u64(size) > buf_size) return -EFBIG;
  if (whole) buf[0] = vmalloc(u64(size));
  if (buf[0] === null) return -ENOMEM;
  let pos: s64 = offset;
  let done: u64 = 0;
  let ret: s64 = 0;
  while (done < buf_size && pos < size) {
    let n: u64 = u64(size - pos);
    if (n > buf_size - done) n = buf_size - done;
    ret = kernel_read(f, add(buf[0] as u8[], done), n, addr(pos));
    if (ret <= 0) break;
    done += u64(ret);
  }
  if (ret >= 0 && whole && pos !== size) ret = -EIO;
  if (ret < 0 && whole) {
    vfree(buf[0]);
    buf[0] = null;
  }
  return ret < 0 ? ret : s64(done);
}

/** As Linux: not a file that is open for writing, and nobody opens it so while it is read. */
export function kernel_read_file(f: file, offset: s64, buf: ptr[], buf_size: u64, file_size: u64[], id: int): s64 {
  const err = deny_write_access(f);
  if (err !== 0) return s64(err);
  const ret = read_whole(f, offset, buf, buf_size, file_size, id);
  allow_write_access(f);
  return ret;
}

export function kernel_read_file_from_fd(fd: int, offset: s64, buf: ptr[], buf_size: u64, file_size: u64[], id: int): s64 {
  const f = fget(u32(fd));
  if (f === null) return -EBADF;
  const ret = (f.f_mode & FMODE_READ) === 0 ? s64(-EBADF) : kernel_read_file(f, offset, buf, buf_size, file_size, id);
  fput(f);
  return ret;
}

export function kernel_read_file_from_path(path: cstr, offset: s64, buf: ptr[], buf_size: u64, file_size: u64[], id: int): s64 {
  const f = filp_open(path, 0, 0);
  if (IS_ERR(f)) return PTR_ERR(f);
  const ret = kernel_read_file(f, offset, buf, buf_size, file_size, id);
  fput(f);
  return ret;
}

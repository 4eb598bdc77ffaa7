// The memory devices of major 1: null, zero, full, random, urandom, kmsg.
import { IS_ERR, PTR_ERR } from "linux/err";
import { EFAULT, ENOSPC, ENXIO } from "linux/errno";
import { fput } from "linux/file";
import { FMODE_LSEEK, type file, type file_operations, type inode, type kiocb, MINOR, MKDEV } from "linux/fs";
import { VM_SHARED, type vm_area_struct } from "linux/mm";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import { copy_to_iter, type iov_iter, iov_iter_advance, iov_iter_count, iov_iter_zero } from "linux/uio";
import { register_chrdev } from "../../fs/char_dev";
import { kmsg_fops } from "../../kernel/printk/devkmsg";
import { shmem_zero_file } from "../../mm/shmem";
import { devtmpfs_create_node } from "../base/devtmpfs";

const MEM_MAJOR = 1;

function null_lseek(f: file, offset: s64, whence: int): s64 {
  f.f_pos = 0;
  return 0;
}

function read_null(iocb: kiocb, to: iov_iter): s64 {
  return 0;
}

function write_null(iocb: kiocb, from: iov_iter): s64 {
  const n = iov_iter_count(from);
  iov_iter_advance(from, n);
  return s64(n);
}

function read_zero(iocb: kiocb, to: iov_iter): s64 {
  const want = iov_iter_count(to);
  const n = iov_iter_zero(want, to);
  return n === 0 && want !== 0 ? -EFAULT : s64(n);
}

function write_full(iocb: kiocb, from: iov_iter): s64 {
  return -ENOSPC;
}

/** xorshift64*: the same numbers in every run, which is the machine's promise. Guarded by random_lock. */
let random_state: u64 = 0x2545f4914f6cdd1d;
let random_lock: embed<spinlock_t>;

export function get_random_u64(): u64 {
  spin_lock(random_lock);
  let x = random_state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  random_state = x;
  spin_unlock(random_lock);
  return x * u64(0x2545f4914f6cdd1d);
}

function read_random(iocb: kiocb, to: iov_iter): s64 {
  let done: s64 = 0;
  while (iov_iter_count(to) !== 0) {
    let x = get_random_u64();
    let n: u64 = iov_iter_count(to);
    if (n > 8) n = 8;
    const moved = copy_to_iter(addr(x), n, to);
    done += s64(moved);
    if (moved !== n) return done === 0 ? -EFAULT : done;
  }
  return done;
}

const null_fops: file_operations = { llseek: null_lseek, read_iter: read_null, write_iter: write_null };
/** Private: anonymous memory. Shared: a file in memory of its own. */
function mmap_zero(f: file, v: vm_area_struct): int {
  v.vm_file = null;
  if ((v.vm_flags & VM_SHARED) !== 0) {
    const shared = shmem_zero_file(v.vm_end - v.vm_start);
    if (IS_ERR(shared)) {
      v.vm_file = f;
      return int(PTR_ERR(shared));
    }
    v.vm_file = shared;
  }
  fput(f);
  return 0;
}

const zero_fops: file_operations = { llseek: null_lseek, read_iter: read_zero, write_iter: write_null, mmap: mmap_zero };
const full_fops: file_operations = { llseek: null_lseek, read_iter: read_zero, write_iter: write_full };
const random_fops: file_operations = { llseek: null_lseek, read_iter: read_random, write_iter: write_null };

function memory_open(inode: inode, f: file): int {
  switch (MINOR(inode.i_rdev)) {
    case 3:
      f.f_op = null_fops;
      break;
    case 5:
      f.f_op = zero_fops;
      break;
    case 7:
      f.f_op = full_fops;
      break;
    case 8:
    case 9:
      f.f_op = random_fops;
      break;
    case 11:
      f.f_op = kmsg_fops;
      f.f_mode |= FMODE_LSEEK;
      return kmsg_fops.open(inode, f);
    default:
      return -ENXIO;
  }
  return 0;
}

const memory_fops: file_operations = { open: memory_open };

export function chr_dev_init(): int {
  register_chrdev(MEM_MAJOR, "mem", memory_fops);
  devtmpfs_create_node("null", 0o666, MKDEV(MEM_MAJOR, 3));
  devtmpfs_create_node("zero", 0o666, MKDEV(MEM_MAJOR, 5));
  devtmpfs_create_node("full", 0o666, MKDEV(MEM_MAJOR, 7));
  devtmpfs_create_node("random", 0o666, MKDEV(MEM_MAJOR, 8));
  devtmpfs_create_node("urandom", 0o666, MKDEV(MEM_MAJOR, 9));
  devtmpfs_create_node("kmsg", 0o644, MKDEV(MEM_MAJOR, 11));
  return 0;
}

// clone3(2): clone with its arguments in a structure that grows. Who knows a longer one may pass it as long as the rest is zero.

import type { pt_regs } from "asm/ptrace";
import { E2BIG, EFAULT, EINVAL } from "linux/errno";
import {
  CLONE_CLEAR_SIGHAND,
  CLONE_DETACHED,
  CLONE_INTO_CGROUP,
  CLONE_NEWTIME,
  CLONE_PARENT,
  CLONE_SIGHAND,
  CLONE_THREAD,
  CSIGNAL,
} from "linux/sched";
import { _NSIG } from "linux/signal";
import { access_ok, copy_from_user } from "../arch/x86/lib/usercopy";
import { memset } from "../lib/string";
import { kernel_clone, type kernel_clone_args } from "./fork";

/** As user space has it. */
interface clone_args extends struct<"clone_args"> {
  flags?: u64;
  pidfd?: u64;
  child_tid?: u64;
  parent_tid?: u64;
  exit_signal?: u64;
  /** Lowest byte of the child's stack, and its size. */
  stack?: u64;
  stack_size?: u64;
  tls?: u64;
  set_tid?: u64;
  set_tid_size?: u64;
  cgroup?: u64;
}

/** Sizes of the structure's versions. */
const CLONE_ARGS_SIZE_VER0 = 64;
const CLONE_ARGS_SIZE_VER2 = 88;
const PAGE_SIZE = 4096;
const MAX_PID_NS_LEVEL = 32;
const INT_MAX = 0x7fffffff;
const CLONE_LEGACY_FLAGS = 0xffffffff;

/** A structure of `usize` bytes from user space, zeros where it is shorter than `ksize`; -E2BIG if it says more than is known here. */
function copy_struct_from_user(to: ptr, ksize: u64, from: u64, usize: u64): int {
  for (let at_ = ksize; at_ < usize; ) {
    let rest: array<u8, 64>;
    const n = usize - at_ < 64 ? usize - at_ : u64(64);
    if (copy_from_user(rest, at<ptr>(from + at_), n) !== 0) return -EFAULT;
    for (let i: u64 = 0; i < n; i++) if (rest[i] !== 0) return -E2BIG;
    at_ += n;
  }
  memset(to, 0, ksize);
  return copy_from_user(to, at<ptr>(from), usize < ksize ? usize : ksize) !== 0 ? -EFAULT : 0;
}

/** What the structure's fields must be whatever the flags are. */
function copy_clone_args_from_user(to: kernel_clone_args, user: u64, usize: u64): int {
  let a: embed<clone_args>;
  if (usize > PAGE_SIZE) return -E2BIG;
  if (usize < CLONE_ARGS_SIZE_VER0) return -EINVAL;
  const err = copy_struct_from_user(a, sizeof<clone_args>(), user, usize);
  if (err !== 0) return err;
  if (a.set_tid_size > MAX_PID_NS_LEVEL) return -EINVAL;
  if ((a.set_tid === 0) !== (a.set_tid_size === 0)) return -EINVAL;
  if ((a.exit_signal & ~u64(CSIGNAL)) !== 0 || a.exit_signal > _NSIG) return -EINVAL;
  if ((a.flags & CLONE_INTO_CGROUP) !== 0 && (a.cgroup > INT_MAX || usize < CLONE_ARGS_SIZE_VER2)) return -EINVAL;
  to.set_tid = 0;
  if (a.set_tid_size !== 0) {
    let nr: int = 0;
    if (copy_from_user(addr(nr), at<ptr>(a.set_tid), 4) !== 0) return -EFAULT;
    // One number for each level of pid namespaces: there is one.
    if (a.set_tid_size > 1 || nr === 0) return -EINVAL;
    to.set_tid = nr;
  }
  to.flags = a.flags;
  to.child_tid = a.child_tid;
  to.parent_tid = a.parent_tid;
  to.exit_signal = int(a.exit_signal);
  to.tls = a.tls;
  if ((a.stack === 0) !== (a.stack_size === 0) || !access_ok(at<ptr>(a.stack), a.stack_size)) return -EINVAL;
  to.stack = a.stack + a.stack_size;
  return 0;
}

function clone3_args_valid(a: kernel_clone_args): bool {
  const flags = a.flags;
  if ((flags & ~u64(CLONE_LEGACY_FLAGS | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP)) !== 0) return false;
  // The bits where clone has the signal.
  if ((flags & (CLONE_DETACHED | (CSIGNAL ^ CLONE_NEWTIME))) !== 0) return false;
  if ((flags & CLONE_SIGHAND) !== 0 && (flags & CLONE_CLEAR_SIGHAND) !== 0) return false;
  return (flags & (CLONE_THREAD | CLONE_PARENT)) === 0 || a.exit_signal === 0;
}

/** clone3(args, size) */
export function __x64_sys_clone3(regs: pt_regs): s64 {
  const args: kernel_clone_args = { fn: 0 };
  const err = copy_clone_args_from_user(args, regs.di, regs.si);
  if (err !== 0) return s64(err);
  return clone3_args_valid(args) ? s64(kernel_clone(args)) : -EINVAL;
}

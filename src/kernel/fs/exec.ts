// execve: the arguments are gathered, a format recognises the file, the old program's memory goes, the new one's stack is built.

import type { pt_regs } from "asm/ptrace";
import { BINPRM_BUF_SIZE, type linux_binfmt, type linux_binprm, MAX_ARG_BYTES } from "linux/binfmts";
import { current_egid, current_euid, current_gid, current_uid } from "linux/cred";
import { get_current } from "linux/current";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err";
import { E2BIG, EFAULT, ELOOP, ENOEXEC, ENOMEM } from "linux/errno";
import { AT_FDCWD } from "linux/fcntl";
import { do_close_on_exec } from "linux/fdtable";
import { fput } from "linux/file";
import { type file, type filename, filp_close, get_file, getname, getname_kernel, kernel_read, putname } from "linux/fs";
import { local_irq_restore, local_irq_save } from "linux/irqflags";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, type list_head } from "linux/list";
import {
  __pa,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_GROWSDOWN,
  MAP_PRIVATE,
  mm_alloc,
  type mm_struct,
  mmdrop,
  mmput,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  STACK_TOP,
  vm_mmap,
} from "linux/mm";
import { type module, within_module } from "linux/module";
import { PF_FORKNOEXEC, PF_KTHREAD, PF_RANDOMIZE, set_task_comm } from "linux/sched";
import { flush_signal_handlers, force_fatal_sig, SIGSEGV } from "linux/signal";
import { GFP_KERNEL, kfree, kmalloc, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import { kstrdup, memcpy, memset, strlen, strrchr } from "linux/string";
import { copy_to_user, get_user_u64, strncpy_from_user } from "linux/uaccess";
import { switch_mm } from "../arch/x86/mm/tlb";
import { get_random_u64 } from "../drivers/char/mem";
import { mm_release } from "../kernel/fork";
import { exit_itimers } from "../kernel/time/posix-timers";
import { trace_sched_process_exec } from "../kernel/trace/trace-events-sched";
import { de_thread, unshare_files, unshare_sighand } from "./exec_threads";
import { allow_write_access, deny_write_access } from "./file_table";
import { do_filp_open } from "./open";

/** Rounds of interpreters: a script's interpreter may be a script, and so on. */
const MAX_RECURSION = 5;
/** What a new stack begins with; it grows on demand. */
const STACK_INITIAL = 135168;

let formats: embed<list_head>;
let binfmt_lock: embed<spinlock_t>;

export function register_binfmt(fmt: linux_binfmt): void {
  spin_lock(binfmt_lock);
  if (formats.next === null) INIT_LIST_HEAD(formats);
  list_add_tail(fmt.lh, formats);
  spin_unlock(binfmt_lock);
}

export function unregister_binfmt(fmt: linux_binfmt): void {
  spin_lock(binfmt_lock);
  list_del_init(fmt.lh);
  spin_unlock(binfmt_lock);
}

/** For unload: the loader of a format that lies in the module; 0 if none. */
export function binfmt_in_module(mod: module): u64 {
  for (let p = formats.next; p !== formats; p = p.next) {
    const fmt = container_of<linux_binfmt>(p, "lh");
    if (within_module(u64(fmt), mod)) return u64(fmt.load_binary);
  }
  return 0;
}

// ---- arguments ----

/** Room for `more` bytes behind the strings. */
function grow_strings(bprm: linux_binprm, more: u64): int {
  const need: u64 = bprm.strings_len + more;
  if (need > MAX_ARG_BYTES) return -E2BIG;
  if (need <= bprm.strings_size) return 0;
  let size: u64 = bprm.strings_size === 0 ? 1024 : bprm.strings_size;
  while (size < need) size *= 2;
  const fresh = kmalloc(size, GFP_KERNEL) as u8[];
  if (fresh === null) return -ENOMEM;
  if (bprm.strings_len !== 0) memcpy(fresh, bprm.strings, bprm.strings_len);
  kfree(bprm.strings);
  bprm.strings = fresh;
  bprm.strings_size = size;
  return 0;
}

/** One string of the user's behind the others. */
function copy_user_string(bprm: linux_binprm, user: u64): int {
  let room: u64 = 256;
  for (;;) {
    const err = grow_strings(bprm, room);
    if (err !== 0) return err;
    const n = strncpy_from_user(add(bprm.strings, bprm.strings_len), at<ptr>(user), s64(room));
    if (n < 0) return -EFAULT;
    if (u64(n) < room) {
      bprm.strings_len += u64(n) + 1;
      return 0;
    }
    room *= 4;
    if (room > MAX_ARG_BYTES) return -E2BIG;
  }
}

/** A null-terminated user array of strings; how many, or an error. A null array counts as empty. */
function copy_user_strings(bprm: linux_binprm, array: u64): int {
  let n: int = 0;
  if (array === 0) return 0;
  for (;;) {
    let p: u64 = 0;
    if (get_user_u64(addr(p), at<ptr>(array + u64(n) * 8)) !== 0) return -EFAULT;
    if (p === 0) return n;
    const err = copy_user_string(bprm, p);
    if (err !== 0) return err;
    n += 1;
  }
}

function copy_kernel_strings(bprm: linux_binprm, array: ref<u8[]>[]): int {
  let n: int = 0;
  for (; array !== null && array[n] !== null; n++) {
    const len: u64 = strlen(array[n]) + 1;
    const err = grow_strings(bprm, len);
    if (err !== 0) return err;
    memcpy(add(bprm.strings, bprm.strings_len), array[n], len);
    bprm.strings_len += len;
  }
  return n;
}

/** Puts a string in front of all others (for script interpreters). */
export function bprm_prepend(bprm: linux_binprm, s: cstr): int {
  const len: u64 = strlen(s) + 1;
  const err = grow_strings(bprm, len);
  if (err !== 0) return err;
  for (let i: u64 = bprm.strings_len; i !== 0; i--) bprm.strings[i - 1 + len] = bprm.strings[i - 1];
  memcpy(bprm.strings, s as ptr, len);
  bprm.strings_len += len;
  bprm.env_start += len;
  bprm.argc += 1;
  return 0;
}

/** Drops argv[0]. */
export function remove_arg_zero(bprm: linux_binprm): void {
  if (bprm.argc === 0) return;
  const len: u64 = strlen(bprm.strings) + 1;
  for (let i: u64 = len; i < bprm.strings_len; i++) bprm.strings[i - len] = bprm.strings[i];
  bprm.strings_len -= len;
  bprm.env_start -= len;
  bprm.argc -= 1;
}

export function bprm_change_interp(interp: cstr, bprm: linux_binprm): int {
  const copy_ = kstrdup(interp, GFP_KERNEL) as u8[];
  if (copy_ === null) return -ENOMEM;
  if (u64(bprm.interp) !== u64(bprm.filename)) kfree(bprm.interp);
  bprm.interp = copy_;
  return 0;
}

// ---- the format's helpers ----

/** Opens a file that is to be run. */
export function open_exec(name: cstr): file {
  const n = getname_kernel(name);
  const f = do_open_execat(n);
  putname(n);
  return f;
}

function do_open_execat(name: filename): file {
  const f = do_filp_open(AT_FDCWD, name, 0, 0, true);
  if (IS_ERR(f)) return f;
  const err = deny_write_access(f);
  if (err === 0) return f;
  fput(f);
  return ERR_PTR(s64(err)) as file;
}

function exec_mmap(mm: mm_struct): void {
  const t = get_current();
  const old = t.mm;
  const old_active = t.active_mm;
  mm_release(t);
  // get_task_mm of another task must not take a reference on the old one when that has just gone.
  spin_lock(t.alloc_lock);
  const flags = local_irq_save();
  t.mm = mm;
  t.active_mm = mm;
  switch_mm(old_active, mm);
  local_irq_restore(flags);
  spin_unlock(t.alloc_lock);
  if (old !== null) mmput(old);
  else if (old_active !== null) mmdrop(old_active);
}

function kbasename(path: u8[]): u8[] {
  const tail = strrchr(path, 47);
  return tail === null ? path : add(tail, 1);
}

/** The point of no return: a fresh address space, default signal handlers, close-on-exec. */
export function begin_new_exec(bprm: linux_binprm): int {
  const t = get_current();
  const mm = mm_alloc();
  if (mm === null) return -ENOMEM;
  bprm.point_of_no_return = true;
  let ret = de_thread(t);
  if (ret === 0) ret = unshare_files();
  if (ret === 0) ret = unshare_sighand(t);
  if (ret !== 0) {
    mmput(mm);
    return ret;
  }
  mm.exe_file = get_file(bprm.file);
  deny_write_access(mm.exe_file);
  exec_mmap(mm);
  t.flags &= ~u32(PF_RANDOMIZE | PF_FORKNOEXEC | PF_KTHREAD);
  exit_itimers(t.signal);
  t.sas_ss_sp = 0;
  t.sas_ss_size = 0;
  set_task_comm(t, kbasename(bprm.filename));
  flush_signal_handlers(t, 0);
  do_close_on_exec(t.files);
  return 0;
}

const AT_NULL = 0;
const AT_PHDR = 3;
const AT_PHENT = 4;
const AT_PHNUM = 5;
const AT_PAGESZ = 6;
const AT_BASE = 7;
const AT_FLAGS = 8;
const AT_ENTRY = 9;
const AT_UID = 11;
const AT_EUID = 12;
const AT_GID = 13;
const AT_EGID = 14;
const AT_PLATFORM = 15;
const AT_HWCAP = 16;
const AT_CLKTCK = 17;
const AT_SECURE = 23;
const AT_RANDOM = 25;
const AT_HWCAP2 = 26;
const AT_EXECFN = 31;
const AT_MINSIGSTKSZ = 51;
/** A signal frame without vector registers, and room for its handler to begin. */
const MINSIGSTKSZ = 1024;

/** What the ELF loader knows for the auxiliary vector; zeros for a host program. */
export interface exec_aux extends struct<"exec_aux"> {
  phdr?: u64;
  phent?: u64;
  phnum?: u64;
  entry?: u64;
  /** The program wants to run code on its stack. */
  exec_stack?: bool;
}

function aux(v: u64[], n: u64, type: u64, value: u64): u64 {
  v[n] = type;
  v[n + 1] = value;
  return n + 2;
}

/** The stack with strings, auxiliary vector, environment, arguments and argc, as the psABI has it. Returns its pointer or an error. */
export function setup_arg_stack(bprm: linux_binprm, x: exec_aux): s64 {
  const t = get_current();
  const mm = t.mm;
  const mapped = vm_mmap(
    null,
    STACK_TOP - STACK_INITIAL,
    STACK_INITIAL,
    x.exec_stack ? u64(PROT_READ | PROT_WRITE | PROT_EXEC) : u64(PROT_READ | PROT_WRITE),
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN,
    0,
  );
  if (mapped < 0) return mapped;
  // From the top: a zero word, the file name, the strings.
  let p: u64 = STACK_TOP - 8;
  const name_len: u64 = strlen(bprm.filename) + 1;
  p -= name_len;
  const execfn = p;
  if (copy_to_user(at<ptr>(p), bprm.filename, name_len) !== 0) return -EFAULT;
  p -= bprm.strings_len;
  const strings = p;
  if (copy_to_user(at<ptr>(p), bprm.strings, bprm.strings_len) !== 0) return -EFAULT;
  mm.arg_start = strings;
  mm.arg_end = strings + bprm.env_start;
  mm.env_start = mm.arg_end;
  mm.env_end = strings + bprm.strings_len;
  p -= 8;
  const platform = p;
  if (copy_to_user(at<ptr>(p), "x86_64", 7) !== 0) return -EFAULT;
  p = (p & ~u64(15)) - 16;
  const random = p;
  let r: array<u64, 2>;
  r[0] = get_random_u64();
  r[1] = get_random_u64();
  if (copy_to_user(at<ptr>(p), r, 16) !== 0) return -EFAULT;

  const words: u64 = 1 + u64(bprm.argc) + 1 + u64(bprm.envc) + 1 + 40;
  const v = kzalloc(words * 8, GFP_KERNEL) as u64[];
  if (v === null) return -ENOMEM;
  let n: u64 = 0;
  let s: u64 = 0;
  v[n++] = u64(bprm.argc);
  for (let i: int = 0; i < bprm.argc; i++) {
    v[n++] = strings + s;
    s += strlen(add(bprm.strings, s)) + 1;
  }
  v[n++] = 0;
  for (let i: int = 0; i < bprm.envc; i++) {
    v[n++] = strings + s;
    s += strlen(add(bprm.strings, s)) + 1;
  }
  v[n++] = 0;
  const first_aux = n;
  let features: array<u32, 4>;
  cpuid(1, 0, features);
  n = aux(v, n, AT_HWCAP, u64(features[3]));
  n = aux(v, n, AT_PAGESZ, 4096);
  n = aux(v, n, AT_CLKTCK, 100);
  n = aux(v, n, AT_PHDR, x.phdr);
  n = aux(v, n, AT_PHENT, x.phent);
  n = aux(v, n, AT_PHNUM, x.phnum);
  n = aux(v, n, AT_BASE, 0);
  n = aux(v, n, AT_FLAGS, 0);
  n = aux(v, n, AT_ENTRY, x.entry);
  n = aux(v, n, AT_UID, u64(current_uid()));
  n = aux(v, n, AT_EUID, u64(current_euid()));
  n = aux(v, n, AT_GID, u64(current_gid()));
  n = aux(v, n, AT_EGID, u64(current_egid()));
  n = aux(v, n, AT_SECURE, 0);
  n = aux(v, n, AT_RANDOM, random);
  n = aux(v, n, AT_HWCAP2, 0);
  n = aux(v, n, AT_EXECFN, execfn);
  n = aux(v, n, AT_PLATFORM, platform);
  n = aux(v, n, AT_MINSIGSTKSZ, MINSIGSTKSZ);
  n = aux(v, n, AT_NULL, 0);
  memcpy(mm.saved_auxv, add(v, first_aux), (n - first_aux) * 8);
  p = (p - n * 8) & ~u64(15);
  const left = copy_to_user(at<ptr>(p), v, n * 8);
  kfree(v);
  if (left !== 0) return -EFAULT;
  mm.start_stack = p;
  return s64(p);
}

// ---- the way through ----

function prepare_binprm(bprm: linux_binprm): int {
  let pos: s64 = 0;
  memset(bprm.buf, 0, BINPRM_BUF_SIZE);
  const n = kernel_read(bprm.file, bprm.buf, BINPRM_BUF_SIZE, addr(pos));
  return n < 0 ? int(n) : 0;
}

/** Asks the formats in turn. */
function search_binary_handler(bprm: linux_binprm): int {
  const err = prepare_binprm(bprm);
  if (err !== 0) return err;
  let ret: int = -ENOEXEC;
  for (let p = formats.next; p !== formats; p = p.next) {
    ret = container_of<linux_binfmt>(p, "lh").load_binary(bprm);
    if (bprm.point_of_no_return || ret !== -ENOEXEC) return ret;
  }
  return ret;
}

function exec_binprm(bprm: linux_binprm): int {
  for (let depth = 0; ; depth++) {
    if (depth > MAX_RECURSION) return -ELOOP;
    const ret = search_binary_handler(bprm);
    if (ret < 0) return ret;
    if (bprm.interpreter === null) {
      trace_sched_process_exec(get_current(), get_current().pid, bprm.filename);
      return 0;
    }
    const script = bprm.file;
    bprm.file = bprm.interpreter;
    bprm.interpreter = null;
    allow_write_access(script);
    fput(script);
  }
}

function free_bprm(bprm: linux_binprm): void {
  if (bprm.file !== null) {
    allow_write_access(bprm.file);
    filp_close(bprm.file);
  }
  if (bprm.interpreter !== null) {
    allow_write_access(bprm.interpreter);
    filp_close(bprm.interpreter);
  }
  if (u64(bprm.interp) !== u64(bprm.filename)) kfree(bprm.interp);
  kfree(bprm.strings);
  kfree(bprm);
}

/** Takes over the name. */
function do_execve(name: filename, argv: u64, envp: u64, kargv: ref<u8[]>[], kenvp: ref<u8[]>[], kernel: bool): int {
  if (IS_ERR(name)) return int(PTR_ERR(name));
  const bprm = kzalloc(sizeof<linux_binprm>(), GFP_KERNEL) as linux_binprm;
  if (bprm === null) {
    putname(name);
    return -ENOMEM;
  }
  bprm.filename = name.name;
  bprm.interp = name.name;
  let ret: int = 0;
  const f = do_open_execat(name);
  if (IS_ERR(f)) ret = int(PTR_ERR(f));
  else bprm.file = f;
  if (ret === 0) {
    const n = kernel ? copy_kernel_strings(bprm, kargv) : copy_user_strings(bprm, argv);
    if (n < 0) ret = n;
    bprm.argc = n;
    // A program with no name at all would read its environment as arguments.
    if (n === 0) ret = bprm_prepend(bprm, "");
    bprm.env_start = bprm.strings_len;
  }
  if (ret === 0) {
    const n = kernel ? copy_kernel_strings(bprm, kenvp) : copy_user_strings(bprm, envp);
    if (n < 0) ret = n;
    bprm.envc = n;
  }
  if (ret === 0) ret = exec_binprm(bprm);
  // The old program is gone: there is nobody to return the error to.
  if (ret < 0 && bprm.point_of_no_return) force_fatal_sig(SIGSEGV);
  free_bprm(bprm);
  putname(name);
  return ret;
}

/** The first program, from a kernel thread; on success the thread returns to user mode in it. */
export function kernel_execve(kernel_filename: cstr, argv: ref<u8[]>[], envp: ref<u8[]>[]): int {
  return do_execve(getname_kernel(kernel_filename), 0, 0, argv, envp, true);
}

export function __x64_sys_execve(regs: pt_regs): s64 {
  return s64(do_execve(getname(regs.di), regs.si, regs.dx, null, null, false));
}

// execve: the arguments are gathered (exec-args.ts), a format recognises the file, the old program's memory goes, the new one's stack is
// built (exec-stack.ts).

import type { pt_regs } from "asm/ptrace";
import { BINPRM_BUF_SIZE, type linux_binfmt, type linux_binprm } from "linux/binfmts";
import { get_current } from "linux/current";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err";
import { ELOOP, ENOEXEC, ENOMEM } from "linux/errno";
import { AT_FDCWD } from "linux/fcntl";
import { do_close_on_exec } from "linux/fdtable";
import { fput } from "linux/file";
import { type file, type filename, filp_close, get_file, getname, getname_kernel, kernel_read, putname } from "linux/fs";
import { local_irq_restore, local_irq_save } from "linux/irqflags";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, type list_head } from "linux/list";
import { mm_alloc, type mm_struct, mmdrop, mmput } from "linux/mm";
import { type module, within_module } from "linux/module";
import { PF_FORKNOEXEC, PF_KTHREAD, PF_RANDOMIZE, set_task_comm } from "linux/sched";
import { flush_signal_handlers, force_fatal_sig, SIGSEGV } from "linux/signal";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock, type spinlock_t } from "linux/spinlock";
import { kstrdup, memset, strrchr } from "linux/string";
import { switch_mm } from "../arch/x86/mm/tlb";
import { mm_release } from "../kernel/fork-mm";
import { exit_itimers } from "../kernel/time/posix-timers";
import { trace_sched_process_exec } from "../kernel/trace/trace-events-sched";
import { de_thread, unshare_files, unshare_sighand } from "./exec_threads";
import { bprm_prepend, copy_kernel_strings, copy_user_strings } from "./exec-args";
import { allow_write_access, deny_write_access } from "./file_table";
import { do_filp_open } from "./open";

/** Rounds of interpreters: a script's interpreter may be a script, and so on. */
const MAX_RECURSION = 5;
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

export function bprm_change_interp(interp: cstr, bprm: linux_binprm): int {
  const copy_ = kstrdup(interp, GFP_KERNEL) as u8[];
  if (copy_ === null) return -ENOMEM;
  if (u64(bprm.interp) !== u64(bprm.filename)) kfree(bprm.interp);
  bprm.interp = copy_;
  return 0;
}

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

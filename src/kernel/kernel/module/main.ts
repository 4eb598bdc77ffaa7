// The module system calls, and what a module's life consists of after it was loaded into memory: init, live, exit.

import type { pt_regs } from "asm/ptrace";
import { CAP_SYS_MODULE, capable } from "linux/cred";
import type { Elf64_Ehdr } from "linux/elf";
import { EBUSY, EFAULT, EINTR, EINVAL, ENOENT, ENOEXEC, ENOMEM, EPERM, EWOULDBLOCK } from "linux/errno";
import { O_NONBLOCK, O_TRUNC } from "linux/fcntl";
import { kernel_read_file_from_fd } from "linux/fs";
import { ftrace_free_mem, ftrace_release_mod } from "linux/ftrace";
import { add_taint } from "linux/kernel";
import { list_del_rcu, list_empty } from "linux/list";
import { klp_module_going } from "linux/livepatch";
import {
  MODULE_NAME_LEN,
  MODULE_STATE_GOING,
  MODULE_STATE_LIVE,
  MODULE_STATE_UNFORMED,
  MODULE_UNLOAD_PROVING,
  MODULE_UNLOAD_REFUSED,
  type module,
} from "linux/module";
import { mutex_lock, mutex_lock_interruptible, mutex_unlock } from "linux/mutex";
import { LOCKDEP_NOW_UNRELIABLE, TAINT_FORCED_RMMOD } from "linux/panic";
import { dump_stack } from "linux/printk";
import { synchronize_rcu } from "linux/rcupdate";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { strlen } from "linux/string";
import { copy_from_user, strncpy_from_user } from "linux/uaccess";
import { module_memfree, vfree, vmalloc } from "linux/vmalloc";
import { wake_up_all } from "linux/wait";
import { do_one_initcall } from "../../init/do-one-initcall";
import { module_bug_cleanup } from "../../lib/bug";
import { destroy_params } from "../params";
import { modules_disabled } from "../sysctl";
import { trace_module_free } from "../trace/trace-events-module";
import { type mod_initfree, queue_free_init } from "./free-init";
import type { load_info } from "./internal";
import { module_enable_ro_after_init } from "./layout";
import { free_module_elf } from "./livepatch";
import { load_module } from "./load";
import { find_module_all, module_mutex, module_wq } from "./lookup";
import { module_notify } from "./notify";
import { note_last_unloaded } from "./print";
import { module_put, module_unload_init, try_release_module_ref } from "./refcount";
import { mod_sysfs_teardown } from "./sysfs";
import { prove_unused } from "./unload-proof";
import { module_unload_free } from "./usage";

const MODULE_INIT_IGNORE_MODVERSIONS = 1;
const MODULE_INIT_IGNORE_VERMAGIC = 2;
const MODULE_FILE_MAX = 0x7fffffff;
const READING_MODULE = 2;

/**
 * The end of a module that init refused or exit left: its memory goes if nothing leads into it any more. Else it stays, in state going,
 * and rmmod may try again. Returns 0 or -EBUSY.
 */
function retire_module(mod: module): int {
  if (CONFIG_MODULE_UNLOAD_PROOF && !prove_unused(mod)) {
    mutex_lock(module_mutex);
    mod.unload_state = MODULE_UNLOAD_REFUSED;
    mutex_unlock(module_mutex);
    return -EBUSY;
  }
  // Not before: while the memory stays its call sites may be traced, and are switched back when tracing ends.
  ftrace_release_mod(mod);
  note_last_unloaded(mod);
  free_module(mod);
  return 0;
}

/** Gives a module's memory back. Nobody can reach it by the list, sysfs or symbols any more. */
export function free_module(mod: module): void {
  trace_module_free(mod);
  mod_sysfs_teardown(mod);
  mutex_lock(module_mutex);
  mod.state = MODULE_STATE_UNFORMED;
  module_unload_free(mod);
  mutex_unlock(module_mutex);
  if (mod.klp) free_module_elf(mod);
  mutex_lock(module_mutex);
  list_del_rcu(mod.list);
  module_bug_cleanup(mod);
  mutex_unlock(module_mutex);
  synchronize_rcu();
  destroy_params(mod.kp, mod.num_kp);
  kfree(mod.args);
  kfree(mod.version as ptr);
  kfree(mod.srcversion as ptr);
  if (mod.init_layout.base !== u64(0)) module_memfree(at<ptr>(mod.init_layout.base));
  // The struct itself lies in core memory.
  module_memfree(at<ptr>(mod.core_layout.base));
}

/** Runs a module's init function and makes it live; on failure all is undone and the module is gone. */
export function do_init_module(mod: module): int {
  let ret: int = 0;
  const initfree = kmalloc(sizeof<mod_initfree>(), GFP_KERNEL) as mod_initfree;
  if (initfree === null) ret = -ENOMEM;
  else if (mod.init !== null) ret = do_one_initcall(mod.init);
  if (ret < 0) {
    kfree(initfree);
    mod.state = MODULE_STATE_GOING;
    synchronize_rcu();
    module_put(mod);
    module_notify(MODULE_STATE_GOING, mod);
    klp_module_going(mod);
    mod.unload_state = MODULE_UNLOAD_PROVING;
    // Shown as gone, like a module whose exit has run.
    try_release_module_ref(mod);
    retire_module(mod);
    wake_up_all(module_wq);
    return ret;
  }
  if (ret > 0) {
    pr_warn("%s: '%s'->init suspiciously returned %d, it should follow 0/-E convention\n", "do_init_module", mod.name, ret);
    pr_warn("%s: loading module anyway...\n", "do_init_module");
    dump_stack();
  }
  mod.state = MODULE_STATE_LIVE;
  module_notify(MODULE_STATE_LIVE, mod);
  ftrace_free_mem(mod, mod.init_layout.base, mod.init_layout.base + mod.init_layout.size);
  mutex_lock(module_mutex);
  module_put(mod); // the reference of its own loading
  mod.kallsyms = mod.core_kallsyms;
  module_enable_ro_after_init(mod);
  initfree.module_init = mod.init_layout.base;
  mod.init_layout.base = 0;
  mod.init_layout.size = 0;
  mod.init_layout.text_size = 0;
  mod.init_layout.ro_size = 0;
  queue_free_init(initfree);
  mutex_unlock(module_mutex);
  wake_up_all(module_wq);
  return 0;
}

/** insmod's second way: the file's bytes in user memory. */
function __do_sys_init_module(umod: u64, len: u64, uargs: u64): s64 {
  if (!capable(CAP_SYS_MODULE) || modules_disabled !== 0) return -EPERM;
  if (len < sizeof<Elf64_Ehdr>()) return -ENOEXEC;
  if (len > u64(MODULE_FILE_MAX)) return -ENOEXEC;
  const info: load_info = {};
  info.len = len;
  info.hdr = vmalloc(len) as Elf64_Ehdr;
  if (info.hdr === null) return -ENOMEM;
  if (copy_from_user(info.hdr, at<ptr>(umod), len) !== u64(0)) {
    vfree(info.hdr);
    return -EFAULT;
  }
  return s64(load_module(info, uargs, 0));
}

export function __x64_sys_init_module(regs: pt_regs): s64 {
  return __do_sys_init_module(regs.di, regs.si, regs.dx);
}
tail_call(__x64_sys_init_module);

function __do_sys_finit_module(fd: int, uargs: u64, flags: int): s64 {
  if (!capable(CAP_SYS_MODULE) || modules_disabled !== 0) return -EPERM;
  if (flags & ~(MODULE_INIT_IGNORE_MODVERSIONS | MODULE_INIT_IGNORE_VERMAGIC)) return -EINVAL;
  let buf: ptr = null;
  const len = kernel_read_file_from_fd(fd, 0, addr(buf), MODULE_FILE_MAX, null, READING_MODULE);
  if (len < 0) return len;
  const info: load_info = {};
  info.hdr = buf as Elf64_Ehdr;
  info.len = u64(len);
  return s64(load_module(info, uargs, flags));
}

export function __x64_sys_finit_module(regs: pt_regs): s64 {
  return __do_sys_finit_module(int(regs.di), regs.si, int(regs.dx));
}
tail_call(__x64_sys_finit_module);

/** rmmod -f: taint, and go on whoever uses the module. */
function try_force_unload(flags: u32): bool {
  const force = (flags & O_TRUNC) !== 0;
  if (force) add_taint(TAINT_FORCED_RMMOD, LOCKDEP_NOW_UNRELIABLE);
  return force;
}

/** Stops new references; on success the module is going. The caller holds module_mutex. */
function try_stop_module(mod: module, flags: u32): int {
  if (try_release_module_ref(mod) !== 0 && !try_force_unload(flags)) return -EWOULDBLOCK;
  mod.state = MODULE_STATE_GOING;
  return 0;
}

function __do_sys_delete_module(name_user: u64, flags: u32): s64 {
  let name: array<u8, 56>;
  if (!capable(CAP_SYS_MODULE) || modules_disabled !== 0) return -EPERM;
  const len: s64 = strncpy_from_user(name, at<u8[]>(name_user), MODULE_NAME_LEN - 1);
  if (len < 0) return len;
  name[MODULE_NAME_LEN - 1] = 0;

  if (mutex_lock_interruptible(module_mutex) !== 0) return -EINTR;
  let ret: int = 0;
  const mod = find_module_all(name, strlen(name), false);
  let again = false;
  if (mod === null) ret = -ENOENT;
  else if (mod.unload_state === MODULE_UNLOAD_REFUSED) again = true;
  else if (!list_empty(mod.source_list)) ret = -EWOULDBLOCK;
  else if (mod.state !== MODULE_STATE_LIVE) ret = -EBUSY;
  else if (mod.init !== null && mod.exit === null && !try_force_unload(flags)) ret = -EBUSY;
  else ret = try_stop_module(mod, flags);
  if (ret === 0) mod.unload_state = MODULE_UNLOAD_PROVING;
  mutex_unlock(module_mutex);
  if (ret !== 0) return s64(ret);

  if (!again) {
    if (mod.exit !== null) mod.exit();
    module_notify(MODULE_STATE_GOING, mod);
    klp_module_going(mod);
  }
  ret = retire_module(mod);
  wake_up_all(module_wq);
  return s64(ret);
}

export function __x64_sys_delete_module(regs: pt_regs): s64 {
  return __do_sys_delete_module(regs.di, u32(regs.si));
}
tail_call(__x64_sys_delete_module);

// ftrace: registration of ops, their filters, and the writing of the sites.

import { text_poke_sync } from "asm/text-patching";
import { WARN_ON } from "linux/bug";
import { EBUSY, EINVAL, ENODEV } from "linux/errno";
import {
  type dyn_ftrace,
  FTRACE_FL_DISABLED,
  FTRACE_FL_REGS,
  FTRACE_FL_REGS_EN,
  FTRACE_FL_TRAMP,
  FTRACE_FL_TRAMP_EN,
  FTRACE_OPS_FL_ADDING,
  FTRACE_OPS_FL_DELETED,
  FTRACE_OPS_FL_DYNAMIC,
  FTRACE_OPS_FL_ENABLED,
  FTRACE_OPS_FL_INITIALIZED,
  FTRACE_OPS_FL_PERMANENT,
  FTRACE_OPS_FL_REMOVING,
  type ftrace_func_t,
  type ftrace_ops,
} from "linux/ftrace";
import { type mutex, mutex_init, mutex_lock, mutex_unlock } from "linux/mutex";
import { synchronize_rcu_tasks, synchronize_rcu_tasks_rude } from "linux/rcupdate";
import {
  arch_ftrace_trampoline_free,
  arch_ftrace_update_trampoline,
  ftrace_arch_code_modify_post_process,
  ftrace_arch_code_modify_prepare,
  ftrace_replace_code,
  ftrace_update_ftrace_func,
} from "../../arch/x86/kernel/ftrace";
import { ftrace_caller, ftrace_regs_caller, ftrace_stub } from "../../arch/x86/kernel/ftrace_64";
import {
  add_ftrace_ops,
  arch_ftrace_ops_list_func,
  ftrace_list_end,
  ftrace_ops_list,
  ftrace_trace_function,
  publish_function_trace_op,
  remove_ftrace_ops,
  set_ftrace_trace_function,
  set_removed_ops,
  update_ftrace_function,
} from "./ftrace-ops";
import { ftrace_next_rec, type ftrace_rec_iter, ftrace_rec_iter_start } from "./ftrace-pages";
import {
  ftrace_find_tramp_ops_any,
  ftrace_find_tramp_ops_curr,
  ftrace_hash_ipmodify_disable,
  ftrace_hash_ipmodify_enable,
  ftrace_hash_rec_update,
} from "./ftrace-records";

export { ftrace_bug } from "./ftrace-bug";
export {
  arch_ftrace_ops_list_func,
  ftrace_ops_assist_func,
  ftrace_ops_get_func,
  ftrace_ops_trampoline,
  function_trace_op,
  is_ftrace_trampoline,
} from "./ftrace-ops";
export { ftrace_location, ftrace_location_range, ftrace_pages_start, ftrace_text_reserved } from "./ftrace-pages";
export { ftrace_rec_count } from "./ftrace-records";
export {
  ftrace_free_init_mem,
  ftrace_free_mem,
  ftrace_init,
  ftrace_module_enable,
  ftrace_module_init,
  ftrace_release_mod,
} from "./ftrace-sites";
export { ftrace_stub };

notrace_file();

export const FTRACE_UPDATE_CALLS = 1 << 0;
const FTRACE_DISABLE_CALLS = 1 << 1;
const FTRACE_UPDATE_TRACE_FUNC = 1 << 2;

declare const _text: u8[];
declare const _end: u8[];

/** Guards the ops list, the records and the hashes of registered ops. */
export let ftrace_lock: embed<mutex>;
/** sysctl kernel.ftrace_enabled */
export let ftrace_enabled: int = 1;
/** After a bug: ftrace does nothing any more. */
export let ftrace_disabled: bool = false;
/** Registered ops that are counted in records. */
let ftrace_start_up: int = 0;
/** What the shared trampolines call now. */
let saved_ftrace_func: ftrace_func_t = null;

export function ftrace_is_dead(): bool {
  return ftrace_disabled;
}

export function ftrace_kill(): void {
  ftrace_disabled = true;
  ftrace_enabled = 0;
  set_ftrace_trace_function(ftrace_stub);
}

export function ftrace_running(): bool {
  return ftrace_start_up !== 0 && ftrace_enabled !== 0;
}

export function ftrace_ops_init(ops: ftrace_ops): void {
  if (ops.flags & u64(FTRACE_OPS_FL_INITIALIZED)) return;
  mutex_init(ops.local_hash.regex_lock);
  ops.func_hash = ops.local_hash;
  ops.flags |= u64(FTRACE_OPS_FL_INITIALIZED);
}

// ---- targets of a site ----

/** Where the site shall go. */
export function ftrace_get_addr_new(rec: dyn_ftrace): u64 {
  if (rec.flags & u64(FTRACE_FL_TRAMP)) {
    const ops = ftrace_find_tramp_ops_any(rec);
    if (ops !== null) return ops.trampoline;
    pr_warn("Bad trampoline accounting at: %px (%pS) (%lx)\n", at<ptr>(rec.ip), at<ptr>(rec.ip), rec.flags);
  }
  return rec.flags & u64(FTRACE_FL_REGS) ? u64(ftrace_regs_caller) : u64(ftrace_caller);
}

/** Where the site goes now. */
export function ftrace_get_addr_curr(rec: dyn_ftrace): u64 {
  if (rec.flags & u64(FTRACE_FL_TRAMP_EN)) {
    const ops = ftrace_find_tramp_ops_curr(rec);
    if (ops !== null) return ops.trampoline;
    pr_warn("Bad trampoline accounting at: %px (%pS)\n", at<ptr>(rec.ip), at<ptr>(rec.ip));
  }
  return rec.flags & u64(FTRACE_FL_REGS_EN) ? u64(ftrace_regs_caller) : u64(ftrace_caller);
}

/** While calls change, the shared trampolines call the list function, which is right for every ops. */
function ftrace_modify_all_code(command: int): void {
  const update = (command & FTRACE_UPDATE_TRACE_FUNC) !== 0;
  if (update) ftrace_update_ftrace_func(arch_ftrace_ops_list_func);
  if (command & FTRACE_UPDATE_CALLS) ftrace_replace_code(true);
  else if (command & FTRACE_DISABLE_CALLS) ftrace_replace_code(false);
  if (update && ftrace_trace_function !== arch_ftrace_ops_list_func) {
    publish_function_trace_op();
    text_poke_sync();
    ftrace_update_ftrace_func(ftrace_trace_function);
  }
}

export function ftrace_run_update_code(command: int): void {
  ftrace_arch_code_modify_prepare();
  ftrace_modify_all_code(command);
  ftrace_arch_code_modify_post_process();
}

// ---- registration ----

function __register_ftrace_function(ops: ftrace_ops): int {
  if (ops.flags & u64(FTRACE_OPS_FL_DELETED)) return -EINVAL;
  if (WARN_ON((ops.flags & u64(FTRACE_OPS_FL_ENABLED)) !== u64(0))) return -EBUSY;
  if (!ftrace_enabled && ops.flags & u64(FTRACE_OPS_FL_PERMANENT)) return -EBUSY;
  // Not in the kernel image: it may be freed.
  if (u64(ops) < u64(_text) || u64(ops) >= u64(_end)) ops.flags |= u64(FTRACE_OPS_FL_DYNAMIC);
  add_ftrace_ops(ops);
  ops.saved_func = ops.func;
  arch_ftrace_update_trampoline(ops);
  if (ftrace_enabled) update_ftrace_function();
  return 0;
}

function __unregister_ftrace_function(ops: ftrace_ops): int {
  if (WARN_ON((ops.flags & u64(FTRACE_OPS_FL_ENABLED)) === u64(0))) return -EBUSY;
  if (!remove_ftrace_ops(ops)) return -1;
  if (ftrace_enabled) update_ftrace_function();
  ops.func = ops.saved_func;
  return 0;
}

function ftrace_startup_enable(command: int): void {
  let what = command;
  if (saved_ftrace_func !== ftrace_trace_function) {
    saved_ftrace_func = ftrace_trace_function;
    what |= FTRACE_UPDATE_TRACE_FUNC;
  }
  if (what === 0 || !ftrace_enabled) return;
  ftrace_run_update_code(what);
}

/** The caller holds ftrace_lock. */
function ftrace_startup(ops: ftrace_ops): int {
  if (ftrace_disabled) return -ENODEV;
  const err = __register_ftrace_function(ops);
  if (err !== 0) return err;
  ftrace_start_up++;
  ops.flags |= u64(FTRACE_OPS_FL_ENABLED | FTRACE_OPS_FL_ADDING);
  const ret = ftrace_hash_ipmodify_enable(ops);
  if (ret < 0) {
    __unregister_ftrace_function(ops);
    ftrace_start_up--;
    ops.flags &= ~u64(FTRACE_OPS_FL_ENABLED | FTRACE_OPS_FL_ADDING);
    arch_ftrace_trampoline_free(ops);
    return ret;
  }
  const command: int = ftrace_hash_rec_update(ops, true) ? FTRACE_UPDATE_CALLS : 0;
  ftrace_startup_enable(command);
  if (ftrace_disabled) {
    // The update found a site that is not as it should be.
    __unregister_ftrace_function(ops);
    ops.flags &= ~u64(FTRACE_OPS_FL_ENABLED | FTRACE_OPS_FL_ADDING);
    return -ENODEV;
  }
  ops.flags &= ~u64(FTRACE_OPS_FL_ADDING);
  return 0;
}

/** Nobody may be in a trampoline or callback of an ops whose memory is about to go. */
function wait_for_callbacks(ops: ftrace_ops): void {
  if ((ops.flags & u64(FTRACE_OPS_FL_DYNAMIC)) === u64(0)) return;
  synchronize_rcu_tasks_rude();
  synchronize_rcu_tasks();
  arch_ftrace_trampoline_free(ops);
}

/** With no ops left no record may want anything. One that does was changed while ftrace was off: the books are wrong, and ftrace stops. */
function check_records_clear(): void {
  let iter: embed<ftrace_rec_iter>;
  ftrace_rec_iter_start(iter);
  for (let rec = ftrace_next_rec(iter); rec !== null; rec = ftrace_next_rec(iter)) {
    if ((rec.flags & ~u64(FTRACE_FL_DISABLED)) === u64(0)) continue;
    if (!ftrace_disabled) {
      WARN_ON(true);
      ftrace_kill();
    }
    pr_warn("  %pS flags:%lx\n", at<ptr>(rec.ip), rec.flags);
  }
}
inline(check_records_clear);

/** The caller holds ftrace_lock. */
function ftrace_shutdown(ops: ftrace_ops): int {
  if (ftrace_disabled) return -ENODEV;
  const ret = __unregister_ftrace_function(ops);
  if (ret !== 0) return ret;
  ftrace_start_up--;
  ftrace_hash_ipmodify_disable(ops);
  let command: int = ftrace_hash_rec_update(ops, false) ? FTRACE_UPDATE_CALLS : 0;
  ops.flags &= ~u64(FTRACE_OPS_FL_ENABLED);
  if (saved_ftrace_func !== ftrace_trace_function) {
    saved_ftrace_func = ftrace_trace_function;
    command |= FTRACE_UPDATE_TRACE_FUNC;
  }
  if (command !== 0 && ftrace_enabled) {
    ops.flags |= u64(FTRACE_OPS_FL_REMOVING);
    set_removed_ops(ops);
    ftrace_run_update_code(command);
    set_removed_ops(null);
    ops.flags &= ~u64(FTRACE_OPS_FL_REMOVING);
    if (ftrace_ops_list === ftrace_list_end) check_records_clear();
  }
  wait_for_callbacks(ops);
  return 0;
}

export function register_ftrace_function(ops: ftrace_ops): int {
  ftrace_ops_init(ops);
  mutex_lock(ftrace_lock);
  const ret = ftrace_startup(ops);
  mutex_unlock(ftrace_lock);
  return ret;
}
EXPORT_SYMBOL_GPL(register_ftrace_function);

export function unregister_ftrace_function(ops: ftrace_ops): int {
  mutex_lock(ftrace_lock);
  const ret = ftrace_shutdown(ops);
  mutex_unlock(ftrace_lock);
  return ret;
}
EXPORT_SYMBOL_GPL(unregister_ftrace_function);

/** Another callback for a registered ops; what it was registered with stays saved_func. */
export function ftrace_ops_set_func(ops: ftrace_ops, func: ftrace_func_t): void {
  mutex_lock(ftrace_lock);
  if (!ftrace_disabled && ops.func !== func) {
    ops.func = func;
    arch_ftrace_update_trampoline(ops);
    update_ftrace_function();
    ftrace_startup_enable(0);
  }
  mutex_unlock(ftrace_lock);
}

// ---- kernel.ftrace_enabled ----

export function is_permanent_ops_registered(): bool {
  for (let op = ftrace_ops_list; op !== ftrace_list_end; op = op.next) {
    if (op.flags & u64(FTRACE_OPS_FL_PERMANENT)) return true;
  }
  return false;
}

/** Attaches or detaches all ops. -EBUSY if one is permanent, -ENODEV if ftrace is dead. */
export function ftrace_set_enabled(value: int): int {
  let ret: int = 0;
  if (ftrace_disabled) return -ENODEV;
  mutex_lock(ftrace_lock);
  const enable: int = value !== 0 ? 1 : 0;
  if (enable !== ftrace_enabled) {
    if (enable) {
      ftrace_enabled = 1;
      update_ftrace_function();
      saved_ftrace_func = null;
      ftrace_startup_enable(ftrace_start_up !== 0 ? FTRACE_UPDATE_CALLS : 0);
    } else if (is_permanent_ops_registered()) {
      ret = -EBUSY;
    } else {
      set_ftrace_trace_function(ftrace_stub);
      if (ftrace_start_up !== 0) ftrace_run_update_code(FTRACE_DISABLE_CALLS);
      ftrace_enabled = 0;
    }
  }
  mutex_unlock(ftrace_lock);
  return ret;
}

// What ftrace writes: NOPs and calls at the sites, checked before each change, and private trampolines.

import { __START_KERNEL_map, MODULES_VADDR, PAGE_OFFSET, PAGE_SIZE } from "asm/page";
import { CALL_INSN_OPCODE, RET_INSN_OPCODE, text_mutex, text_poke_bp, text_poke_finish, text_poke_queue } from "asm/text-patching";
import { WARN_ON } from "linux/bug";
import { EFAULT, EINVAL } from "linux/errno";
import {
  type dyn_ftrace,
  FTRACE_OPS_FL_ALLOC_TRAMP,
  FTRACE_OPS_FL_SAVE_REGS,
  type ftrace_func_t,
  type ftrace_ops,
  MCOUNT_INSN_SIZE,
} from "linux/ftrace";
import { list_add_rcu, list_del_rcu } from "linux/list";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { set_memory_ro, set_memory_x } from "linux/set_memory";
import { memcmp, memcpy } from "linux/string";
import type { list_head } from "linux/types";
import { copy_from_kernel_nofault } from "linux/uaccess";
import { module_alloc, module_memfree } from "linux/vmalloc";
import { ftrace_bug, ftrace_get_addr_curr, ftrace_get_addr_new, ftrace_ops_get_func } from "../../../kernel/trace/ftrace";
import { ftrace_next_rec, type ftrace_rec_iter, ftrace_rec_iter_start } from "../../../kernel/trace/ftrace-pages";
import {
  FTRACE_UPDATE_IGNORE,
  FTRACE_UPDATE_MAKE_CALL,
  FTRACE_UPDATE_MAKE_NOP,
  ftrace_test_record,
  ftrace_update_record,
} from "../../../kernel/trace/ftrace-records";
import { __fentry__, ftrace_caller, ftrace_regs_caller } from "./ftrace_64";

notrace_file();

declare const ftrace_caller_op_ptr: u8[];
declare const ftrace_call: u8[];
declare const ftrace_caller_end: u8[];
declare const ftrace_regs_caller_op_ptr: u8[];
declare const ftrace_regs_call: u8[];
declare const ftrace_regs_caller_end: u8[];

const nop5_insn: array<u8, 5> = [0x0f, 0x1f, 0x44, 0x00, 0x00];
let call_insn: array<u8, 5>;

/** For ftrace_bug's report: what should have been at the site. */
export let ftrace_expected: u8[] = null;

/** `call address`, as it would stand at ip. Valid until the next call; text_mutex or boot. */
function ftrace_call_replace(ip: u64, address: u64): u8[] {
  const disp = u32(address - (ip + u64(MCOUNT_INSN_SIZE)));
  call_insn[0] = CALL_INSN_OPCODE;
  call_insn[1] = u8(disp);
  call_insn[2] = u8(disp >> 8);
  call_insn[3] = u8(disp >> 16);
  call_insn[4] = u8(disp >> 24);
  return call_insn;
}

function ftrace_verify_code(ip: u64, old_code: u8[]): int {
  let cur: array<u8, 5>;
  if (copy_from_kernel_nofault(cur, at<ptr>(ip), MCOUNT_INSN_SIZE) !== 0) {
    ftrace_expected = old_code;
    return -EFAULT;
  }
  if (memcmp(cur, old_code, MCOUNT_INSN_SIZE) !== 0) {
    ftrace_expected = old_code;
    WARN_ON(true);
    return -EINVAL;
  }
  return 0;
}

/** Boot (through the direct map: text may already be read-only), and modules before their text is protected: call becomes NOP. */
export function ftrace_init_nop(ip: u64): int {
  const image = ip >= __START_KERNEL_map && ip < MODULES_VADDR;
  const site: u8[] = at<u8[]>(image ? ip - __START_KERNEL_map + PAGE_OFFSET : ip);
  const call = ftrace_call_replace(ip, u64(__fentry__));
  if (at<u32[]>(u64(site))[0] !== at<u32[]>(u64(call))[0] || site[4] !== call[4]) {
    ftrace_expected = call;
    return -EINVAL;
  }
  at<u32[]>(u64(site))[0] = 0x00441f0f;
  site[4] = 0;
  return 0;
}

/** What should stand at a site according to its record's present state. */
function expected_code(rec: dyn_ftrace, update: int): u8[] {
  if (update === FTRACE_UPDATE_MAKE_CALL) return nop5_insn;
  return ftrace_call_replace(rec.ip, ftrace_get_addr_curr(rec));
}

/** Brings all sites to what their records want: everything is verified first, then queued, then written in batches. */
export function ftrace_replace_code(enable: bool): void {
  let iter: embed<ftrace_rec_iter>;
  ftrace_rec_iter_start(iter);
  for (let rec = ftrace_next_rec(iter); rec !== null; rec = ftrace_next_rec(iter)) {
    const update = ftrace_test_record(rec, enable);
    if (update === FTRACE_UPDATE_IGNORE) continue;
    const ret = ftrace_verify_code(rec.ip, expected_code(rec, update));
    if (ret !== 0) {
      ftrace_bug(ret, rec, rec.ip);
      return;
    }
  }
  ftrace_rec_iter_start(iter);
  for (let rec = ftrace_next_rec(iter); rec !== null; rec = ftrace_next_rec(iter)) {
    const update = ftrace_test_record(rec, enable);
    if (update === FTRACE_UPDATE_IGNORE) continue;
    const target = ftrace_get_addr_new(rec);
    ftrace_update_record(rec, enable);
    const code: u8[] = update === FTRACE_UPDATE_MAKE_NOP ? nop5_insn : ftrace_call_replace(rec.ip, target);
    text_poke_queue(rec.ip, code, MCOUNT_INSN_SIZE, null);
  }
  text_poke_finish();
}

/** One site, for modules that load while ops are registered. */
export function ftrace_make_call(rec: dyn_ftrace, target: u64): int {
  mutex_lock(text_mutex);
  const ret = ftrace_verify_code(rec.ip, nop5_insn);
  if (ret === 0) text_poke_bp(rec.ip, ftrace_call_replace(rec.ip, target), MCOUNT_INSN_SIZE, null);
  mutex_unlock(text_mutex);
  return ret;
}

/** Lets the shared trampolines call another function. The caller holds text_mutex. */
export function ftrace_update_ftrace_func(func: ftrace_func_t): int {
  let ip: u64 = u64(ftrace_call);
  text_poke_bp(ip, ftrace_call_replace(ip, u64(func)), MCOUNT_INSN_SIZE, null);
  ip = u64(ftrace_regs_call);
  text_poke_bp(ip, ftrace_call_replace(ip, u64(func)), MCOUNT_INSN_SIZE, null);
  return 0;
}

export function ftrace_arch_code_modify_prepare(): void {
  mutex_lock(text_mutex);
}

export function ftrace_arch_code_modify_post_process(): void {
  text_poke_finish();
  mutex_unlock(text_mutex);
}

function calls_offset(save_regs: bool): u64 {
  return save_regs ? u64(ftrace_regs_call) - u64(ftrace_regs_caller) : u64(ftrace_call) - u64(ftrace_caller);
}

/** Ops with a trampoline of their own, newest first, for kallsyms; an ops of the kernel's keeps its when it is unregistered. Under ftrace_lock. */
export let ftrace_ops_trampolines: embed<list_head>;

/**
 * A copy of the caller template for one ops: ending in `ret`, the ops pointer stored behind it, its load and the call of the callback
 * patched. Returns the address, 0 if there is no memory.
 */
function create_trampoline(ops: ftrace_ops): u64 {
  const save_regs = (ops.flags & u64(FTRACE_OPS_FL_SAVE_REGS)) !== u64(0);
  const start: u64 = save_regs ? u64(ftrace_regs_caller) : u64(ftrace_caller);
  const end: u64 = save_regs ? u64(ftrace_regs_caller_end) : u64(ftrace_caller_end);
  const op_load: u64 = save_regs ? u64(ftrace_regs_caller_op_ptr) : u64(ftrace_caller_op_ptr);
  const size: u64 = end - start;
  const ops_slot: u64 = (size + u64(1) + u64(7)) & ~u64(7);
  const total: u64 = ops_slot + u64(8);
  const tramp = u64(module_alloc(total));
  if (tramp === u64(0)) return 0;

  memcpy(at<ptr>(tramp), at<ptr>(start), size);
  at<u8[]>(tramp)[size] = RET_INSN_OPCODE;
  at<u64[]>(tramp + ops_slot)[0] = u64(ops);

  // mov rdx, [rip + disp32]: 7 bytes, the displacement counts from its end.
  const load: u64 = tramp + (op_load - start);
  at<u32[]>(load + u64(3))[0] = u32(tramp + ops_slot - (load + u64(7)));
  const call_ip: u64 = tramp + calls_offset(save_regs);
  memcpy(at<ptr>(call_ip), ftrace_call_replace(call_ip, u64(ftrace_ops_get_func(ops))), MCOUNT_INSN_SIZE);

  ops.trampoline = tramp;
  ops.trampoline_size = total;
  list_add_rcu(ops.list, ftrace_ops_trampolines);
  ops.flags |= u64(FTRACE_OPS_FL_ALLOC_TRAMP);
  const pages: u64 = (total + u64(PAGE_SIZE - 1)) / u64(PAGE_SIZE);
  set_memory_ro(tramp, pages);
  set_memory_x(tramp, pages);
  return tramp;
}

/** Gives ops its own trampoline, or brings the one that it has up to date. */
export function arch_ftrace_update_trampoline(ops: ftrace_ops): void {
  if (ops.trampoline === u64(0)) {
    create_trampoline(ops);
    return;
  }
  if ((ops.flags & u64(FTRACE_OPS_FL_ALLOC_TRAMP)) === u64(0)) return;
  const ip: u64 = ops.trampoline + calls_offset((ops.flags & u64(FTRACE_OPS_FL_SAVE_REGS)) !== u64(0));
  mutex_lock(text_mutex);
  const code = ftrace_call_replace(ip, u64(ftrace_ops_get_func(ops)));
  if (memcmp(at<ptr>(ip), code, MCOUNT_INSN_SIZE) !== 0) text_poke_bp(ip, code, MCOUNT_INSN_SIZE, null);
  mutex_unlock(text_mutex);
}

export function arch_ftrace_trampoline_free(ops: ftrace_ops): void {
  if ((ops.flags & u64(FTRACE_OPS_FL_ALLOC_TRAMP)) === u64(0)) return;
  list_del_rcu(ops.list);
  module_memfree(at<ptr>(ops.trampoline));
  ops.trampoline = 0;
  ops.trampoline_size = 0;
  ops.flags &= ~u64(FTRACE_OPS_FL_ALLOC_TRAMP);
}

/** What a site's or a trampoline's call instruction calls now; 0 if it is no call. For enabled_functions. */
export function addr_from_call(ip: u64): u64 {
  let code: array<u8, 5>;
  if (copy_from_kernel_nofault(code, at<ptr>(ip), MCOUNT_INSN_SIZE) !== 0 || code[0] !== CALL_INSN_OPCODE) return 0;
  const disp = int(u32(code[1]) | (u32(code[2]) << 8) | (u32(code[3]) << 16) | (u32(code[4]) << 24));
  return ip + u64(MCOUNT_INSN_SIZE) + u64(s64(disp));
}

/** The function that a record's trampoline calls. */
export function arch_ftrace_trampoline_func(ops: ftrace_ops, save_regs: bool): u64 {
  if (ops !== null && ops.trampoline !== u64(0)) {
    return addr_from_call(ops.trampoline + calls_offset((ops.flags & u64(FTRACE_OPS_FL_SAVE_REGS)) !== u64(0)));
  }
  return addr_from_call(save_regs ? u64(ftrace_regs_call) : u64(ftrace_call));
}

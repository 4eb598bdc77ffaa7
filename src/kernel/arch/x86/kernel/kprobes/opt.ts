// Jump optimisation: a probe whose neighbourhood allows it becomes a jump to a detour, which calls the handlers with all registers and then runs
// the instructions that the jump covers. Without the trap a probe costs a call.

import { PAGE_SIZE } from "asm/page";
import type { pt_regs } from "asm/ptrace";
import { restore_all_regs, save_all_regs } from "asm/save-regs";
import { INT3_INSN_OPCODE, JMP32_INSN_OPCODE, text_mutex, text_poke_bp } from "asm/text-patching";
import { ftrace_text_reserved } from "linux/ftrace";
import { kallsyms_lookup_size_offset } from "linux/kallsyms";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { set_memory_ro, set_memory_x } from "linux/set_memory";
import { kfree, kzalloc } from "linux/slab";
import { memcpy } from "linux/string";
import { module_alloc, module_memfree } from "linux/vmalloc";
import { search_exception_tables } from "../../../../kernel/extable";
import { kprobe_pre_handlers, kprobes_missed } from "../../../../kernel/kprobes-handlers";
import { kprobe_site_at } from "../../../../kernel/kprobes-sites";
import { type insn, insn_decode } from "../../lib/insn";
import { copy_instruction, type kprobe_site, recover_probed_instruction, write_jump } from "./core";
import { kprobe_running_on } from "./int3";

notrace_file();

const JUMP_SIZE = 5;
const PT_REGS = 168;

export interface optimized_kprobe extends struct<"optimized_kprobe"> {
  site?: kprobe_site;
  /** The four bytes behind the breakpoint. */
  saved?: array<u8, 4>;
  /** Bytes of whole instructions that the jump covers. */
  size?: int;
  detour?: u64;
}

declare const optprobe_template_op: u8[];
declare const optprobe_template_call: u8[];
declare const optprobe_template_end: u8[];
/** What the template's load reads; a detour loads the word at its own end. */
export let optprobe_no_site: u64 = 0;

/** Copied for each detour: registers saved as at a breakpoint, the handlers, registers restored. */
export const optprobe_template = asm<() => void>("optprobe_template", () => {
  lea(rsp, mem(rsp, -PT_REGS));
  save_all_regs();
  lea(rax, mem(rsp, PT_REGS));
  mov(mem(rsp, offsetof<pt_regs>("sp")), rax);
  symbol("optprobe_template_op");
  mov(rdi, rip(optprobe_no_site));
  mov(rsi, rsp);
  symbol("optprobe_template_call");
  call(optimized_callback);
  restore_all_regs();
  lea(rsp, mem(rsp, PT_REGS));
  symbol("optprobe_template_end");
  ret();
});

/** From a detour: as the breakpoint's handler would. */
export function optimized_callback(op: optimized_kprobe, regs: pt_regs): void {
  const flags = read_rflags();
  cli();
  if (this_cpu_read(kprobe_running_on) !== 0) {
    kprobes_missed(op.site.addr);
  } else {
    this_cpu_write(kprobe_running_on, 1);
    kprobe_pre_handlers(op.site.addr, regs);
    this_cpu_write(kprobe_running_on, 0);
  }
  if ((flags & u64(0x200)) !== u64(0)) sti();
}

/** Moved elsewhere it would do something else. */
function depends_on_place(i: insn): bool {
  const op = i.opcode;
  if (op === 0xe8 || op === 0xe9 || op === 0xeb || (op & 0xfff0) === 0x70 || (op & 0xfff0) === 0x0f80) return true;
  if ((op & 0xfffc) === 0xe0 || op === 0xc3 || op === 0xc2 || op === 0xcc || op === 0xcf || op === 0xf4 || op === 0x0f0b) return true;
  const sub = (int(i.modrm) >> 3) & 7;
  return op === 0xff && sub >= 2 && sub <= 5;
}

function jump_target(i: insn, buf: u8[], address: u64): u64 {
  const op = i.opcode;
  const next = address + u64(i.length);
  if (op === 0xeb || (op & 0xfff0) === 0x70 || (op & 0xfffc) === 0xe0) return next + u64(s64(s8(buf[i.imm_off])));
  if (op === 0xe9 || (op & 0xfff0) === 0x0f80) {
    const p = add(buf, i.imm_off);
    return next + u64(s64(int(u32(p[0]) | (u32(p[1]) << 8) | (u32(p[2]) << 16) | (u32(p[3]) << 24))));
  }
  return 0;
}

/** Bytes of the whole instructions that a jump at the site covers; 0 if they must stay. */
function covered(site: kprobe_site): int {
  let buf: array<u8, 16>;
  let i: embed<insn>;
  let size: int = 0;
  while (size < JUMP_SIZE) {
    recover_probed_instruction(buf, site.addr + u64(size));
    if (!insn_decode(i, buf) || depends_on_place(i)) return 0;
    if (size > 0 && kprobe_site_at(site.addr + u64(size)) !== null) return 0;
    if (search_exception_tables(site.addr + u64(size)) !== null) return 0;
    size += i.length;
  }
  return size;
}

/** The whole function is looked at: it must have no indirect jump, and no jump into the covered bytes. */
function can_optimize(site: kprobe_site, size: int): bool {
  let length: u64 = 0;
  let offset: u64 = 0;
  if (!kallsyms_lookup_size_offset(site.addr, addr(length), addr(offset))) return false;
  if (offset + u64(size) > length) return false;
  if (ftrace_text_reserved(at<ptr>(site.addr), at<ptr>(site.addr + u64(size - 1)))) return false;
  let buf: array<u8, 16>;
  let i: embed<insn>;
  const end = site.addr - offset + length;
  for (let address = site.addr - offset; address < end; ) {
    recover_probed_instruction(buf, address);
    // Padding behind the last return.
    if (buf[0] === INT3_INSN_OPCODE) break;
    if (!insn_decode(i, buf)) return false;
    if (i.opcode === 0xff && ((int(i.modrm) >> 3) & 6) === 4) return false;
    const target = jump_target(i, buf, address);
    if (target > site.addr && target < site.addr + u64(size)) return false;
    address += u64(i.length);
  }
  return true;
}

function make_detour(op: optimized_kprobe): bool {
  const site = op.site;
  const start = u64(optprobe_template);
  const head: u64 = u64(optprobe_template_end) - start;
  const tramp = u64(module_alloc(PAGE_SIZE));
  if (tramp === u64(0)) return false;
  memcpy(at<ptr>(tramp), at<ptr>(start), head);
  let pos: u64 = head;
  let buf: array<u8, 16>;
  let i: embed<insn>;
  for (let done: int = 0; done < op.size; done += i.length) {
    recover_probed_instruction(buf, site.addr + u64(done));
    insn_decode(i, buf);
    if (!copy_instruction(tramp + pos, buf, i, site.addr + u64(done), tramp + pos)) {
      module_memfree(at<ptr>(tramp));
      return false;
    }
    pos += u64(i.length);
  }
  write_jump(tramp + pos, tramp + pos, site.addr + u64(op.size));
  const slot: u64 = (pos + u64(5) + u64(7)) & ~u64(7);
  at<u64[]>(tramp + slot)[0] = u64(op);
  // mov rdi, [rip + disp32]: 7 bytes; call rel32: 5.
  const load: u64 = tramp + (u64(optprobe_template_op) - start);
  at<u32[]>(load + u64(3))[0] = u32(tramp + slot - (load + u64(7)));
  const call_: u64 = tramp + (u64(optprobe_template_call) - start);
  at<u32[]>(call_ + u64(1))[0] = u32(u64(optimized_callback) - (call_ + u64(5)));
  set_memory_ro(tramp, 1);
  set_memory_x(tramp, 1);
  op.detour = tramp;
  return true;
}

/** A detour for an armed site; nothing changes yet. False: it stays a breakpoint. */
export function arch_prepare_optimized_kprobe(site: kprobe_site): bool {
  if (site.opt !== null) return true;
  const size = covered(site);
  if (size === 0 || !can_optimize(site, size)) return false;
  const op = kzalloc(sizeof<optimized_kprobe>(), 0) as optimized_kprobe;
  if (op === null) return false;
  op.site = site;
  op.size = size;
  for (let i: int = 0; i < 4; i++) op.saved[i] = at<u8[]>(site.addr + u64(1))[i];
  if (!make_detour(op)) {
    kfree(op);
    return false;
  }
  site.opt = op;
  return true;
}

/** In the detour, behind the handlers' call: the instructions that the jump covers, and the way back. */
export function detour_copy(site: kprobe_site): u64 {
  return site.opt.detour + (u64(optprobe_template_end) - u64(optprobe_template));
}

/** The breakpoint becomes a jump. Nobody may be preempted within the covered bytes. */
export function arch_optimize_kprobe(site: kprobe_site): void {
  let jump: array<u8, 5>;
  const disp = u32(site.opt.detour - (site.addr + u64(JUMP_SIZE)));
  jump[0] = JMP32_INSN_OPCODE;
  jump[1] = u8(disp);
  jump[2] = u8(disp >> 8);
  jump[3] = u8(disp >> 16);
  jump[4] = u8(disp >> 24);
  mutex_lock(text_mutex);
  site.optimized = true;
  text_poke_bp(site.addr, jump, JUMP_SIZE, null);
  mutex_unlock(text_mutex);
}

/** The jump becomes a breakpoint again. */
export function arch_unoptimize_kprobe(site: kprobe_site): void {
  let code: array<u8, 5>;
  code[0] = INT3_INSN_OPCODE;
  for (let i: int = 0; i < 4; i++) code[i + 1] = site.opt.saved[i];
  mutex_lock(text_mutex);
  text_poke_bp(site.addr, code, JUMP_SIZE, null);
  site.optimized = false;
  mutex_unlock(text_mutex);
}

/** Nobody is in the detour any more. */
export function arch_remove_optimized_kprobe(site: kprobe_site): void {
  if (site.opt === null) return;
  module_memfree(at<ptr>(site.opt.detour));
  kfree(site.opt);
  site.opt = null;
}

// On the way of every breakpoint: a probe there would never end.
kprobe_blacklist(optimized_callback);
kprobe_blacklist(detour_copy);

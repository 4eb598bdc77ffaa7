// text_poke: writing kernel text. Text is never mapped writable: the bytes go through a temporary alias of the page. Instructions that a CPU
// may be executing are changed by the breakpoint protocol, so that no CPU ever runs a mixture of old and new bytes.

import { __START_KERNEL_map, MODULES_VADDR, PAGE_SHIFT } from "asm/page";
import { clear_fixmap, FIX_TEXT_POKE0, fix_to_virt, PAGE_KERNEL, set_fixmap } from "asm/pgtable";
import { type pt_regs, user_mode } from "asm/ptrace";
import {
  CALL_INSN_OPCODE,
  CALL_INSN_SIZE,
  INT3_INSN_OPCODE,
  int3_emulate_jmp,
  int3_emulate_push,
  JMP8_INSN_OPCODE,
  JMP32_INSN_OPCODE,
  NOP5_INSN_OPCODE,
  RET_INSN_OPCODE,
} from "asm/text-patching";
import { atomic_dec, atomic_inc_not_zero, atomic_read, atomic_set, type atomic_t } from "linux/atomic";
import { local_irq_restore, local_irq_save } from "linux/irqflags";
import type { mutex } from "linux/mutex";
import { on_each_cpu } from "linux/smp";
import { vmalloc_to_pfn } from "linux/vmalloc";

/** Serialises everybody who changes text. */
export let text_mutex: embed<mutex>;

/** Physical address of kernel text: the image is linear, modules and trampolines are vmalloc memory. */
function text_phys(address: u64): u64 {
  if (address >= __START_KERNEL_map && address < MODULES_VADDR) return address - __START_KERNEL_map;
  return (u64(vmalloc_to_pfn(at<ptr>(address))) << PAGE_SHIFT) | (address & u64(0xfff));
}

/** Copies within one page, through the alias; interrupts are off so that nobody else on this CPU uses it. */
function poke_page(address: u64, source: u64, len: u64): void {
  const flags = local_irq_save();
  const phys = text_phys(address);
  set_fixmap(FIX_TEXT_POKE0, phys & ~u64(0xfff), PAGE_KERNEL);
  const alias: u64 = fix_to_virt(FIX_TEXT_POKE0) + (phys & u64(0xfff));
  rep_movsb(at<ptr>(alias), at<ptr>(source), len);
  clear_fixmap(FIX_TEXT_POKE0);
  local_irq_restore(flags);
}

/** Writes bytes that no CPU executes at the moment. The caller holds text_mutex. */
export function text_poke(address: u64, opcode: ptr, len: u64): void {
  const first: u64 = u64(0x1000) - (address & u64(0xfff));
  if (len <= first) {
    poke_page(address, u64(opcode), len);
    return;
  }
  poke_page(address, u64(opcode), first);
  poke_page(address + first, u64(opcode) + first, len - first);
}

/** Before other CPUs run and before text is mapped read-only, or for text that nobody can reach yet. */
export function text_poke_early(address: u64, opcode: ptr, len: u64): void {
  const flags = local_irq_save();
  rep_movsb(at<ptr>(address), opcode, len);
  local_irq_restore(flags);
}

function do_sync_core(_info: ptr): void {
  // cpuid serialises: what follows is fetched anew.
  let regs: array<u32, 4>;
  cpuid(0, 0, regs);
}
notrace(do_sync_core);

/** Every CPU has executed a serialising instruction after what was written before. */
export function text_poke_sync(): void {
  on_each_cpu(do_sync_core, null, 1);
}

/** One instruction under change. */
interface text_poke_loc extends struct<"text_poke_loc"> {
  address?: u64;
  disp?: int; // of the new instruction, for emulation
  len?: u8;
  opcode?: u8; // what a CPU that meets the breakpoint does instead: the new instruction
  old?: u8; // the first byte before
  text?: array<u8, 5>; // what will stand there
}

const TP_VEC_MAX = 128;

/** The batch, ascending by address; refs is not zero while breakpoints of it may be hit. */
let tp_vec: array<text_poke_loc, 128>;
let tp_vec_nr: int = 0;
let bp_vec_nr: int = 0;
let bp_refs: embed<atomic_t>;

function find_loc(address: u64): text_poke_loc {
  let low: int = 0;
  let high: int = bp_vec_nr;
  while (low < high) {
    const mid = (low + high) >> 1;
    const at_mid = tp_vec[mid].address;
    if (at_mid === address) return tp_vec[mid];
    if (at_mid < address) low = mid + 1;
    else high = mid;
  }
  return null;
}
notrace(find_loc);

/** From the breakpoint trap, first of all. 1: it was ours, and the interrupted code goes on as if the new instruction stood there. */
export function poke_int3_handler(regs: pt_regs): int {
  if (user_mode(regs)) return 0;
  if (!atomic_inc_not_zero(bp_refs)) return 0;
  let ret: int = 0;
  const tp = find_loc(regs.ip - u64(1));
  if (tp !== null) {
    const next: u64 = tp.address + u64(tp.len);
    ret = 1;
    switch (tp.opcode) {
      case INT3_INSN_OPCODE:
        // A kprobe is being planted: its own handler is next.
        ret = 0;
        break;
      case RET_INSN_OPCODE:
        int3_emulate_jmp(regs, at<u64[]>(regs.sp)[0]);
        regs.sp += 8;
        break;
      case CALL_INSN_OPCODE:
        int3_emulate_push(regs, next);
        int3_emulate_jmp(regs, next + u64(s64(tp.disp)));
        break;
      case JMP32_INSN_OPCODE:
      case JMP8_INSN_OPCODE:
        int3_emulate_jmp(regs, next + u64(s64(tp.disp)));
        break;
      case NOP5_INSN_OPCODE:
        int3_emulate_jmp(regs, next);
        break;
      default:
        ret = 0;
    }
  }
  atomic_dec(bp_refs);
  return ret;
}
notrace(poke_int3_handler);

/**
 * The protocol: breakpoint over the first byte of each, sync; the tails, sync; the first bytes, sync. From the first sync on nobody starts an
 * old instruction, up to the last nobody fetches a new one half written.
 */
function text_poke_bp_batch(): void {
  const int3: array<u8, 1> = [INT3_INSN_OPCODE];
  bp_vec_nr = tp_vec_nr;
  atomic_set(bp_refs, 1);
  mb();
  for (let i: int = 0; i < tp_vec_nr; i++) {
    tp_vec[i].old = at<u8[]>(tp_vec[i].address)[0];
    text_poke(tp_vec[i].address, int3, 1);
  }
  text_poke_sync();
  let tails = false;
  for (let i: int = 0; i < tp_vec_nr; i++) {
    const tp = tp_vec[i];
    if (tp.len > 1) {
      text_poke(tp.address + u64(1), add(tp.text, 1), u64(tp.len - 1));
      tails = true;
    }
  }
  if (tails) text_poke_sync();
  for (let i: int = 0; i < tp_vec_nr; i++) {
    const tp = tp_vec[i];
    if (tp.text[0] !== INT3_INSN_OPCODE) text_poke(tp.address, tp.text, 1);
  }
  text_poke_sync();
  // Wait for handlers that still look at the vector.
  fetch_add(addr(bp_refs.counter), -1);
  while (atomic_read(bp_refs) !== 0) cpu_relax();
  tp_vec_nr = 0;
}

/** Bytes to write, and the instruction to emulate while they are written (null: the same). */
function text_poke_loc_init(tp: text_poke_loc, address: u64, opcode: u8[], len: u64, emulate: u8[]): void {
  const model = emulate === null ? opcode : emulate;
  tp.address = address;
  tp.len = u8(len);
  for (let i: u64 = 0; i < len; i++) tp.text[i] = opcode[i];
  tp.opcode = model[0];
  if (model[0] === JMP8_INSN_OPCODE) tp.disp = int(s8(model[1]));
  else if (len === u64(CALL_INSN_SIZE)) tp.disp = int(u32(model[1]) | (u32(model[2]) << 8) | (u32(model[3]) << 16) | (u32(model[4]) << 24));
  else tp.disp = 0;
}

export function text_poke_finish(): void {
  if (tp_vec_nr > 0) text_poke_bp_batch();
}

/** Adds to the batch; a full batch, or one that would lose its order, is written first. The caller holds text_mutex. */
export function text_poke_queue(address: u64, opcode: u8[], len: u64, emulate: u8[]): void {
  if (tp_vec_nr === TP_VEC_MAX || (tp_vec_nr > 0 && tp_vec[tp_vec_nr - 1].address >= address)) text_poke_finish();
  text_poke_loc_init(tp_vec[tp_vec_nr], address, opcode, len, emulate);
  tp_vec_nr++;
}

/** One instruction, at once. */
export function text_poke_bp(address: u64, opcode: u8[], len: u64, emulate: u8[]): void {
  text_poke_finish();
  text_poke_loc_init(tp_vec[0], address, opcode, len, emulate);
  tp_vec_nr = 1;
  text_poke_bp_batch();
}

// On the way of every breakpoint: a probe there would never end.
kprobe_blacklist(find_loc);
kprobe_blacklist(poke_int3_handler);

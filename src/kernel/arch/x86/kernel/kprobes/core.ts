// Breakpoint probes on x86: what is checked and made before a probe is armed. Two copies of the instruction lie in a site's slot: one that
// ends with a jump back (used where nobody wants to know when the instruction is done) and one that ends with a breakpoint.

import { PAGE_SIZE } from "asm/page";
import { INT3_INSN_OPCODE, JMP32_INSN_OPCODE, text_mutex, text_poke, text_poke_sync } from "asm/text-patching";
import { EILSEQ, EINVAL, ENOMEM } from "linux/errno";
import { kallsyms_lookup_size_offset } from "linux/kallsyms";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { set_memory_ro, set_memory_x } from "linux/set_memory";
import { copy_from_kernel_nofault } from "linux/uaccess";
import { module_alloc } from "linux/vmalloc";
import { search_exception_tables } from "../../../../kernel/extable";
import { kprobe_site_at } from "../../../../kernel/kprobes-sites";
import { type insn, insn_decode } from "../../lib/insn";
import { type optimized_kprobe } from "./opt";

notrace_file();

/** Offset of the copy with the breakpoint in the slot. */
export const STEP_OFFSET = 32;
const SLOT_SIZE = 64;

// How the instruction is done.
export const DO_STEP = 0;
export const DO_CALL = 1;
export const DO_JMP = 2;
export const DO_JCC = 3;
export const DO_RET = 4;
export const DO_CALL_REG = 5;
export const DO_JMP_REG = 6;
export const DO_CLI = 7;
export const DO_STI = 8;

/** A probed address with its breakpoint; several probes may share it. Changed under kprobe_mutex, read with interrupts off. */
export interface kprobe_site extends struct<"kprobe_site"> {
  next?: kprobe_site;
  addr?: u64;
  opcode?: u8;
  length?: int;
  kind?: int;
  reg?: u8;
  cond?: u8;
  target?: u64;
  boostable?: bool;
  slot?: u64;
  armed?: bool;
  opt?: optimized_kprobe;
  optimized?: bool;
}

/** The bytes of an instruction (16, zeros behind unreadable ones) as they were before any probe. */
export function recover_probed_instruction(buf: u8[], address: u64): void {
  if (copy_from_kernel_nofault(buf, at<ptr>(address), 16) !== 0) {
    const left: u64 = u64(PAGE_SIZE) - (address & u64(PAGE_SIZE - 1));
    for (let i: u64 = 0; i < u64(16); i++) buf[i] = i < left ? at<u8[]>(address)[i] : u8(0);
  }
  for (let i: u64 = 0; i < u64(16); i++) {
    const site = kprobe_site_at(address + i);
    if (site !== null && site.armed) buf[i] = site.opcode;
    // The jump of an optimised probe covers the following bytes too.
    for (let k: u64 = 1; k <= u64(4); k++) {
      const s = kprobe_site_at(address + i - k);
      if (s !== null && s.optimized) buf[i] = s.opt.saved[k - u64(1)];
    }
  }
}

/** Does an instruction begin at the address? The function is decoded from its start. */
export function can_probe(address: u64): int {
  let offset: u64 = 0;
  if (!kallsyms_lookup_size_offset(address, null, addr(offset))) return -EINVAL;
  let buf: array<u8, 16>;
  let i: embed<insn>;
  let at_: u64 = address - offset;
  while (at_ < address) {
    recover_probed_instruction(buf, at_);
    if (!insn_decode(i, buf)) return -EILSEQ;
    at_ += u64(i.length);
  }
  return at_ === address ? 0 : -EILSEQ;
}

function rel32(p: u8[]): s64 {
  return s64(int(u32(p[0]) | (u32(p[1]) << 8) | (u32(p[2]) << 16) | (u32(p[3]) << 24)));
}

/** Copies an instruction to another address; a rip-relative operand goes on naming what it named. False: too far. */
export function copy_instruction(to: u64, buf: u8[], i: insn, from: u64, final: u64): bool {
  rep_movsb(at<ptr>(to), buf, u64(i.length));
  if (i.riprel_off === 0) return true;
  const disp = rel32(add(buf, i.riprel_off)) + s64(from - final);
  if (disp !== s64(int(u32(u64(disp))))) return false;
  at<u32[]>(to + u64(i.riprel_off))[0] = u32(u64(disp));
  return true;
}

export function write_jump(at_: u64, final: u64, target: u64): void {
  at<u8[]>(at_)[0] = JMP32_INSN_OPCODE;
  at<u32[]>(at_ + u64(1))[0] = u32(target - (final + u64(5)));
}

/** Says how the instruction is to be done. -EINVAL: not at all. */
function classify(site: kprobe_site, buf: u8[], i: insn): int {
  const op = i.opcode;
  const next = site.addr + u64(i.length);
  site.kind = DO_STEP;
  site.boostable = search_exception_tables(site.addr) === null;
  if (op === 0xe8 || op === 0xe9) {
    site.kind = op === 0xe8 ? DO_CALL : DO_JMP;
    site.target = next + u64(rel32(add(buf, i.imm_off)));
  } else if (op === 0xeb || (op & 0xfff0) === 0x70) {
    site.kind = op === 0xeb ? DO_JMP : DO_JCC;
    site.cond = u8(op & 0xf);
    site.target = next + u64(s64(s8(buf[i.imm_off])));
  } else if ((op & 0xfff0) === 0x0f80) {
    site.kind = DO_JCC;
    site.cond = u8(op & 0xf);
    site.target = next + u64(rel32(add(buf, i.imm_off)));
  } else if (op === 0xc3) {
    site.kind = DO_RET;
  } else if (op === 0xfa || op === 0xfb) {
    site.kind = op === 0xfa ? DO_CLI : DO_STI;
  } else if (op === 0xff) {
    const sub = (int(i.modrm) >> 3) & 7;
    if (sub >= 2 && sub <= 5) {
      if (sub === 3 || sub === 5 || (i.modrm & 0xc0) !== 0xc0) return -EINVAL;
      site.kind = sub === 2 ? DO_CALL_REG : DO_JMP_REG;
      site.reg = u8((i.modrm & 7) | ((i.rex & 1) << 3));
    }
  } else if (op === 0xcc || op === 0xcd || op === 0xcf || op === 0xca || op === 0xcb || op === 0xc2 || op === 0xf4) {
    return -EINVAL;
  } else if ((op & 0xfffc) === 0xe0 || op === 0x0f05 || op === 0x0f07 || op === 0x0f0b || op === 0x0f01) {
    return -EINVAL;
  } else if (op === 0x9c || op === 0x9d) {
    site.boostable = true;
  }
  return 0;
}

/** A site for an address at which an instruction begins; it is not armed yet. */
export function arch_prepare_kprobe(site: kprobe_site): int {
  let buf: array<u8, 16>;
  let i: embed<insn>;
  recover_probed_instruction(buf, site.addr);
  if (!insn_decode(i, buf)) return -EINVAL;
  site.opcode = buf[0];
  site.length = i.length;
  const err = classify(site, buf, i);
  if (err !== 0) return err;
  if (site.kind !== DO_STEP) return 0;
  site.slot = get_insn_slot();
  if (site.slot === 0) return -ENOMEM;
  let text: array<u8, 64>;
  const image = u64(text);
  if (!copy_instruction(image, buf, i, site.addr, site.slot)) return -EINVAL;
  write_jump(image + u64(i.length), site.slot + u64(i.length), site.addr + u64(i.length));
  copy_instruction(image + u64(STEP_OFFSET), buf, i, site.addr, site.slot + u64(STEP_OFFSET));
  text[STEP_OFFSET + i.length] = INT3_INSN_OPCODE;
  mutex_lock(text_mutex);
  text_poke(site.slot, text, SLOT_SIZE);
  mutex_unlock(text_mutex);
  return 0;
}

export function arch_remove_kprobe(site: kprobe_site): void {
  if (site.slot !== u64(0)) free_insn_slot(site.slot);
  site.slot = 0;
}

export function arch_arm_kprobe(site: kprobe_site): void {
  const int3: array<u8, 1> = [INT3_INSN_OPCODE];
  mutex_lock(text_mutex);
  text_poke(site.addr, int3, 1);
  text_poke_sync();
  mutex_unlock(text_mutex);
}

export function arch_disarm_kprobe(site: kprobe_site): void {
  let byte: array<u8, 1>;
  byte[0] = site.opcode;
  mutex_lock(text_mutex);
  text_poke(site.addr, byte, 1);
  text_poke_sync();
  mutex_unlock(text_mutex);
}

// ---- slots ----

const SLOTS = 64;
/** One page of slots; a set bit is a slot in use. Under kprobe_mutex. */
export let insn_page: u64 = 0;
let slots_used: u64 = 0;

function get_insn_slot(): u64 {
  if (insn_page === u64(0)) {
    insn_page = u64(module_alloc(PAGE_SIZE));
    if (insn_page === u64(0)) return 0;
    set_memory_ro(insn_page, 1);
    set_memory_x(insn_page, 1);
  }
  for (let i: int = 0; i < SLOTS; i++) {
    if ((slots_used & (u64(1) << i)) !== u64(0)) continue;
    slots_used |= u64(1) << i;
    return insn_page + u64(i * SLOT_SIZE);
  }
  return 0;
}

function free_insn_slot(slot: u64): void {
  slots_used &= ~(u64(1) << ((slot - insn_page) / u64(SLOT_SIZE)));
}

export function is_kprobe_insn_slot(address: u64): bool {
  return insn_page !== u64(0) && address - insn_page < u64(PAGE_SIZE);
}

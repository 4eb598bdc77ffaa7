// Static ELF programs (ET_EXEC, and static ET_DYN at a fixed base). A program that wants an interpreter is refused.
import type { linux_binfmt, linux_binprm } from "linux/binfmts";
import { get_current } from "linux/current";
import { type Elf64_Ehdr, type Elf64_Phdr, EM_X86_64, ET_DYN, ET_EXEC, PF_R, PF_W, PF_X, PT_INTERP, PT_LOAD } from "linux/elf";
import { EINVAL, EIO, ENOEXEC, ENOMEM } from "linux/errno";
import { kernel_read } from "linux/fs";
import { MAP_FIXED, MAP_PRIVATE, PAGE_ALIGN, PROT_EXEC, PROT_READ, PROT_WRITE, TASK_SIZE, vm_brk_flags, vm_mmap } from "linux/mm";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { clear_user } from "linux/uaccess";
import { start_thread } from "asm/processor";
import { current_pt_regs } from "asm/ptrace";
import { begin_new_exec, type exec_aux, register_binfmt, setup_arg_stack } from "./exec";

/** Where a position-independent program lies: there is no randomisation. */
const ELF_ET_DYN_BASE = 0x555555554000;

function prot_of(flags: u32): u64 {
  let prot: u64 = 0;
  if ((flags & PF_R) !== 0) prot |= PROT_READ;
  if ((flags & PF_W) !== 0) prot |= PROT_WRITE;
  if ((flags & PF_X) !== 0) prot |= PROT_EXEC;
  return prot;
}

/** One segment: its file part, zeros behind it in the last page, anonymous pages for the rest. */
function map_segment(bprm: linux_binprm, ph: Elf64_Phdr, bias: u64): int {
  const vaddr: u64 = ph.p_vaddr + bias;
  const start: u64 = vaddr & ~u64(4095);
  const skew: u64 = vaddr - start;
  if (ph.p_filesz > ph.p_memsz || vaddr > TASK_SIZE || ph.p_memsz > TASK_SIZE - vaddr) return -EINVAL;
  if (ph.p_filesz !== 0) {
    const mapped = vm_mmap(bprm.file, start, ph.p_filesz + skew, prot_of(ph.p_flags), MAP_PRIVATE | MAP_FIXED, ph.p_offset - skew);
    if (mapped < 0) return int(mapped);
  }
  const file_end: u64 = vaddr + ph.p_filesz;
  const page_end: u64 = ph.p_filesz === 0 ? start : PAGE_ALIGN(file_end);
  const mem_end: u64 = PAGE_ALIGN(vaddr + ph.p_memsz);
  if (ph.p_memsz > ph.p_filesz && ph.p_filesz !== 0 && (ph.p_flags & PF_W) !== 0 && page_end !== file_end) {
    if (clear_user(at<ptr>(file_end), page_end - file_end) !== 0) return -EIO;
  }
  if (mem_end > page_end) return vm_brk_flags(page_end, mem_end - page_end, 0);
  return 0;
}

/** After the point of no return. */
function load_segments(bprm: linux_binprm, eh: Elf64_Ehdr, phdrs: Elf64_Phdr[]): int {
  let err = begin_new_exec(bprm);
  if (err !== 0) return err;
  const mm = get_current().mm;
  const bias: u64 = eh.e_type === ET_DYN ? u64(ELF_ET_DYN_BASE) : u64(0);
  const x: exec_aux = { phent: 56, phnum: u64(eh.e_phnum), entry: eh.e_entry + bias };
  for (let i = 0; i < eh.e_phnum; i++) {
    const ph = phdrs[i];
    if (ph.p_type !== PT_LOAD) continue;
    err = map_segment(bprm, ph, bias);
    if (err !== 0) return err;
    const start: u64 = ph.p_vaddr + bias;
    if (ph.p_offset <= eh.e_phoff && eh.e_phoff < ph.p_offset + ph.p_filesz) x.phdr = start + (eh.e_phoff - ph.p_offset);
    if ((ph.p_flags & PF_X) !== 0) {
      if (mm.start_code === 0) mm.start_code = start;
      mm.end_code = start + ph.p_filesz;
    } else {
      mm.start_data = start;
      mm.end_data = start + ph.p_filesz;
    }
    const end = PAGE_ALIGN(start + ph.p_memsz);
    if (end > mm.brk) mm.brk = end;
  }
  mm.start_brk = mm.brk;
  const sp = setup_arg_stack(bprm, x);
  if (sp < 0) return int(sp);
  start_thread(current_pt_regs(), x.entry, u64(sp));
  return 0;
}

function load_elf_binary(bprm: linux_binprm): int {
  const eh = at<Elf64_Ehdr>(u64(bprm.buf));
  const id = eh.e_ident;
  if (id[0] !== 0x7f || id[1] !== 0x45 || id[2] !== 0x4c || id[3] !== 0x46 || id[4] !== 2) return -ENOEXEC;
  if ((eh.e_type !== ET_EXEC && eh.e_type !== ET_DYN) || eh.e_machine !== EM_X86_64) return -ENOEXEC;
  if (eh.e_phentsize !== 56 || eh.e_phnum === 0 || eh.e_phnum > 64) return -ENOEXEC;
  const bytes: u64 = u64(eh.e_phnum) * 56;
  const phdrs = kmalloc(bytes, GFP_KERNEL) as Elf64_Phdr[];
  if (phdrs === null) return -ENOMEM;
  let pos: s64 = s64(eh.e_phoff);
  let err: int = 0;
  const n = kernel_read(bprm.file, phdrs, bytes, addr(pos));
  if (n !== s64(bytes)) err = n < 0 ? int(n) : -EIO;
  for (let i = 0; err === 0 && i < eh.e_phnum; i++) if (phdrs[i].p_type === PT_INTERP) err = -ENOEXEC;
  if (err === 0) err = load_segments(bprm, eh, phdrs);
  kfree(phdrs);
  return err;
}

const elf_format: linux_binfmt = { load_binary: load_elf_binary };

export function init_elf_binfmt(): void {
  register_binfmt(elf_format);
}

// Static ELF programs (ET_EXEC, and static ET_DYN at a fixed base). A program that wants an interpreter is refused. What a damaged file
// asks for is an error as long as the old program can still get it, and SIGSEGV afterwards.

import { start_thread } from "asm/processor";
import { current_pt_regs } from "asm/ptrace";
import type { linux_binfmt, linux_binprm } from "linux/binfmts";
import { get_current } from "linux/current";
import {
  type Elf64_Ehdr,
  type Elf64_Phdr,
  EM_X86_64,
  ET_DYN,
  ET_EXEC,
  PF_R,
  PF_W,
  PF_X,
  PT_GNU_STACK,
  PT_INTERP,
  PT_LOAD,
} from "linux/elf";
import { IS_ERR, PTR_ERR } from "linux/err";
import { EFAULT, EINVAL, EIO, ENOEXEC, ENOMEM } from "linux/errno";
import { fput } from "linux/file";
import { kernel_read } from "linux/fs";
import { MAP_FIXED, MAP_PRIVATE, PAGE_ALIGN, PROT_EXEC, PROT_READ, PROT_WRITE, TASK_SIZE, VM_EXEC, vm_brk_flags, vm_mmap } from "linux/mm";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { clear_user } from "linux/uaccess";
import { begin_new_exec, open_exec, register_binfmt } from "./exec";
import { type exec_aux, setup_arg_stack } from "./exec-stack";
import { allow_write_access } from "./file_table";

/** Where a position-independent program lies: there is no randomisation. */
const ELF_ET_DYN_BASE = 0x555555554000;
const PHDR_SIZE = 56;
/** Linux's bound for a file's program headers together. */
const MAX_PHDR_BYTES = 65536;
const PATH_MAX = 4096;
const MAX_FILE_OFFSET = 0x3fffffffffffffff;

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
  if (ph.p_filesz > ph.p_memsz || vaddr >= TASK_SIZE || ph.p_memsz > TASK_SIZE - vaddr) return -EINVAL;
  if (ph.p_filesz !== 0) {
    if (ph.p_offset < skew || ph.p_offset > MAX_FILE_OFFSET) return -EINVAL;
    const mapped = vm_mmap(bprm.file, start, ph.p_filesz + skew, prot_of(ph.p_flags), MAP_PRIVATE | MAP_FIXED, ph.p_offset - skew);
    if (mapped < 0) return int(mapped);
  }
  const file_end: u64 = vaddr + ph.p_filesz;
  const page_end: u64 = ph.p_filesz === 0 ? start : PAGE_ALIGN(file_end);
  const mem_end: u64 = PAGE_ALIGN(vaddr + ph.p_memsz);
  if (ph.p_memsz > ph.p_filesz && ph.p_filesz !== 0 && (ph.p_flags & PF_W) !== 0 && page_end !== file_end) {
    if (clear_user(at<ptr>(file_end), page_end - file_end) !== 0) return -EFAULT;
  }
  if (mem_end <= page_end) return 0;
  return vm_brk_flags(page_end, mem_end - page_end, (ph.p_flags & PF_X) !== 0 ? u64(VM_EXEC) : u64(0));
}

/** What the segments say together: bounds of code and data, the break, where the program headers lie. */
function note_segment(x: exec_aux, eh: Elf64_Ehdr, ph: Elf64_Phdr, start: u64): void {
  const mm = get_current().mm;
  if (x.phdr === 0 && ph.p_offset <= eh.e_phoff && eh.e_phoff - ph.p_offset < ph.p_filesz) x.phdr = start + (eh.e_phoff - ph.p_offset);
  const end = start + ph.p_filesz;
  if (mm.start_code === 0 || start < mm.start_code) mm.start_code = start;
  if (start > mm.start_data) mm.start_data = start;
  if ((ph.p_flags & PF_X) !== 0 && end > mm.end_code) mm.end_code = end;
  if (end > mm.end_data) mm.end_data = end;
  const brk = PAGE_ALIGN(start + ph.p_memsz);
  if (brk > mm.brk) mm.brk = brk;
}

/** After the point of no return. */
function load_segments(bprm: linux_binprm, eh: Elf64_Ehdr, phdrs: Elf64_Phdr[]): int {
  let err = begin_new_exec(bprm);
  if (err !== 0) return err;
  const mm = get_current().mm;
  const bias: u64 = eh.e_type === ET_DYN ? u64(ELF_ET_DYN_BASE) : u64(0);
  const x: exec_aux = { phent: PHDR_SIZE, phnum: u64(eh.e_phnum), entry: eh.e_entry + bias };
  for (let i = 0; i < eh.e_phnum; i++) {
    const ph = phdrs[i];
    if (ph.p_type === PT_GNU_STACK) x.exec_stack = (ph.p_flags & PF_X) !== 0;
    if (ph.p_type !== PT_LOAD) continue;
    err = map_segment(bprm, ph, bias);
    if (err !== 0) return err;
    note_segment(x, eh, ph, ph.p_vaddr + bias);
  }
  mm.start_brk = mm.brk;
  if (x.entry >= TASK_SIZE) return -EINVAL;
  const sp = setup_arg_stack(bprm, x);
  if (sp < 0) return int(sp);
  start_thread(current_pt_regs(), x.entry, u64(sp));
  return 0;
}

/** A program of the dynamic linker's: without it the answer is Linux's (ENOENT), with it this kernel cannot run the program either. */
function refuse_interpreter(bprm: linux_binprm, ph: Elf64_Phdr): int {
  if (ph.p_filesz < 2 || ph.p_filesz > PATH_MAX) return -ENOEXEC;
  const name = kmalloc(ph.p_filesz, GFP_KERNEL) as u8[];
  if (name === null) return -ENOMEM;
  let pos: s64 = s64(ph.p_offset);
  let err: int = -ENOEXEC;
  const n = kernel_read(bprm.file, name, ph.p_filesz, addr(pos));
  if (n !== s64(ph.p_filesz)) {
    err = n < 0 ? int(n) : -EIO;
  } else if (name[ph.p_filesz - 1] === 0) {
    const f = open_exec(name);
    if (IS_ERR(f)) {
      err = int(PTR_ERR(f));
    } else {
      pr_warn("binfmt_elf: %s wants the interpreter %s: only static programs are supported\n", bprm.filename, name);
      allow_write_access(f);
      fput(f);
    }
  }
  kfree(name);
  return err;
}

function load_elf_binary(bprm: linux_binprm): int {
  const eh = at<Elf64_Ehdr>(u64(bprm.buf));
  const id = eh.e_ident;
  if (id[0] !== 0x7f || id[1] !== 0x45 || id[2] !== 0x4c || id[3] !== 0x46) return -ENOEXEC;
  if ((eh.e_type !== ET_EXEC && eh.e_type !== ET_DYN) || eh.e_machine !== EM_X86_64 || eh.e_phentsize !== PHDR_SIZE) return -ENOEXEC;
  const bytes: u64 = u64(eh.e_phnum) * PHDR_SIZE;
  if (bytes === 0 || bytes > MAX_PHDR_BYTES || eh.e_phoff > MAX_FILE_OFFSET) return -ENOEXEC;
  const phdrs = kmalloc(bytes, GFP_KERNEL) as Elf64_Phdr[];
  if (phdrs === null) return -ENOEXEC;
  let pos: s64 = s64(eh.e_phoff);
  let err: int = 0;
  if (kernel_read(bprm.file, phdrs, bytes, addr(pos)) !== s64(bytes)) err = -ENOEXEC;
  for (let i = 0; err === 0 && i < eh.e_phnum; i++) if (phdrs[i].p_type === PT_INTERP) err = refuse_interpreter(bprm, phdrs[i]);
  if (err === 0) err = load_segments(bprm, eh, phdrs);
  kfree(phdrs);
  return err;
}

const elf_format: linux_binfmt = { load_binary: load_elf_binary };

export function init_elf_binfmt(): void {
  register_binfmt(elf_format);
}

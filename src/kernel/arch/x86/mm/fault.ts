// Page faults: user areas are filled or copied, expected kernel faults continue elsewhere, the rest is a signal or an oops.

import { __va } from "asm/page";
import { _PAGE_PRESENT, _PAGE_PSE, PTE_PFN_MASK, pgd_index, pmd_index, pte_index, pud_index, table_of } from "asm/pgtable";
import { X86_EFLAGS_IF } from "asm/processor";
import type { pt_regs } from "asm/ptrace";
import { user_mode } from "asm/ptrace";
import { get_current } from "linux/current";
import { ENOMEM } from "linux/errno";
import { KERN_ALERT, KERN_DEFAULT, KERN_EMERG, KERN_INFO } from "linux/kern_levels";
import { TASK_SIZE } from "linux/mm";
import type { mm_struct, vm_area_struct } from "linux/mm_types";
import { VM_EXEC, VM_GROWSDOWN, VM_READ, VM_WRITE } from "linux/mm_types";
import { preempt_count } from "linux/preempt";
import { fatal_signal_pending, type task_struct } from "linux/sched";
import { force_sig_fault, SEGV_ACCERR, SEGV_MAPERR, SIGBUS, SIGKILL, SIGSEGV, unhandled_signal } from "linux/signal";
import { smp_processor_id } from "linux/smp";
import { down_read, up_read } from "../../../kernel/locking/rwsem";
import { _printk } from "../../../kernel/printk/printk";
import { printk_ratelimit } from "../../../lib/ratelimit";
import { snprintf } from "../../../lib/vsprintf";
import { print_vma_name } from "../../../mm/access";
import { handle_mm_fault } from "../../../mm/memory";
import { expand_stack } from "../../../mm/mmap";
import { pagefault_out_of_memory } from "../../../mm/oom_kill";
import { find_vma } from "../../../mm/vma";
import { __die, oops_begin, oops_end, show_opcodes } from "../kernel/dumpstack";
import { kprobe_page_fault } from "../kernel/kprobes/int3";
import { show_unhandled_signals } from "../kernel/signal";
import { fixup_exception } from "./extable";

const X86_PF_PROT = 1;
const X86_PF_WRITE = 2;
const X86_PF_USER = 4;
const X86_PF_RSVD = 8;
const X86_PF_INSTR = 16;
const BUS_ADRERR = 2;

/** "traps: sh[12] trap divide error ip:… sp:… error:0 in file[start+size]"; kind is "trap " or nothing. */
export function show_trap_msg(kind: cstr, str: cstr, regs: pt_regs, error_code: s64): void {
  if (!show_unhandled_signals() || !printk_ratelimit("show_signal")) return;
  const t = get_current();
  let where: array<u8, 96>;
  print_vma_name(where, 96, regs.ip);
  _printk("%straps: %s[%d] %s%s ip:%lx sp:%lx error:%lx%s\n", KERN_INFO, t.comm, t.pid, kind, str, regs.ip, regs.sp, error_code, where);
}

/** "sh[12]: segfault at 0 ip … sp … error 4 in file[start+size] likely on CPU 0 (core 0, socket 0)", and the instruction's bytes */
function show_segv_msg(t: task_struct, regs: pt_regs, address: u64, error_code: u64): void {
  if (!show_unhandled_signals() || !printk_ratelimit("show_signal_msg")) return;
  const level: cstr = t.pid > 1 ? KERN_INFO : KERN_EMERG;
  const cpu = smp_processor_id();
  let where: array<u8, 96>;
  print_vma_name(where, 96, regs.ip);
  _printk(
    "%s%s[%d]: segfault at %lx ip %016lx sp %016lx error %lx%s likely on CPU %d (core %d, socket 0)\n",
    level,
    t.comm,
    t.pid,
    address,
    regs.ip,
    regs.sp,
    error_code,
    where,
    cpu,
    cpu,
  );
  show_opcodes(regs, level);
}

/** The page-table entries of an address, as far as they go: "PGD … P4D … PUD … PMD … PTE …". */
function dump_pagetable(address: u64): void {
  let line: array<u8, 128>;
  const top = at<u64[]>(__va(read_cr3() & PTE_PFN_MASK));
  const pgd = top[pgd_index(address)];
  let n = snprintf(line, 128, "PGD %lx ", pgd);
  if ((pgd & _PAGE_PRESENT) !== 0) {
    const pud = table_of(pgd)[pud_index(address)];
    n += snprintf(add(line, n), 128 - u64(n), "P4D %lx PUD %lx ", pgd, pud);
    if ((pud & _PAGE_PRESENT) !== 0 && (pud & _PAGE_PSE) === 0) {
      const pmd = table_of(pud)[pmd_index(address)];
      n += snprintf(add(line, n), 128 - u64(n), "PMD %lx ", pmd);
      if ((pmd & _PAGE_PRESENT) !== 0 && (pmd & _PAGE_PSE) === 0) {
        n += snprintf(add(line, n), 128 - u64(n), "PTE %lx", table_of(pmd)[pte_index(address)]);
      }
    }
  } else {
    snprintf(add(line, n), 128 - u64(n), "P4D 0 ");
  }
  _printk(KERN_INFO + "%s\n", line);
}

function show_fault_oops(regs: pt_regs, error_code: u64, address: u64): void {
  if (address < 4096) {
    _printk(KERN_ALERT + "BUG: kernel NULL pointer dereference, address: %016lx\n", address);
  } else {
    _printk(KERN_ALERT + "BUG: unable to handle page fault for address: %016lx\n", address);
  }
  const who: cstr = (error_code & X86_PF_USER) !== 0 ? "user" : "supervisor";
  const what: cstr =
    (error_code & X86_PF_INSTR) !== 0 ? "instruction fetch" : (error_code & X86_PF_WRITE) !== 0 ? "write access" : "read access";
  _printk(KERN_ALERT + "#PF: %s %s in %s mode\n", who, what, user_mode(regs) ? "user" : "kernel");
  const why: cstr =
    (error_code & X86_PF_PROT) === 0
      ? "not-present page"
      : (error_code & X86_PF_RSVD) !== 0
        ? "reserved bit violation"
        : "permissions violation";
  _printk(KERN_ALERT + "#PF: error_code(0x%04lx) - %s\n", error_code, why);
  dump_pagetable(address);
}

function no_context(regs: pt_regs, error_code: u64, address: u64): void {
  if (fixup_exception(regs, 14, error_code, address)) return;
  const t = get_current();
  t.thread.trap_nr = 14;
  t.thread.error_code = error_code;
  t.thread.cr2 = address;
  const flags = oops_begin();
  show_fault_oops(regs, error_code, address);
  let sig: int = SIGKILL;
  if (__die("Oops", regs, s64(error_code)) !== 0) sig = 0;
  _printk(KERN_DEFAULT + "CR2: %016lx\n", address);
  oops_end(flags, regs, sig);
}

function bad_area(regs: pt_regs, raw_error: u64, address: u64, signo: int, code: int): void {
  if (!user_mode(regs)) {
    no_context(regs, raw_error, address);
    return;
  }
  const t = get_current();
  // A program shall not learn which kernel addresses are mapped.
  const error_code = address >= TASK_SIZE ? raw_error | X86_PF_PROT : raw_error;
  t.thread.cr2 = address;
  t.thread.error_code = error_code | X86_PF_USER;
  t.thread.trap_nr = 14;
  if (signo === SIGSEGV && unhandled_signal(t, SIGSEGV)) show_segv_msg(t, regs, address, error_code);
  force_sig_fault(signo, code, address);
}

function access_error(error_code: u64, vma: vm_area_struct): bool {
  if ((error_code & X86_PF_WRITE) !== 0) return (vma.vm_flags & VM_WRITE) === 0;
  if ((error_code & X86_PF_INSTR) !== 0) return (vma.vm_flags & VM_EXEC) === 0;
  return (vma.vm_flags & (VM_READ | VM_EXEC | VM_WRITE)) === 0;
}

function do_user_addr_fault(regs: pt_regs, error_code: u64, address: u64): void {
  const t = get_current();
  const mm = t.mm;
  // With preemption off nobody may sleep for a page: the access fails.
  if (mm === null || preempt_count() !== 0 || (error_code & X86_PF_RSVD) !== 0) {
    no_context(regs, error_code, address);
    return;
  }
  // The kernel never runs user pages, and it touches them only where the exception table knows it.
  if ((error_code & X86_PF_INSTR) !== 0 && !user_mode(regs)) {
    no_context(regs, error_code, address);
    return;
  }
  if ((regs.flags & X86_EFLAGS_IF) !== 0) sti();
  down_read(mm.mmap_lock);
  const vma = find_vma(mm, address);
  if (vma === null || (vma.vm_start > address && ((vma.vm_flags & VM_GROWSDOWN) === 0 || expand_stack(vma, address) !== 0))) {
    up_read(mm.mmap_lock);
    bad_area(regs, error_code, address, SIGSEGV, SEGV_MAPERR);
    cli();
    return;
  }
  if (access_error(error_code, vma)) {
    up_read(mm.mmap_lock);
    bad_area(regs, error_code, address, SIGSEGV, SEGV_ACCERR);
    cli();
    return;
  }
  const ret = handle_mm_fault(vma, address, (error_code & X86_PF_WRITE) !== 0);
  up_read(mm.mmap_lock);
  if (ret === 0) {
    t.min_flt++;
  } else if (ret === -ENOMEM && (user_mode(regs) || !fatal_signal_pending(t))) {
    // The access is made again; whoever was chosen dies on its way to user mode.
    pagefault_out_of_memory();
  } else {
    bad_area(regs, error_code, address, SIGBUS, BUS_ADRERR);
  }
  cli();
}

export function exc_page_fault(regs: pt_regs, error_code: u64): void {
  const address = read_cr2();
  if (!user_mode(regs) && kprobe_page_fault(regs, 14)) return;
  if (address >= TASK_SIZE) {
    if (user_mode(regs)) {
      sti();
      bad_area(regs, error_code, address, SIGSEGV, SEGV_MAPERR);
      cli();
    } else {
      no_context(regs, error_code, address);
    }
    return;
  }
  do_user_addr_fault(regs, error_code, address);
}
notrace(exc_page_fault);

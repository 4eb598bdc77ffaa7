// /proc/<pid>/status, stat and statm, in Linux's formats.

import { task_pt_regs } from "asm/ptrace";
import { atomic_read } from "linux/atomic";
import type { cred } from "linux/cred";
import { get_task_mm, type mm_struct, mmput, PAGE_ALIGN, PAGE_SIZE } from "linux/mm";
import { pid_nr, put_pid, task_pgrp_nr, task_session_nr } from "linux/pid";
import { rcu_read_lock, rcu_read_unlock } from "linux/rcupdate";
import { PF_EXITING, task_cpu, task_nice, task_state_index, task_state_to_char, type task_struct, tasklist_lock } from "linux/sched";
import { type seq_file, seq_printf, seq_putc, seq_puts } from "linux/seq_file";
import { lock_task_sighand } from "linux/signal";
import { num_online_cpus } from "linux/smp";
import { read_lock, read_unlock, spin_lock, spin_unlock, spin_unlock_irqrestore } from "linux/spinlock";
import { tty_get_pgrp } from "linux/tty";
import { task_cputime_adjusted, thread_group_cputime_adjusted } from "../../kernel/sched/cputime";
import { wq_worker_comm } from "../../kernel/workqueue-worker";
import { fetch_mm_counters } from "./task_mmu";

const task_state_array: array<cstr, 9> = [
  "R (running)",
  "S (sleeping)",
  "D (disk sleep)",
  "T (stopped)",
  "t (tracing stop)",
  "X (dead)",
  "Z (zombie)",
  "P (parked)",
  "I (idle)",
];

const RLIMIT_SIGPENDING = 11;
/** ns per unit of USER_HZ. */
const NSEC_PER_CLOCK = 10000000;

function kb(m: seq_file, name: cstr, pages: u64): void {
  seq_printf(m, "%s\t%8lu kB\n", name, pages << 2);
}

function task_state(m: seq_file, p: task_struct): void {
  let cred: embed<cred>;
  rcu_read_lock();
  copy(cred, p.cred);
  const ppid: int = p.real_parent !== null ? p.real_parent.tgid : 0;
  rcu_read_unlock();
  spin_lock(p.alloc_lock);
  const umask = p.fs !== null ? p.fs.umask : -1;
  const max_fds = p.files !== null ? p.files.max_fds : u32(0);
  spin_unlock(p.alloc_lock);
  if (umask >= 0) seq_printf(m, "Umask:\t%#04o\n", umask);
  seq_printf(m, "State:\t%s\n", task_state_array[task_state_index(p)]);
  seq_printf(m, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", p.tgid, p.pid, ppid);
  seq_printf(m, "Uid:\t%u\t%u\t%u\t%u\n", cred.uid, cred.euid, cred.suid, cred.fsuid);
  seq_printf(m, "Gid:\t%u\t%u\t%u\t%u\n", cred.gid, cred.egid, cred.sgid, cred.fsgid);
  seq_printf(m, "FDSize:\t%u\n", max_fds);
  seq_puts(m, "Groups:\t \n");
  seq_printf(m, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", p.tgid, p.pid, task_pgrp_nr(p), task_session_nr(p));
}

/** Pages of the program's code, from its first to its last. */
function text_pages(mm: mm_struct): u64 {
  return (PAGE_ALIGN(mm.end_code) - (mm.start_code & ~u64(4095))) >> 12;
}

function task_mem(m: seq_file, p: task_struct): void {
  const mm = get_task_mm(p);
  if (mm === null) return;
  const rss = u64(atomic_read(mm.rss));
  const of_files = u64(atomic_read(mm.rss_file));
  const shmem = u64(atomic_read(mm.rss_shmem));
  const text = text_pages(mm);
  kb(m, "VmPeak:", mm.hiwater_vm > mm.total_vm ? mm.hiwater_vm : mm.total_vm);
  kb(m, "VmSize:", mm.total_vm);
  kb(m, "VmLck:", mm.locked_vm);
  kb(m, "VmPin:", 0);
  kb(m, "VmHWM:", mm.hiwater_rss > rss ? mm.hiwater_rss : rss);
  kb(m, "VmRSS:", rss);
  kb(m, "RssAnon:", rss - of_files - shmem);
  kb(m, "RssFile:", of_files);
  kb(m, "RssShmem:", shmem);
  kb(m, "VmData:", mm.data_vm);
  kb(m, "VmStk:", mm.stack_vm);
  kb(m, "VmExe:", text);
  kb(m, "VmLib:", mm.exec_vm > text ? mm.exec_vm - text : u64(0));
  seq_printf(m, "VmPTE:\t%8lu kB\n", mm.pgtables_bytes >> 10);
  kb(m, "VmSwap:", 0);
  kb(m, "HugetlbPages:", 0);
  seq_puts(m, "CoreDumping:\t0\nTHP_enabled:\t1\n");
  mmput(mm);
}

/** Bit n − 1: signal n is ignored, or caught. A released task has no handlers. */
function collect_sigign_sigcatch(p: task_struct, ignored: u64[], caught: u64[]): void {
  let flags: u64 = 0;
  ignored[0] = 0;
  caught[0] = 0;
  const sighand = lock_task_sighand(p, addr(flags));
  if (sighand === null) return;
  for (let i = 0; i < 64; i++) {
    const h = sighand.action[i].sa_handler;
    if (h === 1) ignored[0] |= u64(1) << i;
    else if (h !== 0) caught[0] |= u64(1) << i;
  }
  spin_unlock_irqrestore(sighand.siglock, flags);
}

function task_sig(m: seq_file, p: task_struct): void {
  let ignored: u64 = 0;
  let caught: u64 = 0;
  collect_sigign_sigcatch(p, addr(ignored), addr(caught));
  let pending: u64 = 0;
  let shared: u64 = 0;
  let limit: u64 = 0;
  let threads: int = 1;
  pending = p.pending.signal;
  if (p.signal !== null) {
    shared = p.signal.shared_pending.signal;
    limit = p.signal.rlim[RLIMIT_SIGPENDING].rlim_cur;
    threads = p.signal.nr_threads;
  }
  seq_printf(m, "Threads:\t%d\n", threads);
  seq_printf(m, "SigQ:\t0/%lu\n", limit);
  seq_printf(
    m,
    "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
    pending,
    shared,
    p.blocked,
    ignored,
    caught,
  );
}

/** Capabilities follow from the user id alone here: root has all 41, others none. */
function task_cap(m: seq_file, p: task_struct): void {
  const all: u64 = 0x1ffffffffff;
  rcu_read_lock();
  const own: u64 = p.cred.euid === 0 ? all : u64(0);
  rcu_read_unlock();
  seq_printf(m, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\nCapBnd:\t%016lx\nCapAmb:\t%016lx\n", u64(0), own, own, all, u64(0));
  seq_printf(m, "NoNewPrivs:\t%u\nSeccomp:\t0\nSeccomp_filters:\t0\n", p.no_new_privs);
  seq_puts(m, "Speculation_Store_Bypass:\tnot vulnerable\nSpeculationIndirectBranch:\talways enabled\n");
}

/** "0-1,3" */
function put_mask_list(m: seq_file, mask: u64): void {
  let first = true;
  for (let i = 0; i < 64; i++) {
    if (((mask >> i) & 1) === 0) continue;
    let j = i;
    while (j + 1 < 64 && ((mask >> (j + 1)) & 1) !== 0) j++;
    if (!first) seq_putc(m, 44);
    first = false;
    if (j === i) seq_printf(m, "%d", int(i));
    else seq_printf(m, "%d-%d", int(i), int(j));
    i = j;
  }
}

function task_cpus_allowed(m: seq_file, p: task_struct): void {
  const mask: u64 = p.cpus_mask & ((u64(1) << num_online_cpus()) - 1);
  seq_printf(m, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t", mask);
  put_mask_list(m, mask);
  seq_puts(m, "\nMems_allowed:\t");
  for (let i = 0; i < 31; i++) seq_puts(m, "00000000,");
  seq_puts(m, "00000001\nMems_allowed_list:\t0\n");
}

export function proc_pid_status(m: seq_file, p: task_struct): int {
  let name: array<u8, 64>;
  wq_worker_comm(name, 64, p);
  seq_printf(m, "Name:\t%s\n", name);
  task_state(m, p);
  task_mem(m, p);
  task_sig(m, p);
  task_cap(m, p);
  task_cpus_allowed(m, p);
  seq_printf(m, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n", p.nvcsw, p.nivcsw);
  return 0;
}

/** Times and faults of the whole process (and of its children that were waited for), or of one thread. */
interface task_sums extends struct<"task_sums"> {
  min_flt?: u64;
  maj_flt?: u64;
}

function add_task(sum: task_sums, t: task_struct): void {
  sum.min_flt += t.min_flt;
  sum.maj_flt += t.maj_flt;
}

export function proc_tgid_stat(m: seq_file, p: task_struct): int {
  return do_task_stat(m, p, true);
}

export function proc_tid_stat(m: seq_file, p: task_struct): int {
  return do_task_stat(m, p, false);
}

function do_task_stat(m: seq_file, p: task_struct, whole: bool): int {
  const mm = get_task_mm(p);
  const sig = p.signal;
  const tty = sig === null ? null : sig.tty;
  let tty_nr: int = 0;
  let tty_pgrp: int = -1;
  if (tty !== null) {
    tty_nr = int((tty.dev & 0xff) | ((tty.dev >> 20) << 8));
    const pgrp = tty_get_pgrp(tty);
    if (pgrp !== null) tty_pgrp = pid_nr(pgrp);
    put_pid(pgrp);
  }
  rcu_read_lock();
  const ppid: int = p.real_parent !== null ? p.real_parent.tgid : 0;
  rcu_read_unlock();
  const st: u8 = task_state_to_char(p);
  let name: array<u8, 64>;
  wq_worker_comm(name, 64, p);
  seq_printf(m, "%d (%s) %c %d %d %d %d %d %u", p.pid, name, st, ppid, task_pgrp_nr(p), task_session_nr(p), tty_nr, tty_pgrp, p.flags);
  const sum: task_sums = { min_flt: 0, maj_flt: 0 };
  let utime: u64 = 0;
  let stime: u64 = 0;
  if (whole) {
    sum.min_flt = sig.min_flt;
    sum.maj_flt = sig.maj_flt;
    read_lock(tasklist_lock);
    for (let n = sig.thread_head.next; n !== sig.thread_head; n = n.next) add_task(sum, container_of<task_struct>(n, "thread_node"));
    thread_group_cputime_adjusted(p, addr(utime), addr(stime));
    read_unlock(tasklist_lock);
  } else {
    add_task(sum, p);
    task_cputime_adjusted(p, addr(utime), addr(stime));
  }
  seq_printf(m, " %lu %lu %lu %lu", sum.min_flt, sig.cmin_flt, sum.maj_flt, sig.cmaj_flt);
  seq_printf(
    m,
    " %lu %lu %ld %ld",
    utime / NSEC_PER_CLOCK,
    stime / NSEC_PER_CLOCK,
    s64((sig === null ? u64(0) : sig.cutime) / NSEC_PER_CLOCK),
    s64((sig === null ? u64(0) : sig.cstime) / NSEC_PER_CLOCK),
  );
  seq_printf(m, " %d %d %d 0 %lu", int(p.prio - 100), task_nice(p), sig === null ? 1 : sig.nr_threads, p.start_boottime / NSEC_PER_CLOCK);
  if (mm !== null) {
    seq_printf(
      m,
      " %lu %lu %lu %lu %lu %lu",
      mm.total_vm * PAGE_SIZE,
      u64(atomic_read(mm.rss)),
      sig.rlim[5].rlim_cur,
      mm.start_code,
      mm.end_code,
      mm.start_stack,
    );
    // Stack and instruction pointer are told of the dying only.
    const r = task_pt_regs(p);
    const dying = (p.flags & PF_EXITING) !== 0;
    seq_printf(m, " %lu %lu", dying ? r.sp : u64(0), dying ? r.ip : u64(0));
  } else {
    seq_puts(m, " 0 0 18446744073709551615 0 0 0 0 0");
  }
  let ignored: u64 = 0;
  let caught: u64 = 0;
  collect_sigign_sigcatch(p, addr(ignored), addr(caught));
  seq_printf(m, " %lu %lu %lu %lu", p.pending.signal & 0x7fffffff, p.blocked & 0x7fffffff, ignored & 0x7fffffff, caught & 0x7fffffff);
  seq_printf(m, " %d 0 0 %d %d %u %u 0 0 0", p.__state !== 0 ? 1 : 0, p.exit_signal, int(task_cpu(p)), p.rt_priority, p.policy);
  if (mm !== null) {
    seq_printf(
      m,
      " %lu %lu %lu %lu %lu %lu %lu",
      mm.start_data,
      mm.end_data,
      mm.start_brk,
      mm.arg_start,
      mm.arg_end,
      mm.env_start,
      mm.env_end,
    );
    mmput(mm);
  } else {
    seq_puts(m, " 0 0 0 0 0 0 0");
  }
  seq_printf(m, " %d\n", p.exit_code);
  return 0;
}

export function proc_pid_statm(m: seq_file, p: task_struct): int {
  const mm = get_task_mm(p);
  if (mm === null) {
    seq_puts(m, "0 0 0 0 0 0 0\n");
    return 0;
  }
  const shared = u64(atomic_read(mm.rss_file) + atomic_read(mm.rss_shmem));
  seq_printf(m, "%lu %lu %lu %lu 0 %lu 0\n", mm.total_vm, fetch_mm_counters(mm), shared, text_pages(mm), mm.data_vm + mm.stack_vm);
  mmput(mm);
  return 0;
}

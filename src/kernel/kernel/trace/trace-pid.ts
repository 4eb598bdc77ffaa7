// Sets of tasks by pid: who is traced, and who is not.

import { EINVAL, ENOMEM } from "linux/errno";
import { type seq_file, seq_printf } from "linux/seq_file";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { vfree, vzalloc } from "linux/vmalloc";

notrace_file();

/** A pid beyond the words. */
interface trace_pid_node extends struct<"trace_pid_node"> {
  next?: trace_pid_node;
  pid?: int;
}

/** One bit for each pid. */
export interface trace_pid_list extends struct<"trace_pid_list"> {
  words?: u64[];
  /** Ascending. */
  larger?: trace_pid_node;
}
/** The words of pid_max's default. */
const PID_WORDS = 512;
const PID_LIMIT = 0x40000000;

function set_larger(list: trace_pid_list, pid: int, on: bool): int {
  let prev: trace_pid_node = null;
  let n = list.larger;
  while (n !== null && n.pid < pid) {
    prev = n;
    n = n.next;
  }
  const found = n !== null && n.pid === pid;
  if (found === on) return 0;
  let next = n;
  if (on) {
    next = kzalloc(sizeof<trace_pid_node>(), GFP_KERNEL) as trace_pid_node;
    if (next === null) return -ENOMEM;
    next.pid = pid;
    next.next = n;
  } else {
    next = n.next;
    kfree(n);
  }
  if (prev === null) list.larger = next;
  else prev.next = next;
  return 0;
}

export function trace_pid_list_set(list: ref<trace_pid_list>[], pid: u64, on: bool): int {
  if (pid >= u64(PID_LIMIT)) return -EINVAL;
  if (list[0] === null) {
    const fresh = vzalloc(sizeof<trace_pid_list>() + u64(PID_WORDS * 8)) as trace_pid_list;
    if (fresh === null) return -ENOMEM;
    fresh.words = at<u64[]>(u64(fresh) + sizeof<trace_pid_list>());
    WRITE_ONCE(list[0], fresh);
  }
  if (pid >= u64(PID_WORDS * 64)) return set_larger(list[0], int(pid), on);
  const words = list[0].words;
  const bit: u64 = u64(1) << (pid & u64(63));
  if (on) words[pid >> 6] |= bit;
  else words[pid >> 6] &= ~bit;
  return 0;
}

export function trace_pid_list_free(list: trace_pid_list): void {
  if (list === null) return;
  while (list.larger !== null) set_larger(list, list.larger.pid, false);
  vfree(list);
}

export function trace_pid_is_set(list: trace_pid_list, pid: int): bool {
  if (pid < 0) return false;
  if (pid < PID_WORDS * 64) return ((list.words[pid >> 6] >> (pid & 63)) & u64(1)) !== u64(0);
  let n = list.larger;
  while (n !== null && n.pid !== pid) n = n.next;
  return n !== null;
}

/** In the first list, if there is one, and not in the second. */
export function trace_pid_selected(pids: trace_pid_list, no_pids: trace_pid_list, pid: int): bool {
  if (pids !== null && !trace_pid_is_set(pids, pid)) return false;
  return no_pids === null || !trace_pid_is_set(no_pids, pid);
}

export function trace_pid_show(m: seq_file, list: trace_pid_list): void {
  for (let pid: int = 0; list !== null && pid < PID_WORDS * 64; pid++) if (trace_pid_is_set(list, pid)) seq_printf(m, "%d\n", pid);
  for (let n = list === null ? null : list.larger; n !== null; n = n.next) seq_printf(m, "%d\n", n.pid);
}

export function trace_pid_valid(pid: u64): bool {
  return pid < u64(0x80000000);
}

// sysctl handlers (numbers, strings) and the table of /proc/sys/kernel that belongs to no other file.

import { isspace } from "linux/ctype";
import { EINVAL } from "linux/errno";
import { HZ } from "linux/jiffies";
import { kstrtoul, scnprintf } from "linux/kernel";
import { memcpy, strlen } from "linux/string";
import type { ctl_table } from "linux/sysctl";
import { type new_utsname, utsname } from "linux/utsname";
import { register_sysctl } from "../fs/proc/proc_sysctl";
import { NGROUPS_MAX } from "./cred_syscalls";
import { max_threads } from "./fork";
import { panic_on_oops, panic_on_warn, panic_timeout, tainted_mask, warn_limit } from "./panic";
import { pid_max } from "./pid";
import { console_printk, printk_delay_msec } from "./printk/printk";

export const SYSCTL_ZERO: array<int, 1> = [0];
export const SYSCTL_ONE: array<int, 1> = [1];
export const SYSCTL_TWO: array<int, 1> = [2];
export const SYSCTL_INT_MAX: array<int, 1> = [0x7fffffff];

const TAB = 9;
const LF = 10;
const MINUS = 45;

/** The next word of [*at, end): false when there is none. Copied NUL-terminated into word (24 bytes; longer is an error, n = -1). */
function next_word(buf: u8[], at_: u64[], end: u64, word: u8[]): int {
  let p = at_[0];
  while (p < end && isspace(buf[p])) p++;
  let n: int = 0;
  while (p < end && buf[p] !== 0 && !isspace(buf[p])) {
    if (n >= 23) return -1;
    word[n] = buf[p];
    n += 1;
    p += 1;
  }
  word[n] = 0;
  at_[0] = p;
  return n;
}

/** Octal, hexadecimal or decimal with an optional minus. */
function parse(word: u8[], out: s64[]): int {
  const negative = word[0] === MINUS;
  let v: u64 = 0;
  if (kstrtoul(add(word, negative ? 1 : 0), 0, addr(v)) !== 0) return -EINVAL;
  out[0] = negative ? -s64(v) : s64(v);
  return 0;
}

/** width 4 or 8; numbers within [lo, hi], else -EINVAL. */
function do_vec(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[], width: u64, lo: s64, hi: s64, unsigned_: bool): int {
  const n: u64 = u64(t.maxlen) / width;
  if (n === 0 || lenp[0] === 0 || (ppos[0] !== 0 && write === 0)) {
    lenp[0] = 0;
    return 0;
  }
  let word: array<u8, 24>;
  let pos: u64 = 0;
  if (write !== 0) {
    // A number is written in one piece, from the start.
    if (ppos[0] !== 0) return 0;
    let done: u64 = 0;
    while (done < n) {
      const len = next_word(buf, addr(pos), lenp[0], word);
      if (len < 0) return -EINVAL;
      if (len === 0) break;
      let v: s64 = 0;
      const err = parse(word, addr(v));
      if (err !== 0) return err;
      if (v < lo || v > hi) return -EINVAL;
      if (width === 4) at<int[]>(u64(t.data))[done] = int(v);
      else at<s64[]>(u64(t.data))[done] = v;
      done += 1;
    }
    if (done === 0) return -EINVAL;
    ppos[0] = ppos[0] + s64(lenp[0]);
    return 0;
  }
  const room = lenp[0];
  for (let i: u64 = 0; i < n; i++) {
    let v: s64 = 0;
    if (width === 4) v = unsigned_ ? s64(at<u32[]>(u64(t.data))[i]) : s64(at<int[]>(u64(t.data))[i]);
    else v = at<s64[]>(u64(t.data))[i];
    if (i !== 0 && pos < room) buf[pos++] = TAB;
    pos += u64(unsigned_ ? scnprintf(add(buf, pos), room - pos + 1, "%lu", u64(v)) : scnprintf(add(buf, pos), room - pos + 1, "%ld", v));
  }
  if (pos < room) buf[pos++] = LF;
  lenp[0] = pos;
  ppos[0] = ppos[0] + s64(pos);
  return 0;
}

export function proc_dointvec(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  return do_vec(t, write, buf, lenp, ppos, 4, -0x80000000, 0x7fffffff, false);
}
EXPORT_SYMBOL(proc_dointvec);

export function proc_douintvec(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  return do_vec(t, write, buf, lenp, ppos, 4, 0, 0xffffffff, true);
}
EXPORT_SYMBOL(proc_douintvec);

/** extra1 and extra2 point to the smallest and largest int allowed. */
export function proc_dointvec_minmax(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  const lo: s64 = t.extra1 === null ? s64(-0x80000000) : s64(at<int[]>(u64(t.extra1))[0]);
  const hi: s64 = t.extra2 === null ? s64(0x7fffffff) : s64(at<int[]>(u64(t.extra2))[0]);
  return do_vec(t, write, buf, lenp, ppos, 4, lo, hi, false);
}
EXPORT_SYMBOL(proc_dointvec_minmax);

export function proc_doulongvec_minmax(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  return do_vec(t, write, buf, lenp, ppos, 8, 0, 0x7fffffffffffffff, true);
}
EXPORT_SYMBOL(proc_doulongvec_minmax);

export function proc_dobool(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  let v: int = int(at<u8[]>(u64(t.data))[0]);
  const tmp: ctl_table = { data: at<ptr>(u64(addr(v))), maxlen: 4 };
  const err = do_vec(tmp, write, buf, lenp, ppos, 4, 0, 1, false);
  if (err === 0 && write !== 0) at<u8[]>(u64(t.data))[0] = u8(v);
  return err;
}

/** Seconds outside, jiffies inside. */
export function proc_dointvec_jiffies(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  const data = at<int[]>(u64(t.data));
  let v: int = data[0] / HZ;
  const tmp: ctl_table = { data: at<ptr>(u64(addr(v))), maxlen: 4 };
  const err = do_vec(tmp, write, buf, lenp, ppos, 4, s64(-0x7fffffff / HZ), s64(0x7fffffff / HZ), false);
  if (err === 0 && write !== 0) data[0] = v * HZ;
  return err;
}
EXPORT_SYMBOL(proc_dointvec_jiffies);

export function proc_dostring(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  const data = t.data as u8[];
  if (data === null || t.maxlen === 0 || lenp[0] === 0 || (ppos[0] !== 0 && write === 0)) {
    lenp[0] = 0;
    return 0;
  }
  if (write !== 0) {
    let n: u64 = 0;
    while (n < lenp[0] && n < u64(t.maxlen) - 1 && buf[n] !== 0 && buf[n] !== LF) {
      data[n] = buf[n];
      n += 1;
    }
    data[n] = 0;
    ppos[0] = ppos[0] + s64(lenp[0]);
    return 0;
  }
  let len = strlen(data);
  if (len > lenp[0]) len = lenp[0];
  memcpy(buf, data, len);
  if (len < lenp[0]) {
    buf[len] = LF;
    len += 1;
  }
  lenp[0] = len;
  ppos[0] = ppos[0] + s64(len);
  return 0;
}
EXPORT_SYMBOL(proc_dostring);

/** tainted can only gain bits, and only by root. */
function proc_taint(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  let v: u64 = tainted_mask;
  const tmp: ctl_table = { data: at<ptr>(u64(addr(v))), maxlen: 8 };
  const err = proc_doulongvec_minmax(tmp, write, buf, lenp, ppos);
  if (err === 0 && write !== 0) lock_or(addr(tainted_mask), v);
  return err;
}

/** /proc/sys/kernel/hostname and friends live in the uts name. */
function proc_do_uts_string(t: ctl_table, write: int, buf: u8[], lenp: u64[], ppos: s64[]): int {
  const uts = utsname();
  const tmp: ctl_table = { data: at<ptr>(u64(uts) + u64(t.data)), maxlen: 65 };
  return proc_dostring(tmp, write, buf, lenp, ppos);
}

export let kptr_restrict: int = 0;
export let dmesg_restrict: int = 0;
export let sysctl_sysrq: int = 1;
/** Once 1, no module is loaded or unloaded until the next boot, and nobody can set it back. */
export let modules_disabled: int = 0;
/** Kept and shown; this kernel places nothing at random. */
let randomize_va_space: int = 0;
const min_threads: array<int, 1> = [1];
const cap_last_cap: array<int, 1> = [40];
const ngroups_max: array<int, 1> = [NGROUPS_MAX];
const pid_max_min: array<int, 1> = [301];
const pid_max_max: array<int, 1> = [4194304];
const ten_thousand: array<int, 1> = [10000];

/** A member of new_utsname as proc_do_uts_string's data: its offset. */
const uts_kern_table: ctl_table[] = [
  { procname: "arch", mode: 0o444, proc_handler: proc_do_uts_string },
  { procname: "ostype", mode: 0o444, proc_handler: proc_do_uts_string },
  { procname: "osrelease", mode: 0o444, proc_handler: proc_do_uts_string },
  { procname: "version", mode: 0o444, proc_handler: proc_do_uts_string },
  { procname: "hostname", mode: 0o644, proc_handler: proc_do_uts_string },
  { procname: "domainname", mode: 0o644, proc_handler: proc_do_uts_string },
  {},
];

const kern_table: ctl_table[] = [
  { procname: "tainted", maxlen: 8, mode: 0o644, proc_handler: proc_taint },
  { procname: "panic", data: addr(panic_timeout), maxlen: 4, mode: 0o644, proc_handler: proc_dointvec },
  { procname: "panic_on_oops", data: addr(panic_on_oops), maxlen: 4, mode: 0o644, proc_handler: proc_dointvec },
  {
    procname: "panic_on_warn",
    data: addr(panic_on_warn),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_ONE,
  },
  {
    procname: "modules_disabled",
    data: addr(modules_disabled),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ONE,
    extra2: SYSCTL_ONE,
  },
  { procname: "warn_limit", data: addr(warn_limit), maxlen: 4, mode: 0o644, proc_handler: proc_douintvec },
  {
    procname: "threads-max",
    data: addr(max_threads),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: min_threads,
    extra2: SYSCTL_INT_MAX,
  },
  { procname: "cap_last_cap", data: cap_last_cap, maxlen: 4, mode: 0o444, proc_handler: proc_dointvec },
  { procname: "ngroups_max", data: ngroups_max, maxlen: 4, mode: 0o444, proc_handler: proc_dointvec },
  {
    procname: "printk_delay",
    data: addr(printk_delay_msec),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: ten_thousand,
  },
  { procname: "printk", data: console_printk, maxlen: 16, mode: 0o644, proc_handler: proc_dointvec },
  {
    procname: "pid_max",
    data: addr(pid_max),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: pid_max_min,
    extra2: pid_max_max,
  },
  { procname: "randomize_va_space", data: addr(randomize_va_space), maxlen: 4, mode: 0o644, proc_handler: proc_dointvec },
  {
    procname: "kptr_restrict",
    data: addr(kptr_restrict),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_TWO,
  },
  {
    procname: "dmesg_restrict",
    data: addr(dmesg_restrict),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: SYSCTL_ONE,
  },
  {
    procname: "sysrq",
    data: addr(sysctl_sysrq),
    maxlen: 4,
    mode: 0o644,
    proc_handler: proc_dointvec_minmax,
    extra1: SYSCTL_ZERO,
    extra2: ten_thousand,
  },
  {},
];

export function sysctl_init(): void {
  uts_kern_table[0].data = at<ptr>(offsetof<new_utsname>("machine"));
  uts_kern_table[1].data = at<ptr>(offsetof<new_utsname>("sysname"));
  uts_kern_table[2].data = at<ptr>(offsetof<new_utsname>("release"));
  uts_kern_table[3].data = at<ptr>(offsetof<new_utsname>("version"));
  uts_kern_table[4].data = at<ptr>(offsetof<new_utsname>("nodename"));
  uts_kern_table[5].data = at<ptr>(offsetof<new_utsname>("domainname"));
  register_sysctl("kernel", uts_kern_table);
  register_sysctl("kernel", kern_table);
}

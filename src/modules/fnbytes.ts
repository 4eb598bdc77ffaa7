// echo SYMBOL > /proc/fnbytes; cat /proc/fnbytes: the function's first 16 bytes, and where a call or jump among them goes.

import { EFAULT, ENOENT } from "linux/errno";
import type { file, inode } from "linux/fs";
import { type kprobe, register_kprobe, unregister_kprobe } from "linux/kprobes";
import { proc_create, type proc_ops, remove_proc_entry } from "linux/proc_fs";
import { type seq_file, seq_lseek, seq_printf, seq_putc, seq_read, single_open, single_release } from "linux/seq_file";
import { strim } from "linux/string";
import { copy_from_user } from "linux/uaccess";

const pr_fmt = KBUILD_MODNAME + ": ";
const SYM_MAX = 127;

let sym: array<u8, 128> = "cmdline_proc_show";
let lookup: (name: cstr) => u64;

function find_lookup(): u64 {
  const kp: kprobe = { symbol_name: "kallsyms_lookup_name" };
  const ret = register_kprobe(kp);
  if (ret < 0) {
    pr_err("register_kprobe(kallsyms_lookup_name) = %d\n", ret);
    return 0;
  }
  unregister_kprobe(kp);
  return kp.addr;
}

function show(m: seq_file, _v: ptr): int {
  const p: u8[] = at<u8[]>(lookup(sym));
  if (p === null) {
    seq_printf(m, "%s: not found\n", sym);
    return 0;
  }
  seq_printf(m, "%s at %px: %*ph", sym, p, 16, p);
  if (p[0] === 0xe8 || p[0] === 0xe9) {
    const rel = int(u32(p[1]) | (u32(p[2]) << 8) | (u32(p[3]) << 16) | (u32(p[4]) << 24));
    const target: u64 = u64(p) + u64(5) + u64(s64(rel));
    seq_printf(m, "  [%s -> %px %pS]", p[0] === 0xe8 ? "call" : "jmp", at<ptr>(target), at<ptr>(target));
  }
  seq_putc(m, 0x0a);
  return 0;
}

function open(_inode: inode, f: file): int {
  return single_open(f, show, null);
}

function write(_f: file, buf: u8[], n: u64, _pos: s64[]): s64 {
  const k: u64 = n < u64(SYM_MAX) ? n : u64(SYM_MAX);
  if (copy_from_user(sym, buf, k) !== u64(0)) return -EFAULT;
  sym[k] = 0;
  strim(sym);
  return s64(n);
}

const ops: proc_ops = { proc_open: open, proc_read: seq_read, proc_lseek: seq_lseek, proc_release: single_release, proc_write: write };

function fnbytes_init(): int {
  lookup = at<(name: cstr) => u64>(find_lookup());
  if (lookup === null) return -ENOENT;
  proc_create("fnbytes", 0o644, null, ops);
  return 0;
}
init(fnbytes_init);

function fnbytes_exit(): void {
  remove_proc_entry("fnbytes", null);
}
exit(fnbytes_exit);

module_init(fnbytes_init);
module_exit(fnbytes_exit);
MODULE_LICENSE("GPL");

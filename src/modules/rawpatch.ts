// Raw patching: writes `jmp` over the first five bytes of cmdline_proc_show(), without ftrace and without livepatch.

import { msleep } from "linux/delay";
import { ENOENT } from "linux/errno";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { type seq_file, seq_puts } from "linux/seq_file";
import { memcpy } from "linux/string";
import { lookup_any } from "./include/hookgen";

const pr_fmt = KBUILD_MODNAME + ": ";

let secs: int = 6;
module_param(secs, "int", 0o644);
let saved: array<u8, 5>;
let target: u8[] = null;
let poke: (address: u64, opcode: u8[], len: u64, emulate: u8[]) => void;
let tm: mutex = null;

function raw_cmdline_proc_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "this has been raw patched\n");
  if (secs) msleep(u32(secs * 1000));
  return 0;
}
noinline(raw_cmdline_proc_show);

function raw_init(): int {
  let jmp: array<u8, 5>;
  target = at<u8[]>(lookup_any("cmdline_proc_show"));
  poke = at<(address: u64, opcode: u8[], len: u64, emulate: u8[]) => void>(lookup_any("text_poke_bp"));
  tm = at<mutex>(lookup_any("text_mutex"));
  if (target === null || poke === null || tm === null) return -ENOENT;
  memcpy(saved, target, 5);
  let rel = u32(u64(raw_cmdline_proc_show) - (u64(target) + u64(5)));
  jmp[0] = 0xe9;
  memcpy(add(jmp, 1), addr(rel), 4);
  mutex_lock(tm);
  poke(u64(target), jmp, 5, null);
  mutex_unlock(tm);
  pr_info("patched: was %*ph now %*ph\n", 5, saved, 5, target);
  return 0;
}
init(raw_init);

function raw_exit(): void {
  mutex_lock(tm);
  poke(u64(target), saved, 5, null);
  mutex_unlock(tm);
  pr_info("restored: %*ph\n", 5, target);
}
exit(raw_exit);

module_init(raw_init);
module_exit(raw_exit);
MODULE_LICENSE("GPL");

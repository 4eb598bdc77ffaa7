// Messages of pr_debug(): each call has a descriptor in section __dyndbg, and kcc calls here only while the descriptor's print flag
// is set. The prefix's parts are chosen by further flags, as /sys/kernel/debug/dynamic_debug/control writes them.

import { get_current } from "linux/current";
import { KERN_DEBUG } from "linux/kern_levels";
import { in_interrupt } from "linux/preempt";
import { _printk } from "../kernel/printk/printk";
import { scnprintf, va_format } from "./vsprintf";

/** As the compiler lays it out: four texts, then line (18 bits) and class, then flags in the last byte of the word. */
export interface _ddebug extends struct<"_ddebug"> {
  modname?: cstr;
  function?: cstr;
  filename?: cstr;
  format?: cstr;
  lineno_class_flags?: u32;
}

export const _DPRINTK_FLAGS_PRINT = 1;
export const _DPRINTK_FLAGS_INCL_MODNAME = 2;
export const _DPRINTK_FLAGS_INCL_FUNCNAME = 4;
export const _DPRINTK_FLAGS_INCL_LINENO = 8;
export const _DPRINTK_FLAGS_INCL_TID = 16;
const INCL_ANY = 2 | 4 | 8 | 16;
const PREFIX_SIZE = 128;

function ddebug_flags(desc: _ddebug): u32 {
  return desc.lineno_class_flags >> 24;
}

/** "[pid] module:function:line: ", of it what the flags ask for. */
function dynamic_emit_prefix(desc: _ddebug, buf: u8[]): u8[] {
  const flags = ddebug_flags(desc);
  buf[0] = 0;
  if ((flags & INCL_ANY) === 0) return buf;
  let pos: u64 = 0;
  if ((flags & _DPRINTK_FLAGS_INCL_TID) !== 0) {
    if (in_interrupt()) pos += u64(scnprintf(add(buf, pos), PREFIX_SIZE - pos, "<intr> "));
    else pos += u64(scnprintf(add(buf, pos), PREFIX_SIZE - pos, "[%d] ", get_current().pid));
  }
  const after_tid = pos;
  if ((flags & _DPRINTK_FLAGS_INCL_MODNAME) !== 0) pos += u64(scnprintf(add(buf, pos), PREFIX_SIZE - pos, "%s:", desc.modname));
  if ((flags & _DPRINTK_FLAGS_INCL_FUNCNAME) !== 0) pos += u64(scnprintf(add(buf, pos), PREFIX_SIZE - pos, "%s:", desc.function));
  if ((flags & _DPRINTK_FLAGS_INCL_LINENO) !== 0) {
    pos += u64(scnprintf(add(buf, pos), PREFIX_SIZE - pos, "%d:", desc.lineno_class_flags & 0x3ffff));
  }
  if (pos > after_tid) scnprintf(add(buf, pos), PREFIX_SIZE - pos, " ");
  return buf;
}

export function __dynamic_pr_debug(descriptor: _ddebug, fmt: cstr, ...args: va_list): void {
  let prefix: array<u8, 128>;
  const vaf: va_format = { fmt, va: args };
  _printk(KERN_DEBUG + "%s%pV", dynamic_emit_prefix(descriptor, prefix), vaf);
}
EXPORT_SYMBOL(__dynamic_pr_debug);

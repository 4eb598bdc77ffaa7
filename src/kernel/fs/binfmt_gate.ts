// Host programs: a file that begins with the gate's magic becomes a process whose user half is the machine's gate (src/abi/gate.ts).

import { start_thread } from "asm/processor";
import { current_pt_regs } from "asm/ptrace";
import type { linux_binfmt, linux_binprm } from "linux/binfmts";
import { get_current } from "linux/current";
import { ENOEXEC } from "linux/errno";
import {
  do_mmap,
  install_special_mapping,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
  VM_EAGERCOPY,
  VM_EXEC,
  VM_MAYEXEC,
  VM_MAYREAD,
  VM_READ,
} from "linux/mm";
import { down_write, up_write } from "linux/rwsem";
import { user_gate_pfn } from "../arch/x86/entry/user-gate";
import { begin_new_exec, register_binfmt } from "./exec";
import { type exec_aux, setup_arg_stack } from "./exec-stack";

const GATE_TEXT = 0x10000;
const GATE_LOOP_ENTRY = 0x10040;
const GATE_DATA = 0x11000;

function load_gate(bprm: linux_binprm): int {
  const b = bprm.buf;
  if (b[0] !== 0x7f || b[1] !== 0x4b || b[2] !== 0x4c || b[3] !== 0x50) return -ENOEXEC;
  const pfn = user_gate_pfn();
  if (pfn === 0) return -ENOEXEC;
  let err = begin_new_exec(bprm);
  if (err !== 0) return err;
  const mm = get_current().mm;
  err = install_special_mapping(mm, GATE_TEXT, 4096, VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYEXEC, pfn);
  if (err !== 0) return err;
  down_write(mm.mmap_lock);
  const data = do_mmap(null, GATE_DATA, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0, VM_EAGERCOPY);
  up_write(mm.mmap_lock);
  if (data < 0) return int(data);
  mm.start_code = GATE_TEXT;
  mm.end_code = GATE_DATA;
  mm.start_data = GATE_DATA;
  mm.end_data = GATE_DATA + 4096;
  mm.start_brk = GATE_DATA + 4096;
  mm.brk = mm.start_brk;
  const x: exec_aux = { entry: GATE_LOOP_ENTRY };
  const sp = setup_arg_stack(bprm, x);
  if (sp < 0) return int(sp);
  start_thread(current_pt_regs(), GATE_LOOP_ENTRY, u64(sp));
  return 0;
}

const gate_format: linux_binfmt = { load_binary: load_gate };

export function init_gate_binfmt(): void {
  register_binfmt(gate_format);
}

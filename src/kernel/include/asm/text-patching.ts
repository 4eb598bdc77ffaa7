// Changing kernel text while it may run.

import type { pt_regs } from "asm/ptrace";

export const INT3_INSN_OPCODE = 0xcc;
export const CALL_INSN_OPCODE = 0xe8;
export const JMP32_INSN_OPCODE = 0xe9;
export const JMP8_INSN_OPCODE = 0xeb;
export const RET_INSN_OPCODE = 0xc3;
export const NOP5_INSN_OPCODE = 0x0f;
export const CALL_INSN_SIZE = 5;

/** Kernel mode only: the interrupted code continues as if it had pushed a word, called or jumped. int3's entry leaves room for the push. */
export function int3_emulate_push(regs: pt_regs, value: u64): void {
  regs.sp -= 8;
  at<u64[]>(regs.sp)[0] = value;
}
inline(int3_emulate_push);

export function int3_emulate_jmp(regs: pt_regs, ip: u64): void {
  regs.ip = ip;
}
inline(int3_emulate_jmp);

export {
  poke_int3_handler,
  text_mutex,
  text_poke,
  text_poke_bp,
  text_poke_early,
  text_poke_finish,
  text_poke_queue,
  text_poke_sync,
} from "../../arch/x86/kernel/alternative";

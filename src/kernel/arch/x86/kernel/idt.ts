// The interrupt descriptor table: one for all CPUs.

import { irq_entries_start } from "../entry/entry_64";
import {
  asm_exc_alignment_check,
  asm_exc_bounds,
  asm_exc_coproc_segment_overrun,
  asm_exc_coprocessor_error,
  asm_exc_debug,
  asm_exc_device_not_available,
  asm_exc_divide_error,
  asm_exc_double_fault,
  asm_exc_general_protection,
  asm_exc_int3,
  asm_exc_invalid_op,
  asm_exc_invalid_tss,
  asm_exc_machine_check,
  asm_exc_nmi,
  asm_exc_overflow,
  asm_exc_page_fault,
  asm_exc_segment_not_present,
  asm_exc_simd_coprocessor_error,
  asm_exc_stack_segment,
  asm_sysvec_apic_timer_interrupt,
  asm_sysvec_call_function,
  asm_sysvec_error_interrupt,
  asm_sysvec_reboot,
  asm_sysvec_reschedule_ipi,
  asm_sysvec_spurious_apic_interrupt,
} from "../entry/idtentry";
import { IST_INDEX_DB, IST_INDEX_DF, IST_INDEX_MCE, IST_INDEX_NMI } from "./cpu/common";
import { CALL_FUNCTION_VECTOR, ERROR_APIC_VECTOR, LOCAL_TIMER_VECTOR, REBOOT_VECTOR, RESCHEDULE_VECTOR, SPURIOUS_APIC_VECTOR } from "./irq";

/** 256 gates of two quadwords. */
export let idt_table: array<u64, 512>;
aligned(idt_table, 4096);

interface descriptor_pointer extends struct<"idt_pointer"> {
  pad0?: u32;
  pad1?: u16;
  limit?: u16;
  base?: u64;
}
let idt_pointer: embed<descriptor_pointer>;
aligned(idt_pointer, 16);

const FIRST_EXTERNAL_VECTOR = 0x20;
const GATE_KERNEL = 0x8e00;
const GATE_USER = 0xee00;

function set_gate(vector: int, handler: u64, type: u64, ist: int): void {
  idt_table[2 * vector] = (handler & 0xffff) | (u64(0x10) << 16) | (u64(ist) << 32) | (type << 32) | (((handler >> 16) & 0xffff) << 48);
  idt_table[2 * vector + 1] = handler >> 32;
}
init(set_gate);

export function load_idt(): void {
  idt_pointer.limit = 4095;
  idt_pointer.base = u64(idt_table);
  lidt(addr(idt_pointer.limit));
}

export function idt_setup_early(): void {
  set_gate(0, u64(asm_exc_divide_error), GATE_KERNEL, 0);
  set_gate(1, u64(asm_exc_debug), GATE_KERNEL, IST_INDEX_DB);
  set_gate(2, u64(asm_exc_nmi), GATE_KERNEL, IST_INDEX_NMI);
  set_gate(3, u64(asm_exc_int3), GATE_USER, 0);
  set_gate(4, u64(asm_exc_overflow), GATE_USER, 0);
  set_gate(5, u64(asm_exc_bounds), GATE_KERNEL, 0);
  set_gate(6, u64(asm_exc_invalid_op), GATE_KERNEL, 0);
  set_gate(7, u64(asm_exc_device_not_available), GATE_KERNEL, 0);
  set_gate(8, u64(asm_exc_double_fault), GATE_KERNEL, IST_INDEX_DF);
  set_gate(9, u64(asm_exc_coproc_segment_overrun), GATE_KERNEL, 0);
  set_gate(10, u64(asm_exc_invalid_tss), GATE_KERNEL, 0);
  set_gate(11, u64(asm_exc_segment_not_present), GATE_KERNEL, 0);
  set_gate(12, u64(asm_exc_stack_segment), GATE_KERNEL, 0);
  set_gate(13, u64(asm_exc_general_protection), GATE_KERNEL, 0);
  set_gate(14, u64(asm_exc_page_fault), GATE_KERNEL, 0);
  set_gate(16, u64(asm_exc_coprocessor_error), GATE_KERNEL, 0);
  set_gate(17, u64(asm_exc_alignment_check), GATE_KERNEL, 0);
  set_gate(18, u64(asm_exc_machine_check), GATE_KERNEL, IST_INDEX_MCE);
  set_gate(19, u64(asm_exc_simd_coprocessor_error), GATE_KERNEL, 0);
  const first = u64(irq_entries_start);
  for (let v: int = FIRST_EXTERNAL_VECTOR; v < 256; v++) set_gate(v, first + u64(v - FIRST_EXTERNAL_VECTOR) * 16, GATE_KERNEL, 0);
  set_gate(LOCAL_TIMER_VECTOR, u64(asm_sysvec_apic_timer_interrupt), GATE_KERNEL, 0);
  set_gate(REBOOT_VECTOR, u64(asm_sysvec_reboot), GATE_KERNEL, 0);
  set_gate(CALL_FUNCTION_VECTOR, u64(asm_sysvec_call_function), GATE_KERNEL, 0);
  set_gate(RESCHEDULE_VECTOR, u64(asm_sysvec_reschedule_ipi), GATE_KERNEL, 0);
  set_gate(ERROR_APIC_VECTOR, u64(asm_sysvec_error_interrupt), GATE_KERNEL, 0);
  set_gate(SPURIOUS_APIC_VECTOR, u64(asm_sysvec_spurious_apic_interrupt), GATE_KERNEL, 0);
  load_idt();
}
init(idt_setup_early);

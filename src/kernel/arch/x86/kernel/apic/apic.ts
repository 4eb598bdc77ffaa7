// The local APIC: end of interrupt, inter-processor interrupts, and its timer as the CPU's event device. Registers at 0xfee00000.

import { FIX_APIC, fix_to_virt, PAGE_KERNEL_NOCACHE, set_fixmap } from "asm/pgtable";
import { readl, writel } from "linux/io";
import { local_irq_restore, local_irq_save } from "linux/irqflags";
import { sched_clock } from "../tsc";

const APIC_BASE_PHYS = 0xfee00000;
const APIC_ID = 0x20;
const APIC_TASKPRI = 0x80;
const APIC_EOI = 0xb0;
const APIC_SPIV = 0xf0;
const APIC_ICR = 0x300;
const APIC_ICR2 = 0x310;
const APIC_LVTT = 0x320;
const APIC_LVT0 = 0x350;
const APIC_LVT1 = 0x360;
const APIC_LVTERR = 0x370;
const APIC_TMICT = 0x380;
const APIC_TDCR = 0x3e0;
const APIC_SPIV_ENABLED = 0x100;
const APIC_LVT_MASKED = 0x10000;
const APIC_TDR_DIV_1 = 0xb;
const LOCAL_TIMER_VECTOR = 0xec;
const ERROR_APIC_VECTOR = 0xfe;
const SPURIOUS_APIC_VECTOR = 0xff;
const RESCHEDULE_VECTOR = 0xfd;
const CALL_FUNCTION_VECTOR = 0xfb;
const REBOOT_VECTOR = 0xf8;
const APIC_DM_NMI = 0x400;
/** The timer counts at 100 MHz. */
const NS_PER_COUNT = 10;
/** Longest distance that its 32 bits hold, ns. */
const MAX_DISTANCE = 40000000000;

let apic_base: u64 = 0;

export function apic_write(reg: u32, value: u32): void {
  writel(value, apic_base + u64(reg));
}
notrace(apic_write);

export function apic_read(reg: u32): u32 {
  return readl(apic_base + u64(reg));
}

export function apic_eoi(): void {
  writel(0, apic_base + APIC_EOI);
}
notrace(apic_eoi);

/** This CPU's APIC; the boot CPU maps the registers first. */
export function setup_local_apic(): void {
  if (apic_base === 0) {
    set_fixmap(FIX_APIC, APIC_BASE_PHYS, PAGE_KERNEL_NOCACHE);
    apic_base = fix_to_virt(FIX_APIC);
  }
  apic_write(APIC_TASKPRI, 0);
  apic_write(APIC_SPIV, APIC_SPIV_ENABLED | SPURIOUS_APIC_VECTOR);
  apic_write(APIC_LVT0, APIC_LVT_MASKED);
  apic_write(APIC_LVT1, APIC_LVT_MASKED);
  apic_write(APIC_LVTERR, ERROR_APIC_VECTOR);
  apic_write(APIC_TDCR, APIC_TDR_DIV_1);
  apic_write(APIC_LVTT, LOCAL_TIMER_VECTOR);
}

/** One interrupt at the absolute time `when` (ns); 0: none. */
export function apic_timer_set(when: u64): void {
  if (apic_base === 0) return;
  if (when === 0) {
    apic_write(APIC_TMICT, 0);
    return;
  }
  const now = sched_clock();
  let distance = when > now ? when - now : u64(0);
  if (distance > MAX_DISTANCE) distance = MAX_DISTANCE;
  const count = u32(distance / NS_PER_COUNT);
  apic_write(APIC_TMICT, count === 0 ? u32(1) : count);
}

export function local_apic_id(): u32 {
  return apic_read(APIC_ID) >> 24;
}

function send_ipi(cpu: int, vector: u32): void {
  // An interrupt between the two writes that sends one itself would give ours its destination.
  const flags = local_irq_save();
  apic_write(APIC_ICR2, u32(cpu) << 24);
  apic_write(APIC_ICR, vector | 0x4000);
  local_irq_restore(flags);
}

export function apic_send_reschedule(cpu: int): void {
  send_ipi(cpu, RESCHEDULE_VECTOR);
}

export function apic_send_call_function(cpu: int): void {
  send_ipi(cpu, CALL_FUNCTION_VECTOR);
}

/** Ends in sysvec_reboot there. */
export function apic_send_stop(cpu: int): void {
  send_ipi(cpu, REBOOT_VECTOR);
}

/** Reaches a CPU whose interrupts are off, too. */
export function apic_send_nmi(cpu: int): void {
  send_ipi(cpu, APIC_DM_NMI);
}

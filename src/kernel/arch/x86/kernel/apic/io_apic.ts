// The I/O APIC: device line n becomes vector 0x30 + n on the boot CPU. Level-triggered for the virtio lines, edge for the rest.

import { FIX_IOAPIC, fix_to_virt, PAGE_KERNEL_NOCACHE, set_fixmap } from "asm/pgtable";
import { readl, writel } from "linux/io";

const IOAPIC_BASE_PHYS = 0xfec00000;
const IOREGSEL = 0;
const IOWIN = 0x10;
const REDIRECTION = 0x10;
const MASKED = 0x10000;
const LEVEL = 0x8000;
const FIRST_IRQ_VECTOR = 0x30;
const FIRST_VIRTIO_PIN = 5;
const LAST_VIRTIO_PIN = 12;

let ioapic_base: u64 = 0;

function io_apic_write(reg: u32, value: u32): void {
  writel(reg, ioapic_base + IOREGSEL);
  writel(value, ioapic_base + IOWIN);
}

function io_apic_read(reg: u32): u32 {
  writel(reg, ioapic_base + IOREGSEL);
  return readl(ioapic_base + IOWIN);
}

export function io_apic_mask(pin: u32): void {
  const reg = REDIRECTION + 2 * pin;
  io_apic_write(reg, io_apic_read(reg) | MASKED);
}

export function io_apic_unmask(pin: u32): void {
  const level: u32 = pin >= FIRST_VIRTIO_PIN && pin <= LAST_VIRTIO_PIN ? LEVEL : 0;
  io_apic_write(REDIRECTION + 2 * pin + 1, 0);
  io_apic_write(REDIRECTION + 2 * pin, (FIRST_IRQ_VECTOR + pin) | level);
}

export function setup_io_apic(): void {
  set_fixmap(FIX_IOAPIC, IOAPIC_BASE_PHYS, PAGE_KERNEL_NOCACHE);
  ioapic_base = fix_to_virt(FIX_IOAPIC);
  const pins = ((io_apic_read(1) >> 16) & 0xff) + 1;
  for (let pin: u32 = 0; pin < pins; pin++) io_apic_write(REDIRECTION + 2 * pin, MASKED | (FIRST_IRQ_VECTOR + pin));
  pr_info("IOAPIC[0]: apic_id 0, version %u, address 0x%x, GSI 0-%u\n", io_apic_read(1) & 0xff, IOAPIC_BASE_PHYS, pins - 1);
}
init(setup_io_apic);

// Facts of the machine that both the kernel and the machine's code must know. docs/architecture.md tells them in prose.

export const PORT_UART = 0x3f8;
export const IRQ_UART = 4;
export const PORT_DEBUG_EXIT = 0xf4;
export const LAPIC_BASE = 0xfee00000;
export const IOAPIC_BASE = 0xfec00000;
export const VIRTIO_MMIO_BASE = 0xfeb00000;
export const VIRTIO_MMIO_STRIDE = 512;
export const VIRTIO_MMIO_SLOTS = 8;
export const IRQ_VIRTIO_FIRST = 5;

/** ns per retired instruction, and per TSC and APIC timer tick. */
export const NS_PER_TICK = 10;

/** eax: number of CPUs; ecx:ebx: wall clock at boot in seconds since 1970. */
export const MACHINE_CPUID_LEAF = 0x40000101;

/**
 * Wake-up mailbox, physical memory: for CPU n (1…7) at MAILBOX + 32·n: u64 entry point (0: stay parked; written last), u64 cr3, u64 rsp, u64 argument (in rdi).
 * A parked CPU looks at its slot on each of its turns and starts there in long mode with that cr3 and stack, IF=0.
 */
export const MAILBOX = 0x1000;

/** Values written to PORT_DEBUG_EXIT. */
export const EXIT_POWER_OFF = 0;
export const EXIT_REBOOT = 1;
export const EXIT_PANIC = 2;

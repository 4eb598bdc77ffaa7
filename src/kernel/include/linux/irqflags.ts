// This CPU's interrupt flag.

const X86_EFLAGS_IF = 0x200;

export function local_irq_save(): u64 {
  const flags = read_rflags();
  cli();
  return flags;
}
inline(local_irq_save);

export function local_irq_restore(flags: u64): void {
  if ((flags & X86_EFLAGS_IF) !== 0) sti();
}
inline(local_irq_restore);

export function local_irq_disable(): void {
  cli();
}
inline(local_irq_disable);

export function local_irq_enable(): void {
  sti();
}
inline(local_irq_enable);

export function irqs_disabled(): bool {
  return (read_rflags() & X86_EFLAGS_IF) === 0;
}
inline(irqs_disabled);

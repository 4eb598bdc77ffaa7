// Interrupt lines: device handlers by I/O APIC pin. A handler runs with interrupts off.

export const IRQ_NONE = 0;
export const IRQ_HANDLED = 1;
export const IRQF_SHARED = 0x80;

export type irq_handler_t = (irq: int, dev_id: ptr) => int;

export interface irqaction extends struct<"irqaction"> {
  handler?: (irq: int, dev_id: ptr) => int;
  dev_id?: ptr;
  next?: irqaction;
  irq?: u32;
  flags?: u32;
  name?: cstr;
}

export { disable_irq, enable_irq, free_irq, request_irq, synchronize_irq } from "../../kernel/irq/manage";

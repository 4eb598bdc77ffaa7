// A console takes kernel messages as they come; the serial driver registers one.

export const CON_PRINTBUFFER = 1;
/** /dev/console is this one's terminal. */
export const CON_CONSDEV = 2;
export const CON_ENABLED = 4;

export interface console extends struct<"console"> {
  name?: array<u8, 16>;
  /** Called with interrupts off, text without NUL. */
  write?: (con: console, text: u8[], count: u32) => void;
  flags?: u16;
  index?: s16;
  data?: ptr;
  next?: console;
}

export { console_list, register_console, unregister_console } from "../../kernel/printk/printk";

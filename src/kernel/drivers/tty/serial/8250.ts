// The 16550A at 0x3f8: a console for kernel messages from the first moment, then the terminal ttyS0 with interrupt-driven input.
import { CON_ENABLED, CON_PRINTBUFFER, type console, register_console } from "linux/console";
import { ENODEV } from "linux/errno";
import { IRQ_HANDLED, IRQ_NONE, request_irq } from "linux/interrupt";
import { insert_resource, ioport_resource, type resource } from "linux/ioport";
import { spin_lock_irqsave, spin_unlock_irqrestore, type spinlock_t } from "linux/spinlock";
import {
  n_tty_receive_buf,
  n_tty_receive_room,
  type tty_driver,
  type tty_operations,
  tty_register_driver,
  type tty_struct,
} from "linux/tty";
import { INIT_WORK, queue_work, system_unbound_wq, type work_struct } from "linux/workqueue";

import { touch_softlockup_watchdog } from "../../../kernel/watchdog";

const PORT = 0x3f8;
const IRQ = 4;
const TTY_MAJOR = 4;

const UART_RX = 0;
const UART_TX = 0;
const UART_IER = 1;
const UART_IIR = 2;
const UART_FCR = 2;
const UART_LCR = 3;
const UART_MCR = 4;
const UART_LSR = 5;
const UART_SCR = 7;
const IER_RDI = 1;
const IIR_NO_INT = 1;
const LSR_DR = 1;
const LSR_THRE = 0x20;

const RX_SIZE = 4096;

/** Characters between the interrupt and the line discipline. Guarded by port_lock. */
let rx_buf: array<u8, 4096>;
let rx_head: u64 = 0;
let rx_tail: u64 = 0;
/** The receive interrupt is off because rx_buf is full. */
let rx_stopped: bool = false;
let port_lock: embed<spinlock_t>;
let rx_work: embed<work_struct>;
let uart_tty: tty_struct = null;

function reg(r: number): u16 {
  return u16(PORT + r);
}
inline(reg);

function putchar(c: u8): void {
  while ((inb(reg(UART_LSR)) & LSR_THRE) === 0) cpu_relax();
  outb(c, reg(UART_TX));
}

/** Kernel messages: interrupts are off, polled to the last byte. */
function serial8250_console_write(con: console, text: u8[], count: u32): void {
  // A slow line may keep its CPU: no lockup.
  touch_softlockup_watchdog();
  const flags = spin_lock_irqsave(port_lock);
  for (let i: u32 = 0; i < count; i++) {
    if (text[i] === 10) putchar(13);
    putchar(text[i]);
  }
  spin_unlock_irqrestore(port_lock, flags);
}

const serial8250_console: console = { name: "ttyS", write: serial8250_console_write, flags: CON_PRINTBUFFER | CON_ENABLED, index: 0 };

function uart_present(): bool {
  outb(0x5a, reg(UART_SCR));
  return inb(reg(UART_SCR)) === 0x5a;
}

/** As early as printk wants it. */
export function serial8250_console_init(): int {
  if (!uart_present()) return -ENODEV;
  outb(0, reg(UART_IER));
  outb(0x83, reg(UART_LCR)); // divisor latch: 115200 baud, 8n1
  outb(1, reg(0));
  outb(0, reg(1));
  outb(0x03, reg(UART_LCR));
  outb(0x07, reg(UART_FCR));
  outb(0x0b, reg(UART_MCR)); // DTR, RTS, OUT2 (interrupt enable)
  register_console(serial8250_console);
  return 0;
}

/** port_lock held. */
function receive_chars(): bool {
  let any = false;
  while ((inb(reg(UART_LSR)) & LSR_DR) !== 0) {
    if (rx_head - rx_tail >= RX_SIZE) {
      // The rest stays in the device until flush_to_ldisc has made room.
      outb(0, reg(UART_IER));
      rx_stopped = true;
      break;
    }
    rx_buf[rx_head & (RX_SIZE - 1)] = inb(reg(UART_RX));
    rx_head += 1;
    any = true;
  }
  return any;
}

function serial8250_interrupt(irq: int, dev_id: ptr): int {
  const flags = spin_lock_irqsave(port_lock);
  const iir = inb(reg(UART_IIR));
  let any = false;
  if ((iir & IIR_NO_INT) === 0) any = receive_chars();
  spin_unlock_irqrestore(port_lock, flags);
  if (any) queue_work(system_unbound_wq, rx_work);
  return (iir & IIR_NO_INT) === 0 ? IRQ_HANDLED : IRQ_NONE;
}

/** From the interrupt's buffer to the line discipline, as much as it has room for. */
function flush_to_ldisc(work: work_struct): void {
  let chunk: array<u8, 64>;
  for (;;) {
    const room = n_tty_receive_room(uart_tty);
    let n: u64 = 0;
    const flags = spin_lock_irqsave(port_lock);
    while (n < 64 && n < room && rx_tail !== rx_head) {
      chunk[n] = rx_buf[rx_tail & (RX_SIZE - 1)];
      rx_tail += 1;
      n += 1;
    }
    if (n !== 0 && rx_stopped) {
      rx_stopped = false;
      receive_chars();
      if (!rx_stopped) outb(IER_RDI, reg(UART_IER));
    }
    spin_unlock_irqrestore(port_lock, flags);
    if (n === 0) return;
    n_tty_receive_buf(uart_tty, chunk, n);
  }
}

function uart_unthrottle(tty: tty_struct): void {
  if (rx_tail !== rx_head) queue_work(system_unbound_wq, rx_work);
}

function uart_write(tty: tty_struct, buf: u8[], count: int): int {
  const flags = spin_lock_irqsave(port_lock);
  for (let i: int = 0; i < count; i++) putchar(buf[i]);
  spin_unlock_irqrestore(port_lock, flags);
  return count;
}

function uart_write_room(tty: tty_struct): u32 {
  return 4096;
}

const uart_ops: tty_operations = { write: uart_write, write_room: uart_write_room, unthrottle: uart_unthrottle };
const serial_ports: resource = { name: "serial", start: PORT, end: PORT + 7 };
const serial8250_reg: tty_driver = { name: "ttyS", driver_name: "serial", major: TTY_MAJOR, minor_start: 64, num: 1, ops: uart_ops };

export function serial8250_init(): int {
  if (!uart_present()) return -ENODEV;
  INIT_WORK(rx_work, flush_to_ldisc);
  const err = tty_register_driver(serial8250_reg);
  if (err !== 0) return err;
  uart_tty = serial8250_reg.ttys[0];
  pr_info("serial8250: ttyS0 at I/O 0x3f8 (irq = 4, base_baud = 115200) is a 16550A\n");
  insert_resource(ioport_resource, serial_ports);
  const res = request_irq(IRQ, serial8250_interrupt, 0, "ttyS0", uart_tty);
  if (res !== 0) return res;
  outb(IER_RDI, reg(UART_IER));
  return 0;
}

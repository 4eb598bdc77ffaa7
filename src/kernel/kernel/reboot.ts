// The ends of the machine, and reboot(2).

import type { pt_regs } from "asm/ptrace";
import { EINVAL, EPERM } from "linux/errno";
import { KERN_EMERG } from "linux/kern_levels";
import { capable } from "./cred";
import { do_exit } from "./exit";
import { _printk } from "./printk/printk";

const PORT_DEBUG_EXIT = 0xf4;
const EXIT_POWER_OFF = 0;
const EXIT_REBOOT = 1;
const MAGIC1 = 0xfee1dead;
const CMD_RESTART = 0x01234567;
const CMD_HALT = 0xcdef0123;
const CMD_CAD_ON = 0x89abcdef;
const CMD_CAD_OFF = 0;
const CMD_POWER_OFF = 0x4321fedc;

function leave(value: u32): never {
  cli();
  outl(value, PORT_DEBUG_EXIT);
  for (;;) hlt();
}

export function machine_power_off(): never {
  leave(EXIT_POWER_OFF);
}

export function machine_restart(): never {
  leave(EXIT_REBOOT);
}

export function emergency_restart(): never {
  leave(EXIT_REBOOT);
}

export function kernel_restart(cmd: cstr): never {
  if (cmd === null) _printk(KERN_EMERG + "reboot: Restarting system\n");
  else _printk(KERN_EMERG + "reboot: Restarting system with command '%s'\n", cmd);
  machine_restart();
}

export function kernel_power_off(): never {
  _printk(KERN_EMERG + "reboot: Power down\n");
  machine_power_off();
}

export function kernel_halt(): never {
  _printk(KERN_EMERG + "reboot: System halted\n");
  machine_power_off();
}

export function __x64_sys_reboot(regs: pt_regs): s64 {
  if (!capable(22)) return -EPERM;
  const magic2 = u32(regs.si);
  if (u32(regs.di) !== MAGIC1) return -EINVAL;
  if (magic2 !== 672274793 && magic2 !== 85072278 && magic2 !== 369367448 && magic2 !== 537993216) return -EINVAL;
  switch (u32(regs.dx)) {
    case CMD_RESTART:
      kernel_restart(null);
      break;
    case CMD_HALT:
      kernel_halt();
      break;
    case CMD_POWER_OFF:
      kernel_power_off();
      break;
    case CMD_CAD_ON:
    case CMD_CAD_OFF:
      return 0;
    default:
      return -EINVAL;
  }
  do_exit(0);
}
EXPORT_SYMBOL(kernel_restart);
EXPORT_SYMBOL(kernel_power_off);

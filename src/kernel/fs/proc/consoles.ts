// /proc/consoles: who prints kernel messages, and where. W: it can write; E: enabled, C: the one that /dev/console opens, p: it takes the
// log's past, a: messages may come while its CPU is not online.

import { CON_CONSDEV, CON_ENABLED, CON_PRINTBUFFER, type console, console_list } from "linux/console";
import { MAJOR, MINOR } from "linux/fs";
import { snprintf } from "linux/kernel";
import { proc_create_single } from "linux/proc_fs";
import { type seq_file, seq_printf } from "linux/seq_file";
import { tty_console_device } from "../../drivers/tty/tty_io";

function put_flag(con: console, flag: u16, letter: u8): u32 {
  return u32((con.flags & flag) !== 0 ? letter : u8(32));
}

function consoles_show(m: seq_file, _v: ptr): int {
  let name: array<u8, 24>;
  for (let con = console_list(); con !== null; con = con.next) {
    const dev = tty_console_device(con);
    snprintf(name, 24, "%s%d", con.name, int(con.index));
    seq_printf(m, "%-21s-W- (", name);
    seq_printf(
      m,
      "%c%c%c%c%c)",
      put_flag(con, CON_ENABLED, 69),
      put_flag(con, CON_CONSDEV, 67),
      u32(32),
      put_flag(con, CON_PRINTBUFFER, 112),
      u32(32),
    );
    if (dev !== 0) seq_printf(m, " %4d:%d", int(MAJOR(dev)), int(MINOR(dev)));
    seq_printf(m, "\n");
  }
  return 0;
}

export function proc_consoles_init(): void {
  proc_create_single("consoles", 0, null, consoles_show);
}

// /proc/tty: drivers, and the one line discipline.

import { snprintf } from "linux/kernel";
import { proc_create_single, proc_mkdir, proc_mkdir_mode } from "linux/proc_fs";
import { type seq_file, seq_printf, seq_puts } from "linux/seq_file";
import { tty_driver_list } from "../../drivers/tty/tty_io";

function show_tty_drivers(m: seq_file, _v: ptr): int {
  seq_printf(m, "%-20s %-13s %3d %7d %s\n", "/dev/tty", "/dev/tty", 5, 0, "system:/dev/tty");
  seq_printf(m, "%-20s %-13s %3d %7d %s\n", "/dev/console", "/dev/console", 5, 1, "system:console");
  for (let d = tty_driver_list(); d !== null; d = d.next) {
    let node: array<u8, 24>;
    let range: array<u8, 24>;
    snprintf(node, 24, "/dev/%s", d.name);
    if (d.num > 1) snprintf(range, 24, "%d-%d", d.minor_start, d.minor_start + d.num - 1);
    else snprintf(range, 24, "%d", d.minor_start);
    seq_printf(m, "%-20s %-13s %3d %7s %s\n", d.driver_name, node, d.major, range, "serial");
  }
  return 0;
}

function tty_ldiscs_show(m: seq_file, _v: ptr): int {
  seq_puts(m, "n_tty       0\n");
  return 0;
}

export function proc_tty_init(): void {
  const tty = proc_mkdir("tty", null);
  proc_mkdir("ldisc", tty);
  proc_mkdir_mode("driver", 0o500, tty);
  proc_create_single("ldiscs", 0, tty, tty_ldiscs_show);
  proc_create_single("drivers", 0, tty, show_tty_drivers);
}

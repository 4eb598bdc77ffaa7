// /proc/cmdline: the boot command line.
import { saved_command_line } from "linux/init";
import { proc_create_single } from "linux/proc_fs";
import { type seq_file, seq_putc, seq_puts } from "linux/seq_file";

function cmdline_proc_show(m: seq_file, v: ptr): int {
  seq_puts(m, saved_command_line);
  seq_putc(m, 10);
  return 0;
}

export function proc_cmdline_init(): int {
  proc_create_single("cmdline", 0, null, cmdline_proc_show);
  return 0;
}
init(proc_cmdline_init);

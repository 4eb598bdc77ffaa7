// The running task's stack on the console: who runs here, and the way to this place.

import { get_current } from "linux/current";
import { KERN_DEFAULT } from "linux/kern_levels";
import { smp_processor_id } from "linux/smp";
import { show_stack } from "../arch/x86/kernel/dumpstack";
import { init_uts_ns } from "../init/version";
import { print_tainted } from "../kernel/panic";
import { _printk } from "../kernel/printk/printk";
import { print_stop_info } from "../kernel/stop_machine";
import { print_worker_info } from "../kernel/workqueue-worker";

export function dump_stack_print_info(log_lvl: cstr): void {
  const t = get_current();
  _printk(
    "%sCPU: %d PID: %d Comm: %.20s %s %s %.2s\n",
    log_lvl,
    smp_processor_id(),
    t.pid,
    t.comm,
    print_tainted(),
    init_uts_ns.release,
    init_uts_ns.version,
  );
  _printk("%sHardware name: kelp microvm\n", log_lvl);
  print_worker_info(log_lvl, t);
  print_stop_info(log_lvl, t);
}

export function show_regs_print_info(log_lvl: cstr): void {
  dump_stack_print_info(log_lvl);
}

export function dump_stack_lvl(log_lvl: cstr): void {
  dump_stack_print_info(log_lvl);
  show_stack(null, 0, log_lvl);
}
EXPORT_SYMBOL(dump_stack_lvl);

export function dump_stack(): void {
  return dump_stack_lvl(KERN_DEFAULT);
}
tail_call(dump_stack);
EXPORT_SYMBOL(dump_stack);

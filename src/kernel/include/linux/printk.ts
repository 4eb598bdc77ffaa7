// Kernel messages. pr_info() and its family are intrinsics of the compiler (kcc.d.ts) that call _printk.

export * from "linux/kern_levels";
export { show_stack } from "../../arch/x86/kernel/dumpstack";
export {
  _printk as printk,
  _printk,
  _printk as printk_deferred,
  dump_log_info,
  printk_once_check,
  vprintk,
} from "../../kernel/printk/printk";
export { dump_stack, dump_stack_lvl } from "../../lib/dump_stack";

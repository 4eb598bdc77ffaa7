// Kernel messages. pr_info() and its family are intrinsics of the compiler (kcc.d.ts) that call _printk.

export * from "linux/kern_levels";
export { _printk as printk, _printk, vprintk, printk_once_check, dump_log_info } from "../../kernel/printk/printk";
export { _printk as printk_deferred } from "../../kernel/printk/printk";
export { dump_stack, show_stack } from "../../arch/x86/kernel/dumpstack";

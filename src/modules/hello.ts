// A module with parameters, an exported function and a /proc file.

import { proc_create_single, remove_proc_entry } from "linux/proc_fs";
import { type seq_file, seq_printf } from "linux/seq_file";

const pr_fmt = KBUILD_MODNAME + ": ";

let whom: cstr = "world";
module_param(whom, "charp", 0o444);
MODULE_PARM_DESC(whom, "Who to greet");
let howmany: int = 1;
module_param(howmany, "int", 0o644);
MODULE_PARM_DESC(howmany, "How many times to greet");
let loud = false;
module_param(loud, "bool", 0o644);
MODULE_PARM_DESC(loud, "Shout");
let arr: array<int, 4> = [1, 2];
let arr_n: int = 2;
module_param_array(arr, "int", arr_n, 0o644);

export function hello_greet(from: cstr): int {
  pr_info("hello_greet called by %s\n", from);
  return howmany;
}
EXPORT_SYMBOL_GPL(hello_greet);

function hello_proc_show(m: seq_file, _v: ptr): int {
  seq_printf(m, "hello: original, whom=%s\n", whom);
  return 0;
}
noinline(hello_proc_show);

function hello_init(): int {
  for (let i: int = 0; i < howmany; i++) pr_info("Hello, %s%s\n", whom, loud ? "!!!" : "");
  proc_create_single("hello", 0o444, null, hello_proc_show);
  return 0;
}
init(hello_init);

function hello_exit(): void {
  remove_proc_entry("hello", null);
  pr_info("Goodbye, %s\n", whom);
}
exit(hello_exit);

module_init(hello_init);
module_exit(hello_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("kelp");
MODULE_DESCRIPTION("Hello module with a parameter and an exported symbol");
MODULE_VERSION("1.0");
MODULE_ALIAS("greeter");
